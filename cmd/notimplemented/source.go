// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// source is a file as its user edits it.
type source struct {
	name, text string
}

// position is a place in a source, counted from 1, in characters.
type position struct {
	name         string
	line, column int
}

func (p position) String() string {
	return fmt.Sprintf("%s:%d:%d", p.name, p.line, p.column)
}

// at returns the position of an offset in bytes.
func (s source) at(offset int) position {
	before := s.text[:offset]
	start := strings.LastIndexByte(before, '\n') + 1
	return position{s.name, strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[start:]) + 1}
}

func (s source) atNode(n *yaml.Node) position {
	return position{s.name, n.Line, n.Column}
}

// offset is the inverse of at.
func (s source) offset(line, column int) int {
	offset := 0
	for range line - 1 {
		offset += strings.IndexByte(s.text[offset:], '\n') + 1
	}
	for range column - 1 {
		_, size := utf8.DecodeRuneInString(s.text[offset:])
		offset += size
	}
	return offset
}

// inScalar returns the position of a byte of a YAML scalar's value. Folding and
// indentation change nothing but white space, so that the other characters are
// counted, in the value and in the source.
func (s source) inScalar(n *yaml.Node, offset int) position {
	if n.Value == "" {
		return s.atNode(n)
	}
	count := 0
	for _, r := range n.Value[:offset] {
		if !isSpace(r) {
			count++
		}
	}
	at := s.offset(n.Line, n.Column)
	at += len(properties.FindString(s.text[at:]))
	switch {
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		at += strings.IndexByte(s.text[at:], '\n') + 1
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		at++
	}
	for at < len(s.text) {
		r, size := decode(s.text[at:], n.Style)
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
	return s.at(at)
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
		return rune(code), 2 + digits
	}
	switch text[1] {
	case 'n', 't', 'r', '\n', '\r', ' ', '\t':
		return ' ', 2
	}
	r, size = utf8.DecodeRuneInString(text[1:])
	return r, 1 + size
}
