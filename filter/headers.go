// SPDX-License-Identifier: Apache-2.0

//go:build tinygo

package filter

import (
	"encoding/binary"
	"unsafe"

	"notimplemented/filter/answer"
	"notimplemented/filter/servers"
)

// pairs is a header map as it goes to and from the host: the number of pairs,
// the sizes of each name and value, then all of these, each with a NUL behind
// it. Numbers are little-endian, of 32 bits.
type pairs []byte

// putPairs puts a header map behind all else in the buffer.
func putPairs(b *answer.Buffer, fields [][2]string) pairs {
	start := b.Len()
	putNumber(b, len(fields))
	for i := range fields {
		putNumber(b, len(fields[i][0]))
		putNumber(b, len(fields[i][1]))
	}
	for i := range fields {
		for _, text := range fields[i] {
			b.Put(text)
			b.Put("\x00")
		}
	}
	return b.From(start)
}

func putNumber(b *answer.Buffer, number int) {
	binary.LittleEndian.PutUint32(b.Room(4), uint32(number))
}

// header returns the lines of a header map, up to what is not as it should be. They
// last as long as the callback.
func (p pairs) header() servers.Header {
	if len(p) < 4 {
		return nil
	}
	count, left := binary.LittleEndian.Uint32(p), uint32(len(p)-4)
	if count > left/8 {
		return nil
	}
	lines := unsafe.Slice((*[2]string)(unsafe.Pointer(malloc(count*uint32(unsafe.Sizeof([2]string{}))))), count)
	left -= 8 * count
	sizes := unsafe.Add(unsafe.Pointer(unsafe.SliceData(p)), 4)
	text := unsafe.Add(sizes, 8*count)
	for i := range lines {
		nameSize, valueSize := *(*uint32)(sizes), *(*uint32)(unsafe.Add(sizes, 4))
		if nameSize >= left || valueSize >= left-nameSize-1 {
			return lines[:i]
		}
		line := &lines[i]
		line[0] = unsafe.String((*byte)(text), nameSize)
		text = unsafe.Add(text, nameSize+1)
		line[1] = unsafe.String((*byte)(text), valueSize)
		text = unsafe.Add(text, valueSize+1)
		left -= nameSize + valueSize + 2
		sizes = unsafe.Add(sizes, 8)
	}
	return lines
}

// view is the string of bytes that stay as they are while it is in use: TinyGo
// allocates for string(b), even in a comparison.
func view(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b))
}
