// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/CycloneDX/cyclonedx-go"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"notimplemented/tools/image/layout"
)

// What a release is made from, the module of this test included.
var sources = []string{"Makefile", "main.go", "go.mod", "go.sum", "filter", "cmd", "deploy", "docs", "tools",
	"LICENSE", "NOTICE", "config.schema.json"}

const tag = "v1.2.3"

// makeRelease makes a release from a tagged copy of the sources and returns the files of
// dist/ by their names, and what it prints.
func makeRelease(t *testing.T, tinygo string) (files map[string]string, printed string) {
	t.Helper()
	root := t.TempDir()
	for _, name := range sources {
		source, copied := filepath.Join("../..", name), filepath.Join(root, name)
		info, err := os.Stat(source)
		if err != nil {
			t.Fatal(err)
		}
		if info.IsDir() {
			err = os.CopyFS(copied, os.DirFS(source))
		} else {
			var text []byte
			if text, err = os.ReadFile(source); err == nil {
				err = os.WriteFile(copied, text, 0o600)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"-c", "user.name=a", "-c", "user.email=a", "commit", "-qm", "a"}, {"tag", tag}} {
		git := exec.Command("git", append([]string{"-C", root}, args...)...)
		// The same commit on every run: the image and the command name it.
		git.Env = append(os.Environ(), "GIT_AUTHOR_DATE=@1 +0000", "GIT_COMMITTER_DATE=@1 +0000")
		if text, err := git.CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", args, err, text)
		}
	}
	command := exec.Command("make", "--no-print-directory", "release", "TINYGO="+tinygo)
	command.Dir = root
	text, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", command, err, text)
	}
	dist, err := read(filepath.Join(root, "dist"))
	if err != nil {
		t.Fatal(err)
	}
	files = make(map[string]string)
	for name, content := range dist {
		files[name] = string(content)
	}
	return files, string(text)
}

func unpack(t *testing.T, archive, how, folder string) {
	t.Helper()
	command := exec.Command("tar", how, "-C", folder)
	command.Stdin = strings.NewReader(archive)
	if text, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
}

func TestPinned(t *testing.T) {
	const tinygo = "/r/.tools/tinygo-0.41.1/bin/tinygo"
	for _, tt := range []struct {
		tinygo, wasmOpt string
		want            bool
	}{
		{tinygo, "/r/.tools/tinygo-0.41.1/bin/wasm-opt", true},
		{tinygo, "/usr/bin/wasm-opt", false},
		{"/usr/bin/tinygo", "/usr/bin/wasm-opt", false},
	} {
		if got := isPinned("/r", tt.tinygo, tt.wasmOpt); got != tt.want {
			t.Errorf("isPinned(%s, %s) = %v", tt.tinygo, tt.wasmOpt, got)
		}
	}
}

func TestOtherToolsAreRefused(t *testing.T) {
	err := run([]string{"-pinned", t.TempDir(), os.Getenv("TINYGO"), tag}, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "docs/release.md") {
		t.Errorf("got %v, want that the tools are others", err)
	}
}

func TestRelease(t *testing.T) {
	tinygo := os.Getenv("TINYGO")
	if tinygo == "" {
		t.Fatal(`TINYGO is unset; "make test" installs TinyGo and sets it`)
	}
	files, printed := makeRelease(t, tinygo)

	t.Run("has the same bytes on every run", func(t *testing.T) {
		again, _ := makeRelease(t, tinygo)
		for name := range files {
			if files[name] != again[name] {
				t.Errorf("%s differs from one run to the next", name)
			}
		}
		if len(files) != len(again) {
			t.Errorf("%d files, then %d", len(files), len(again))
		}
	})

	t.Run("has the digest of the image as pin", func(t *testing.T) {
		folder := t.TempDir()
		unpack(t, files["image.tar"], "-x", folder)
		image, err := layout.Read(folder)
		if err != nil {
			t.Fatal(err)
		}
		digest, err := image.Digest()
		if err != nil {
			t.Fatal(err)
		}
		if want := "\nimage digest: " + digest.String() + "\n"; !strings.Contains(printed, want) {
			t.Errorf("printed\n%s\nwant%s", printed, want)
		}
		config, err := image.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		if labels := config.Config.Labels; labels["org.opencontainers.image.version"] != tag || labels["org.opencontainers.image.revision"] == "" {
			t.Errorf("labels %q, want the version %s and a revision", labels, tag)
		}
		var pinned []string
		for name, text := range files {
			if strings.HasPrefix(name, "deploy/") && strings.Contains(text, ` "`+digest.Hex+`" `) {
				pinned = append(pinned, strings.TrimPrefix(name, "deploy/"))
			}
		}
		slices.Sort(pinned)
		want := []string{"envoy-gateway/envoyextensionpolicy.yaml", "istio/trafficextension.yaml", "istio/wasmplugin.yaml"}
		if !slices.Equal(pinned, want) {
			t.Errorf("the digest is in %q, want %q", pinned, want)
		}
	})

	t.Run("lists what the plugin and the command are made from", func(t *testing.T) {
		for name, want := range map[string][]string{
			"plugin.wasm.cdx.json":    {"github.com/go-json-experiment/json", "github.com/tetratelabs/proxy-wasm-go-sdk", "github.com/tinygo-org/tinygo", "std"},
			"notimplemented.cdx.json": {"github.com/go-json-experiment/json", "go.yaml.in/yaml/v4", "std"},
		} {
			bom := new(cyclonedx.BOM)
			if err := cyclonedx.NewBOMDecoder(strings.NewReader(files[name]), cyclonedx.BOMFileFormatJSON).Decode(bom); err != nil {
				t.Fatal(err)
			}
			needs := make(map[string][]string)
			for _, d := range *bom.Dependencies {
				if d.Dependencies != nil {
					needs[d.Ref] = *d.Dependencies
				}
			}
			var got []string
			for _, component := range *bom.Components {
				got = append(got, component.Name)
				if component.Version == "" || component.Licenses == nil {
					t.Errorf("%s: %s has no version or no licence", name, component.Name)
				}
				if component.Name != "std" && !slices.Contains(want, component.Name) {
					continue
				}
				if !slices.Contains(needs[bom.Metadata.Component.BOMRef], component.BOMRef) {
					t.Errorf("%s: %q are needed, want %s among them", name, needs, component.BOMRef)
				}
			}
			if missing := slices.DeleteFunc(slices.Clone(want), func(name string) bool { return slices.Contains(got, name) }); len(missing) > 0 {
				t.Errorf("%s lists %q, not %q", name, got, missing)
			}
			for _, component := range got {
				if notices := strings.TrimSuffix(name, ".cdx.json") + ".NOTICES"; !strings.Contains(files[notices], component+" ") {
					t.Errorf("%s lacks %s", notices, component)
				}
			}
		}
		for _, tool := range []string{"tinygo", "go", "llvm", "wasm-opt"} {
			if !strings.Contains(files["plugin.wasm.cdx.json"], `"name": "`+tool+`"`) {
				t.Errorf("the plugin's list lacks %s", tool)
			}
		}
	})

	t.Run("says in the log which version it is", func(t *testing.T) {
		if !strings.Contains(files["plugin.wasm"], tag) {
			t.Errorf("plugin.wasm lacks %s", tag)
		}
	})

	t.Run("passes the licences on", func(t *testing.T) {
		left := map[string]bool{"plugin.wasm": true, "LICENSE": true, "NOTICE": true, "plugin.wasm.NOTICES": true}
		for _, name := range []string{"LICENSE", "NOTICE"} {
			if text, err := os.ReadFile("../../" + name); err != nil || string(text) != files[name] {
				t.Errorf("%s differs, %v", name, err)
			}
		}
		folder := t.TempDir()
		unpack(t, files["image.tar"], "-x", folder)
		image, err := layout.Read(folder)
		if err != nil {
			t.Fatal(err)
		}
		layer := mutate.Extract(image)
		defer layer.Close()
		for packed := tar.NewReader(layer); ; {
			header, err := packed.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			name := header.Name
			if name == "THIRD_PARTY_NOTICES" {
				name = "plugin.wasm.NOTICES"
			}
			if text, err := io.ReadAll(packed); err != nil || string(text) != files[name] {
				t.Errorf("%s differs in the image, %v", header.Name, err)
			}
			delete(left, name)
		}
		if len(left) > 0 {
			t.Errorf("the image lacks %v", left)
		}
	})

	t.Run("names its schema", func(t *testing.T) {
		var schema struct {
			ID string `json:"$id"`
		}
		if err := json.Unmarshal([]byte(files["config.schema.json"]), &schema); err != nil || schema.ID == "" {
			t.Errorf("$id %q, %v", schema.ID, err)
		}
	})

	t.Run("says what it wrote", func(t *testing.T) {
		for name := range files {
			if !strings.Contains(printed, "\ndist/"+name+"\n") {
				t.Errorf("%s is not in\n%s", name, printed)
			}
		}
	})

	t.Run("has the command for each platform", func(t *testing.T) {
		// How a program of each starts: ELF, Mach-O, and what Windows has.
		starts := map[string]string{
			"notimplemented-linux-amd64":       "\x7fELF\x02",
			"notimplemented-linux-arm64":       "\x7fELF\x02",
			"notimplemented-darwin-amd64":      "\xcf\xfa\xed\xfe\x07",
			"notimplemented-darwin-arm64":      "\xcf\xfa\xed\xfe\x0c",
			"notimplemented-windows-amd64.exe": "MZ",
		}
		for name, start := range starts {
			if !strings.HasPrefix(files[name], start) {
				t.Errorf("%s starts with %.5q, want %q", name, files[name], start)
			}
		}
		own := filepath.Join(t.TempDir(), "notimplemented")
		if err := os.WriteFile(own, []byte(files["notimplemented-"+runtime.GOOS+"-"+runtime.GOARCH]), 0o700); err != nil {
			t.Fatal(err)
		}
		text, err := exec.Command(own, "version").CombinedOutput()
		if err != nil || !strings.HasPrefix(string(text), "notimplemented "+tag+" (") {
			t.Errorf("version: %v\n%s", err, text)
		}
	})

	t.Run("sums all files up", func(t *testing.T) {
		folder := t.TempDir()
		var want []string
		for name, text := range files {
			if strings.Contains(name, "/") {
				continue // in deploy.tar.gz
			}
			if name != "SHA256SUMS" {
				want = append(want, name+": OK")
			}
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		slices.Sort(want)
		command := exec.Command("sha256sum", "--check", "SHA256SUMS")
		command.Dir = folder
		text, err := command.CombinedOutput()
		got := strings.Split(strings.TrimSpace(string(text)), "\n")
		slices.Sort(got)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%v\n%s", err, text)
		}
	})

	t.Run("packs the manifests", func(t *testing.T) {
		folder := t.TempDir()
		unpack(t, files["deploy.tar.gz"], "-xz", folder)
		for name, want := range files {
			if !strings.HasPrefix(name, "deploy/") {
				continue
			}
			if got, err := os.ReadFile(filepath.Join(folder, name)); err != nil || string(got) != want {
				t.Errorf("%s: %v, or it differs", name, err)
			}
		}
	})
}
