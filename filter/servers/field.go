// SPDX-License-Identifier: Apache-2.0

package servers

// list meets the conditions of the members in a field's comma-separated list: case
// ignored, parameters ignored, but "q=0" means "not this one" (RFC 9110, sections 5.6.1
// and 12.4.2). Whoever sends it can make it long, so that each byte counts.
func (m *match) list(field int32, list string) {
	wanted := m.all[field].members
	if wanted == 0 {
		return
	}
	size, multiplier, of := uint(len(list)), m.multiplier, thing(ofMember, field)
	for i := uint(0); i < size; {
		c := at(list, i)
		if c == ',' || isBlank(c) {
			i++
			continue
		}
		// The member, up to its last byte that is not blank.
		start, hash, quoted, blank := i, uint32(hashStart), false, false
		end, endHash := i, hash // before the blanks that were seen last
		for ; i < size; i++ {
			c := at(list, i)
			f := folded[c]
			if f == 0 {
				if !quoted && (c == ',' || c == ';') {
					break
				}
				f = c
				switch {
				case isBlank(c):
					if !blank {
						blank, end, endHash = true, i, hash
					}
					hash = (hash ^ uint32(f)) * multiplier
					continue
				case c == '"':
					quoted = !quoted
				case quoted && c == '\\' && i+1 < size && !isBlank(at(list, i+1)):
					hash = (hash ^ uint32(f)) * multiplier
					i++
					f = lower(at(list, i))
				}
			}
			blank = false
			hash = (hash ^ uint32(f)) * multiplier
		}
		if !blank {
			end, endHash = i, hash
		}
		isZero := false
		if i+1 < size && at(list, i) == ';' && at(list, i+1) != ',' {
			i, isZero = skipParameters(list, i)
		}
		i++ // behind the comma, or in front of it
		if isZero || !wanted.have(int(end-start)) {
			continue
		}
		key := m.find((endHash ^ of) * multiplier)
		// What is met needs no proof that it is the same.
		if key != none && !m.met[key] && m.is(key, ofMember, field) && EqualFold(m.all[key].text, list[start:end]) {
			m.set(key)
		}
	}
}

// folded is each character in lower case, and 0 for those that may mean something in
// a list.
var folded = newFolded()

func newFolded() (folded [256]byte) {
	for c := range folded {
		switch byte(c) {
		case ',', ';', '"', '\\', ' ', '\t':
		default:
			folded[c] = lower(byte(c))
		}
	}
	return folded
}

// skipParameters returns where the parameters of a member end that start at i, and
// whether its weight is zero. Quoted strings are of RFC 9110, section 5.6.4.
func skipParameters(s string, i uint) (end uint, isZero bool) {
	quoted := false
	for size := uint(len(s)); i < size; i++ {
		switch c := at(s, i); {
		case quoted:
			if c == '\\' {
				i++
			} else if c == '"' {
				quoted = false
			}
		case c == ';':
			for i+1 < size && isBlank(at(s, i+1)) {
				i++
			}
			if i+1 < size && at(s, i+1)|0x20 == 'q' && !isZero {
				isZero = isZeroWeight(s, i+2)
			}
		case c == ',':
			return i, isZero
		case c == '"':
			quoted = true
		}
	}
	return i, isZero
}

// isZeroWeight reports whether a parameter goes on at i with "=0", with any number of
// zeros behind a point, and has nothing else in it.
func isZeroWeight(s string, i uint) bool {
	size := uint(len(s))
	for _, want := range [...]byte{'=', '0'} {
		i = skipBlanks(s, i)
		if i >= size || at(s, i) != want {
			return false
		}
		i++
	}
	if i < size && at(s, i) == '.' {
		for i++; i < size && at(s, i) == '0'; i++ {
		}
	}
	i = skipBlanks(s, i)
	return i >= size || at(s, i) == ';' || at(s, i) == ','
}

func skipBlanks(s string, i uint) uint {
	for i < uint(len(s)) && isBlank(at(s, i)) {
		i++
	}
	return i
}

// TrimBlanks removes blanks and tabs at both ends.
func TrimBlanks(s string) string {
	s = s[skipBlanks(s, 0):]
	for s != "" && isBlank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func isBlank(c byte) bool {
	return c == ' ' || c == '\t'
}
