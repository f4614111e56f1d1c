// SPDX-License-Identifier: Apache-2.0

//go:build tinygo

package servers

import "unsafe"

// at returns the byte of s at i. TinyGo does not see that a loop stays in bounds, and a
// check of each byte is a tenth of what a long query costs. Go, which runs the same code
// in the command and in the tests, checks.
func at(s string, i uint) byte {
	return *(*byte)(unsafe.Add(unsafe.Pointer(unsafe.StringData(s)), i))
}

// word returns the four bytes of s from i on.
func word(s string, i uint) uint32 {
	return *(*uint32)(unsafe.Add(unsafe.Pointer(unsafe.StringData(s)), i))
}
