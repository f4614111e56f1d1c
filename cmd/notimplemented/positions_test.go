// SPDX-License-Identifier: Apache-2.0

package main

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// However YAML writes the plugin JSON, a mistake is said to be where it stands.
func TestPositionsInScalars(t *testing.T) {
	const config = `{
  "implemented_methods": ["GET", "it's a \"tab\"\t", "P T"],

  "unimplemented": [
    {"method": "ä"}, 7
  ],
  "dryrun": true}`
	mistakes := []string{`"it's`, `"P`, `"ä"`, `7`, `"dryrun"`}
	in := func(s, prefix string) string { return strings.ReplaceAll(s, "\n", "\n"+prefix) }
	for _, tt := range []struct{ name, value string }{
		{"literal", "|\n        " + in(config, "        ")},
		{"literal, anchored, with an indentation of its own", "&a !!str |1- # why\n        " + in(config, "        ")},
		{"literal, blank lines first", "|\n\n  \n          " + in(config, "          ")},
		{"literal, CRLF", "|\r\n          " + in(config, "\r          ")},
		{"folded", ">-\n          " + in(config, "          ")},
		{"single-quoted", "'" + in(strings.ReplaceAll(config, "'", "''"), "       ") + "'"},
		{"single-quoted, tagged and anchored", "!!str &a\n   '" + strings.ReplaceAll(config, "'", "''") + "'"},
		{"double-quoted", strings.ReplaceAll(strconv.Quote(config), "ä", `\xe4`)},
		{"double-quoted, folded", `"` + in(strings.NewReplacer(`"`, `\"`, `\`, `\\`, "P T", `P\u0020T`, "], ", "], \\\n  ").Replace(config), "       ") + `"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := "# ü\nname: notimplemented\nvm_config: {}\nconfiguration:\n  '@type': " + `type.googleapis.com/google.protobuf.StringValue` + "\n  value: " + tt.value + "\n"
			offset := offsetIn(text)
			got := runs(text, "check").stdout
			positions := regexp.MustCompile(`(?m)^stdin:(\d+):(\d+): error: /`).FindAllStringSubmatch(got, -1)
			if len(positions) != len(mistakes) {
				t.Fatalf("%s\n%s\nwant mistakes at %q", text, got, mistakes)
			}
			for i, want := range mistakes {
				line, _ := strconv.Atoi(positions[i][1])
				column, _ := strconv.Atoi(positions[i][2])
				rest := text[offset(line, column):]
				isThere := func(text string) bool { return strings.HasPrefix(text, want) }
				// As it is, or with the escapes of either kind of quotes.
				if !isThere(rest) && !isThere(strings.ReplaceAll(rest, "''", "'")) && !isThere(strings.NewReplacer(`\"`, `"`, `\xe4`, "ä").Replace(rest)) {
					t.Errorf("%s\n%s\nmistake %d is at %.20q, want %q", text, got, i, rest, want)
				}
			}
		})
	}
}

// offsetIn finds a position in a text as an editor does.
func offsetIn(text string) func(line, column int) int {
	return func(line, column int) int {
		offset := 0
		for range line - 1 {
			end := regexp.MustCompile(`\r\n|\n|\r`).FindStringIndex(text[offset:])
			offset += end[1]
		}
		return offset + len(string([]rune(text[offset:])[:column-1]))
	}
}

// A mistake has the place that an editor shows, whatever ends a line.
func TestPositionsInLines(t *testing.T) {
	const filter = "# a%sb\n# c%sd\nname: notimplemented\nvm_config: {}\nconfiguration: {'@type': a/google.protobuf.StringValue, value: '{\"dryrun\": true}'}\n"
	for _, tt := range []struct{ name, end, want string }{
		{"LF", "\n# ", "7:66"},
		{"CR LF", "\r\n# ", "7:66"},
		{"CR", "\r# ", "7:66"},
		{"U+0085", "\u0085", "5:66"},
		{"U+2028", "\u2028", "5:66"},
		{"U+2029", "\u2029", "5:66"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.ReplaceAll(filter, "%s", tt.end)
			expect(t, runs(text, "check"), outcome{1, "stdin:" + tt.want + `: error: /dryrun: unknown key, want "dry_run"` + "\n", ""})
		})
	}
}
