// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const (
	right   = `{"implemented_methods": ["GET", "OPTIONS"]}`
	isRight = "answers 501 to every method but GET, HEAD, OPTIONS\n"
	wrong   = `{"unimplemented": [{"methd": "PUT"}]}`
	isWrong = `/unimplemented/0/methd: unknown key, want "method"` + "\n"
)

// filterOf is an HTTP filter of Envoy with a plugin of this name, in YAML.
func filterOf(name, configuration string) string {
	return `name: wasm
typed_config:
  "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
  config:
    name: ` + name + `
    vm_config: {code: {local: {filename: build/other.wasm}}}
    configuration:
      "@type": type.googleapis.com/google.protobuf.StringValue
      value: ` + configuration + "\n"
}

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name, stdin string
		want        outcome
	}{
		{"JSON", right, outcome{0, "stdin:1:1: " + isRight, ""}},
		{"JSON, wrong in several places", "{\n\t\"dryrun\": 1,\n\t\"implemented_methods\": [\"ü \", \"get\"]\n}\n", outcome{1, `stdin:2:2: /dryrun: unknown key, want "dry_run"
stdin:3:26: /implemented_methods/0: "ü " is not a method, want one like "GET"
stdin:3:32: /implemented_methods/1: "get" is not GET, methods are case-sensitive, want "GET"
`, ""}},
		{"JSON of no object", `["GET"]`, outcome{1, "stdin:1:1: array, want an object\n", ""}},
		{"JSON with a syntax error", "{\n  \"dry_run\": yes\n}", outcome{1, "stdin:2:14: syntax error at offset 15: invalid character 'y' at start of value\n", ""}},
		{"JSON with a name twice", `{"dry_run": true, "dry_run": true}`, outcome{1, `stdin:1:19: syntax error at offset 18: duplicate object member name "dry_run"` + "\n", ""}},
		{"JSON cut short", "{\n", outcome{1, "stdin:2:1: syntax error at offset 2: unexpected EOF\n", ""}},
		{"nothing", "", outcome{1, `stdin:1:1: no configuration, want "implemented_methods" or "unimplemented"` + "\n", ""}},
		{"JSON that is too large", strings.Repeat(" ", 70000), outcome{1, "stdin:1:1: configuration is 70000 bytes, want at most 64 KiB\n", ""}},

		{"filter", filterOf("notimplemented", "'"+right+"'"), outcome{0, "stdin:9:15: " + isRight, ""}},
		{"filter, wrong", filterOf("notimplemented", "'"+wrong+"'"), outcome{1, "stdin:9:35: " + isWrong, ""}},
		{"filter, cut short", filterOf("notimplemented", `'{"dry_run": true '`), outcome{1, "stdin:9:31: syntax error at offset 17: unexpected EOF\n", ""}},
		{"filter of another name", filterOf("methods", "'"+right+"'"), outcome{0, "stdin:9:15: " + isRight, ""}},
		{"filter by its address", strings.Replace(filterOf("methods", "'{}'"), "other", "notimplemented", 1), outcome{1, `stdin:9:15: nothing is declared, want "implemented_methods", "unimplemented" or "servers"` + "\n", ""}},
		{"filter by its root_id", strings.Replace(filterOf("methods", "'{}'"), "name: methods", "root_id: notimplemented", 1), outcome{1, `stdin:9:15: nothing is declared, want "implemented_methods", "unimplemented" or "servers"` + "\n", ""}},
		{"filter without a configuration", "config: {name: notimplemented, vm_config: {}}", outcome{1, `stdin:1:9: no configuration, want "implemented_methods" or "unimplemented"` + "\n", ""}},
		{"filter with an empty configuration", filterOf("notimplemented", ""), outcome{1, `stdin:9:13: no configuration, want "implemented_methods" or "unimplemented"` + "\n", ""}},
		{"filter with a Struct", "config: {name: notimplemented, vm_config: {}, configuration: {'@type': type.googleapis.com/google.protobuf.Struct, value: {dryrun: yes}}}",
			outcome{1, `stdin:1:72: "type.googleapis.com/google.protobuf.Struct" reaches the plugin as protobuf, not as JSON, want "type.googleapis.com/google.protobuf.StringValue"
stdin:1:124: /dryrun: unknown key, want "dry_run"
`, ""}},
		{"filter with bytes", "config: {name: notimplemented, vm_config: {}, configuration: {'@type': type.googleapis.com/google.protobuf.BytesValue, value: eyJpbXBsZW1lbnRlZF9tZXRob2RzIjogWyJHRVQiLCAiT1BUSU9OUyJdfQ==}}",
			outcome{0, "stdin:1:127: " + isRight, ""}},
		{"filter with bytes that are none", "config: {name: notimplemented, vm_config: {}, configuration: {'@type': type.googleapis.com/google.protobuf.BytesValue, value: '{}'}}",
			outcome{1, "stdin:1:127: no base64: illegal base64 data at input byte 0\nstdin:1:127: no configuration, want \"implemented_methods\" or \"unimplemented\"\n", ""}},
		{"filter with a configuration of no type", "config: {name: notimplemented, vm_config: {}, configuration: {value: '" + right + "'}}",
			outcome{1, `stdin:1:62: no "@type", want "type.googleapis.com/google.protobuf.StringValue"` + "\n", ""}},
		{"another plugin beside", "- " + indent(filterOf("waf", `'{"rules": []}'`)) + "- " + indent(filterOf("notimplemented", "'"+right+"'")),
			outcome{0, "stdin:18:17: " + isRight, `stdin:5:7: wasm plugin "waf" is left out, nothing says that it is notimplemented` + "\n"}},
		{"another plugin that mentions this one", filterOf("waf", `'{"rules": ["notimplemented", "not implemented"]}'`), outcome{1, "stdin:1:1: " + wantConfiguration + "\n",
			`stdin:5:5: wasm plugin "waf" is left out, nothing says that it is notimplemented` + "\n"}},
		{"another plugin alone", filterOf("waf", `'{"rules": []}'`), outcome{1, "stdin:1:1: " + wantConfiguration + "\n",
			`stdin:5:5: wasm plugin "waf" is left out, nothing says that it is notimplemented` + "\n"}},
		{"filter in JSON", `{"name": "notimplemented", "vm_config": {}}`, outcome{1, `stdin:1:1: no configuration, want "implemented_methods" or "unimplemented"` + "\n", ""}},
		{"bootstrap in JSON", `{"staticResources": {"listeners": [{"vmConfig": {}, "rootId": "notimplemented", "configuration": {"@type": "type.googleapis.com/google.protobuf.StringValue", "value": "{\"unimplemented\": [{\"methd\": \"PUT\"}]}"}}]}}`,
			outcome{1, "stdin:1:191: " + isWrong, ""}},
		{"bootstrap in JSON without the plugin", `{"static_resources": {}}`, outcome{1, "stdin:1:1: " + wantConfiguration + "\n", ""}},
		{"two plugins", "- " + indent(filterOf("notimplemented", "'"+right+"'")) + "- " + indent(filterOf("notimplemented", "'"+wrong+"'")),
			outcome{1, "stdin:9:17: " + isRight + "stdin:18:37: " + isWrong, ""}},
		{"EnvoyFilter", `apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
spec:
  configPatches:
    - patch:
        value:
          typed_config:
            "@type": type.googleapis.com/udpa.type.v1.TypedStruct
            value:
              config:
                root_id: notimplemented
                vm_config: {}
                configuration: {"@type": type.googleapis.com/google.protobuf.StringValue, value: '` + wrong + `'}
`, outcome{1, "stdin:13:119: " + isWrong, ""}},

		{"WasmPlugin", `apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: {name: methods}
spec:
  url: oci://registry.example/notimplemented:1
  pluginConfig:
    dry_run: yes
    unimplemented:
    - methd: PUT
    - method: on
`, outcome{1, "stdin:9:7: " + isWrong + `stdin:10:15: /unimplemented/1/method: boolean, want a method like "GET"` + "\n", ""}},
		{"WasmPlugin, right", "kind: WasmPlugin\nspec:\n  pluginConfig:\n    implemented_methods: [GET, OPTIONS]\n    dry_run: on\n",
			outcome{0, "stdin:4:5: dry run: would answer 501 to every method but GET, HEAD, OPTIONS\n", ""}},
		{"WasmPlugin without a configuration", "kind: WasmPlugin\nmetadata: {name: notimplemented}\nspec:\n  phase: AUTHN\n",
			outcome{1, `stdin:4:3: no configuration, want "implemented_methods" or "unimplemented"` + "\n", ""}},
		{"TrafficExtension", "kind: TrafficExtension\nspec:\n  wasm:\n    url: notimplemented\n    pluginConfig: " + wrong + "\n", outcome{1, "stdin:5:39: " + isWrong, ""}},
		{"TrafficExtension of Lua", "kind: TrafficExtension\nmetadata: {name: notimplemented}\nspec: {lua: {inlineCode: ''}}\n", outcome{1, "stdin:1:1: " + wantConfiguration + "\n", ""}},
		{"EnvoyExtensionPolicy", "kind: EnvoyExtensionPolicy\nspec:\n  wasm:\n  - name: waf\n    config: {}\n  - name: notimplemented\n    config: " + wrong + "\n",
			outcome{1, "stdin:7:33: " + isWrong, `stdin:4:5: wasm plugin "waf" is left out, nothing says that it is notimplemented` + "\n"}},
		{"List in JSON", `{"apiVersion": "v1", "kind": "List", "items": [{"kind": "WasmPlugin", "spec": {"pluginConfig": ` + wrong + `}}]}`, outcome{1, "stdin:1:116: " + isWrong, ""}},
		{"several documents", "kind: Service\n---\nkind: WasmPlugin\nspec: {pluginConfig: " + wrong + "}\n---\nkind: WasmPlugin\nspec: {pluginConfig: " + right + "}\n",
			outcome{1, "stdin:4:42: " + isWrong + "stdin:7:22: " + isRight, ""}},
		{"aliases and merges", "base: &base {dryrun: 1, dry_run: 2}\nname: &name pooT\nkind: WasmPlugin\nspec:\n  pluginConfig: {<<: *base, implemented_methods: [*name, OPTIONS], dry_run: true}\n",
			outcome{1, "stdin:1:14: /dryrun: unknown key, want \"dry_run\"\n", ""}},

		{"a key twice", "kind: WasmPlugin\nspec:\n  pluginConfig:\n    dry_run: true\n    dry_run: true\n", outcome{1, `stdin:5:5: no YAML: key "dry_run" stands in line 4 already` + "\n", ""}},
		{"no YAML", "a: b\n c: d: e\n", outcome{1, "stdin:2:3: no YAML: mapping values are not allowed in this context\n", ""}},
		{"no YAML behind the plugin", "kind: WasmPlugin\nspec: {pluginConfig: " + wrong + "}\n---\n]", outcome{1, "stdin:4:1: no YAML: did not find expected node content\nstdin:2:42: " + isWrong, ""}},
		{"an alias inside of itself", "a: &a [*a]", outcome{1, "stdin:1:8: no YAML: anchor 'a' value contains itself\n", ""}},
		{"a value that its tag does not fit", "a: !!int b", outcome{1, "stdin:1:1: no YAML: cannot construct !!str `b` as a !!int\n", ""}},
		{"a key that is no scalar", "? [a]\n: b", outcome{1, "stdin:1:3: no YAML: a key that is no scalar\n", ""}},
		{"no plugin", "kind: Service\n", outcome{1, "stdin:1:1: " + wantConfiguration + "\n", ""}},
		{"empty documents", "---\n---\n", outcome{1, "stdin:1:1: " + wantConfiguration + "\n", ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			expect(t, runs(tt.stdin, "check"), tt.want)
		})
	}
}

func indent(text string) string {
	return strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n  ") + "\n"
}

func TestCheckFiles(t *testing.T) {
	write(t, map[string]string{"right.json": right, "deploy/wrong.yaml": filterOf("notimplemented", "'"+wrong+"'"), "list.json": "7"})
	expect(t, runs("", "check", "right.json"), outcome{0, "right.json:1:1: " + isRight, ""})
	expect(t, runs(wrong, "check", "deploy/wrong.yaml", "list.json", "-", "right.json"), outcome{1,
		"deploy/wrong.yaml:9:35: " + isWrong + "list.json:1:1: number, want an object\nstdin:1:21: " + isWrong + "right.json:1:1: " + isRight, ""})
	expect(t, runs("", "check", "none.json", "deploy/wrong.yaml"), outcome{2,
		"deploy/wrong.yaml:9:35: " + isWrong, "notimplemented: open none.json: no such file or directory\n"})
}

func TestWarnings(t *testing.T) {
	const options = `"OPTIONS" is missing, browsers ask with it before they call from other origins, want it here, or as {"method": "OPTIONS"} in "unimplemented" if that is meant`
	for _, tt := range []struct{ name, config, want string }{
		{"OPTIONS", `{"dry_run": true, "implemented_methods" : ["GET"]}`, "stdin:1:43: warning: /implemented_methods: " + options},
		{"OPTIONS on purpose", `{"implemented_methods": ["GET"], "unimplemented": [{"method": "OPTIONS"}]}`, ""},
		{"OPTIONS for one thing only", `{"implemented_methods": ["GET"], "unimplemented": [{"query": "a", "capability": "c"}]}`, "stdin:1:25: warning: /implemented_methods: " + options},
		{"every method", `{"unimplemented": [{"method": "PUT"}]}`, ""},
		{"a field of every request", `{"unimplemented": [{"header": "range", "capability": "r"}, {"capability": "c", "header": "Accept-Encoding"}]}`,
			`stdin:1:90: warning: /unimplemented/1/header: nearly every request has "Accept-Encoding", want a "value" or a "query" beside it`},
		{"a field of every browser", `{"unimplemented": [{"header": "sec-fetch-mode", "capability": "c"}]}`,
			`stdin:1:31: warning: /unimplemented/0/header: nearly every request has "sec-fetch-mode", want a "value" or a "query" beside it`},
		{"a field to ignore", `{"unimplemented": [{"header": "Prefer", "capability": "c"}]}`,
			`stdin:1:31: warning: /unimplemented/0/header: servers must ignore preferences that they do not know (RFC 7240, section 2), want no entry for "prefer"`},
		{"a value", `{"unimplemented": [{"header": "accept", "value": "text/csv", "capability": "c"}]}`, ""},
		{"a query", `{"unimplemented": [{"header": "cookie", "query": "q", "capability": "c"}]}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := tt.want
			if want != "" {
				want += "\n"
			}
			if got := runs(tt.config, "check"); got.exit != 0 || got.stderr != want {
				t.Errorf("exit code %d, standard error\n%s\nwant 0 and\n%s", got.exit, got.stderr, want)
			}
		})
	}
}

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
			text := "# ü\nname: notimplemented\nvm_config: {}\nconfiguration:\n  '@type': " + stringValue + "\n  value: " + tt.value + "\n"
			source := source{"stdin", text}
			got := runs(text, "check").stdout
			positions := regexp.MustCompile(`(?m)^stdin:(\d+):(\d+): /`).FindAllStringSubmatch(got, -1)
			if len(positions) != len(mistakes) {
				t.Fatalf("%s\n%s\nwant mistakes at %q", text, got, mistakes)
			}
			for i, want := range mistakes {
				line, _ := strconv.Atoi(positions[i][1])
				column, _ := strconv.Atoi(positions[i][2])
				rest := text[source.offset(line, column):]
				isThere := func(text string) bool { return strings.HasPrefix(text, want) }
				// As it is, or with the escapes of either kind of quotes.
				if !isThere(rest) && !isThere(strings.ReplaceAll(rest, "''", "'")) && !isThere(strings.NewReplacer(`\"`, `"`, `\xe4`, "ä").Replace(rest)) {
					t.Errorf("%s\n%s\nmistake %d is at %.20q, want %q", text, got, i, rest, want)
				}
			}
		})
	}
}

// Envoy takes what check takes.
func TestEnvoyAgrees(t *testing.T) {
	envoy, plugin := os.Getenv("ENVOY"), os.Getenv("PLUGIN")
	if envoy == "" || plugin == "" {
		t.Skip(`ENVOY or PLUGIN is unset; "make test" gets both and sets them`)
	}
	bootstrap, err := os.ReadFile("../../envoy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	start := strings.Index(string(bootstrap), `          "@type": type.googleapis.com/google.protobuf.StringValue`)
	end := strings.Index(string(bootstrap), "                  - name: envoy.filters.http.router")
	for i, tt := range []struct{ name, kind, value string }{
		{"string", "StringValue", "'" + right + "'"},
		{"string, wrong", "StringValue", "'" + wrong + "'"},
		{"struct", "Struct", right},
		{"bytes", "BytesValue", "eyJpbXBsZW1lbnRlZF9tZXRob2RzIjogWyJHRVQiLCAiT1BUSU9OUyJdfQ=="},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := string(bootstrap[:start]) + `          "@type": type.googleapis.com/google.protobuf.` + tt.kind + "\n" +
				strings.Repeat(" ", 26) + "value: " + tt.value + "\n" + string(bootstrap[end:])
			file := filepath.Join(t.TempDir(), fmt.Sprintf("%d.yaml", i))
			if err := os.WriteFile(file, []byte(strings.ReplaceAll(text, "build/plugin.wasm", plugin)), 0o644); err != nil {
				t.Fatal(err)
			}
			output, err := exec.Command(envoy, "--mode", "validate", "-c", file).CombinedOutput()
			got := runs("", "check", file)
			if (got.exit == 0) != (err == nil) {
				t.Errorf("check: %d\n%s\nEnvoy: %v\n%s", got.exit, got.stdout, err, output)
			}
		})
	}
}
