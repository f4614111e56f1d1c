// SPDX-License-Identifier: Apache-2.0

package servers

// labels number the names of all that can be missing, those of the registered methods
// first.
type labels struct {
	numbers map[string]int // by kind and name
	count   int
}

func newLabels() *labels {
	return &labels{map[string]int{}, 1 + len(RegisteredMethods)} // 0 is for all other methods
}

func (l *labels) next() (number int) {
	l.count++
	return l.count - 1
}

func (l *labels) of(kind Kind, name string) int {
	if kind == Method {
		if rule := registered.find(name); rule != nil {
			return rule.missing.Label
		}
	}
	key := kind.String() + " " + name
	number, ok := l.numbers[key]
	if !ok {
		number = l.next()
		l.numbers[key] = number
	}
	return number
}

// AppendLabel appends a name with "_" for each character that may mean something to
// who reads metrics: all but letters and digits of ASCII, "-" and "_".
func AppendLabel(b []byte, name string) []byte {
	for _, r := range name {
		if r != '-' && (r >= 0x80 || !IsAlphanumeric(byte(r))) {
			r = '_'
		}
		b = append(b, byte(r))
	}
	return b
}
