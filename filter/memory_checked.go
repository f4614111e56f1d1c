// SPDX-License-Identifier: Apache-2.0

//go:build tinygo && memorycheck

package filter

// What a region gives back is filled with a pattern, so that tests see whoever still
// reads it.
func wipe(start, size uintptr) {
	b := bytesAt(start, size)
	for i := range b {
		b[i] = 0xA5
	}
}

func ready(start, size uintptr) { clear(bytesAt(start, size)) }

var permanentBytes uint32

func noteAllocation(size uintptr) {
	if allocating == &permanent {
		permanentBytes += uint32(size)
	}
}

// permanentSize is how many bytes will never be given back.
//
//export permanent_bytes
func permanentSize() uint32 { return permanentBytes }
