// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"strings"
)

// object is a mapping as it is to be written. A value is an object, a list, a
// string, one of the kinds below, or what encoding/json takes.
type object []*field

type field struct {
	key   string
	value any
}

func (o *object) add(key string, value any) *field {
	f := &field{key, value}
	*o = append(*o, f)
	return f
}

// raw is a scalar that is written as it stands.
type raw string

// oneLine is a string that is written so.
type oneLine string

// reference leads to a place in a file, from wherever it is written.
type reference struct{ file, prefix, fragment string }

func (r reference) from(name string) string {
	if r.file == name && r.prefix == "" {
		return r.fragment
	}
	relative, _ := filepath.Rel(filepath.Dir(name), r.file) // neither is absolute
	return r.prefix + relative + r.fragment
}

// writer writes a text in a random style, and notes where keys are.
type writer struct {
	random       *rand.Rand
	name         string
	places       map[*field]string
	text         strings.Builder
	line, column int
}

func newWriter(random *rand.Rand, name string) *writer {
	return &writer{random: random, name: name, places: map[*field]string{}, line: 1, column: 1}
}

func (w *writer) put(text string) {
	w.text.WriteString(text)
	for _, r := range text {
		if w.column++; r == '\n' {
			w.line, w.column = w.line+1, 1
		}
	}
}

func (w *writer) space() {
	w.put(pick(w.random, []string{"", "", " ", "\n", "  \n  "}))
}

// json writes a document in JSON.
func (w *writer) json(value any) {
	w.space()
	w.flow(value, style{func(s string) { w.put(toJSON(s)) }, []string{":", ": ", " :\n"}, w.space})
	w.space()
}

// yaml writes a document in YAML.
func (w *writer) yaml(value any) {
	o, isObject := value.(object)
	if !isObject || len(o) == 0 || w.random.IntN(8) == 0 {
		w.inLine(value)
		return
	}
	w.put(pick(w.random, []string{"", "", "---\n", "# openapi: 2\n---\n", "\n"}))
	w.mapping(o, pick(w.random, []int{0, 0, 0, 2}))
}

func (w *writer) inLine(value any) {
	w.flow(value, style{w.scalar, []string{": ", " :  "}, func() { w.put(pick(w.random, []string{"", "", " "})) }})
}

// style is how strings, colons and the space between tokens are written.
type style struct {
	text   func(string)
	colons []string
	space  func()
}

// flow writes a value with brackets.
func (w *writer) flow(value any, s style) {
	switch value := value.(type) {
	case object:
		w.put("{")
		for i, f := range value {
			if i > 0 {
				w.put(",")
			}
			s.space()
			w.places[f] = w.place()
			s.text(f.key)
			w.put(pick(w.random, s.colons))
			w.flow(f.value, s)
			s.space()
		}
		w.put("}")
	case []any:
		w.put("[")
		for i, element := range value {
			if i > 0 {
				w.put(",")
			}
			s.space()
			w.flow(element, s)
			s.space()
		}
		w.put("]")
	case raw:
		w.put(string(value))
	case oneLine:
		s.text(string(value))
	case reference:
		s.text(value.from(w.name))
	case string:
		s.text(value)
	default:
		w.put(toJSON(value))
	}
}

func (w *writer) place() string {
	return fmt.Sprintf("%s:%d:%d", w.name, w.line, w.column)
}

// toJSON writes an object with its members in order.
func toJSON(value any) string {
	if o, ok := value.(object); ok {
		var all []string
		for _, f := range o {
			all = append(all, toJSON(f.key)+": "+toJSON(f.value))
		}
		return "{" + strings.Join(all, ", ") + "}"
	}
	text, _ := json.Marshal(value) // what these tests write has no reason to fail
	return string(text)
}

// plain is a string that YAML reads as one without quotes, unless it is a constant.
var (
	plain    = regexp.MustCompile(`^[\pL/_][\pL\pN/_+=.-]*(?: [\pL/_]+)*$`)
	constant = regexp.MustCompile(`^(?:null|true|false)$`)
)

// scalar writes a string in one of the styles of YAML that take a line.
func (w *writer) scalar(s string) {
	switch style := w.random.IntN(3); {
	case style == 0 && plain.MatchString(s) && !constant.MatchString(s):
		w.put(s)
	case style < 2 && !strings.ContainsAny(s, "\x00\n"):
		w.put("'" + strings.ReplaceAll(s, "'", "''") + "'")
	default:
		w.put(toJSON(s))
	}
}

// block writes a value behind a key or a dash, then a line break.
func (w *writer) block(value any, indent int) {
	switch value := value.(type) {
	case object:
		if len(value) > 0 && w.random.IntN(6) > 0 {
			w.put(pick(w.random, []string{"\n", "\n", " # why\n", "  \n\n"}))
			w.mapping(value, indent+1+w.random.IntN(3))
			return
		}
	case []any:
		if len(value) > 0 && w.random.IntN(4) > 0 {
			w.put("\n")
			indent += w.random.IntN(3)
			for _, element := range value {
				w.put(strings.Repeat(" ", indent) + "-")
				w.block(element, indent)
			}
			return
		}
	case string:
		if text, ends := strings.CutSuffix(value, "\n"); text != "" && strings.Trim(text, " \n") == text && w.random.IntN(3) == 0 {
			w.put(" |")
			if !ends {
				w.put("-")
			}
			start := "\n" + strings.Repeat(" ", indent+1+w.random.IntN(3))
			w.put(start + strings.ReplaceAll(text, "\n", start) + "\n")
			return
		}
	}
	w.put(" ")
	w.inLine(value)
	w.put(pick(w.random, []string{"\n", "\n", " # a: b\n", " \n"}))
}

func (w *writer) mapping(o object, indent int) {
	for _, f := range o {
		if w.random.IntN(12) == 0 {
			w.put(pick(w.random, []string{"# get:\n", "\n", "   # [\n", strings.Repeat(" ", indent) + "# \"\n"}))
		}
		w.put(strings.Repeat(" ", indent))
		w.places[f] = w.place()
		w.scalar(f.key)
		w.put(":")
		w.block(f.value, indent)
	}
}
