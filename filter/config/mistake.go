// SPDX-License-Identifier: Apache-2.0

package config

import (
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Mistake is one thing wrong with a configuration.
type Mistake struct {
	Pointer string // JSON pointer (RFC 6901), empty for the whole document
	Offset  int    // of the value, or of the name that is wrong, in bytes from 0
	Problem string // what is wrong, want what
}

// String returns the mistake as it is logged.
func (m Mistake) String() string {
	if m.Pointer == "" {
		return m.Problem
	}
	return m.Pointer + ": " + m.Problem
}

// Mistakes is the error of [Parse]: all that is wrong, in document order.
type Mistakes []Mistake

// Error returns one mistake a line.
func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i := range m {
		lines[i] = m[i].String()
	}
	return strings.Join(lines, "\n")
}

// limits bound what is said about a configuration; 0 is no limit.
type limits struct {
	mistakes int
	quoted   int // bytes of a value or a pointer
}

// forLog keeps the log readable, and the memory small.
var forLog = limits{mistakes: 20, quoted: 128}

func (l limits) cut(s string) string {
	if l.quoted == 0 || len(s) <= l.quoted {
		return s
	}
	end := l.quoted
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

// mistakes collects the first ones in document order.
type mistakes struct {
	limits
	kept Mistakes
	more int
}

// wants reports whether a mistake at a place is kept, else it is only counted: to
// say what is wrong thousands of times would take longer than all else.
func (m *mistakes) wants(at place) bool {
	if m.limits.mistakes == 0 || len(m.kept) < m.limits.mistakes {
		return true
	}
	m.more++
	return at.offset < m.kept[len(m.kept)-1].Offset
}

// add takes a mistake that is wanted.
func (m *mistakes) add(at place, problem string) {
	mistake := Mistake{m.cut(at.pointer()), at.offset, problem}
	switch {
	case m.limits.mistakes == 0:
		m.kept = append(m.kept, mistake)
		return
	case len(m.kept) < m.limits.mistakes:
		m.kept = append(m.kept, mistake)
	default:
		m.kept[len(m.kept)-1] = mistake
	}
	m.sort()
}

// err returns nil where nothing is wrong.
func (m *mistakes) err() error {
	if len(m.kept) == 0 {
		return nil
	}
	m.sort()
	if m.more > 0 {
		m.kept = append(m.kept, Mistake{Problem: "and " + strconv.Itoa(m.more) + " more"})
	}
	return m.kept
}

func (m *mistakes) sort() { sort.Stable(m) }

func (m *mistakes) Len() int           { return len(m.kept) }
func (m *mistakes) Less(i, j int) bool { return m.kept[i].Offset < m.kept[j].Offset }
func (m *mistakes) Swap(i, j int)      { m.kept[i], m.kept[j] = m.kept[j], m.kept[i] }
