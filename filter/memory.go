// SPDX-License-Identifier: Apache-2.0

//go:build tinygo

package filter

import "unsafe"

// scratch takes what the host returns, so that a request leaves no garbage: what
// is kept for the callback, and behind it one more result. It has room for all
// the fields that Envoy lets in by default, 60 KiB.
var (
	scratch                  [64 << 10]byte
	scratchKept, scratchUsed uint32
)

// malloc is where hosts prefer to allocate what they return; they never free it.
//
//export malloc
func malloc(size uint32) *byte {
	if size >= uint32(len(scratch))-scratchUsed {
		return unsafe.SliceData(make([]byte, size))
	}
	block := &scratch[scratchUsed]
	scratchUsed += size
	return block
}

func beginCallback() {
	scratchKept, scratchUsed = 0, 0
}

func keepResult() {
	scratchKept = scratchUsed
}
