// SPDX-License-Identifier: Apache-2.0

//go:build tinygo

package filter

import "unsafe"

// scratch takes what the host returns, so that a request leaves no garbage: what
// is kept for the callback, and behind it one more result. It is on the heap, as
// bytes: in a global, the collector would take what a client sends for addresses.
var (
	scratch                               *byte
	scratchSize, scratchKept, scratchUsed uint32
)

const (
	// firstScratch has room for a configuration, and for all the fields that Envoy
	// lets in by default, 60 KiB.
	firstScratch = 64 << 10
	// A larger block takes the place of the last one for good. That may never be
	// freed, since some constant looks like its address; all of them together are a
	// third more than the largest.
	scratchGrowth = 4
)

// malloc is where hosts prefer to allocate what they return; they never free it.
//
//export malloc
func malloc(size uint32) *byte {
	if size > scratchSize-scratchUsed {
		growScratch(size)
	}
	block := (*byte)(unsafe.Add(unsafe.Pointer(scratch), scratchUsed))
	scratchUsed += size
	return block
}

// growScratch leaves what is kept where it is, in the last block.
func growScratch(size uint32) {
	scratchSize = firstScratch
	for scratchSize < scratchUsed+size {
		scratchSize *= scratchGrowth
	}
	scratch = unsafe.SliceData(make([]byte, scratchSize))
	scratchKept, scratchUsed = 0, 0
}

func beginCallback() {
	scratchKept, scratchUsed = 0, 0
}

func keepResult() {
	scratchKept = scratchUsed
}

//export llvm.wasm.memory.size.i32
func memorySize(memory int32) (pages int32)

//go:linkname growHeap runtime.growHeap
func growHeap() (ok bool)

// reserve has the heap grow before a configuration of this size in bytes is read:
// else the collector would try to make room dozens of times, which is most of what a
// large configuration costs.
func reserve(size int) {
	const pageSize, factor = 64 << 10, 64
	for int(memorySize(0))*pageSize < size*factor && growHeap() {
	}
}
