// SPDX-License-Identifier: Apache-2.0

package source

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Nested returns the value of a scalar as a text of its own, whose positions are
// those in this file.
func (f *File) Nested(n *yaml.Node) *File {
	nested := New(f.Name, []byte(n.Value))
	nested.outer = func(offset int) Position {
		// Before the offset, not before the byte order mark that New takes away.
		return f.InScalar(n, offset+len(n.Value)-len(nested.Text))
	}
	return nested
}

// InScalar returns the position of a byte of a scalar's value. Folding and
// indentation change nothing but white space, so that the other characters are
// counted, in the value and in the source.
func (f *File) InScalar(n *yaml.Node, offset int) Position {
	if n.Value == "" {
		return f.Of(n)
	}
	offset = min(offset, len(n.Value))
	count := 0
	for _, r := range n.Value[:offset] {
		if !isSpace(r) {
			count++
		}
	}
	at := f.Offset(n)
	at += len(properties.FindString(f.Text[at:]))
	switch {
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		at += strings.IndexAny(f.Text[at:], "\r\n") + 1
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		at++
	}
	for at < len(f.Text) {
		r, size := decode(f.Text[at:], n.Style)
		if !isSpace(r) {
			// What is missing at the end of the value is behind its last character.
			if count == 0 || count == 1 && offset == len(n.Value) {
				if count == 1 {
					at += size
				}
				break
			}
			count--
		}
		at += size
	}
	return f.At(at)
}

// properties are a scalar's anchor and its tag.
var properties = regexp.MustCompile(`^(?:[&!]\S*\s+)*`)

func isSpace(r rune) bool {
	return r == ' ' || r == '\t' || r == '\r' || r == '\n'
}

// decode returns the first character of a scalar's value, and how many bytes
// stand for it in the source.
func decode(text string, style yaml.Style) (rune, int) {
	r, size := utf8.DecodeRuneInString(text)
	switch {
	case style&yaml.SingleQuotedStyle != 0 && strings.HasPrefix(text, "''"):
		return r, 2
	case style&yaml.DoubleQuotedStyle == 0 || r != '\\' || len(text) < 2:
		return r, size
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[text[1]]
	if digits > 0 && len(text) >= 2+digits {
		code, _ := strconv.ParseUint(text[2:2+digits], 16, 32)
		if code >= 0xd800 && code < 0xdc00 && strings.HasPrefix(text[6:], `\u`) {
			return utf8.RuneError, 12 // a character of two halves
		}
		return rune(code), 2 + digits
	}
	switch text[1] {
	case 'n', 't', 'r', '\n', '\r', ' ', '\t':
		return ' ', 2
	}
	r, size = utf8.DecodeRuneInString(text[1:])
	return r, 1 + size
}
