// SPDX-License-Identifier: Apache-2.0

package filter_test

import (
	"encoding/binary"
	"math/rand"
	"slices"
	"strings"
	"testing"
)

// malformed returns header maps that are none, made of one that is.
func malformed(pairs []byte) (all [][]byte) {
	changed := func(change func(b []byte)) {
		b := slices.Clone(pairs)
		change(b)
		all = append(all, b)
	}
	for size := range pairs {
		all = append(all, slices.Clone(pairs[:size]))
	}
	all = append(all, append(slices.Clone(pairs), pairs...))
	number := binary.LittleEndian.Uint32
	count := int(number(pairs))
	sizes := 4 + 8*count
	size, bits := uint32(len(pairs)), uint32(1<<31)
	for at := 0; at < sizes; at += 4 {
		right := number(pairs[at:])
		for wrong := range size + 16 {
			changed(func(b []byte) { binary.LittleEndian.PutUint32(b[at:], wrong) })
		}
		for _, wrong := range []uint32{
			size << 10, size << 20, 1 << 16, 1 << 26, 1 << 29, bits - 1, bits, bits + 1, bits | right,
			-size, -right, ^right, ^right - 1, ^uint32(0), ^uint32(1), ^uint32(7),
		} {
			changed(func(b []byte) { binary.LittleEndian.PutUint32(b[at:], wrong) })
		}
	}
	for i, c := range pairs[sizes:] {
		if c == 0 {
			changed(func(b []byte) { b[sizes+i] = ',' })
		}
	}
	random := rand.New(rand.NewSource(1))
	for range 200 {
		changed(func(b []byte) {
			for range 1 + random.Intn(3) {
				b[random.Intn(sizes)] = byte(random.Intn(256))
			}
		})
	}
	return all
}

// A host may give what is no header map: of nothing else than of what it gives comes
// an answer, and later requests are as any.
func TestMalformedMaps(t *testing.T) {
	const config = `{"unimplemented": [
		{"capability": "websocket", "header": "upgrade", "value": "websocket"},
		{"capability": "uploads", "query": "uploads"},
		{"capability": "x", "header": "x-present"}
	]}`
	vm := startVM(t)
	plugin := configured(t, vm, config)
	// This is what stays in the memory, and would be answered wherever it is read.
	everywhere := strings.Repeat("&uploads&,websocket,", 1000)
	other := request{{":method", "POST"}, {":path", "/?" + everywhere}, {"upgrade", everywhere}, {"x-present", ""}}
	answered, _ := expected(read(t, config), other)
	for _, tt := range []struct {
		request request
		want    string // in the answer, besides passing
	}{
		{request{{":method", "GET"}, {":path", "/"}, {"a", "b"}, {"upgrade", "h2c"}}, passes},
		{request{{":method", "POST"}, {"upgrade", ""}, {"content-type", "application/grpc"}, {":path", "/?a"}}, passes},
		{request{{":method", "GET"}, {"upgrade", "h2c"}, {"", ""}, {"upgrade", "websocket"}}, " not_implemented_capability[websocket]"},
		{request{{":method", "POST"}, {":path", "/?uploads"}, {"content-type", "application/grpc"}}, " not_implemented_capability[uploads]"},
	} {
		var maps [][]byte
		vm.Map = func(pairs []byte) []byte {
			maps = malformed(pairs)
			return pairs
		}
		right, _ := outcomeOf(t, vm, plugin, tt.request)
		vm.Map = nil
		if !strings.Contains(right, tt.want) {
			t.Fatalf("%q: %s, want %s", tt.request, right, tt.want)
		}
		memory := vm.Memory()
		for _, given := range maps {
			if got, _ := outcomeOf(t, vm, plugin, other); got != answered {
				t.Fatalf("before %q: %s, want %s", given, got, answered)
			}
			vm.Map = func([]byte) []byte { return given }
			got, log := outcomeOf(t, vm, plugin, tt.request)
			if got != passes && !strings.Contains(got, tt.want) || len(log) > 1 {
				t.Errorf("%q: %s, log %q, want that it passes, or %s", given, got, log, tt.want)
			}
			vm.Map = nil
			if got, _ := outcomeOf(t, vm, plugin, tt.request); got != right {
				t.Errorf("after %q: %s, want %s", given, got, right)
			}
		}
		if vm.Memory() != memory {
			t.Errorf("%d malformed maps: linear memory of %d bytes, want %d as before", len(maps), vm.Memory(), memory)
		}
	}
}

// A line ends exactly where the map does; one that goes on for a byte more is none, nor
// is one of which the end is missing.
func TestMapEnds(t *testing.T) {
	vm := startVM(t)
	plugin := configured(t, vm, websocket)
	for _, last := range [][2]string{{"upgrade", "websocket"}, {"upgrade", "a, websocket"}} {
		r := request{{":method", "GET"}, {":path", "/"}, last}
		answered, _ := expected(read(t, websocket), r)
		sizes := 4 + 8*(len(r)-1) // where those of the last line are
		for _, tt := range []struct {
			change          string
			nameBy, valueBy uint32 // by how much the sizes of the line are more
			cut             int    // off the map
			want            string
		}{
			{"as it is", 0, 0, 0, answered},
			{"a longer value", 0, 1, 0, passes},
			{"a longer name", 1, 0, 0, passes},
			{"a much longer value", 0, 1 << 31, 0, passes},
			{"a longer name and a shorter value", 1, ^uint32(0), 0, passes},
			{"without its end", 0, 0, 1, passes},
			{"without its end, and shorter by that", 0, ^uint32(0), 1, passes},
		} {
			vm.Map = func(pairs []byte) []byte {
				b := slices.Clone(pairs[:len(pairs)-tt.cut])
				for i, more := range []uint32{tt.nameBy, tt.valueBy} {
					at := b[sizes+4*i:]
					binary.LittleEndian.PutUint32(at, binary.LittleEndian.Uint32(at)+more)
				}
				return b
			}
			if got, _ := outcomeOf(t, vm, plugin, r); got != tt.want {
				t.Errorf("%q, %s: %s, want %s", last, tt.change, got, tt.want)
			}
			vm.Map = nil
		}
	}
}
