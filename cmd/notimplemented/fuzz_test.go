// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"notimplemented/cmd/notimplemented/source"
)

// documents are files as people keep them.
func documents(t testing.TB) (texts []string) {
	t.Helper()
	names, err := filepath.Glob("../../deploy/*/*.yaml")
	if err != nil || len(names) < 5 {
		t.Fatalf("%d manifests, error %v", len(names), err)
	}
	names = append(names, "../../envoy.yaml", "testdata/orders.yaml", "testdata/customers.json", "testdata/access.log")
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	message := "vm_config: {code: {local: {filename: a}}}\nconfiguration: {'@type': a/google.protobuf.StringValue, value: \"" + strings.ReplaceAll(wrong, `"`, `\"`) + "\"}\n"
	return append(texts, right, wrong, message,
		"kind: ConfigMap\ndata:\n  envoy.yaml: |\n    "+strings.ReplaceAll(message, "\n", "\n    ")+"\n",
		"kind: Kustomization\npatches:\n- patch: |\n    - {op: add, path: /spec/pluginConfig, value: "+wrong+"}\n",
		"kind: WasmPlugin\nspec:\n  pluginConfig: &a {<<: {dryrun: 1}, implemented_methods: [\"\\u00fc\", &b get, *b, on]}\n",
		templates, manifests(body)["EnvoyExtensionPolicy"],
		"kind: WasmPlugin\nspec: {pluginConfig: {unimplemented: [{query: a=b, capability: c}], format: {content_type: text/xml, body: '<a b=\"{name}\">{instead}'}}}\n",
		`{"swagger": "2.0", "host": "a", "paths": {"/": {"get": {"parameters": [{"$ref": "#/paths/~1/get/parameters/0"}]}}}}`,
	)
}

// mutated changes a text in one way or some.
func mutated(random *rand.Rand, text string) []byte {
	pieces := []string{
		"\n", "\r", "\r\n", "\u0085", "\u2028", "\u2029", "\ufeff", "\t", " ", "\x00", "\x01", "\xff", "ü", "😀", "\\ud83d\\ude00", "'", `"`, `\`, "{", "}", "[", "]", ":", ": ", ",", "#",
		"&a ", "*a", "!!int ", "!ignore ", "<<: ", "? ", "|", ">-", "---\n", "...\n", "%YAML 1.2\n", "{{ .Values.a }}", "null", "~", "0x10",
	}
	for range 1 + random.IntN(4) {
		at := random.IntN(len(text) + 1)
		end := at + random.IntN(min(len(text)-at, 40)+1)
		switch piece := pieces[random.IntN(len(pieces))]; random.IntN(5) {
		case 0:
			text = text[:at] + piece + text[at:]
		case 1:
			text = text[:at] + text[end:]
		case 2:
			text = text[:at] + text[at:end] + text[at:]
		case 3:
			text = strings.Replace(text, "\n", piece, 1+random.IntN(5))
		default:
			text = text[:at] + piece + text[end:]
		}
	}
	switch random.IntN(8) {
	case 0:
		return []byte(utf16Of(text, binary.LittleEndian))
	case 1:
		return []byte(strings.ReplaceAll(text, "\n", "\r"))
	}
	return []byte(text)
}

// Whatever a file has in it, nothing panics, and each position is one in it.
func FuzzCommand(f *testing.F) {
	random := rand.New(rand.NewPCG(1, 2))
	texts := documents(f)
	for i := range 200 {
		f.Add(mutated(random, texts[i%len(texts)]))
	}
	g := newGenerator(f, 2)
	for range 50 {
		for _, name := range slices.Sorted(maps.Keys(configurations)) {
			f.Add([]byte(g.file(name)))
		}
	}
	lineBreak := regexp.MustCompile(`\r\n|\n|\r`)
	place := regexp.MustCompile(`(?m)^stdin:(\d+):(\d+): `)
	f.Fuzz(func(t *testing.T, content []byte) {
		t.Chdir(t.TempDir()) // where no reference leads to a file
		lines := lineBreak.Split(source.New("", content).Text, -1)
		inside := func(line, column int) {
			if line < 1 || line > len(lines) || column < 1 || column > utf8.RuneCountInString(lines[line-1])+1 {
				t.Errorf("%d:%d is outside of\n%q", line, column, content)
			}
		}
		if err := os.WriteFile("api", content, 0o600); err != nil {
			t.Fatal(err)
		}
		var stdout, stderr bytes.Buffer
		check := func(stdin []byte, args ...string) {
			stdout.Reset()
			run(append([]string{"check", "-output", "json"}, args...), bytes.NewReader(stdin), &stdout, &stderr)
			if stdout.Len() == 0 {
				t.Errorf("%q: nothing is said of\n%q", args, content)
			}
			for line := range bytes.Lines(stdout.Bytes()) {
				var found struct {
					File         string
					Line, Column int
				}
				if err := json.Unmarshal(line, &found); err != nil {
					t.Fatalf("%v\n%s", err, line)
				}
				if found.File == "api" {
					inside(found.Line, found.Column)
				}
			}
		}
		check(nil, "api")
		check([]byte(`{"unimplemented": [{"method": "PUT"}, {"query": "a=b", "capability": "c"}]}`), "-openapi", "api")
		stderr.Reset()
		run([]string{"from-openapi", "-servers"}, bytes.NewReader(content), &stdout, &stderr)
		for _, match := range place.FindAllStringSubmatch(stderr.String(), -1) {
			inside(number(match[1]), number(match[2]))
		}
		run([]string{"from-access-log"}, bytes.NewReader(content), &stdout, &stderr)
		run([]string{"explain", "-X", "TRACE", "-"}, bytes.NewReader(content), &stdout, &stderr)
	})
}

// What is left out of a document changes nothing: a line break of another kind at the
// end has the whole read.
func FuzzDocuments(f *testing.F) {
	for seed := range uint64(60) {
		f.Add(seed, uint64(0))
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, seed, mutation uint64) {
		m, _, files := made(rand.New(rand.NewPCG(seed, 1)))
		text := files[m.main]
		if mutation > 0 {
			text = source.New("", mutated(rand.New(rand.NewPCG(mutation, 2)), text)).Text
		}
		write(t, files)
		whole := runs(text+"\r", "from-openapi", "-servers")
		if strings.Contains(whole.stderr, "not valid YAML") {
			return
		}
		if got := runs(text, "from-openapi", "-servers"); got.stdout != whole.stdout {
			t.Errorf("%s\n%s%s\nwant\n%s%s", text, got.stdout, got.stderr, whole.stdout, whole.stderr)
		}
	})
}

func number(digits string) (n int) {
	for _, digit := range digits {
		n = n*10 + int(digit-'0')
	}
	return n
}
