// SPDX-License-Identifier: Apache-2.0

package servers

import "strings"

// hasMember reports whether a comma-separated list has a member with this name:
// case ignored, parameters ignored, but "q=0" means "not this one" (RFC 9110,
// sections 5.6.1 and 12.4.2).
func hasMember(list, name string) bool {
	for list != "" {
		var member string
		member, list = cutUnquoted(list, ',')
		item, parameters := cutUnquoted(member, ';')
		if EqualFold(TrimBlanks(item), name) && !hasZeroWeight(parameters) {
			return true
		}
	}
	return false
}

func hasZeroWeight(parameters string) bool {
	for parameters != "" {
		var parameter string
		parameter, parameters = cutUnquoted(parameters, ';')
		name, value, _ := strings.Cut(parameter, "=")
		if !EqualFold(TrimBlanks(name), "q") {
			continue
		}
		integer, fraction, _ := strings.Cut(TrimBlanks(value), ".")
		if integer == "0" && strings.TrimLeft(fraction, "0") == "" {
			return true
		}
	}
	return false
}

// cutUnquoted splits s at the first separator outside of quoted strings
// (RFC 9110, section 5.6.4).
func cutUnquoted(s string, separator byte) (before, after string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == separator && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// TrimBlanks removes blanks and tabs at both ends.
func TrimBlanks(s string) string {
	for s != "" && isBlank(s[0]) {
		s = s[1:]
	}
	for s != "" && isBlank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func isBlank(c byte) bool {
	return c == ' ' || c == '\t'
}

// EqualFold ignores the case of ASCII only: strings.EqualFold takes the Kelvin sign for k.
func EqualFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

// LowerCase changes ASCII only.
func LowerCase(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] = lower(b[i])
	}
	return string(b)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// hasParameter reports whether the query of a path has a parameter with this
// name, with or without a value.
func hasParameter(path, name string) bool {
	_, query, _ := strings.Cut(path, "?")
	for query != "" {
		var parameter string
		parameter, query, _ = strings.Cut(query, "&")
		encoded, _, _ := strings.Cut(parameter, "=")
		if decodesTo(encoded, name) {
			return true
		}
	}
	return false
}

// decodesTo compares while it decodes, so that no decoded copy is made.
func decodesTo(encoded, name string) bool {
	for encoded != "" && name != "" {
		octet, length := encoded[0], 1
		if octet == '%' && len(encoded) >= 3 {
			high, highOK := unhex(encoded[1])
			low, lowOK := unhex(encoded[2])
			if highOK && lowOK {
				octet, length = high<<4|low, 3
			}
		}
		if octet != name[0] {
			return false
		}
		encoded, name = encoded[length:], name[1:]
	}
	return encoded == name
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

// IsToken reports whether s is a token (RFC 9110, section 5.6.2), as methods
// and field names are.
func IsToken(s string) bool {
	for i := range len(s) {
		if !isTokenChar(s[i]) {
			return false
		}
	}
	return s != ""
}

func isTokenChar(c byte) bool {
	return IsAlphanumeric(c) || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

// IsAlphanumeric reports whether c is a letter or a digit of ASCII.
func IsAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= lower(c) && lower(c) <= 'z'
}
