// SPDX-License-Identifier: Apache-2.0

// Command trim drops exports from a wasm module, in place. A host enters the VM
// for every callback that is exported, and the SDK exports all that there are.
package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "trim:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return errors.New("want a module and the exports to keep")
	}
	module, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	trimmed, err := trim(module, args[1:])
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	return os.WriteFile(args[0], trimmed, 0o644)
}

const (
	headerSize    = 8 // magic and version
	exportSection = 7
)

var errTruncated = errors.New("not a whole wasm module")

// trim returns the module without the exports that are not to be kept. What
// nothing refers to any more is left to wasm-opt.
func trim(module []byte, keep []string) ([]byte, error) {
	if len(module) < headerSize || string(module[:4]) != "\x00asm" {
		return nil, errTruncated
	}
	trimmed := slices.Clone(module[:headerSize])
	for rest := module[headerSize:]; len(rest) > 0; {
		id := rest[0]
		section, after, ok := sized(rest[1:])
		if !ok {
			return nil, errTruncated
		}
		rest = after
		if id == exportSection {
			if section, ok = exports(section, keep); !ok {
				return nil, errTruncated
			}
		}
		trimmed = append(trimmed, id)
		trimmed = binary.AppendUvarint(trimmed, uint64(len(section)))
		trimmed = append(trimmed, section...)
	}
	return trimmed, nil
}

// exports returns an export section with those of the given names only; "a=b"
// exports b under the name of a.
func exports(section []byte, keep []string) (kept []byte, ok bool) {
	count, size := binary.Uvarint(section)
	if size <= 0 {
		return nil, false
	}
	section = section[size:]
	var left uint64
	for range count {
		name, descriptor, ok := sized(section)
		if !ok || len(descriptor) == 0 {
			return nil, false
		}
		_, size := binary.Uvarint(descriptor[1:]) // the index, behind the kind
		if size <= 0 {
			return nil, false
		}
		section = descriptor[1+size:]
		for _, k := range keep {
			as, from, renamed := strings.Cut(k, "=")
			if !renamed {
				from = as
			}
			if from == string(name) {
				kept = append(binary.AppendUvarint(kept, uint64(len(as))), as...)
				kept = append(kept, descriptor[:1+size]...)
				left++
			}
		}
	}
	return append(binary.AppendUvarint(nil, left), kept...), true
}

// sized splits off what has its size, in LEB128 as everywhere in wasm, before it.
func sized(b []byte) (head, rest []byte, ok bool) {
	length, size := binary.Uvarint(b)
	if size <= 0 || length > uint64(len(b)-size) {
		return nil, nil, false
	}
	end := size + int(length)
	return b[size:end], b[end:], true
}
