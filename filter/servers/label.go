// SPDX-License-Identifier: Apache-2.0

package servers

import "strings"

// labels number the labels of all that can be missing, first those of the
// registered methods.
type labels struct {
	numbers map[string]int // by kind and label
	count   int
}

func newLabels() *labels {
	l := &labels{map[string]int{}, 1} // 0 is for all other methods
	for _, name := range RegisteredMethods[:] {
		l.of(Method, name)
	}
	return l
}

func (l *labels) of(kind Kind, name string) int {
	key := kind.String() + " " + Label(name)
	number, ok := l.numbers[key]
	if !ok {
		number = l.count
		l.numbers[key] = number
		l.count++
	}
	return number
}

// Label returns a name with "_" for each character that may mean something to who
// reads metrics: all but letters and digits of ASCII, "-" and "_".
func Label(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r < 0x80 && IsAlphanumeric(byte(r)) {
			return r
		}
		return '_'
	}, name)
}
