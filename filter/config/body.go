// SPDX-License-Identifier: Apache-2.0

package config

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"notimplemented/filter/answer"
)

// body reads the template of a body.
type body struct {
	*document
	place
	of     string // content type
	syntax answer.Syntax
	parts  []answer.Part
	text   []byte // behind the last part
	wrong  bool
	tokens *jsontext.Decoder // of a body of JSON
}

var placeholders = [...]struct {
	word string
	is   answer.Placeholder
}{
	{"message", answer.Message}, {"instead", answer.Instead}, {"name", answer.Name}, {"kind", answer.Kind}, {"alternatives", answer.Alternatives},
}

const maxPlaceholders = 64

const wantPlaceholder = "want {message}, {instead}, {name}, {kind} or {alternatives}, and {{ or }} for braces"

// refuse reports what is wrong with the token that was read last, at this offset in
// the body.
func (b *body) refuse(offset int, problem string) {
	at := place{&b.place, "", below, b.offset + offset}
	if b.tokens != nil {
		at.key = string(b.tokens.StackPointer())
	}
	b.wrong = true
	b.mistake(at, problem)
}

func (b *body) put(at int, placeholder answer.Placeholder) {
	if len(b.parts) == maxPlaceholders && !b.wrong {
		b.refuse(at, "more than "+strconv.Itoa(maxPlaceholders)+" placeholders")
	}
	b.parts = append(b.parts, answer.Part{Text: string(b.text), Then: placeholder})
	b.text = b.text[:0]
}

// string reads a body that is one string.
func (b *body) string(json []byte, isXML bool) {
	if kind := jsontext.Value(json).Kind(); kind != jsontext.KindString {
		b.refuse(0, kindName(kind)+", want a string, since "+b.quote(b.of)+" is not JSON")
		return
	}
	unquoted, _ := jsontext.AppendUnquote(nil, json)
	switch {
	case len(unquoted) == 0:
		b.refuse(0, "empty, want the response body")
	case isXML && bytes.ContainsFunc(unquoted, isNoXML):
		b.refuse(0, "has a character that XML does not allow, want it removed")
	default:
		b.template(0, string(unquoted))
	}
}

// json reads a body of JSON, token by token: its nesting is bounded, but so is the
// stack. What comes out has the order and the numbers of what is there.
func (b *body) json(json []byte) {
	switch kind := jsontext.Value(json).Kind(); kind {
	case jsontext.KindString, jsontext.KindNull:
		b.refuse(0, kindName(kind)+", want an object or an array, since "+b.quote(b.of)+" is JSON")
		return
	}
	r := newReader(json, limits{})
	decoder := r.decoder
	b.tokens = decoder
	var object int     // where the one begins that began last
	var quoteless bool // its last member is a placeholder's word, so far
	for done := false; !done; done = decoder.StackDepth() == 0 {
		container, index := decoder.StackIndex(decoder.StackDepth())
		at := r.offset()
		kind := decoder.PeekKind()
		isName := container == jsontext.KindBeginObject && index%2 == 0
		switch {
		case kind == jsontext.KindEndObject || kind == jsontext.KindEndArray || index == 0:
		case container == jsontext.KindBeginObject && !isName:
			b.text = append(b.text, ':')
		default:
			b.text = append(b.text, ',')
		}
		switch kind {
		case jsontext.KindString:
			value := r.string()
			quoteless = isName && isWord(value)
			if isName {
				b.name(at, value)
			} else {
				b.quoted(at, value)
			}
		case jsontext.KindBeginObject, jsontext.KindBeginArray, jsontext.KindEndObject, jsontext.KindEndArray:
			_, _ = decoder.ReadToken()
			b.text = append(b.text, byte(kind))
			if kind == jsontext.KindBeginObject {
				object = at
			}
			if kind == jsontext.KindEndObject && quoteless && index == 2 {
				b.refuse(object, "an unquoted placeholder, want quotes around it")
			}
			quoteless = false
		default:
			value, _ := decoder.ReadValue()
			b.text = append(b.text, value...)
			quoteless = quoteless && kind == jsontext.KindNull
		}
	}
}

func isWord(s string) bool {
	for _, p := range placeholders[:] {
		if p.word == s {
			return true
		}
	}
	return false
}

// name puts the name of a member, which stands as it is.
func (b *body) name(at int, name string) {
	for _, p := range placeholders[:] {
		if placeholder := "{" + p.word + "}"; strings.Contains(name, placeholder) {
			b.refuse(at, placeholder+" in the name of a member, want it in a value")
			return
		}
	}
	b.text = append(b.text, quote(name)...)
}

// quoted puts a string of JSON.
func (b *body) quoted(at int, value string) {
	if value == "{alternatives}" {
		b.put(at, answer.Array)
		return
	}
	b.text = append(b.text, '"')
	b.template(at, value)
	b.text = append(b.text, '"')
}

// template puts a string in which braces are placeholders, or double.
func (b *body) template(at int, s string) {
	for s != "" {
		i := strings.IndexAny(s, "{}")
		if i < 0 {
			b.literal(s)
			return
		}
		b.literal(s[:i])
		s = s[i:]
		if len(s) > 1 && s[1] == s[0] {
			b.literal(s[:1])
			s = s[2:]
			continue
		}
		end := strings.IndexByte(s, '}')
		if s[0] == '}' || end < 0 {
			b.refuse(at, `"`+s[:1]+`" is unmatched, `+wantPlaceholder)
			return
		}
		placeholder, ok := placeholderOf(s[1:end])
		if !ok {
			b.refuse(at, b.quote(s[:end+1])+" is no placeholder, "+wantPlaceholder)
			return
		}
		b.put(at, placeholder)
		s = s[end+1:]
	}
}

func placeholderOf(word string) (placeholder answer.Placeholder, ok bool) {
	for _, p := range placeholders[:] {
		if p.word == word {
			return p.is, true
		}
	}
	return 0, false
}

// literal puts what is not JSON as it is.
func (b *body) literal(s string) {
	if b.syntax != answer.InJSON {
		b.text = append(b.text, s...)
		return
	}
	quoted, _ := jsontext.AppendQuote(nil, s)
	b.text = append(b.text, quoted[1:len(quoted)-1]...)
}
