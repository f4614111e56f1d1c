// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"notimplemented/filter/config"
	"notimplemented/filter/config/configtest"
)

var update = flag.Bool("update", false, "write the list of mistakes")

const refused = "configuration refused: "

// A configuration is right, unless what the log says of it comes next.
func TestConfigurations(t *testing.T) {
	right, wrong := 0, 0
	for _, d := range read(t) {
		for i, block := range d.blocks {
			if block.language != "json" {
				continue
			}
			want := ""
			if i+1 < len(d.blocks) {
				want, _ = strings.CutPrefix(d.blocks[i+1].text, refused)
			}
			got := ""
			if _, err := config.Parse([]byte(block.text)); err != nil {
				got = err.Error()
			}
			if i+1 < len(d.blocks) && strings.HasPrefix(d.blocks[i+1].text, refused) {
				wrong++
			} else {
				right++
				want = ""
			}
			if got != want {
				t.Errorf("%s: %s\ngives\n%s\nwant\n%s", d.name, block.text, got, want)
			}
		}
	}
	files, err := filepath.Glob("*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if _, err := config.Parse([]byte(readFile(t, name))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if right < 4 || wrong < 1 {
		t.Errorf("%d right configurations, %d wrong ones, want some of both", right, wrong)
	}
}

// The README has the filter of envoy.yaml, configuration.md its configuration.
func TestQuickstart(t *testing.T) {
	envoy := readFile(t, "../envoy.yaml")
	for _, tt := range []struct {
		document, language string
		indent             int
	}{
		{"README.md", "yaml", 16},
		{"docs/configuration.md", "json", 28},
	} {
		documents := read(t)
		d := documents[slices.IndexFunc(documents, func(d document) bool { return d.name == tt.document })]
		i := slices.IndexFunc(d.blocks, func(b block) bool { return b.language == tt.language })
		indent := "\n" + strings.Repeat(" ", tt.indent)
		want := indent + strings.ReplaceAll(d.blocks[i].text, "\n", indent) + "\n"
		if !strings.Contains(envoy, want) {
			t.Errorf("envoy.yaml does not have this part of %s:%s", tt.document, want)
		}
	}
}

// The table has every key that the plugin knows.
func TestKeys(t *testing.T) {
	_, text, _ := strings.Cut(readFile(t, "configuration.md"), "\n## Keys\n")
	text, _, _ = strings.Cut(text, "\n## ")
	for _, tt := range configtest.Refusals {
		_, keys, ok := strings.Cut(tt.Want, "unknown key, want one of ")
		if !ok {
			continue
		}
		keys, _, _ = strings.Cut(keys, "\n")
		pointer, _, _ := strings.Cut(tt.Want, ": ")
		within := path(pointer[:strings.LastIndex(pointer, "/")+1])
		for _, key := range strings.Split(keys, ", ") {
			key = "| `" + within + strings.Trim(key, `"`) + "` |"
			if !strings.Contains(text, key) {
				t.Errorf("there is no row %s", key)
			}
		}
	}
}

// What is the same in two mistakes of one kind.
var (
	inServer = regexp.MustCompile(`^servers\[\]\.(implemented_methods|unimplemented|format|problem_type|response_headers|dry_run)\b`)
	inBody   = regexp.MustCompile(`^(format\.body|response_headers)\b.*`)
	number   = regexp.MustCompile(`/\d+`)
	variable = regexp.MustCompile(`"[^"]*"|\d+|^[a-z]+, want|\b[A-Z-]{3,}\b|character '.*?'`)
)

// path is a pointer as the table of keys has it.
func path(pointer string) string {
	return strings.ReplaceAll(strings.TrimPrefix(number.ReplaceAllString(pointer, "[]"), "/"), "/", ".")
}

// mistakes is a table of everything that can be wrong, an example of each.
func mistakes() string {
	var keys []string
	rows := make(map[string][]string)
	seen := make(map[string]bool)
	for _, tt := range configtest.Refusals {
		_, err := config.Parse([]byte(tt.Config))
		var all config.Mistakes
		if !errors.As(err, &all) {
			continue // the test of the package says so
		}
		for _, m := range all {
			key := inBody.ReplaceAllString(inServer.ReplaceAllString(path(m.Pointer), "$1"), "$1")
			problem := m.Problem
			if strings.Contains(problem, "unknown key") {
				key = key[:strings.LastIndex("."+key, ".")]
				problem = m.Pointer + ": " + problem
			}
			kind := key + ": " + variable.ReplaceAllString(problem, "…")
			if seen[kind] {
				continue
			}
			seen[kind] = true
			if rows[key] == nil {
				keys = append(keys, key)
			}
			rows[key] = append(rows[key], problem)
		}
	}
	var b strings.Builder
	b.WriteString("| key | what is wrong, and what is wanted |\n|---|---|\n")
	for _, key := range keys {
		for _, problem := range rows[key] {
			name := "the document"
			if key != "" {
				name = "`" + strings.TrimSuffix(key, ".") + "`"
			}
			fmt.Fprintf(&b, "| %s | %s |\n", name, code(problem))
		}
	}
	return b.String()
}

// code is a text as Markdown has it, with any backtick and character in it.
func code(text string) string {
	for _, r := range text {
		if !unicode.IsPrint(r) {
			text = strings.ReplaceAll(text, string(r), fmt.Sprintf(`\u%04x`, r))
		}
	}
	if strings.Contains(text, "`") {
		return "`` " + text + " ``"
	}
	return "`" + text + "`"
}

// Whoever searches for what the log says finds it.
func TestMistakes(t *testing.T) {
	const (
		name  = "configuration.md"
		start = "<!-- generated from the tests: go test ./docs -update -->\n"
		end   = "<!-- end -->\n"
	)
	text := readFile(t, name)
	before, rest, ok := strings.Cut(text, start)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the mistakes", name)
	}
	want := before + start + mistakes() + end + after
	if text == want {
		return
	}
	if !*update {
		t.Fatalf("%s does not list every mistake, want what \"go test ./docs -update\" writes", name)
	}
	if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}
