// SPDX-License-Identifier: Apache-2.0

package answer

import "unsafe"

// Buffer holds what answers are made of. The zero value is empty. It stands for
// append, each call of which is more than a hundred instructions in TinyGo.
type Buffer struct {
	bytes   []byte
	size    int          // of what is in it
	headers [4][2]string // of the last answer to gRPC
}

// Reset empties the buffer, to be used again.
func (b *Buffer) Reset() { b.size = 0 }

// Len is the size of what is in the buffer, in bytes.
func (b *Buffer) Len() int { return b.size }

// From returns what is in the buffer from a place on.
func (b *Buffer) From(start int) []byte { return unsafe.Slice(b.at(start), b.size-start) }

// text is [Buffer.From] as a string.
func (b *Buffer) text(start int) string {
	text := b.From(start)
	return unsafe.String(unsafe.SliceData(text), len(text))
}

// Put puts a text behind all else. What was returned of the buffer stays as it is.
func (b *Buffer) Put(text string) {
	start := b.size
	b.size += len(text)
	if b.size > len(b.bytes) {
		b.grow(start)
	}
	copy(unsafe.Slice(b.at(start), len(text)), text)
}

// at is where a byte of the buffer is, without the check that it is there.
func (b *Buffer) at(place int) *byte {
	return (*byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(b.bytes)), place))
}

// Room is [Buffer.Put] of so many bytes that are still to be written.
func (b *Buffer) Room(size int) []byte {
	start := b.size
	b.size += size
	if b.size > len(b.bytes) {
		b.grow(start)
	}
	return b.bytes[start:b.size]
}

// grow makes room for the size, and keeps what is there up to a place.
func (b *Buffer) grow(end int) {
	const smallest = 2 << 10 // enough for most answers
	size := max(smallest, b.size+b.size/2)
	b.bytes = append(make([]byte, 0, size), b.bytes[:end]...)[:size]
}

// part is something in the buffer; its zero value is nothing.
type part struct{ start, end int }

// putAgain puts a part of the buffer once more.
func (b *Buffer) putAgain(p part) {
	b.Put(unsafe.String(b.at(p.start), p.end-p.start))
}
