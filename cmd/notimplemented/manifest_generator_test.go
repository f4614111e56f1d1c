// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"notimplemented/cmd/notimplemented/source"
)

// What a configuration can be, by the name that it has first.
var configurations = map[string]object{
	"implemented_methods": {{"implemented_methods", []any{"GET", "OPTIONS"}}},
	"methd":               {{"methd", 1}, {"implemented_methods", []any{"GET", "OPTIONS"}}},
	"rules":               {{"rules", []any{"not implemented", "${message}"}}},
}

// generator puts a manifest somewhere in a text.
type generator struct {
	*rand.Rand
	manifests []*yaml.Node
	plugin    string // the name that it has in them
	isCamel   bool   // whether Envoy's fields are written like "vmConfig"
	encoded   string // the base64 that the configuration is in, if it is
}

func newGenerator(t testing.TB, seed uint64) *generator {
	t.Helper()
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1))}
	names, err := filepath.Glob("../../deploy/*/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names, "../../envoy.yaml") {
		documents, err := source.New(name, []byte(readText(t, name))).Documents()
		if err != nil {
			t.Fatal(err)
		}
		for _, document := range documents {
			if _, isThere := g.with(document.Content[0], "", object{}); isThere {
				g.manifests = append(g.manifests, document.Content[0])
			}
		}
	}
	if len(g.manifests) < 5 {
		t.Fatalf("%d manifests, want those with a configuration", len(g.manifests))
	}
	return g
}

// with is a manifest with this configuration.
func (g *generator) with(n *yaml.Node, key string, config object) (value any, isThere bool) {
	switch n.Kind {
	case yaml.SequenceNode:
		all := []any{}
		for _, element := range n.Content {
			value, found := g.with(element, key, config)
			all, isThere = append(all, value), isThere || found
		}
		return all, isThere
	case yaml.MappingNode:
		_, isWasm := source.Child(n, "code")
		all := object{}
		for _, m := range source.Members(n) {
			switch {
			case m.Name == "pluginConfig" || m.Name == "config" && isWasm:
				all, isThere = append(all, &field{m.Name, config}), true
			case m.Name == "value" && key == "configuration":
				all, isThere = append(all, &field{m.Name, toJSON(config)}), true
			default:
				value, found := g.with(m.Value, m.Name, config)
				if g.isCamel {
					m.Name = underscore.ReplaceAllStringFunc(m.Name, func(s string) string { return strings.ToUpper(s[1:]) })
				}
				all, isThere = append(all, &field{m.Name, value}), isThere || found
			}
		}
		return all, isThere
	}
	if n.ShortTag() == "!!bool" {
		return raw(n.Value), false
	}
	return strings.ReplaceAll(n.Value, "notimplemented", g.plugin), false
}

var underscore = regexp.MustCompile(`_[a-z]`)

func (g *generator) one(n int) bool { return g.IntN(n) == 0 }

// junk is what is around.
func (g *generator) junk() any {
	return []any{7, nil, true, "ü: ä", "yes", "# a", "a\nb: {c\n", []any{}, object{}, []any{"- x", 0x1f}, object{{"kind", "Service"}, {"metadata", object{{"name", "ö"}}}},
		object{{"spec", object{{"servers", []any{object{{"hosts", []any{"*"}}}}}}}}}[g.IntN(12)]
}

// around puts a value somewhere, with the name that a string as a file has.
func (g *generator) around(value any) any {
	at := func(name string) object {
		all := object{{"before", g.junk()}, {"ünder", g.junk()}, {"behind", g.junk()}}
		return slices.Insert(all[:1+g.IntN(3)], g.IntN(2), &field{name, value})
	}
	switch g.IntN(5) {
	case 0:
		return at([]string{"extraObjects", "values", "x-y", "a b"}[g.IntN(4)])
	case 1:
		return slices.Insert([]any{g.junk(), g.junk()}, g.IntN(3), value)
	case 2:
		return object{{"kind", "List"}, {"apiVersion", "v1"}, {"items", []any{g.junk(), value}}}
	case 3:
		return []any{object{{"op", "add"}, {"path", pick(g.Rand, []string{"/a", "/spec/0", "/a/b/-"})}, {"value", value}}}
	}
	text := g.text(value)
	if _, isList := value.([]any); !isList && g.encoded == "" && g.one(3) {
		g.encoded = base64.StdEncoding.EncodeToString([]byte(text))
		value = oneLine(g.encoded)
		return object{{"kind", "Secret"}, {"data", at("envoy")}}
	}
	value = text
	switch g.IntN(4) {
	case 0:
		return object{{"kind", "ConfigMap"}, {"data", at("some.yaml")}}
	case 1:
		return object{{"patches", []any{at("patch")}}}
	case 2:
		return object{{"configs", object{{"a", at("content")}}}}
	}
	return at("value")
}

// text writes a value as YAML or JSON.
func (g *generator) text(value any) string {
	w := newWriter(g.Rand, "")
	o, isObject := value.(object)
	if g.one(4) || isObject && len(o) > 0 && configurations[o[0].key] != nil { // the plugin's own, which is JSON
		w.json(value)
	} else {
		w.yaml(value)
	}
	return w.text.String()
}

// file is a text with a configuration somewhere, or without.
func (g *generator) file(name string) (text string) {
	g.encoded = ""
	g.plugin = pick(g.Rand, []string{"notimplemented", "my-notimplemented-1", "waf"})
	if name == "rules" {
		g.plugin = "waf"
	}
	g.isCamel = g.one(3)
	config := configurations[name]
	var value any = config
	isAlone := name != "rules" && g.one(5)
	if !isAlone {
		value, _ = g.with(g.manifests[g.IntN(len(g.manifests))], "", config)
	}
	depth := g.IntN(4)
	for range depth {
		value = g.around(value)
	}
	text = g.text(value)
	if other := g.text(object{{"other", g.junk()}}); depth > 0 && g.one(4) {
		between := "\n---\n"
		if json.Valid([]byte(text)) && json.Valid([]byte(other)) {
			between = "\n"
		}
		text = other + between + text
	}
	switch {
	case g.one(6) && g.encoded == "" && depth > 0:
		text = strings.ReplaceAll(text, "\n", "\r\n")
	case g.one(6) && depth > 0:
		text = utf16Of(text, binary.LittleEndian)
	}
	return text
}

// place is where a configuration stands in a text that has its first name once, or
// else the base64 that it is in.
func (g *generator) place(text, name string) string {
	text = source.New("", []byte(text)).Text
	if g.encoded != "" {
		name = g.encoded
	}
	start := max(0, strings.Index(text, name))
	quotes := regexp.MustCompile(`[\\"']*$`)
	if name == "implemented_methods" {
		quotes = regexp.MustCompile(`(?:\{(?:\s|\\+n)*[\\"']*|[\\"']*)$`)
	}
	start = quotes.FindStringIndex(text[:start])[0]
	line := strings.Count(text[:start], "\n") + 1
	return fmt.Sprintf("%d:%d", line, utf8.RuneCountInString(text[strings.LastIndexByte(text[:start], '\n')+1:start])+1)
}

// Wherever a configuration stands, it is found there, and nothing else is said.
func TestFoundAnywhere(t *testing.T) {
	g := newGenerator(t, 1)
	write(t, map[string]string{"a/right.json": right, "a/broken.yaml": "a: b: c\n", "a/other.json": `{"simple-git-hooks": {}, "implicitDependencies": []}`})
	for range 300 {
		for _, name := range slices.Sorted(maps.Keys(configurations)) {
			text := g.file(name)
			if err := os.WriteFile("a/file.yaml", []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			place := g.place(text, name)
			want, exit, lines := "", exitFine, 1
			switch name {
			case "implemented_methods":
				want = "a/file.yaml:" + place + ": " + isRight
			case "methd":
				want, exit = "a/file.yaml:"+place+`: error: /methd: unknown key, want one of "implemented_methods", `, exitMistakes
			default:
				lines = 0
			}
			beside := runs("", "check", "a")
			got, _, ok := strings.Cut(beside.stdout, "a/right.json:1:1: "+isRight)
			if beside.exit != exit || !ok || !strings.HasPrefix(got, want) || strings.Count(got, "\n") != lines {
				t.Fatalf("exit code %d, want %d\n%swant\n%s\n%s", beside.exit, exit, beside.stdout, want, text)
			}
			if alone := runs("", "check", "a/file.yaml"); name != "rules" && (alone.exit != exit || alone.stdout != got) || name == "rules" && alone.exit != exitMistakes {
				t.Fatalf("alone: exit code %d\n%swant\n%s\n%s", alone.exit, alone.stdout, got, text)
			}
		}
	}
}
