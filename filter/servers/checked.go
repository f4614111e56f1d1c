// SPDX-License-Identifier: Apache-2.0

//go:build !tinygo

package servers

func at(s string, i uint) byte { return s[i] }

func word(s string, i uint) uint32 {
	return uint32(s[i]) | uint32(s[i+1])<<8 | uint32(s[i+2])<<16 | uint32(s[i+3])<<24
}
