// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
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

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestFullDisk(t *testing.T) {
	for _, args := range [][]string{{"check"}, {"version"}, {"-h"}} {
		var stderr strings.Builder
		exit := run(args, strings.NewReader(right), fullDisk{}, &stderr)
		if want := "notimplemented: no space left on device\n"; exit != exitTrouble || stderr.String() != want {
			t.Errorf("%q: exit code %d, standard error %q, want %d and %q", args, exit, stderr.String(), exitTrouble, want)
		}
	}
}

func TestVersion(t *testing.T) {
	info := &debug.BuildInfo{GoVersion: "go1.26.0", Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "0123abc"}}}
	if got, want := build(info), "notimplemented v1.2.3 (0123abc, go1.26.0)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	info.Settings = append(info.Settings, debug.BuildSetting{Key: "vcs.modified", Value: "true"})
	if got, want := build(info), "notimplemented v1.2.3 (0123abc and changes, go1.26.0)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func helpOf(t *testing.T, name string) string {
	t.Helper()
	return readText(t, "help/"+name+".txt")
}

func TestUsage(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		want outcome
	}{
		{"nothing", nil, outcome{2, "", helpOf(t, "notimplemented")}},
		{"help", []string{"-h"}, outcome{0, helpOf(t, "notimplemented"), ""}},
		{"help with check", []string{"help", "check"}, outcome{0, helpOf(t, "check"), ""}},
		{"help of version", []string{"version", "-h"}, outcome{0, helpOf(t, "version"), ""}},
		{"version of something", []string{"version", "check"}, outcome{2, "", `notimplemented: unexpected argument "check"; run "notimplemented version -h" for help` + "\n"}},
		{"help of check", []string{"check", "-h"}, outcome{0, helpOf(t, "check"), ""}},
		{"help of explain", []string{"explain", "-help"}, outcome{0, helpOf(t, "explain"), ""}},
		{"help of from-openapi", []string{"from-openapi", "--help"}, outcome{0, helpOf(t, "from-openapi"), ""}},
		{"unknown command", []string{"validate"}, outcome{2, "", `notimplemented: unknown command "validate"; run "notimplemented -h" for help` + "\n"}},
		{"unknown flag", []string{"check", "-q"}, outcome{2, "", `notimplemented: flag provided but not defined: -q; run "notimplemented check -h" for help` + "\n"}},
		{"no file to check", []string{"check", "none.json"}, outcome{2, "none.json:1:1: error: cannot be read: no such file or directory\n", ""}},
		{"no file to explain", []string{"explain", "none.json"}, outcome{2, "", "notimplemented: open none.json: no such file or directory\n"}},
		{"no document", []string{"from-openapi", "none.yaml"}, outcome{2, "", "none.yaml:1:1: error: cannot be read: no such file or directory\n"}},
		{"explain nothing", []string{"explain"}, outcome{2, "", `notimplemented: no file, want one with a configuration; run "notimplemented explain -h" for help` + "\n"}},
		{"explain too much", []string{"explain", "a", "/", "b"}, outcome{2, "", `notimplemented: unexpected argument "b", want a file and a path or URL; run "notimplemented explain -h" for help` + "\n"}},
		{"a late flag", []string{"explain", "a", "/", "-X"}, outcome{2, "", `notimplemented: flag needs an argument: -X; run "notimplemented explain -h" for help` + "\n"}},
		{"no flags any more", []string{"check", "-strict", "--", "none.json", "-strict"}, outcome{2, "none.json:1:1: error: cannot be read: no such file or directory\n-strict:1:1: error: cannot be read: no such file or directory\n", ""}},
		{"explain no path", []string{"explain", "a", "b"}, outcome{2, "", `notimplemented: path "b", want one like "/orders?limit=1", or a URL; run "notimplemented explain -h" for help` + "\n"}},
		{"explain no URL", []string{"explain", "a", "ftp://b/"}, outcome{2, "", `notimplemented: URL "ftp://b/", want one like "https://api.example.com/orders?limit=1"; run "notimplemented explain -h" for help` + "\n"}},
		{"explain no host", []string{"explain", "a", "http:///b"}, outcome{2, "", `notimplemented: URL "http:///b", want one like "https://api.example.com/orders?limit=1"; run "notimplemented explain -h" for help` + "\n"}},
		{"explain no method", []string{"explain", "-X", "", "a"}, outcome{2, "", `notimplemented: method "", want a token like GET; run "notimplemented explain -h" for help` + "\n"}},
		{"explain half a method", []string{"explain", "-X", "GE T", "a"}, outcome{2, "", `notimplemented: method "GE T", want a token like GET; run "notimplemented explain -h" for help` + "\n"}},
		{"check in no form", []string{"check", "-output", "xml"}, outcome{2, "", `notimplemented: invalid value "xml" for flag -output: want text, json or github; run "notimplemented check -h" for help` + "\n"}},
		{"check against no document", []string{"check", "-openapi", "none.yaml"}, outcome{2, "stdin:1:1: error: no configuration, want \"implemented_methods\" or \"unimplemented\"\nnone.yaml:1:1: error: cannot be read: no such file or directory\n", ""}},
		{"no log", []string{"from-access-log", "none.log"}, outcome{2, "", "notimplemented: open none.log: no such file or directory\n"}},
		{"explain a pseudo-header", []string{"explain", "-H", ":path: /", "a"}, outcome{2, "", `notimplemented: invalid value ":path: /" for flag -H: want "name: value"; run "notimplemented explain -h" for help` + "\n"}},
		{"explain half a field", []string{"explain", "-H", "upgrade", "a"}, outcome{2, "", `notimplemented: invalid value "upgrade" for flag -H: want "name: value"; run "notimplemented explain -h" for help` + "\n"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			expect(t, runs("", tt.args...), tt.want)
		})
	}
}
