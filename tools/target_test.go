// SPDX-License-Identifier: Apache-2.0

// Package tools tests what has no Go of its own.
package tools

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TinyGo's target wasm-unknown is what tinygo/target.json started from. These are
// the values of TinyGo's that it leaves out or replaces: whoever takes a new TinyGo
// sees here what has changed there.
const replaced = `{
	"cpu": "mvp",
	"features": "+nontrapping-fptoint,+sign-ext,-bulk-memory,-multivalue,-reference-types",
	"buildmode": "c-shared",
	"rtlib": "compiler-rt",
	"libc": "wasmbuiltins",
	"gc": "leaking",
	"default-stack-size": 4096,
	"cflags": ["-mnontrapping-fptoint", "-mno-bulk-memory", "-mno-multivalue", "-mno-reference-types", "-msign-ext"],
	"ldflags": ["--stack-first", "--no-demangle", "--no-entry"],
	"emulator": "wasmtime run --dir={tmpDir}::/tmp {}"
}`

func TestTargetFollowsTinyGo(t *testing.T) {
	root, err := exec.Command(os.Getenv("TINYGO"), "env", "TINYGOROOT").Output()
	if err != nil {
		t.Fatalf(`%v; "make test" sets TINYGO`, err)
	}
	theirs := read(t, filepath.Join(strings.TrimSpace(string(root)), "targets/wasm-unknown.json"))
	ours := read(t, "tinygo/target.json")
	var known map[string]any
	if err := json.Unmarshal([]byte(replaced), &known); err != nil {
		t.Fatal(err)
	}
	for key := range theirs {
		if _, ok := known[key]; !ok {
			known[key] = ours[key]
		}
		if !reflect.DeepEqual(theirs[key], known[key]) {
			t.Errorf("%s is %v in TinyGo, %v was known: is tinygo/target.json still right?", key, theirs[key], known[key])
		}
	}
	for key := range ours {
		if _, ok := theirs[key]; !ok {
			t.Errorf("TinyGo knows no %s any more", key)
		}
	}
}

func read(t *testing.T, file string) (target map[string]any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &target); err != nil {
		t.Fatal(err)
	}
	return target
}
