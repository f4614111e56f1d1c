// SPDX-License-Identifier: Apache-2.0

//go:build tinygo

package filter

import "unsafe"

// scratch takes what the host returns, so that a request allocates nothing: what
// is kept for the callback, and behind it one more result.
var (
	scratch                               *byte
	scratchSize, scratchKept, scratchUsed uint32
	// scratchMemory is what it is made of, retired what it was before in this callback.
	scratchMemory, retired region
)

// firstScratch has room for a configuration, and for all the fields that Envoy
// lets in by default, 60 KiB.
const firstScratch = 64<<10 - uint32(headerSize)

// malloc is where hosts prefer to allocate what they return; they never free it.
//
//export malloc
func malloc(size uint32) *byte {
	if size > scratchSize-scratchUsed {
		growScratch(size)
	}
	block := (*byte)(unsafe.Add(unsafe.Pointer(scratch), scratchUsed))
	scratchUsed += uint32(aligned(uintptr(size)))
	return block
}

// growScratch leaves what is kept where it is, until the callback is over.
func growScratch(size uint32) {
	wanted := max(firstScratch, 2*scratchSize)
	for wanted < size {
		wanted *= 2
	}
	for c := scratchMemory.chunks; c != nil; {
		next := c.next
		c.next, retired.chunks = retired.chunks, c
		c = next
	}
	scratchMemory = region{}
	before := allocating
	allocateIn(&scratchMemory)
	scratch = unsafe.SliceData(make([]byte, wanted))
	allocateIn(before)
	scratchSize, scratchKept, scratchUsed = wanted, 0, 0
}

func beginCallback() {
	scratchKept, scratchUsed = 0, 0
	if retired.chunks != nil {
		retired.release()
	}
}

func keepResult() {
	scratchKept = scratchUsed
}
