// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// module has two functions and a memory, with these exports.
func module(exports ...[]byte) []byte {
	section := func(id byte, members ...[]byte) []byte {
		body := append([]byte{byte(len(members))}, slices.Concat(members...)...)
		return append([]byte{id, byte(len(body))}, body...)
	}
	return slices.Concat([]byte("\x00asm\x01\x00\x00\x00"),
		section(1, []byte{0x60, 0, 0}),                      // a type: func()
		section(3, []byte{0}, []byte{0}),                    // two functions of it
		section(5, []byte{0, 1}),                            // a memory of a page
		section(7, exports...),                              // what is exported
		section(10, []byte{2, 0, 0x0b}, []byte{2, 0, 0x0b}), // two empty bodies
	)
}

func export(name string, kind, index byte) []byte {
	return slices.Concat([]byte{byte(len(name))}, []byte(name), []byte{kind, index})
}

var (
	memory = export("memory", 2, 0)
	first  = export("first", 0, 0)
	second = export("second", 0, 1)
)

func TestTrim(t *testing.T) {
	for _, tt := range []struct {
		name string
		keep []string
		want []byte
	}{
		{"all", []string{"memory", "first", "second"}, module(memory, first, second)},
		{"some", []string{"second", "memory"}, module(memory, second)},
		{"under another name", []string{"first=second"}, module(export("first", 0, 1))},
		{"what is not there", []string{"first", "third", "fourth=fifth"}, module(first)},
		{"none", []string{"third"}, module()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "module.wasm")
			if err := os.WriteFile(file, module(memory, first, second), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := run(append([]string{file}, tt.keep...)); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, tt.want) {
				t.Errorf("keeping %q:\n%x\nwant\n%x", tt.keep, got, tt.want)
			}
		})
	}
}

// A module that ends too early is refused, and stays as it is.
func TestTrimTruncated(t *testing.T) {
	whole := module(memory, first, second)
	for size := range whole {
		if _, err := trim(whole[:size], []string{"first"}); err == nil && !endsSection(whole, size) {
			t.Errorf("%d of %d bytes are taken", size, len(whole))
		}
	}
	if _, err := trim([]byte("\x7fELF\x01\x00\x00\x00"), []string{"first"}); err == nil {
		t.Error("what is no wasm is taken")
	}
}

// endsSection reports whether a section, or the header, ends at this size.
func endsSection(module []byte, size int) bool {
	end := headerSize
	for end < size {
		end += 2 + int(module[end+1])
	}
	return end == size
}
