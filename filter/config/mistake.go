// SPDX-License-Identifier: Apache-2.0

package config

import "strings"

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

type byOffset Mistakes

func (m byOffset) Len() int           { return len(m) }
func (m byOffset) Less(i, j int) bool { return m[i].Offset < m[j].Offset }
func (m byOffset) Swap(i, j int)      { m[i], m[j] = m[j], m[i] }
