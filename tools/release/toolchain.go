// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"notimplemented/tools/materials"
)

// tool is one that bytes of the release depend on.
type tool struct{ name, version string }

var (
	tinygoVersion  = regexp.MustCompile(`^tinygo version (\S+) .*\(using go version go(\S+) and LLVM version (\S+)\)`)
	wasmOptVersion = regexp.MustCompile(`version (\d+)`)
)

// toolchain lists what compiles the plugin; optimizer is wasm-opt.
func toolchain(root, tinygo, optimizer string) ([]tool, error) {
	text, err := materials.Output(root, nil, tinygo, "version")
	if err != nil {
		return nil, err
	}
	versions := tinygoVersion.FindStringSubmatch(string(text))
	if versions == nil {
		return nil, fmt.Errorf("%s version: %s", tinygo, text)
	}
	if text, err = materials.Output(root, nil, optimizer, "--version"); err != nil {
		return nil, err
	}
	version := wasmOptVersion.FindStringSubmatch(string(text))
	if version == nil {
		return nil, fmt.Errorf("%s --version: %s", optimizer, text)
	}
	return []tool{{"tinygo", versions[1]}, {"go", versions[2]}, {"llvm", versions[3]}, {"wasm-opt", version[1]}}, nil
}

func wasmOpt(root, tinygo string) (string, error) {
	text, err := materials.Output(root, nil, tinygo, "env", "WASMOPT")
	return strings.TrimSpace(string(text)), err
}

// isPinned reports whether TinyGo is out of its release archive, whose checksum
// this repository has: only there, wasm-opt stands beside it.
func isPinned(root, tinygo, wasmOpt string) bool {
	folder, err := filepath.Rel(root, tinygo)
	return err == nil && strings.HasPrefix(folder, ".tools/") && filepath.Dir(wasmOpt) == filepath.Dir(tinygo)
}
