// SPDX-License-Identifier: Apache-2.0

package config

import (
	"bytes"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth is far beyond the four levels that a configuration has.
const maxDepth = 32

// checkSyntax returns the first violation of RFC 8259, or nil.
func checkSyntax(json []byte, limits limits) error {
	r := newReader(json, limits)
	for complete := false; ; complete = r.decoder.StackDepth() == 0 {
		offset := r.offset()
		_, err := r.decoder.ReadToken()
		syntax, isSyntax := err.(*jsontext.SyntacticError)
		switch {
		case err == io.EOF:
			return nil
		case isSyntax:
			problem := syntax.Err.Error()
			if syntax.Err == jsontext.ErrDuplicateName {
				problem += " " + r.quote(syntax.JSONPointer.LastToken())
			}
			return syntaxMistake(int(syntax.ByteOffset), problem)
		case err != nil:
			return syntaxMistake(offset, err.Error())
		case complete:
			return syntaxMistake(offset, "a second value, want one object")
		case r.decoder.StackDepth() > maxDepth:
			return syntaxMistake(offset, "nested deeper than "+strconv.Itoa(maxDepth)+" levels")
		}
	}
}

func syntaxMistake(offset int, problem string) error {
	return Mistakes{{Offset: offset, Problem: "syntax error at offset " + strconv.Itoa(offset) + ": " + problem}}
}

// reader reads a document that checkSyntax has accepted, so that what its
// decoder returns as errors cannot occur; it collects mistakes in the values.
type reader struct {
	json     []byte
	decoder  *jsontext.Decoder
	mistakes mistakes
}

// place is where a value stands in the configuration.
type place struct {
	parent *place // nil for the whole document
	key    string // in an object
	index  int    // in an array, or one of those below
	offset int
}

// For what has no index: key is the name of a member, or a pointer below parent.
const (
	member = -1
	below  = -2
)

func (p *place) pointer() string {
	if p.parent == nil {
		return ""
	}
	parent, token := p.parent.pointer(), p.key
	switch {
	case p.index == below:
		return parent + token
	case p.index >= 0:
		token = strconv.Itoa(p.index)
	}
	return string(jsontext.Pointer(parent).AppendToken(token))
}

func newReader(json []byte, limits limits) *reader {
	return &reader{json: json, decoder: jsontext.NewDecoder(bytes.NewBuffer(json)), mistakes: mistakes{limits: limits}}
}

// offset returns where the next token starts.
func (r *reader) offset() int {
	offset := int(r.decoder.InputOffset())
	for offset < len(r.json) && isBetween(r.json[offset]) {
		offset++
	}
	return offset
}

// isBetween reports whether c stands between tokens.
func isBetween(c byte) bool {
	switch c {
	case ' ', '\t', '\r', '\n', ',', ':':
		return true
	}
	return false
}

// mistake reports what is wrong with the value at a place.
func (r *reader) mistake(at place, problem string) {
	if r.mistakes.wants(at) {
		r.mistakes.add(at, problem)
	}
}

// skip reads the next value and reports it as one of a wrong type.
func (r *reader) skip(at place, want string) {
	if r.mistakes.wants(at) {
		r.mistakes.add(at, kindName(r.decoder.PeekKind())+", want "+want)
	}
	_ = r.decoder.SkipValue()
}

// object calls read for each member whose key is known, to read its value. ok is false where there is no object, or an unknown key in it.
func (r *reader) object(at place, keys []string, read func(key string, at place)) (ok bool) {
	if r.decoder.PeekKind() != jsontext.KindBeginObject {
		r.skip(at, "an object")
		return false
	}
	_, _ = r.decoder.ReadToken()
	ok = true
	for r.decoder.PeekKind() != jsontext.KindEndObject {
		name := r.offset()
		key := r.string()
		if slices.Contains(keys, key) {
			read(key, place{&at, key, member, r.offset()})
			continue
		}
		if unknown := (place{&at, key, member, name}); r.mistakes.wants(unknown) {
			r.mistakes.add(unknown, "unknown key, want "+nearest(key, keys))
		}
		_ = r.decoder.SkipValue()
		ok = false
	}
	_, _ = r.decoder.ReadToken()
	return ok
}

// members calls read for each member, to read its value.
func (r *reader) members(at place, want string, read func(name *text, at place)) {
	if r.decoder.PeekKind() != jsontext.KindBeginObject {
		r.skip(at, want)
		return
	}
	_, _ = r.decoder.ReadToken()
	for r.decoder.PeekKind() != jsontext.KindEndObject {
		offset := r.offset()
		key := r.string()
		read(&text{place: place{&at, key, member, offset}, value: key}, place{&at, key, member, r.offset()})
	}
	_, _ = r.decoder.ReadToken()
}

// array calls element for each element; element reads it. ok is false where
// there is no array.
func (r *reader) array(at place, want string, element func(at place)) (ok bool) {
	if r.decoder.PeekKind() != jsontext.KindBeginArray {
		r.skip(at, want)
		return false
	}
	_, _ = r.decoder.ReadToken()
	for i := 0; r.decoder.PeekKind() != jsontext.KindEndArray; i++ {
		element(place{&at, "", i, r.offset()})
	}
	_, _ = r.decoder.ReadToken()
	return true
}

// list reads an array that must not be empty. It is nil where there is none.
func list[T any](r *reader, at place, want, element string, read func(at place) T) (all []T) {
	ok := r.array(at, want, func(at place) { all = append(all, read(at)) })
	if ok && all == nil {
		r.mistake(at, "empty, want at least one "+element)
	}
	return all
}

// texts reads an array of strings that must not be empty; where it is wrong, it
// has a wrong one.
func (r *reader) texts(at place, want, element, wantElement string, most bound) []*text {
	all := list(r, at, want, element, func(at place) *text {
		if r.isBeyond(most, at) {
			return noText
		}
		return r.text(at, wantElement)
	})
	if all == nil {
		all = []*text{{place: at, wrong: true}}
	}
	return all
}

// text is a string of the configuration.
type text struct {
	place
	value string
	wrong bool // a mistake in it is reported
}

// noText stands for a string that is one too many.
var noText = &text{wrong: true}

// bound is how many of something there can be.
type bound struct {
	most int
	of   string
	seen *int
}

// isBeyond skips the next value where it is one too many, and reports the first.
func (r *reader) isBeyond(b bound, at place) bool {
	*b.seen++
	if *b.seen <= b.most {
		return false
	}
	if *b.seen == b.most+1 {
		r.mistake(at, "more than "+strconv.Itoa(b.most)+" "+b.of)
	}
	_ = r.decoder.SkipValue()
	return true
}

// name reads a string that names something.
func (r *reader) name(at place, want string) *text {
	t := r.text(at, want)
	if !r.isTooLong(t, maxName) && strings.ContainsFunc(t.value, isControl) {
		r.refuse(t, " contains a control character, want none")
	}
	return t
}

func isControl(r rune) bool { return r < ' ' || 0x7f <= r && r <= 0x9f }

// The longest names, in bytes.
const (
	maxName   = 256
	maxMethod = 64
	maxHost   = 253 // RFC 1035, section 2.3.4, without the dot of the root
)

func (r *reader) isTooLong(t *text, most int) bool {
	if len(t.value) <= most {
		return false
	}
	r.report(t, strconv.Itoa(len(t.value))+" bytes, want at most "+strconv.Itoa(most))
	return true
}

// text reads a string that must not be empty.
func (r *reader) text(at place, want string) *text {
	if r.decoder.PeekKind() != jsontext.KindString {
		r.skip(at, want)
		return &text{place: at, wrong: true}
	}
	t := &text{place: at, value: r.string()}
	if t.value == "" {
		r.report(t, "empty, want "+want)
	}
	return t
}

// string reads a string. Token.String would do so too, but it brings the
// formatting of numbers, a quarter of the plugin's size.
func (r *reader) string() string {
	value, _ := r.decoder.ReadValue()
	if bytes.IndexByte(value, '\\') < 0 {
		return string(value[1 : len(value)-1])
	}
	unquoted, _ := jsontext.AppendUnquote(nil, value)
	return string(unquoted)
}

// report reports a mistake in a string, the first one only.
func (r *reader) report(t *text, problem string) {
	if !t.wrong {
		r.mistake(t.place, problem)
	}
	t.wrong = true
}

// refuse reports what is wrong with the value of a string, behind that value.
//
//go:noinline
func (r *reader) refuse(t *text, problem string) {
	if !t.wrong && r.mistakes.wants(t.place) {
		r.mistakes.add(t.place, r.quote(t.value)+problem)
	}
	t.wrong = true
}

func (r *reader) boolean(at place) bool {
	switch r.decoder.PeekKind() {
	case jsontext.KindTrue, jsontext.KindFalse:
		token, _ := r.decoder.ReadToken()
		return token.Bool()
	default:
		r.skip(at, "true or false")
		return false
	}
}

func kindName(kind jsontext.Kind) string {
	switch kind {
	case jsontext.KindNull:
		return "null"
	case jsontext.KindTrue, jsontext.KindFalse:
		return "boolean"
	case jsontext.KindNumber:
		return "number"
	case jsontext.KindString:
		return "string"
	case jsontext.KindBeginArray:
		return "array"
	default:
		return "object"
	}
}

// quote quotes what a mistake is about.
func (r *reader) quote(s string) string { return quote(r.mistakes.cut(s)) }

func quote(s string) string {
	quoted, _ := jsontext.AppendQuote(nil, s)
	return string(quoted)
}

// nearest names the key that was probably meant, else all of them.
func nearest(key string, keys []string) string {
	best, least := "", 3
	for _, k := range keys {
		if d := distance(key, k); d < least {
			best, least = k, d
		}
	}
	if best != "" {
		return quote(best)
	}
	return `one of "` + strings.Join(keys, `", "`) + `"`
}

// IsNear reports whether one name is probably meant for the other: at most two
// characters are inserted, deleted or replaced.
func IsNear(a, b string) bool { return distance(a, b) < 3 }

// distance returns how many characters must be inserted, deleted or replaced to
// make b of a (Levenshtein); 3 stands for all that is more than 2.
func distance(a, b string) int {
	if len(a)-len(b) > 2 || len(b)-len(a) > 2 {
		return 3
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return min(row[len(b)], 3)
}
