// SPDX-License-Identifier: Apache-2.0

package servers

import "strings"

// query meets the conditions of the parameters in the query of a path.
func (m *match) query(path string) {
	size := uint(len(path))
	i := uint(strings.IndexByte(path, '?') + 1)
	if i == 0 {
		return
	}
	multiplier := m.multiplier
	for i < size {
		if at(path, i) == '&' {
			i++
			continue
		}
		// A parameter's name, then its value if it has one.
		start, hash := i, uint32(hashStart)
		for i < size {
			c := at(path, i)
			if c == '&' || c == '=' {
				break
			}
			// Without its digits, a percent sign is not worth the call.
			if c == '%' && i+2 < size && hexDigits[at(path, i+1)]|hexDigits[at(path, i+2)] < 16 {
				c, i = decode(path, i)
			}
			hash = (hash ^ uint32(c)) * multiplier
			i++
		}
		end, hasValues := i, false
		parameter := m.find((hash ^ thing(ofParameter, none)) * multiplier)
		if parameter != none {
			// What is met needs no proof that it is the same.
			if !m.met[parameter] && m.is(parameter, ofParameter, none) && decodesTo(path[start:end], m.all[parameter].text) {
				m.set(parameter)
			}
			hasValues = m.all[parameter].hasValues
		}
		i++
		if i > size || at(path, i-1) == '&' {
			continue
		}
		if !hasValues {
			for i < size && at(path, i) != '&' {
				i++
			}
			i++
			continue
		}
		startOfValue := i
		hash = hashStart
		for i < size {
			c := at(path, i)
			if c == '&' {
				break
			}
			if c == '%' && i+2 < size && hexDigits[at(path, i+1)]|hexDigits[at(path, i+2)] < 16 {
				c, i = decode(path, i)
			}
			hash = (hash ^ uint32(c)) * multiplier
			i++
		}
		value := m.find((hash ^ thing(ofValue, parameter)) * multiplier)
		if value != none && !m.met[value] && m.is(value, ofValue, parameter) &&
			decodesTo(path[start:end], m.all[parameter].text) && decodesTo(path[startOfValue:i], m.all[value].text) {
			m.set(value)
		}
		i++
	}
}

// decodesTo compares while it decodes, so that no decoded copy is made.
func decodesTo(encoded, text string) bool {
	for i := uint(0); i < uint(len(encoded)); i++ {
		c := at(encoded, i)
		if c == '%' {
			c, i = decode(encoded, i)
		}
		if text == "" || c != text[0] {
			return false
		}
		text = text[1:]
	}
	return text == ""
}

// decode returns the byte that the percent sign at i stands for, and where the last
// byte is that does so. Without two hexadecimal digits it stands for itself.
func decode(s string, i uint) (c byte, last uint) {
	if i+2 < uint(len(s)) {
		high, low := hexDigits[at(s, i+1)], hexDigits[at(s, i+2)]
		if high|low < 16 {
			return high<<4 | low, i + 2
		}
	}
	return '%', i
}

// hexDigits is what each character stands for, 16 for those that are none.
var hexDigits = newHexDigits()

func newHexDigits() (digits [256]byte) {
	for c := range digits {
		digits[c] = 16
	}
	for i := range 16 {
		digits["0123456789abcdef"[i]] = byte(i)
		digits["0123456789ABCDEF"[i]] = byte(i)
	}
	return digits
}
