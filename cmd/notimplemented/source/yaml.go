// SPDX-License-Identifier: Apache-2.0

package source

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// SyntaxError is why a text is not YAML.
type SyntaxError struct {
	Position
	Problem string
}

func (e *SyntaxError) Error() string {
	return e.String() + ": " + e.Problem
}

// Documents reads a stream of YAML documents, up to the first that is not YAML;
// then its error is a [SyntaxError]. It takes what any host takes: a directive for
// YAML 1.2, control characters, bytes that are not UTF-8 (then U+FFFD), a key twice.
func (f *File) Documents() (documents []*yaml.Node, err error) {
	decoder := yaml.NewDecoder(strings.NewReader(f.readable()))
	for {
		document := &yaml.Node{}
		err := decoder.Decode(document)
		if err == io.EOF {
			return documents, nil
		}
		if err == nil {
			err = f.checkAliases(document)
		}
		if err != nil {
			return documents, f.syntaxError(err)
		}
		f.restore(document)
		documents = append(documents, document)
	}
}

func (f *File) syntaxError(err error) error {
	if _, ok := errors.AsType[*SyntaxError](err); ok {
		return err
	}
	at, problem := f.At(0), err.Error()
	if load, ok := errors.AsType[*yaml.LoadError](err); ok {
		problem = load.Message
		if load.Mark.Line > 0 {
			offset := f.offset(load.Mark.Line, load.Mark.Column)
			at = f.At(offset)
			if start := strings.LastIndexAny(f.Text[:offset], "\r\n") + 1; braces.MatchString(f.Text[start:offset]) {
				problem += ", want quotes around text with braces"
			}
		}
	}
	return &SyntaxError{at, "no YAML: " + problem}
}

// braces is an object in one line, with something behind it perhaps.
var braces = regexp.MustCompile(`(?:^|[:-])[ \t]+\{[^{}"',:]*\}[ \t]*$`)

// checkAliases refuses an alias inside of what it stands for, which has no end.
func (f *File) checkAliases(document *yaml.Node) error {
	const open, closed = 1, 2
	state := map[*yaml.Node]int{} // of what aliases stand for
	var check func(n *yaml.Node) error
	check = func(n *yaml.Node) error {
		target := Resolve(n)
		if target.Anchor != "" {
			switch state[target] {
			case open:
				return &SyntaxError{f.Of(n), fmt.Sprintf("no YAML: anchor '%s' value contains itself", n.Value)}
			case closed:
				return nil
			}
			state[target] = open
			defer func() { state[target] = closed }()
		}
		for _, child := range target.Content {
			if err := check(child); err != nil {
				return err
			}
		}
		return nil
	}
	return check(document)
}

// Envoy's parser takes these for other characters, this one for the end of a line
// or of everything. They change into characters that nobody uses, and back.
const (
	unused       = '\U0010F000' // and the next 160
	unusedBreaks = '\U0010F100' // and the next
)

// directive is one that Envoy's parser passes over.
var directive = regexp.MustCompile(`(?m)^%(?:YAML[ \t]+1\.[02-9]|[^TY\r\n])`)

// surrogate is half a character of JSON, which is none of YAML.
var surrogate = regexp.MustCompile(`\\(?:u[dD][89a-fA-F]|[^\r\n])`)

// pair is a character of two such halves as they are for the parser.
var pair = regexp.MustCompile(`[\x{e000}-\x{e3ff}][\x{e400}-\x{e7ff}]`)

// isJSON reports whether a host reads the file as JSON.
func (f *File) isJSON() bool {
	return strings.HasPrefix(strings.TrimLeft(f.Text, " \t\r\n"), "{") && !strings.HasSuffix(f.Name, ".yaml") && !strings.HasSuffix(f.Name, ".yml")
}

// readable is the text for the parser; lines and columns stay as they are.
func (f *File) readable() string {
	text := directive.ReplaceAllStringFunc(f.Text, func(s string) string { return "#" + s[1:] })
	if f.isJSON() {
		// Into the private use area, U+E000 to U+E7FF, and back as whole characters.
		text = surrogate.ReplaceAllStringFunc(text, func(s string) string {
			if len(s) < len(`\ud8`) {
				return s
			}
			return `\ue` + strconv.Itoa(strings.Index("89abcdef", strings.ToLower(s[3:])))
		})
	}
	if utf8.ValidString(text) && !strings.ContainsFunc(text, isUnreadable) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\u2028' || r == '\u2029':
			r += unusedBreaks - '\u2028'
		case isUnreadable(r):
			r += unused
		}
		b.WriteRune(r)
	}
	return b.String()
}

func isUnreadable(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r >= 0x7f && r <= 0x9f || r == '\u2028' || r == '\u2029'
}

func (f *File) restore(n *yaml.Node) {
	if f.isJSON() {
		n.Value = pair.ReplaceAllStringFunc(n.Value, func(s string) string {
			halves := []rune(s)
			return string(utf16.DecodeRune(halves[0]-0xe000+0xd800, halves[1]-0xe000+0xd800))
		})
	}
	if strings.ContainsFunc(n.Value, isUnused) {
		n.Value = strings.Map(func(r rune) rune {
			switch {
			case !isUnused(r):
				return r
			case r >= unusedBreaks:
				return r - unusedBreaks + '\u2028'
			}
			return r - unused
		}, n.Value)
	}
	for _, child := range n.Content {
		f.restore(child)
	}
}

func isUnused(r rune) bool {
	return r >= unused && r <= unused+0x9f || r == unusedBreaks || r == unusedBreaks+1
}

// Of returns the position of a node.
func (f *File) Of(n *yaml.Node) Position {
	return f.At(f.Offset(n))
}

// Offset returns the byte where a node starts.
func (f *File) Offset(n *yaml.Node) int {
	return f.offset(n.Line, n.Column)
}

// Member is one member of a mapping.
type Member struct {
	Name       string
	Key, Value *yaml.Node
}

// Members returns the members of a mapping as they are written.
func Members(n *yaml.Node) []Member {
	n = Resolve(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	all := make([]Member, 0, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		all = append(all, Member{Resolve(n.Content[i]).Value, n.Content[i], Resolve(n.Content[i+1])})
	}
	return all
}

// IsMerge reports whether the member merges others (YAML 1.1).
func (m Member) IsMerge() bool {
	return m.Key.ShortTag() == "!!merge"
}

// Merged returns the members of a mapping, those that it merges last.
func Merged(n *yaml.Node) (all []Member) {
	var merged []Member
	for _, m := range Members(n) {
		switch {
		case !m.IsMerge():
			all = append(all, m)
		case m.Value.Kind == yaml.SequenceNode:
			for _, element := range m.Value.Content {
				merged = append(merged, Merged(element)...)
			}
		default:
			merged = append(merged, Merged(m.Value)...)
		}
	}
	for _, m := range merged {
		if !slices.ContainsFunc(all, func(other Member) bool { return other.Name == m.Name }) {
			all = append(all, m)
		}
	}
	return all
}

// Child returns the value of the first of these keys that the mapping has.
func Child(n *yaml.Node, names ...string) (value *yaml.Node, ok bool) {
	for _, m := range Merged(n) {
		if slices.Contains(names, m.Name) {
			return m.Value, true
		}
	}
	return nil, false
}

// Resolve returns what an alias stands for.
func Resolve(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}
