// SPDX-License-Identifier: Apache-2.0

package config

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"notimplemented/filter/answer"
	"notimplemented/filter/servers"
)

// formatNode is how a server answers, as it is written.
type formatNode struct {
	name        *text // "json" or "problem", nil for an object
	contentType *text
	body        []byte // as JSON
	bodyPlace   place
	made        *answer.Format // of an object without a mistake
	isXML       bool
}

const (
	wantFormat      = `"json", "problem" or an object`
	wantContentType = `one like "application/xml"`
)

var formatKeys = []string{"content_type", "body"}

func (d *document) readFormat(at place) *formatNode {
	f := &formatNode{}
	if d.decoder.PeekKind() != jsontext.KindBeginObject {
		f.name = d.text(at, wantFormat)
		return f
	}
	ok := d.object(at, formatKeys, func(key string, at place) {
		if key == "content_type" {
			f.contentType = d.text(at, "a media type like \"application/xml\"")
			return
		}
		// Read once the type is known, which says what the body can be.
		f.bodyPlace = at
		_ = d.decoder.SkipValue()
		f.body = d.reader.json[at.offset:d.decoder.InputOffset()]
	})
	if ok && f.contentType == nil {
		d.mistake(at, `no "content_type", want `+wantContentType)
	}
	if ok && f.body == nil {
		d.mistake(at, `no "body", want the response body`)
	}
	return f
}

func (f *formatNode) is(name string) bool {
	return f != nil && f.name != nil && f.name.value == name
}

// hasFormat reports whether the server takes nothing of its answers from the top.
func (s *serverNode) hasFormat() bool {
	return s.format != nil || s.problemType != nil || s.headers != nil
}

func (d *document) checkFormat(s *serverNode) {
	f, t := s.format, s.problemType
	switch {
	case f == nil:
	case f.name == nil:
		d.checkTemplate(f)
	case !f.is("json") && !f.is("problem"):
		d.refuse(f.name, " is unknown, want "+wantFormat)
	}
	switch {
	case t == nil:
	case !isReference(t.value):
		d.refuse(t, " is not a URI reference, want "+wantReference)
	case !f.is("problem") && (f == nil || f.name == nil || !f.name.wrong):
		d.report(t, `"problem_type" requires "format": "problem"`)
	}
}

func (d *document) checkTemplate(f *formatNode) {
	t := f.contentType
	if t == nil || t.wrong || f.body == nil {
		return
	}
	kind, charsets, ok := mediaType(t.value)
	f.isXML = strings.HasSuffix(kind, "/xml") || strings.HasSuffix(kind, "+xml")
	b := body{document: d, place: f.bodyPlace, of: t.value}
	switch {
	case !ok:
		d.refuse(t, " is not a media type, want "+wantContentType)
	case len(charsets) > 1:
		d.refuse(t, " has two charsets, want one, or none")
	case len(charsets) == 1 && charsets[0] != "utf-8":
		d.refuse(t, " has a charset other than utf-8, want utf-8 or none")
	case strings.HasSuffix(kind, "/json") || strings.HasSuffix(kind, "+json"):
		b.syntax = answer.InJSON
		b.json(f.body)
	case f.isXML:
		b.syntax = answer.InXML
		b.string(f.body, true)
	case kind == "text/html":
		b.syntax = answer.InHTML
		b.string(f.body, false)
	case kind == "text/plain":
		b.string(f.body, false)
	default:
		d.refuse(t, ` is not a supported type, want JSON, XML, "text/html" or "text/plain"`)
	}
	if !t.wrong && !b.wrong {
		f.made = answer.Template(t.value, b.syntax, append(b.parts, answer.Part{Text: string(b.text)}))
	}
}

// mediaType returns type and charsets in lower case; ok is false where s is no media
// type (RFC 9110, section 8.3.1).
func mediaType(s string) (kind string, charsets []string, ok bool) {
	kind, parameters, more := strings.Cut(servers.LowerCase(s), ";")
	name, subtype, _ := strings.Cut(servers.TrimBlanks(kind), "/")
	ok = servers.IsToken(name) && servers.IsToken(subtype) && servers.TrimBlanks(s) == s
	for more && ok {
		var parameter string
		parameter, parameters, more = cutParameter(parameters)
		name, value, _ := strings.Cut(servers.TrimBlanks(parameter), "=")
		unquoted, isQuoted := unquote(value)
		ok = servers.IsToken(name) && (isQuoted || servers.IsToken(value))
		if name == "charset" {
			charsets = append(charsets, unquoted)
		}
	}
	return servers.TrimBlanks(kind), charsets, ok
}

// cutParameter cuts at the first semicolon outside of quotes.
func cutParameter(s string) (before, after string, found bool) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ';' && !quoted:
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// unquote returns the inside of a quoted string without escapes.
func unquote(s string) (inside string, ok bool) {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s, false
	}
	inside = s[1 : len(s)-1]
	return inside, !strings.ContainsAny(inside, "\"\\") && !strings.ContainsFunc(inside, isUnquotable)
}

// isUnquotable reports whether a character cannot be in a quoted string.
func isUnquotable(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// checkSize refuses a format by which a server would answer with too much.
func (d *document) checkSize(s *serverNode, f *formatNode) {
	if f == nil || f.made == nil {
		return
	}
	var b answer.Buffer
	largest := 0
	for _, e := range s.unimplemented {
		if e.hasWrongName() {
			continue
		}
		m := servers.Missing{Kind: servers.Capability, Name: valueOf(e.capability), Alternatives: values(e.alternatives)}
		if e.isMethodAlone() {
			m.Kind, m.Name = servers.Method, e.method.value
		}
		largest = max(largest, f.made.Size(&b, &m))
	}
	if s.implemented != nil {
		// What takes the most when it is escaped.
		largest = max(largest, f.made.Size(&b, &servers.Missing{Kind: servers.Method, Name: strings.Repeat(`"`, maxMethod+1)}))
		// A method that differs by case only has the implemented one as its alternative.
		longest := ""
		for _, t := range s.implemented {
			if !t.wrong && f.made.EscapedSize(&b, t.value) > f.made.EscapedSize(&b, longest) && strings.ContainsFunc(t.value, isLetter) {
				longest = t.value
			}
		}
		largest = max(largest, f.made.Size(&b, &servers.Missing{Kind: servers.Method, Name: longest, Alternatives: []string{longest}}))
	}
	if largest > MaxSize {
		d.mistake(f.bodyPlace, "makes responses of more than 64 KiB, want a shorter body")
		f.made = nil // said once, not for each server that has it
	}
}

// hasWrongName reports whether a mistake in what answers say of the entry is reported.
func (e *entryNode) hasWrongName() bool {
	isWrong := func(t *text) bool { return t != nil && t.wrong }
	return isWrong(e.method) || isWrong(e.capability) || slices.ContainsFunc(e.alternatives, isWrong)
}

func isLetter(r rune) bool { return 'a' <= r|0x20 && r|0x20 <= 'z' }

// checkXML refuses names that answers in XML cannot carry.
func (d *document) checkXML(s *serverNode, f *formatNode) {
	if f == nil || !f.isXML {
		return
	}
	for _, e := range s.unimplemented {
		for _, t := range append([]*text{e.capability}, e.alternatives...) {
			if t != nil && strings.ContainsFunc(t.value, isNoXML) {
				d.refuse(t, noXML)
			}
		}
	}
}

const noXML = " has a character that XML does not allow, want it removed"

// isNoXML reports whether a character is none of XML 1.0, section 2.2.
func isNoXML(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
}
