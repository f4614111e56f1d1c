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
// those in this file. Folding and indentation change nothing but white space, so
// that the other characters of the value and of the source are matched.
func (f *File) Nested(n *yaml.Node) *File {
	at := f.Offset(n)
	if n.Value != "" {
		at += len(properties.FindString(f.Text[at:]))
	}
	switch {
	case n.Value == "":
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		at += strings.IndexAny(f.Text[at:], "\r\n") + 1
	case isQuoted(n):
		at++
	}
	places := make([]int, 0, len(n.Value)+1)
	for _, r := range n.Value {
		size := 0
		for !isSpace(r) && at < len(f.Text) {
			var written rune
			if written, size = decode(f.Text[at:], n.Style); !isSpace(written) {
				break
			}
			at += size
		}
		for range utf8.RuneLen(r) {
			places = append(places, at)
		}
		if !isSpace(r) {
			at += size
		}
	}
	return &File{Name: f.Name, Raw: []byte(n.Value), Text: n.Value, outer: f, places: append(places, at)}
}

// Decoded returns what a scalar stands for in another encoding, all of which is
// where the scalar is.
func (f *File) Decoded(n *yaml.Node, text []byte) *File {
	return &File{Name: f.Name, Raw: text, Text: string(text), outer: f, places: []int{f.Offset(n)}}
}

func isQuoted(n *yaml.Node) bool {
	return n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0
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
			return utf8.RuneError, min(12, len(text)) // a character of two halves
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
