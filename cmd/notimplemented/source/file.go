// SPDX-License-Identifier: Apache-2.0

// Package source knows where something stands in a file: a byte of its text, a
// node of its YAML or JSON, a byte of a string in that. A finding is what there is
// to say of such a place.
package source

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// File is a text as its user edits it, or a string in such a file that is a text
// itself.
type File struct {
	Name string
	Raw  []byte // as it is stored
	Text string // in UTF-8, without a byte order mark
	// Encoding is what the byte order mark says, empty without one.
	Encoding string

	lines []int    // where each line starts
	last  Position // what place returned
	at    int      // for this byte

	// Of a string in another file, where each of its bytes stands there; the last
	// place is that of all others, too.
	outer  *File
	places []int
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

// New returns the file with this content, in UTF-8 or, with a byte order mark, in
// UTF-16.
func New(name string, content []byte) *File {
	f := &File{Name: name, Raw: content}
	for mark, encoding := range marks {
		if bytes.HasPrefix(content, []byte(mark)) {
			f.Encoding = encoding
		}
	}
	if f.Encoding != "" {
		// What is no UTF-16 becomes U+FFFD.
		content, _, _ = transform.Bytes(unicode.BOMOverride(transform.Nop), content)
	}
	f.Text = string(content)
	return f
}

// marks are the byte order marks that a text can start with.
var marks = map[string]string{
	"\ufeff":   "UTF-8 with a byte order mark",
	"\xff\xfe": "UTF-16",
	"\xfe\xff": "UTF-16",
}

// index finds where lines start, once.
func (f *File) index() []int {
	if f.lines == nil {
		f.lines = []int{0}
		for i := range len(f.Text) {
			if f.Text[i] == '\n' || f.Text[i] == '\r' && !strings.HasPrefix(f.Text[i+1:], "\n") {
				f.lines = append(f.lines, i+1)
			}
		}
	}
	return f.lines
}

// At returns the position of a byte of the text.
func (f *File) At(offset int) Position {
	offset = min(offset, len(f.Text))
	if f.outer != nil {
		return f.outer.At(f.places[min(offset, len(f.places)-1)])
	}
	return f.place(offset)
}

// place returns the position of a byte in this text itself. Where a line is long, it
// counts on from the byte that was asked for before.
func (f *File) place(offset int) Position {
	lines := f.index()
	line, ok := slices.BinarySearch(lines, offset)
	if ok {
		line++
	}
	from, column := lines[line-1], 1
	if f.last.Line == line && f.at <= offset {
		from, column = f.at, f.last.Column
	}
	f.at, f.last = offset, Position{f.Name, line, column + utf8.RuneCountInString(f.Text[from:offset])}
	return f.last
}

// Start returns the position of the first character that is no blank.
func (f *File) Start() Position {
	return f.At(len(f.Text) - len(strings.TrimLeft(f.Text, " \t\r\n")))
}

// offset returns the byte at a line and column, counted from 1.
func (f *File) offset(line, column int) int {
	lines := f.index()
	if line < 1 || line > len(lines) {
		return len(f.Text)
	}
	offset := lines[line-1]
	for ; column > 1 && offset < len(f.Text); column-- {
		_, size := utf8.DecodeRuneInString(f.Text[offset:])
		offset += size
	}
	return offset
}
