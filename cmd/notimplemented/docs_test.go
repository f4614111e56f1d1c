// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

func readText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	fence = regexp.MustCompile("(?s)\n```(\\w+)\n(.*?)```\n")
	word  = regexp.MustCompile(`'[^']*'|\S+`)
)

// Every command of the README prints what the README says.
func TestReadme(t *testing.T) {
	readme := readText(t, "../../README.md")
	var configs []string
	for _, block := range fence.FindAllStringSubmatch(readme, -1) {
		if block[1] == "json" {
			configs = append(configs, block[2])
		}
	}
	if len(configs) != 2 {
		t.Fatalf("%d configurations, want a right one and a wrong one", len(configs))
	}
	_, section, _ := strings.Cut(readme, "\n## Before you deploy\n")
	section, _, _ = strings.Cut(section, "\n## ")
	files := map[string]string{"plugin.json": configs[1], "envoy.yaml": readText(t, "../../envoy.yaml")}
	for _, name := range []string{"orders.yaml", "order.yaml", "customers.json"} {
		files[name] = readText(t, "testdata/"+name)
	}
	write(t, files)
	count := 0
	for _, block := range fence.FindAllStringSubmatch(section, -1) {
		for _, transcript := range strings.Split("\n"+block[2], "\n$ ")[1:] {
			count++
			line, want, _ := strings.Cut(transcript, "\n")
			var args []string
			for _, w := range word.FindAllString(line, -1) {
				args = append(args, strings.Trim(w, "'"))
			}
			var terminal strings.Builder
			run(args[1:], strings.NewReader(""), &terminal, &terminal)
			if got := terminal.String(); strings.TrimSuffix(got, "\n") != strings.TrimSuffix(want, "\n") {
				t.Errorf("%s\n%s\nwant\n%s", line, got, want)
			}
		}
	}
	if count != 4 {
		t.Errorf("%d commands, want 4", count)
	}
}
