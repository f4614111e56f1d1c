// SPDX-License-Identifier: Apache-2.0

package answer

// Buffer holds what answers are made of. The zero value is empty. It stands for
// append, each call of which is more than a hundred instructions in TinyGo.
type Buffer struct {
	bytes []byte
	size  int // of what is in it
}

// Reset empties the buffer, to be used again.
func (b *Buffer) Reset() { b.size = 0 }

// Len is the size of what is in the buffer, in bytes.
func (b *Buffer) Len() int { return b.size }

// From returns what is in the buffer from a place on.
func (b *Buffer) From(start int) []byte { return b.bytes[start:b.size] }

// Put puts a text behind all else. What was returned of the buffer stays as it is.
func (b *Buffer) Put(text string) {
	end := b.size + len(text)
	if end > len(b.bytes) {
		b.bytes = append(make([]byte, 0, end+end/2), b.bytes[:b.size]...)
		b.bytes = b.bytes[:cap(b.bytes)]
	}
	copy(b.bytes[b.size:], text)
	b.size = end
}
