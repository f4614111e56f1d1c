// SPDX-License-Identifier: Apache-2.0

package servers

import "strings"

// query meets the conditions of the parameters in the query of a path.
func (m *match) query(path string) {
	conditions := &m.server.conditions
	i := strings.IndexByte(path, '?') + 1
	if i == 0 {
		return
	}
	for i < len(path) {
		if path[i] == '&' {
			i++
			continue
		}
		hash, end := hashDecoded(hashParameter, path, i, '=')
		name := path[i:end]
		parameter := conditions.findParameter(hash, name)
		isValue := end < len(path) && path[end] == '='
		switch {
		case parameter != none && isValue && conditions.conditions[parameter].hasValues:
			start := end + 1
			hash, end = hashDecoded(hashValue(hash), path, start, '&')
			if value := conditions.findValue(hash, name, path[start:end]); value != none {
				m.meet(value)
			}
		case isValue:
			for end < len(path) && path[end] != '&' {
				end++
			}
		}
		if parameter != none {
			m.meet(parameter)
		}
		i = end
	}
}

// hashDecoded hashes what a part of a query decodes to, from i up to the byte that
// ends it, or the next parameter.
func hashDecoded(hash uint32, s string, i int, stop byte) (decoded uint32, end int) {
	for i < len(s) && s[i] != '&' && s[i] != stop {
		c, size := s[i], 1
		if c == '%' {
			c, size = decode(s[i:])
		}
		hash = (hash ^ uint32(c)) * hashPrime
		i += size
	}
	return hash, i
}

// decodesTo compares while it decodes, so that no decoded copy is made.
func decodesTo(encoded, decoded string) bool {
	for encoded != "" && decoded != "" {
		c, size := decode(encoded)
		if c != decoded[0] {
			return false
		}
		encoded, decoded = encoded[size:], decoded[1:]
	}
	return encoded == decoded
}

// decode returns the first byte that s stands for, and how many bytes of s do. A
// percent sign without two hexadecimal digits stands for itself.
func decode(s string) (c byte, size int) {
	if s[0] == '%' && len(s) >= 3 {
		high, highOK := unhex(s[1])
		low, lowOK := unhex(s[2])
		if highOK && lowOK {
			return high<<4 | low, 3
		}
	}
	return s[0], 1
}

func unhex(c byte) (digit byte, ok bool) {
	switch c = lower(c); {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	}
	return 0, false
}
