// SPDX-License-Identifier: Apache-2.0

//go:build tinygo

package filter

import (
	"encoding/binary"
	"math"
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

// search finds the lines of a field in a header map. The next line is looked for
// where the last one stands: a request of thousands of lines must not keep the
// host busy for seconds.
type search struct {
	pairs pairs // nil before it is fetched
	name  string
	next  int    // the line of name that comes next
	sizes uint64 // where the next pair's sizes stand
	texts uint64 // and where its name does
}

// line returns a line of a field, counted from 0; ok is false past the last one,
// and past what is not as it should be.
func (s *search) line(name string, line int) (value string, ok bool) {
	if len(s.pairs) < 4 {
		return "", false
	}
	sizesEnd := 4 + 8*uint64(binary.LittleEndian.Uint32(s.pairs))
	if name != s.name || line < s.next {
		s.name, s.next, s.sizes, s.texts = name, 0, 4, sizesEnd
	}
	pairs, sizes, texts, end := s.pairs, s.sizes, s.texts, uint64(len(s.pairs))
	for sizes < sizesEnd && texts < end {
		both := binary.LittleEndian.Uint64(pairs[sizes:])
		nameSize := both & math.MaxUint32
		nameEnd := texts + nameSize
		valueEnd := nameEnd + 1 + both>>32
		if valueEnd >= end {
			break
		}
		start := texts
		sizes, texts = sizes+8, valueEnd+1
		if nameSize != uint64(len(name)) || view(pairs[start:nameEnd]) != name {
			continue
		}
		s.next++
		if s.next > line {
			s.sizes, s.texts = sizes, texts
			return view(pairs[nameEnd+1 : valueEnd]), true
		}
	}
	s.sizes, s.texts = sizesEnd, end
	return "", false
}

// view is the string of bytes that stay as they are while it is in use: TinyGo
// allocates for string(b), even in a comparison.
func view(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b))
}
