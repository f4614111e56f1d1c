// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// outcome is all that a run leaves behind.
type outcome struct {
	exit           int
	stdout, stderr string
}

func runs(stdin string, args ...string) outcome {
	var stdout, stderr strings.Builder
	exit := run(args, strings.NewReader(stdin), &stdout, &stderr)
	return outcome{exit, stdout.String(), stderr.String()}
}

func expect(t *testing.T, got, want outcome) {
	t.Helper()
	if got.exit != want.exit {
		t.Errorf("exit code %d, want %d", got.exit, want.exit)
	}
	if got.stdout != want.stdout {
		t.Errorf("standard output\n%s\nwant\n%s", got.stdout, want.stdout)
	}
	if got.stderr != want.stderr {
		t.Errorf("standard error\n%s\nwant\n%s", got.stderr, want.stderr)
	}
}

// write makes files in a new folder, which becomes the working directory.
func write(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestUsage(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		want outcome
	}{
		{"nothing", nil, outcome{2, "", usage}},
		{"help", []string{"-h"}, outcome{0, usage, ""}},
		{"help of check", []string{"check", "-h"}, outcome{0, checkUsage, ""}},
		{"help of explain", []string{"explain", "-help"}, outcome{0, explainUsage, ""}},
		{"help of from-openapi", []string{"from-openapi", "--help"}, outcome{0, openAPIUsage, ""}},
		{"unknown command", []string{"validate"}, outcome{2, "", `notimplemented: unknown command "validate"; "notimplemented -h" says more` + "\n"}},
		{"unknown flag", []string{"check", "-q"}, outcome{2, "", `notimplemented: flag provided but not defined: -q; "notimplemented check -h" says more` + "\n"}},
		{"no file to check", []string{"check", "none.json"}, outcome{2, "", "notimplemented: open none.json: no such file or directory\n"}},
		{"no file to explain", []string{"explain", "none.json"}, outcome{2, "", "notimplemented: open none.json: no such file or directory\n"}},
		{"no document", []string{"from-openapi", "none.yaml"}, outcome{2, "", "notimplemented: open none.yaml: no such file or directory\n"}},
		{"explain nothing", []string{"explain"}, outcome{2, "", `notimplemented: no file, want one with a configuration; "notimplemented explain -h" says more` + "\n"}},
		{"explain with a late flag", []string{"explain", "a", "/", "-X"}, outcome{2, "", `notimplemented: unexpected argument "-X", want flags before the file; "notimplemented explain -h" says more` + "\n"}},
		{"explain no path", []string{"explain", "a", "b"}, outcome{2, "", `notimplemented: path "b", want one like "/orders?limit=1"; "notimplemented explain -h" says more` + "\n"}},
		{"explain a pseudo-header", []string{"explain", "-H", ":path: /", "a"}, outcome{2, "", `notimplemented: invalid value ":path: /" for flag -H: want "name: value"; "notimplemented explain -h" says more` + "\n"}},
		{"explain half a field", []string{"explain", "-H", "upgrade", "a"}, outcome{2, "", `notimplemented: invalid value "upgrade" for flag -H: want "name: value"; "notimplemented explain -h" says more` + "\n"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			expect(t, runs("", tt.args...), tt.want)
		})
	}
}
