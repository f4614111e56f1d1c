// SPDX-License-Identifier: Apache-2.0

package config

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// fenced returns the blocks of a Markdown text in one language.
func fenced(text, language string) []string {
	var blocks []string
	for _, match := range regexp.MustCompile("(?s)\n```"+language+"\n(.*?)\n```\n").FindAllStringSubmatch(text, -1) {
		blocks = append(blocks, match[1])
	}
	return blocks
}

func TestReadme(t *testing.T) {
	readme := readFile(t, "../../README.md")
	configs := fenced(readme, "json")
	if len(configs) != 2 {
		t.Fatalf("%d configurations, want a right one and a wrong one", len(configs))
	}
	if _, err := Parse([]byte(configs[0])); err != nil {
		t.Errorf("%s\n%v", configs[0], err)
	}
	_, err := Parse([]byte(configs[1]))
	if err == nil {
		t.Fatalf("%s\nis right", configs[1])
	}
	if got, want := fenced(readme, "text"), "configuration refused: "+err.Error(); len(got) != 1 || got[0] != want {
		t.Errorf("%s\ngives\n%s\nwant\n%s", configs[1], got, want)
	}
	indent := "\n" + strings.Repeat(" ", 28)
	if want := indent + strings.ReplaceAll(configs[0], "\n", indent) + "\n"; !strings.Contains(readFile(t, "../../envoy.yaml"), want) {
		t.Errorf("envoy.yaml does not have the configuration of the README:%s", want)
	}
}
