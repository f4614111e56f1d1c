// SPDX-License-Identifier: Apache-2.0

// Package project reads files of the project for the tests, whose packages are two
// folders below its root.
package project

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// File returns the text of a file, whose name starts at the root, each second text of
// pairs in place of the first: what users choose, and what is elsewhere. The first
// must be there exactly once.
func File(t testing.TB, name string, pairs ...string) string {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("../..", name))
	if err != nil {
		t.Fatal(err)
	}
	text := string(file)
	for i := 0; i < len(pairs); i += 2 {
		if n := strings.Count(text, pairs[i]); n != 1 {
			t.Fatalf("%s: %q is there %d times, want once:\n%s", name, pairs[i], n, text)
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

// Files returns the names that match a pattern, which starts at the root.
func Files(t testing.TB, pattern string) (names []string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("../..", pattern))
	if err != nil || paths == nil {
		t.Fatalf("%s: %d files, %v", pattern, len(paths), err)
	}
	for _, path := range paths {
		names = append(names, strings.TrimPrefix(filepath.ToSlash(path), "../../"))
	}
	return names
}

// Documents returns the names of those that users read.
func Documents(t testing.TB) []string {
	t.Helper()
	return append(Files(t, "docs/*.md"), "README.md")
}

// Blocks returns the blocks of code in a document that have this language.
func Blocks(t testing.TB, document, language string) (texts []string) {
	t.Helper()
	for _, match := range regexp.MustCompile("(?s)\n```"+language+"\n(.*?)\n```\n").FindAllStringSubmatch(File(t, document), -1) {
		texts = append(texts, match[1])
	}
	return texts
}

// Transcripts returns the commands in a document, each with what it prints below.
func Transcripts(t testing.TB, document string) (transcripts []string) {
	t.Helper()
	for _, block := range Blocks(t, document, "console") {
		transcripts = append(transcripts, strings.Split("\n"+block, "\n$ ")[1:]...)
	}
	return transcripts
}
