// SPDX-License-Identifier: Apache-2.0

package answer

import (
	"slices"
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
	placeholders
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

// Clone returns a copy that shares no text with the format.
func (f *Format) Clone() *Format {
	clone := &Format{headers: slices.Clone(f.headers), syntax: f.syntax}
	for i, header := range clone.headers {
		clone.headers[i] = [2]string{strings.Clone(header[0]), strings.Clone(header[1])}
	}
	for kind, segments := range f.segments[:] {
		clone.segments[kind] = make([]segment, len(segments))
		for i, s := range segments {
			clone.segments[kind][i] = segment{strings.Clone(s.text), s.then}
		}
	}
	return clone
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

// AddHeaders adds further headers, with names in lower case.
func (f *Format) AddHeaders(fields [][2]string) { f.headers = append(f.headers, fields...) }

// Headers are those of every answer in this format.
func (f *Format) Headers() [][2]string { return f.headers }

// put puts the body. What the placeholders stand for is escaped once, and then copied.
func (f *Format) put(b *Buffer, missing *servers.Missing) {
	var known [placeholders]part
	segments := f.segments[missing.Kind]
	for i := range segments {
		s := &segments[i]
		b.Put(s.text)
		if s.then == Nothing {
			continue
		}
		if known[s.then].end > 0 {
			b.putAgain(known[s.then])
			continue
		}
		start := b.Len()
		if s.then == Name {
			putName(b, f.syntax, missing)
		} else {
			putList(b, f.syntax, s.then, missing.Alternatives)
		}
		known[s.then] = part{start, b.Len()}
	}
}

// Size returns the size in bytes of the body for what is missing.
func (f *Format) Size(missing *servers.Missing) int {
	b := Buffer{counts: true}
	f.put(&b, missing)
	return b.Len()
}

// EscapedSize returns the size in bytes of a name in the body.
func (f *Format) EscapedSize(name string) int {
	b := Buffer{counts: true}
	escape(&b, name, f.syntax)
	return b.Len()
}

// putList puts alternatives as a placeholder has them.
func putList(b *Buffer, syntax Syntax, as Placeholder, alternatives []string) {
	var before, between, last, after string
	switch {
	case as == Array && len(alternatives) == 0:
		before = "[]"
	case len(alternatives) == 0:
	case as == Array:
		before, between, last, after = `["`, `","`, `","`, `"]`
	case as == member:
		before, between, last, after = `,"alternatives":["`, `","`, `","`, `"]`
	case as == Instead:
		before, between, last, after = " Use ", ", ", " or ", "."
	default:
		between, last = ", ", ", "
	}
	b.Put(before)
	for i, alternative := range alternatives {
		if i > 0 && i < len(alternatives)-1 {
			b.Put(between)
		} else if i > 0 {
			b.Put(last)
		}
		escape(b, alternative, syntax)
	}
	b.Put(after)
}
