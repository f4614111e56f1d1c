// SPDX-License-Identifier: Apache-2.0

// Package source knows where something stands in a file: a byte of its text, a
// node of its YAML, a byte of a string in that YAML. A finding is what there is to
// say of such a place.
package source

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// File is a text as its user edits it, or a string in the YAML of such a file.
type File struct {
	Name string
	Raw  []byte // as it is stored
	Text string // in UTF-8, without a byte order mark
	// Encoding is what the byte order mark says, empty without one.
	Encoding string

	lines []int // where each line starts
	outer func(offset int) Position
}

// Position is a place in a file, counted from 1, in characters. Line breaks are
// LF, CR LF and CR.
type Position struct {
	File         string
	Line, Column int
}

func (p Position) String() string {
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Compare orders the positions of one file.
func (p Position) Compare(other Position) int {
	if p.Line != other.Line {
		return p.Line - other.Line
	}
	return p.Column - other.Column
}

// New returns the file with this content, in UTF-8 or, with a byte order mark,
// in UTF-16 or UTF-32.
func New(name string, content []byte) *File {
	f := &File{Name: name, Raw: content}
	f.Text, f.Encoding = decoded(content)
	f.lines = []int{0}
	for i := range len(f.Text) {
		if f.Text[i] == '\n' || f.Text[i] == '\r' && !strings.HasPrefix(f.Text[i+1:], "\n") {
			f.lines = append(f.lines, i+1)
		}
	}
	return f
}

func decoded(content []byte) (text, encoding string) {
	for _, e := range []struct {
		mark, name string
		size       int
		order      binary.ByteOrder
	}{
		{"\xff\xfe\x00\x00", "UTF-32", 4, binary.LittleEndian}, // before UTF-16, whose mark it starts with
		{"\x00\x00\xfe\xff", "UTF-32", 4, binary.BigEndian},
		{"\xff\xfe", "UTF-16", 2, binary.LittleEndian},
		{"\xfe\xff", "UTF-16", 2, binary.BigEndian},
	} {
		rest, ok := bytes.CutPrefix(content, []byte(e.mark))
		if !ok {
			continue
		}
		var units []uint16
		var b strings.Builder
		for ; len(rest) >= e.size; rest = rest[e.size:] {
			if e.size == 2 {
				units = append(units, e.order.Uint16(rest))
			} else {
				b.WriteRune(rune(e.order.Uint32(rest)))
			}
		}
		return b.String() + string(utf16.Decode(units)), e.name
	}
	text, ok := strings.CutPrefix(string(content), "\ufeff")
	if ok {
		return text, "UTF-8 with a byte order mark"
	}
	return text, ""
}

// At returns the position of a byte of the text.
func (f *File) At(offset int) Position {
	offset = min(offset, len(f.Text))
	if f.outer != nil {
		return f.outer(offset)
	}
	line, ok := slices.BinarySearch(f.lines, offset)
	if !ok {
		line--
	}
	return Position{f.Name, line + 1, utf8.RuneCountInString(f.Text[f.lines[line]:offset]) + 1}
}

// Start returns the position of the first character that is no blank.
func (f *File) Start() Position {
	return f.At(len(f.Text) - len(strings.TrimLeft(f.Text, " \t\r\n")))
}

// offset returns the byte at a line and column, counted from 1.
func (f *File) offset(line, column int) int {
	if line < 1 || line > len(f.lines) {
		return len(f.Text)
	}
	offset := f.lines[line-1]
	for range column - 1 {
		_, size := utf8.DecodeRuneInString(f.Text[offset:])
		offset += size
	}
	return offset
}
