// SPDX-License-Identifier: Apache-2.0

package servers

import (
	"strings"
	"unsafe"
)

// EqualFold ignores the case of ASCII only: strings.EqualFold takes the Kelvin
// sign for k.
func EqualFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	i := 0
	for i+4 <= len(a) && word(a, i) == word(b, i) {
		i += 4 // nearly always the whole of it, where it is equal at all
	}
	for ; i < len(a); i++ {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

// equal is for what each request is compared with: TinyGo's == takes twice as long.
func equal(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	i := 0
	for ; i+4 <= len(a); i += 4 {
		if word(a, i) != word(b, i) {
			return false
		}
	}
	for ; i < len(a); i++ {
		if at(a, i) != at(b, i) {
			return false
		}
	}
	return true
}

func at(s string, i int) byte {
	return *(*byte)(unsafe.Add(unsafe.Pointer(unsafe.StringData(s)), i))
}

// word returns four bytes of s: byte by byte is a third of what it costs to find a
// server.
func word(s string, i int) uint32 {
	return *(*uint32)(unsafe.Add(unsafe.Pointer(unsafe.StringData(s)), i))
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
