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
	*body
}

// body is the template of a body.
type body struct {
	syntax Syntax
	// By kind, with all that is the same for each name in the texts.
	segments [kinds][]segment
	// The same where there are alternatives; nil where it says as much.
	withAlternatives [kinds][]segment
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
	placeholders
)

// JSON is the format of this project's own.
func JSON() *Format { return &Format{headersOf("application/json"), jsonBody} }

var jsonBody = newObject(`{"error":"not_implemented","message":"`)

// Problem is the format of RFC 9457, with the type of each problem.
func Problem(problemType string) *Format {
	quoted, _ := jsontext.AppendQuote(nil, problemType)
	return &Format{headersOf("application/problem+json"), newObject(`{"type":` + string(quoted) + `,"title":"Not Implemented","status":501,"detail":"`)}
}

// newObject is an object of JSON that begins with a text up to the sentence.
func newObject(beginning string) *body {
	parts := []Part{{beginning, Message}, {`","`, Kind}, {`":"`, Name}}
	return &body{
		syntax:           InJSON,
		segments:         compile(append(parts[:3:3], Part{`"}`, Nothing})),
		withAlternatives: compile(append(parts, Part{`","alternatives":`, Array}, Part{`}`, Nothing})),
	}
}

// Template is the format of a body that is made of parts.
func Template(contentType string, syntax Syntax, parts []Part) *Format {
	return &Format{headersOf(contentType), &body{syntax: syntax, segments: compile(parts)}}
}

func headersOf(contentType string) [][2]string {
	return [][2]string{
		{"content-type", contentType},
		{"cache-control", "no-store"}, // a 501 is cacheable by default: RFC 9110, section 15.6.2
		{"x-content-type-options", "nosniff"},
	}
}

// Clone returns a copy that shares no text with the format.
func (f *Format) Clone() *Format {
	clone := &Format{slices.Clone(f.headers), f.body}
	for i, header := range clone.headers {
		clone.headers[i] = [2]string{strings.Clone(header[0]), strings.Clone(header[1])}
	}
	if f.body != jsonBody {
		clone.body = f.body.clone()
	}
	return clone
}

func (b *body) clone() *body {
	return &body{b.syntax, cloned(b.segments), cloned(b.withAlternatives)}
}

func cloned(all [kinds][]segment) (clone [kinds][]segment) {
	for kind, segments := range all[:] {
		if segments == nil {
			continue
		}
		clone[kind] = make([]segment, len(segments))
		for i, s := range segments {
			clone[kind][i] = segment{strings.Clone(s.text), s.then}
		}
	}
	return clone
}

func compile(parts []Part) (all [kinds][]segment) {
	for kind := range all {
		all[kind] = compileFor(servers.Kind(kind), parts)
	}
	return all
}

// compileFor makes one segment up to each part that is another for each name.
func compileFor(kind servers.Kind, parts []Part) (segments []segment) {
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

// put puts the body. The name is escaped once, or not at all where it is known to be
// somewhere in the buffer, and then copied.
func (f *Format) put(b *Buffer, missing *servers.Missing, name part) {
	segments := f.segmentsFor(missing)
	for i := range segments {
		s := &segments[i]
		b.Put(s.text)
		switch {
		case s.then == Nothing:
		case s.then == Name && name.end > 0:
			b.putAgain(name)
		default:
			start := b.Len()
			f.replace(b, s.then, missing)
			if s.then == Name {
				name = part{start, b.Len()}
			}
		}
	}
}

func (b *body) segmentsFor(missing *servers.Missing) []segment {
	if len(missing.Alternatives) > 0 && b.withAlternatives[missing.Kind] != nil {
		return b.withAlternatives[missing.Kind]
	}
	return b.segments[missing.Kind]
}

// replace puts what a placeholder stands for.
func (f *Format) replace(b *Buffer, placeholder Placeholder, missing *servers.Missing) {
	if placeholder == Name {
		putName(b, f.syntax, missing)
	} else {
		putList(b, f.syntax, placeholder, missing.Alternatives)
	}
}

// Size returns the size in bytes of the body for what is missing. It uses the buffer.
func (f *Format) Size(b *Buffer, missing *servers.Missing) (size int) {
	var sizes [placeholders]int
	for _, s := range f.segmentsFor(missing) {
		if s.then != Nothing && sizes[s.then] == 0 {
			b.Reset()
			f.replace(b, s.then, missing)
			sizes[s.then] = b.Len()
		}
		size += len(s.text) + sizes[s.then]
	}
	return size
}

// EscapedSize returns the size in bytes of a name in the body. It uses the buffer.
func (f *Format) EscapedSize(b *Buffer, name string) int {
	b.Reset()
	escape(b, name, f.syntax)
	return b.Len()
}

// putList puts alternatives as a placeholder has them.
func putList(b *Buffer, syntax Syntax, as Placeholder, alternatives []string) {
	before, between, last, after := "", ", ", ", ", ""
	switch {
	case as == Array && len(alternatives) > 0:
		before, between, last, after = `["`, `","`, `","`, `"]`
	case as == Array:
		before = "[]"
	case as == Instead && len(alternatives) > 0:
		before, last, after = " Use ", " or ", "."
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
