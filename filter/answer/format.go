// SPDX-License-Identifier: Apache-2.0

package answer

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"notimplemented/filter/servers"
)

// Format is the shape of the answers to plain HTTP. [JSON], [Problem] and
// [Template] make one.
type Format struct {
	headers [][2]string
	syntax  Syntax
	// The body of each kind, with all that is the same for each name in the texts.
	segments [kinds][]segment
}

const kinds = 2

// segment is a text and what comes behind it.
type segment struct {
	text string
	then Placeholder
}

// Part is a text of a body, as it is there, and what comes behind it.
type Part struct {
	Text string
	Then Placeholder
}

// Placeholder is what an answer says in its place.
type Placeholder uint8

const (
	Nothing      Placeholder = iota
	Message                  // the sentence
	Kind                     // "method" or "capability"
	Name                     // of the method or capability
	Instead                  // what to use instead, behind a blank, or nothing
	Alternatives             // joined by ", "
	Array                    // of the alternatives, in JSON

	member // of the alternatives, in an object of JSON, where there are any
)

// Syntax is that of the body, by which what is put in is escaped.
type Syntax uint8

const (
	InJSON Syntax = iota // inside of a string
	InXML                // and HTML
	InText
)

// JSON is the format of this project's own.
func JSON() *Format {
	return Template("application/json", InJSON, []Part{
		{`{"error":"not_implemented","message":"`, Message}, {`","`, Kind}, {`":"`, Name}, {`"`, member}, {`}`, Nothing},
	})
}

// Problem is the format of RFC 9457, with the type of each problem.
func Problem(problemType string) *Format {
	quoted, _ := jsontext.AppendQuote(nil, problemType)
	return Template("application/problem+json", InJSON, []Part{
		{`{"type":` + string(quoted) + `,"title":"Not Implemented","status":501,"detail":"`, Message},
		{`","`, Kind}, {`":"`, Name}, {`"`, member}, {`}`, Nothing},
	})
}

// Template is the format of a body that is made of parts.
func Template(contentType string, syntax Syntax, parts []Part) *Format {
	f := &Format{syntax: syntax, headers: [][2]string{
		{"content-type", contentType},
		{"cache-control", "no-store"}, // a 501 is cacheable by default: RFC 9110, section 15.6.2
		{"x-content-type-options", "nosniff"},
	}}
	for kind := range f.segments {
		f.segments[kind] = compile(parts, servers.Kind(kind))
	}
	return f
}

// compile makes one segment up to each part that is another for each name.
func compile(parts []Part, kind servers.Kind) (segments []segment) {
	var text []string
	cut := func(then Placeholder) {
		segments = append(segments, segment{strings.Join(text, ""), then})
		text = nil
	}
	before, after := sentence(kind)
	for _, p := range parts {
		text = append(text, p.Text)
		switch p.Then {
		case Nothing:
		case Message:
			text = append(text, before)
			cut(Name)
			text = append(text, after)
		case Kind:
			text = append(text, kind.String())
		default:
			cut(p.Then)
		}
	}
	cut(Nothing)
	return segments
}

// sentence is what is said around a name.
func sentence(kind servers.Kind) (before, after string) {
	if kind == servers.Method {
		return "This server does not implement the ", " method."
	}
	return "This server does not implement ", "."
}

// Headers are those of every answer in this format.
func (f *Format) Headers() [][2]string { return f.headers }

// put puts the body, with the name as it is to be said.
func (f *Format) put(b *Buffer, name string, missing *servers.Missing) {
	name = f.syntax.escape(name)
	segments := f.segments[missing.Kind]
	for i := range segments {
		s := &segments[i]
		b.Put(s.text)
		switch s.then {
		case Nothing:
		case Name:
			b.Put(name)
		default:
			if len(missing.Alternatives) > 0 || s.then == Array {
				f.syntax.putList(b, s.then, missing.Alternatives)
			}
		}
	}
}

// putList puts alternatives as a placeholder has them.
func (s Syntax) putList(b *Buffer, as Placeholder, alternatives []string) {
	first, between, last, end := as.separators(len(alternatives))
	separator := first
	for i, alternative := range alternatives {
		b.Put(separator)
		b.Put(s.escape(alternative))
		separator = between
		if i == len(alternatives)-2 {
			separator = last
		}
	}
	b.Put(end)
}

// separators are what is around and between so many alternatives.
func (p Placeholder) separators(count int) (first, between, last, end string) {
	switch {
	case p == Array && count == 0:
		return "", "", "", "[]"
	case count == 0:
		return "", "", "", ""
	case p == Instead:
		return " Use ", ", ", " or ", "."
	case p == Array:
		return `["`, `","`, `","`, `"]`
	case p == member:
		return `,"alternatives":["`, `","`, `","`, `"]`
	}
	return "", ", ", ", ", ""
}

// Size returns the size in bytes of the body for what is missing.
func (f *Format) Size(missing *servers.Missing) (size int) {
	shown, _ := show(missing)
	nameSize, listSize := len(f.syntax.escape(say(missing, shown))), 0
	for _, alternative := range missing.Alternatives {
		listSize += len(f.syntax.escape(alternative))
	}
	for _, s := range f.segments[missing.Kind] {
		size += len(s.text)
		switch count := len(missing.Alternatives); s.then {
		case Nothing:
		case Name:
			size += nameSize
		default:
			first, between, last, end := s.then.separators(count)
			size += len(first) + listSize + len(end)
			if count > 1 {
				size += (count-2)*len(between) + len(last)
			}
		}
	}
	return size
}

// escape returns s for its place; it is valid UTF-8.
func (s Syntax) escape(text string) string {
	switch s {
	case InJSON:
		for i := range len(text) {
			if c := text[i]; c < ' ' || c == '"' || c == '\\' {
				quoted, _ := jsontext.AppendQuote(nil, text)
				return string(quoted[1 : len(quoted)-1])
			}
		}
	case InXML:
		for i := range len(text) {
			if entity(text[i]) != "" {
				return escapeXML(text)
			}
		}
	}
	return text
}

func escapeXML(text string) string {
	escaped := make([]byte, 0, 2*len(text))
	for i := range len(text) {
		if e := entity(text[i]); e != "" {
			escaped = append(escaped, e...)
		} else {
			escaped = append(escaped, text[i])
		}
	}
	return string(escaped)
}

// entity is also that of HTML, which has no &apos; before HTML 5.
func entity(c byte) string {
	switch c {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	case '"':
		return "&quot;"
	case '\'':
		return "&#39;"
	}
	return ""
}
