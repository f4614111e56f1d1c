// SPDX-License-Identifier: Apache-2.0

//go:build tinygo

package filter

import (
	"encoding/binary"
	"math"
	"unsafe"

	"notimplemented/filter/servers"
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

// appendFields appends the fields of a header map, up to what is not as it should
// be. They last as long as the map.
func appendFields(fields []servers.Field, p pairs) []servers.Field {
	if len(p) < 4 {
		return fields
	}
	sizesEnd, end := 4+8*uint64(binary.LittleEndian.Uint32(p)), uint64(len(p))
	sizes, start := uint64(4), sizesEnd
	for sizes < sizesEnd && start < end {
		both := binary.LittleEndian.Uint64(p[sizes:])
		nameEnd := start + both&math.MaxUint32
		valueEnd := nameEnd + 1 + both>>32
		if valueEnd >= end {
			break
		}
		fields = append(fields, servers.Field{Name: view(p[start:nameEnd]), Value: view(p[nameEnd+1 : valueEnd])})
		sizes, start = sizes+8, valueEnd+1
	}
	return fields
}

// view is the string of bytes that stay as they are while it is in use: TinyGo
// allocates for string(b), even in a comparison.
func view(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b))
}
