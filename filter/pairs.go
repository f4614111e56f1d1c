// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"encoding/binary"
	"unsafe"
)

// pairs is a header map as it goes to and from the host: the number of pairs,
// the sizes of each name and value, then all of these, each with a NUL behind
// it. Numbers are little-endian, of 32 bits.
type pairs []byte

func appendPairs(b pairs, fields [][2]string) pairs {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(fields)))
	for _, field := range fields {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(field[0])))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(field[1])))
	}
	for _, field := range fields {
		b = append(append(b, field[0]...), 0)
		b = append(append(b, field[1]...), 0)
	}
	return b
}

// line returns a line of a field, counted from 0; ok is false past the last one,
// and past what is not as it should be.
func (p pairs) line(name string, line int) (value string, ok bool) {
	if len(p) < 4 {
		return "", false
	}
	count := uint64(binary.LittleEndian.Uint32(p))
	sizes, texts := p[4:], 4+8*count
	for ; count > 0 && uint64(len(p)) > texts; count-- {
		nameSize := uint64(binary.LittleEndian.Uint32(sizes))
		valueSize := uint64(binary.LittleEndian.Uint32(sizes[4:]))
		sizes = sizes[8:]
		start := texts + nameSize + 1
		end := start + valueSize
		if uint64(len(p)) <= end {
			break
		}
		if nameSize == uint64(len(name)) && view(p[texts:texts+nameSize]) == name {
			if line == 0 {
				return view(p[start:end]), true
			}
			line--
		}
		texts = end + 1
	}
	return "", false
}

// view is the string of bytes that stay as they are while it is in use: TinyGo
// allocates for string(b), even in a comparison.
func view(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b))
}
