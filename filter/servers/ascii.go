// SPDX-License-Identifier: Apache-2.0

package servers

import "strings"

// EqualFold ignores the case of ASCII only: strings.EqualFold takes the Kelvin
// sign for k.
func EqualFold(a, b string) bool {
	size := uint(len(a))
	if size != uint(len(b)) {
		return false
	}
	i := uint(0)
	for i+4 <= size && word(a, i) == word(b, i) {
		i += 4 // nearly always the whole of it, where it is equal at all
	}
	for ; i < size; i++ {
		if lower(at(a, i)) != lower(at(b, i)) {
			return false
		}
	}
	return true
}

// equal is for what each request is compared with: TinyGo's == takes up to twice as long.
func equal(a, b string) bool {
	size := uint(len(a))
	if size != uint(len(b)) {
		return false
	}
	i := uint(0)
	for ; i+4 <= size; i += 4 {
		if word(a, i) != word(b, i) {
			return false
		}
	}
	for ; i < size; i++ {
		if at(a, i) != at(b, i) {
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
