// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// template is an API's own format.
type template struct {
	ContentType string `json:"content_type"`
	Body        json.RawMessage
}

func (s server) template() (t template, ok bool) {
	ok = json.Unmarshal(s.Format, &t) == nil // else it is the name of one, or none
	return t, ok
}

// mediaType is the content type without its parameters.
func (t template) mediaType() string {
	mediaType, _, _ := strings.Cut(fold(t.ContentType), ";")
	return strings.Trim(mediaType, " \t")
}

func (t template) isXML() bool {
	return strings.HasSuffix(t.mediaType(), "xml") // no other type that is taken ends so
}

// body returns the body for what is missing.
func (t template) body(m missing) string {
	switch mediaType := t.mediaType(); {
	case strings.HasSuffix(mediaType, "json"):
		return t.json(m)
	case mediaType == "text/plain":
		return m.fill(t.text(), func(s string) string { return s })
	default:
		apostrophe := "&#39;"
		if t.isXML() {
			apostrophe = "&apos;"
		}
		return m.fill(t.text(), strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", apostrophe).Replace)
	}
}

func (t template) text() (text string) {
	_ = json.Unmarshal(t.Body, &text) // which is a string
	return text
}

var braces = regexp.MustCompile(`\{\{|\}\}|\{[a-z]+\}`)

// fill replaces the placeholders of a text.
func (m missing) fill(text string, escape func(string) string) string {
	return braces.ReplaceAllStringFunc(text, func(s string) string {
		switch s {
		case "{message}":
			return escape(m.message())
		case "{instead}":
			return escape(m.instead())
		case "{name}":
			return escape(m.said())
		case "{kind}":
			return m.kind
		case "{alternatives}":
			return escape(strings.Join(m.alternatives, ", "))
		}
		return s[:1]
	})
}

// json writes the tokens of the body one after the other.
func (t template) json(m missing) string {
	var b strings.Builder
	t.walk(func(v value) {
		switch {
		case v.token == json.Delim('}') || v.token == json.Delim(']'):
		case v.isName && v.index > 0, !v.isName && !v.inObject && v.index > 0:
			b.WriteByte(',')
		case v.inObject && !v.isName:
			b.WriteByte(':')
		}
		switch token := v.token.(type) {
		case string:
			switch {
			case v.isName:
				b.WriteString(quote(token))
			case token == "{alternatives}":
				b.WriteString(m.array())
			default:
				b.WriteString(quote(m.fill(token, func(s string) string { return s })))
			}
		case nil:
			b.WriteString("null")
		default:
			fmt.Fprint(&b, token)
		}
	})
	return b.String()
}

// value is a token of a body.
type value struct {
	token            json.Token
	pointer          string
	inObject, isName bool
	index            int // among the elements or members of what it is in
}

// walk calls a function for each token of the body.
func (t template) walk(do func(v value)) {
	type level struct {
		pointer  string
		isObject bool
		count    int // of names and values
		name     string
	}
	levels := []level{{}}
	decoder := json.NewDecoder(bytes.NewReader(t.Body))
	decoder.UseNumber()
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return
		}
		if token == json.Delim('}') || token == json.Delim(']') {
			levels = levels[:len(levels)-1]
			do(value{token: token})
			continue
		}
		l := &levels[len(levels)-1]
		v := value{token: token, pointer: l.pointer, inObject: l.isObject, index: l.count}
		if l.isObject {
			v.isName, v.index = l.count%2 == 0, l.count/2
			if v.isName {
				l.name = token.(string)
			}
			v.pointer += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(l.name)
		} else if len(levels) > 1 {
			v.pointer += fmt.Sprint("/", l.count)
		}
		l.count++
		do(v)
		if token == json.Delim('{') || token == json.Delim('[') {
			levels = append(levels, level{pointer: v.pointer, isObject: token == json.Delim('{')})
		}
	}
}

// most is the size of the largest body that is taken.
const most = 64 << 10

// isTooLarge is whether a body for this server is, of an entry or of any method that a
// request may have: one of each character that may be escaped at its longest, and each implemented one in
// the other case.
func (t template) isTooLarge(s server) bool {
	var all []missing
	method := func(name string) {
		if m, ok := s.missingMethod(name); ok {
			all = append(all, m)
		}
	}
	for _, c := range `M"\&'<>` {
		method(strings.Repeat(string(c), 65))
	}
	for _, name := range append(s.Implemented, "GET", "HEAD") {
		method(fold(name))
		method(strings.ToUpper(name))
	}
	for _, e := range s.Unimplemented {
		if e.isMethodAlone() {
			method(e.Method)
		} else {
			all = append(all, missing{kind: "capability", name: e.Capability, alternatives: e.Alternatives})
		}
	}
	return slices.ContainsFunc(all, func(m missing) bool { return len(t.body(m)) > most })
}

// noXML are the characters that XML 1.0 has not.
var noXML = regexp.MustCompile(`[^\t\n\r\x20-\x{FFFD}\x{10000}-\x{10FFFF}]`)

// xmlMistakes are the names that XML cannot carry.
func (s server) xmlMistakes(at string) (all []Mistake) {
	if t, ok := s.template(); !ok || !t.isXML() {
		return nil
	}
	for i, e := range s.Unimplemented {
		at := fmt.Sprintf("%s/unimplemented/%d", at, i)
		if noXML.MatchString(e.Capability) {
			all = append(all, Mistake{Pointer: at + "/capability"})
		}
		for j, alternative := range e.Alternatives {
			if noXML.MatchString(alternative) {
				all = append(all, Mistake{Pointer: fmt.Sprintf("%s/alternatives/%d", at, j)})
			}
		}
	}
	return all
}
