// SPDX-License-Identifier: Apache-2.0

package source

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
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

// Documents reads a stream of YAML documents or JSON values, up to the first that
// is neither; then its error is a [SyntaxError]. It takes what any host takes: a
// directive for YAML 1.2, a key twice.
func (f *File) Documents() (documents []*yaml.Node, err error) {
	if strings.HasPrefix(strings.TrimLeft(f.Text, " \t\r\n"), "{") {
		if documents, err := f.values(); err == nil {
			return documents, nil
		}
	}
	if !utf8.ValidString(f.Text) {
		at := strings.IndexFunc(f.Text, func(r rune) bool { return r == utf8.RuneError })
		return nil, &SyntaxError{f.At(at), "not valid UTF-8, want UTF-8"}
	}
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
		documents = append(documents, document)
	}
}

// IsJSON reports whether a document is a JSON value.
func IsJSON(document *yaml.Node) bool {
	return document.Style == yaml.FlowStyle
}

// directive is one that Envoy's parser passes over.
var directive = regexp.MustCompile(`(?m)^%(?:YAML[ \t]+1\.[02-9]|[^TY\r\n])`)

// breaks are characters that YAML 1.1 ends a line at, and no host.
var breaks = strings.NewReplacer("\u0085", "\ufffd", "\u2028", "\ufffd", "\u2029", "\ufffd")

// readable is the text for the parser; lines and columns stay as they are.
func (f *File) readable() string {
	return breaks.Replace(directive.ReplaceAllStringFunc(f.Text, func(s string) string { return "#" + s[1:] }))
}

// values reads a stream of JSON values, as a document each.
func (f *File) values() (documents []*yaml.Node, err error) {
	decoder := jsontext.NewDecoder(strings.NewReader(f.Text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for {
		root, err := f.value(decoder)
		if err == io.EOF {
			return documents, nil
		}
		if err != nil {
			return nil, err
		}
		documents = append(documents, &yaml.Node{Kind: yaml.DocumentNode, Style: yaml.FlowStyle, Line: root.Line, Column: root.Column, Content: []*yaml.Node{root}})
	}
}

func (f *File) value(decoder *jsontext.Decoder) (*yaml.Node, error) {
	start := int(decoder.InputOffset())
	start = len(f.Text) - len(strings.TrimLeft(f.Text[start:], " \t\r\n,:"))
	token, err := decoder.ReadToken()
	if err != nil {
		return nil, err
	}
	n := &yaml.Node{Kind: yaml.ScalarNode, Value: token.String()}
	at := f.place(start)
	n.Line, n.Column = at.Line, at.Column
	kind := token.Kind()
	switch kind {
	case '"':
		n.Tag, n.Style = "!!str", yaml.DoubleQuotedStyle
		return n, nil
	case '{':
		n.Kind = yaml.MappingNode
	case '[':
		n.Kind = yaml.SequenceNode
	default:
		return n, nil
	}
	n.Value, n.Style = "", yaml.FlowStyle
	for next := decoder.PeekKind(); next != '}' && next != ']'; next = decoder.PeekKind() {
		child, err := f.value(decoder)
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, child)
	}
	_, err = decoder.ReadToken()
	return n, err
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
	return &SyntaxError{at, "not valid YAML: " + problem}
}

// braces is an object in one line, with something behind it perhaps.
var braces = regexp.MustCompile(`(?:^|[:-])[ \t]+\{[^{}"',:]*\}[ \t]*$`)

// checkAliases refuses an alias inside of what it stands for, which has no end.
func (f *File) checkAliases(n *yaml.Node, around ...*yaml.Node) error {
	if n.Kind == yaml.AliasNode && slices.Contains(around, n.Alias) {
		return &SyntaxError{f.Of(n), fmt.Sprintf("not valid YAML: anchor '%s' value contains itself", n.Value)}
	}
	for _, child := range n.Content {
		if err := f.checkAliases(child, append(around, n)...); err != nil {
			return err
		}
	}
	return nil
}

// Of returns the position of a node.
func (f *File) Of(n *yaml.Node) Position {
	if f.outer == nil {
		return Position{f.Name, n.Line, n.Column}
	}
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
