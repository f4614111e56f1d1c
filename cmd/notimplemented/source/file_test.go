// SPDX-License-Identifier: Apache-2.0

package source

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// However YAML writes a string, each part of its value is where it stands.
func TestInScalar(t *testing.T) {
	const value = `{
  "implemented_methods": ["GET", "it's a \"tab\"\t", "P T"],

  "unimplemented": [
    {"method": "ä"}, 7
  ],
  "dryrun": true}`
	parts := []string{`{`, `"it's`, `"P`, `"ä"`, `7`, `"dryrun"`}
	in := func(s, prefix string) string { return strings.ReplaceAll(s, "\n", "\n"+prefix) }
	for _, tt := range []struct{ name, scalar string }{
		{"plain", "a{ \"it's ä\n    \"P \"ä\" 7 \"dryrun\""},
		{"literal", "|\n        " + in(value, "        ")},
		{"literal, anchored, with an indentation of its own", "&a !!str |1- # why\n        " + in(value, "        ")},
		{"literal, blank lines first", "|\n\n  \n          " + in(value, "          ")},
		{"literal, CRLF", "|\r\n          " + in(value, "\r          ")},
		{"folded", ">-\n          " + in(value, "          ")},
		{"single-quoted", "'" + in(strings.ReplaceAll(value, "'", "''"), "       ") + "'"},
		{"single-quoted, tagged and anchored", "!!str &a\n   '" + strings.ReplaceAll(value, "'", "''") + "'"},
		{"double-quoted", strings.ReplaceAll(strconv.Quote(value), "ä", `\xe4`)},
		{"double-quoted, folded", `"` + in(strings.NewReplacer(`"`, `\"`, `\`, `\\`, "P T", `P\u0020T`, "], ", "], \\\n  ").Replace(value), "       ") + `"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := New("a.yaml", []byte("# ü\na: b\nc:\n  value: "+tt.scalar+"\n"))
			documents, err := file.Documents()
			if err != nil {
				t.Fatalf("%v\n%s", err, file.Text)
			}
			c, _ := Child(documents[0].Content[0], "c")
			scalar, _ := Child(c, "value")
			for _, want := range parts {
				offset := strings.Index(scalar.Value, want)
				if offset < 0 {
					t.Fatalf("no %s in\n%s", want, scalar.Value)
				}
				rest := behind(file.Text, file.Nested(scalar).At(offset))
				isThere := func(text string) bool { return strings.HasPrefix(text, want) }
				// As it is, or with the escapes of either kind of quotes.
				if !isThere(rest) && !isThere(strings.ReplaceAll(rest, "''", "'")) && !isThere(strings.NewReplacer(`\"`, `"`, `\xe4`, "ä").Replace(rest)) {
					t.Errorf("%s\nis at %.20q, want %q", file.Text, rest, want)
				}
			}
		})
	}
}

// behind is what follows a position, found as an editor does.
func behind(text string, p Position) string {
	for range p.Line - 1 {
		text = text[regexp.MustCompile(`\r\n|\n|\r`).FindStringIndex(text)[1]:]
	}
	return string([]rune(text)[p.Column-1:])
}

// A place has the line that an editor shows, whatever ends a line.
func TestLines(t *testing.T) {
	for _, tt := range []struct{ name, end, want string }{
		{"LF", "\n# ", "f:5:4"},
		{"CR LF", "\r\n# ", "f:5:4"},
		{"CR", "\r# ", "f:5:4"},
		{"U+0085", "\u0085", "f:3:4"},
		{"U+2028", "\u2028", "f:3:4"},
		{"U+2029", "\u2029", "f:3:4"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := New("f", []byte(strings.ReplaceAll("# a%sb\n# c%sd\nü: e\n", "%s", tt.end)))
			documents, err := file.Documents()
			if err != nil {
				t.Fatal(err)
			}
			value, _ := Child(documents[0].Content[0], "ü")
			if got := file.Of(value).String(); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
			if got := file.At(strings.LastIndex(file.Text, "e")).String(); got != tt.want {
				t.Errorf("by its byte %s, want %s", got, tt.want)
			}
		})
	}
}
