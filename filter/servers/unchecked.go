// SPDX-License-Identifier: Apache-2.0
//go:build tinygo

package servers

import "unsafe"

// at returns the byte of s at i. TinyGo does not see that loops stay in bounds, and a
// check of each byte is a third of what a long request costs; Go, which runs the same
// code in the command and in tests, checks.
func at(s string, i uint) byte {
	return *(*byte)(unsafe.Add(unsafe.Pointer(unsafe.StringData(s)), i))
}

// word returns the four bytes of s from i on.
func word(s string, i uint) uint32 {
	return *(*uint32)(unsafe.Add(unsafe.Pointer(unsafe.StringData(s)), i))
}
