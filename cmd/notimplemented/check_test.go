// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

const (
	right   = `{"implemented_methods": ["GET", "OPTIONS"]}`
	isRight = "note: answers 501 to every method but GET, HEAD, OPTIONS\n"
	wrong   = `{"unimplemented": [{"methd": "PUT"}]}`
	wasm    = "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm"
	isWrong = `error: /unimplemented/0/methd: unknown key, want "method"` + "\n"
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
		{"JSON, wrong in several places", "{\n\t\"dryrun\": 1,\n\t\"implemented_methods\": [\"ü \", \"get\"]\n}\n", outcome{1, `stdin:2:2: error: /dryrun: unknown key, want "dry_run"
stdin:3:26: error: /implemented_methods/0: "ü " is not a method, want one like "GET"
stdin:3:32: error: /implemented_methods/1: "get" is not GET, methods are case-sensitive, want "GET"
`, ""}},
		{"JSON of no object", `["GET"]`, outcome{1, "stdin:1:1: error: array, want an object\n", ""}},
		{"JSON with a syntax error", "{\n  \"dry_run\": yes\n}", outcome{1, "stdin:2:14: error: syntax error at offset 15: invalid character 'y' at start of value\n", ""}},
		{"JSON with a name twice", `{"dry_run": true, "dry_run": true}`, outcome{1, `stdin:1:19: error: syntax error at offset 18: duplicate object member name "dry_run"` + "\n", ""}},
		{"JSON cut short", "{\n", outcome{1, "stdin:2:1: error: syntax error at offset 2: unexpected EOF\n", ""}},
		{"JSON with a byte order mark", "\ufeff" + right, outcome{1, "stdin:1:1: error: UTF-8 with a byte order mark, want UTF-8 without a byte order mark\n", ""}},
		{"JSON in UTF-16", utf16Of(right, binary.LittleEndian), outcome{1, "stdin:1:1: error: UTF-16, want UTF-8 without a byte order mark\n", ""}},
		{"JSON in Latin-1", "{\"\xe9\": 1}", outcome{1, "stdin:1:3: error: syntax error at offset 2: invalid UTF-8\n", ""}},
		{"WasmPlugin in Latin-1", "kind: WasmPlugin # caf\xe9\nspec: {pluginConfig: " + wrong + "}\n", outcome{1, "stdin:1:23: error: not valid UTF-8, want UTF-8\n", ""}},
		{"nothing", "", outcome{1, `stdin:1:1: error: no configuration, want "implemented_methods" or "unimplemented"` + "\n", ""}},
		{"JSON that is too large", strings.Repeat(" ", 70000), outcome{1, "stdin:1:1: error: configuration is 70000 bytes, want at most 64 KiB\n", ""}},

		{"filter, cut short", filterOf("notimplemented", `'{"dry_run": true '`), outcome{1, "stdin:9:31: error: syntax error at offset 17: unexpected EOF\n", ""}},
		{"filter by its address", strings.Replace(filterOf("methods", "'{}'"), "other", "notimplemented", 1), outcome{1, `stdin:9:15: error: nothing is declared, want "implemented_methods", "unimplemented" or "servers"` + "\n", ""}},
		{"filter by its root_id", strings.Replace(filterOf("methods", "'{}'"), "name: methods", "root_id: notimplemented", 1), outcome{1, `stdin:9:15: error: nothing is declared, want "implemented_methods", "unimplemented" or "servers"` + "\n", ""}},
		{"filter without a configuration", "config: {name: notimplemented, vm_config: {code: {local: {filename: a}}}}", outcome{1, `stdin:1:9: error: no configuration, want "implemented_methods" or "unimplemented"` + "\n", ""}},
		{"filter with an empty configuration", filterOf("notimplemented", ""), outcome{1, `stdin:8:7: error: no configuration, want "implemented_methods" or "unimplemented"` + "\n", ""}},
		{"filter with a Struct", "config: {name: notimplemented, vm_config: {code: {local: {filename: a}}}, configuration: {'@type': type.googleapis.com/google.protobuf.Struct, value: {dryrun: yes}}}",
			outcome{1, `stdin:1:100: error: "type.googleapis.com/google.protobuf.Struct" reaches the plugin as protobuf, not as JSON, want "type.googleapis.com/google.protobuf.StringValue"
`, ""}},
		{"filter with bytes", "config: {name: notimplemented, vm_config: {code: {local: {filename: a}}}, configuration: {'@type': type.googleapis.com/google.protobuf.BytesValue, value: eyJpbXBsZW1lbnRlZF9tZXRob2RzIjogWyJHRVQiLCAiT1BUSU9OUyJdfQ==}}",
			outcome{0, "stdin:1:155: " + isRight, ""}},
		{"filter with bytes that are none", "config: {name: notimplemented, vm_config: {code: {local: {filename: a}}}, configuration: {'@type': type.googleapis.com/google.protobuf.BytesValue, value: '{}'}}",
			outcome{1, "stdin:1:155: error: not base64: illegal base64 data at input byte 0\n", ""}},
		{"filter with a configuration of no type", "config: {name: notimplemented, vm_config: {code: {local: {filename: a}}}, configuration: {value: '" + right + "'}}",
			outcome{1, `stdin:1:90: error: no "@type", want "type.googleapis.com/google.protobuf.StringValue"` + "\n", ""}},
		{"another plugin beside", "- " + indent(filterOf("waf", `'{"rules": []}'`)) + "- " + indent(filterOf("notimplemented", "'"+right+"'")),
			outcome{0, "stdin:5:7: note: wasm plugin \"waf\" is skipped, nothing identifies it as notimplemented\nstdin:18:17: " + isRight, ""}},
		{"another plugin that mentions this one", filterOf("waf", `'{"rules": ["notimplemented", "not implemented"]}'`), outcome{1, "stdin:1:1: error: none of the wasm plugins is notimplemented, want \"-plugin NAME\" if one is\nstdin:5:5: note: wasm plugin \"waf\" is skipped, nothing identifies it as notimplemented\n", ""}},
		{"another plugin alone", filterOf("waf", `'{"rules": []}'`), outcome{1, "stdin:1:1: error: none of the wasm plugins is notimplemented, want \"-plugin NAME\" if one is\nstdin:5:5: note: wasm plugin \"waf\" is skipped, nothing identifies it as notimplemented\n", ""}},
		{"filter in JSON", `{"name": "notimplemented", "vm_config": {"code": {"local": {"filename": "a"}}}}`, outcome{1, `stdin:1:1: error: no configuration, want "implemented_methods" or "unimplemented"` + "\n", ""}},
		{"bootstrap in JSON without the plugin", `{"static_resources": {}}`, outcome{1, "stdin:1:1: error: an Envoy configuration without this plugin\n", ""}},
		{"two plugins", "- " + indent(filterOf("notimplemented", "'"+right+"'")) + "- " + indent(filterOf("notimplemented", "'"+wrong+"'")),
			outcome{1, "stdin:9:17: " + isRight + "stdin:18:37: " + isWrong, ""}},

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
`, outcome{1, "stdin:9:7: " + isWrong + `stdin:10:15: error: /unimplemented/1/method: boolean, want a method like "GET"` + "\n", ""}},
		{"WasmPlugin, right", "kind: WasmPlugin\nspec:\n  pluginConfig:\n    implemented_methods: [GET, OPTIONS]\n    dry_run: on\n",
			outcome{0, "stdin:4:5: note: dry run: would answer 501 to every method but GET, HEAD, OPTIONS\n", ""}},
		{"WasmPlugin without a configuration", "kind: WasmPlugin\nmetadata: {name: notimplemented}\nspec:\n  url: a\n",
			outcome{1, `stdin:4:3: error: no "pluginConfig", want the configuration in it` + "\n", ""}},
		{"WasmPlugin with an empty configuration", "kind: WasmPlugin\nmetadata: {name: notimplemented}\nspec:\n  pluginConfig:\n  url: a\n",
			outcome{1, `stdin:4:16: error: no configuration, want "implemented_methods" or "unimplemented"` + "\n", ""}},
		{"EnvoyExtensionPolicy with Istio's key", "kind: EnvoyExtensionPolicy\nspec:\n  wasm:\n  - name: notimplemented\n    code: {http: {url: a}}\n    pluginConfig: " + right + "\n",
			outcome{1, `stdin:4:5: error: no "config", want the configuration in it` + "\n", ""}},
		{"TrafficExtension", "kind: TrafficExtension\nspec:\n  wasm:\n    url: notimplemented\n    pluginConfig: " + wrong + "\n", outcome{1, "stdin:5:39: " + isWrong, ""}},
		{"TrafficExtension with the keys of a WasmPlugin", "kind: TrafficExtension\nspec: {url: notimplemented, pluginConfig: " + right + "}\n", outcome{1, "stdin:1:1: error: TrafficExtension without this plugin\n", ""}},
		{"TrafficExtension of Lua", "kind: TrafficExtension\nmetadata: {name: notimplemented}\nspec: {lua: {inlineCode: ''}}\n", outcome{1, "stdin:1:1: error: TrafficExtension without this plugin\n", ""}},
		{"EnvoyExtensionPolicy", "kind: EnvoyExtensionPolicy\nspec:\n  wasm:\n  - name: waf\n    config: {}\n  - name: notimplemented\n    config: " + wrong + "\n",
			outcome{1, "stdin:4:5: note: wasm plugin \"waf\" is skipped, nothing identifies it as notimplemented\nstdin:7:33: " + isWrong, ""}},
		{"aliases and merges", "base: &base {dryrun: 1, dry_run: 2}\nname: &name pooT\nkind: WasmPlugin\nspec:\n  pluginConfig: {<<: *base, implemented_methods: [*name, OPTIONS], dry_run: true}\n",
			outcome{1, "stdin:1:14: error: /dryrun: unknown key, want \"dry_run\"\n", ""}},

		{"an alias of the plugin", "- name: a\n  typed_config: &wasm {config: &config {vm_config: {code: {local: {filename: a}}}, configuration: {'@type': a/google.protobuf.StringValue, value: '" + right + "'}}, '@type': " + wasm + "}\n- {name: notimplemented, typed_config: *wasm}\n- {name: b, typed_config: {config: *config, '@type': " + wasm + "}}\n",
			outcome{0, "stdin:2:148: " + isRight, ""}},

		{"aliases of aliases", "a: &a [x, x]\n" + bomb() + "vm: {name: notimplemented, vm_config: {code: {local: {filename: a}}}}\n", outcome{1, "stdin:32:5: error: no configuration, want \"implemented_methods\" or \"unimplemented\"\n", ""}},
		{"aliases of aliases in the configuration", "kind: WasmPlugin\na: &a [x, x]\n" + bomb() + "spec: {url: notimplemented, pluginConfig: {a: *aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}}\n", outcome{1, "stdin:1:1: error: not valid YAML: document contains excessive aliasing\n", ""}},
		{"aliases of aliases in Kubernetes", "kind: ConfigMap\ndata:\n  a: &a [x, x]\n" + "  " + strings.ReplaceAll(strings.TrimSpace(bomb()), "\n", "\n  ") + "\n", outcome{1, "stdin:1:1: error: ConfigMap without this plugin\n", ""}},

		{"a key twice", "kind: WasmPlugin\nspec:\n  pluginConfig:\n    implemented_methods: [OPTIONS]\n    yes: 1\n    true: 1\n",
			outcome{1, "stdin:6:5: error: duplicate key \"true\", first on line 5\n" + `stdin:6:5: error: /true: unknown key, want one of "implemented_methods", "unimplemented", "format", "problem_type", "response_headers", "dry_run", "servers", "$schema"` + "\n", ""}},
		{"not valid YAML", "a: b\n c: d: e\n", outcome{1, "stdin:2:3: error: not valid YAML: mapping values are not allowed in this context\n", ""}},
		{"not valid YAML behind the plugin", "kind: WasmPlugin\nspec: {pluginConfig: " + wrong + "}\n---\n]", outcome{1, "stdin:2:42: " + isWrong + "stdin:4:1: error: not valid YAML: did not find expected node content\n", ""}},
		{"an alias inside of itself", "a: &a [*a]", outcome{1, "stdin:1:8: error: not valid YAML: anchor 'a' value contains itself\n", ""}},
		{"a value that its tag does not fit", "kind: WasmPlugin\nmetadata: {name: notimplemented}\nspec: {pluginConfig: {dry_run: !!bool b}}", outcome{1, "stdin:1:1: error: not valid YAML: cannot decode !!str `b` as a !!bool\n", ""}},
		{"a line of a tab alone", "kind: WasmPlugin\nspec: {pluginConfig: {implemented_methods: [OPTIONS]}}\n\t\n", outcome{1, "stdin:1:1: error: not valid YAML: line 3: found character that cannot start any token\n", ""}},
		{"a key that is no scalar", "kind: WasmPlugin\nmetadata: {name: notimplemented}\nspec: {pluginConfig: {implemented_methods: [OPTIONS]}}\n? [a]\n: b", outcome{1, "stdin:4:3: error: not valid YAML: a key that is not a scalar, want quotes around text with braces\n", ""}},
		{"an alias of a key", "kind: WasmPlugin\nmetadata: &m {name: &dry dry_run}\nspec: {pluginConfig: {implemented_methods: [OPTIONS], *dry : 1}}", outcome{1, "stdin:3:62: error: /dry_run: number, want true or false\n", ""}},
		{"an alias of a key twice", "kind: WasmPlugin\nmetadata: &m {name: &dry dry_run}\nspec:\n  pluginConfig:\n    implemented_methods: [OPTIONS]\n    *dry : true\n    dry_run: true\n",
			outcome{1, "stdin:5:5: note: dry run: would answer 501 to every method but GET, HEAD, OPTIONS\nstdin:7:5: error: duplicate key \"dry_run\", first on line 6\n", ""}},
		{"braces without quotes", "kind: WasmPlugin\nspec:\n  pluginConfig:\n    format: {content_type: text/plain, body: {message}{instead}}\n", outcome{1, "stdin:4:55: error: not valid YAML: did not find expected ',' or '}', want quotes around text with braces\n", ""}},
		{"a key that is null", "kind: WasmPlugin\nmetadata: {name: notimplemented}\nspec: {pluginConfig: {implemented_methods: [OPTIONS], ~: 1}}", outcome{1, "stdin:3:55: error: not valid YAML: a key that is null, want a name\n", ""}},
		{"braces in braces without quotes", "kind: WasmPlugin\nspec:\n  pluginConfig:\n    unimplemented: []\n    format: {content_type: text/plain, body: {{message}}}\n", outcome{1, "stdin:5:47: error: not valid YAML: a key that is not a scalar, want quotes around text with braces\n", ""}},
		{"servers in YAML", "servers:\n- hosts: [a.example.com]\n", outcome{1, "stdin:1:1: error: the plugin's configuration in YAML, want JSON, or YAML inside a resource of Istio or Envoy Gateway\n", ""}},
		{"no plugin", "kind: Service\n", outcome{1, "stdin:1:1: error: Service without this plugin\n", ""}},
		{"empty documents", "---\n---\n", outcome{1, "stdin:1:1: error: no plugin configuration, want its JSON, or a file for Envoy, Istio or Envoy Gateway\n", ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			expect(t, runs(tt.stdin, "check"), tt.want)
		})
	}
}

// bomb is YAML that is small until somebody follows its aliases.
func bomb() string {
	var b strings.Builder
	name := "a"
	for range 30 {
		fmt.Fprintf(&b, "%[1]sa: &%[1]sa [*%[1]s, *%[1]s]\n", name)
		name += "a"
	}
	return b.String()
}

func indent(text string) string {
	return strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n  ") + "\n"
}

func TestCheckFiles(t *testing.T) {
	write(t, map[string]string{"right.json": right, "deploy/wrong.yaml": filterOf("notimplemented", "'"+wrong+"'"), "list.json": "7"})
	expect(t, runs("", "check", "right.json"), outcome{0, "right.json:1:1: " + isRight, ""})
	expect(t, runs(wrong, "check", "deploy/wrong.yaml", "list.json", "-", "right.json"), outcome{1,
		"deploy/wrong.yaml:9:35: " + isWrong + "list.json:1:1: note: no plugin configuration, want its JSON, or a file for Envoy, Istio or Envoy Gateway\nstdin:1:21: " + isWrong + "right.json:1:1: " + isRight, ""})
	expect(t, runs("", "check", "none.json", "deploy/wrong.yaml"), outcome{2,
		"none.json:1:1: error: cannot be read: no such file or directory\ndeploy/wrong.yaml:9:35: " + isWrong, ""})
}

// A body that is YAML in a manifest, whose members come out sorted.
const body = `      content_type: application/json
      body: &body
        zeta: "{message}{instead}"
        code: 0x1F5
        ratio: 1.50
        large: 12345678901234567890
        on: [~, "", {}, 1e21, '{alternatives}']
        "about": >-
          a
          {name}
`

// manifests have one configuration, with what stands below its format.
func manifests(format string) map[string]string {
	config := "    implemented_methods: [GET, OPTIONS]\n    format:\n" + format
	return map[string]string{
		"WasmPlugin":           "kind: WasmPlugin\nspec:\n  pluginName: notimplemented\n  pluginConfig:\n" + config,
		"TrafficExtension":     "kind: TrafficExtension\nspec:\n wasm:\n  pluginConfig:\n" + config,
		"EnvoyExtensionPolicy": "kind: EnvoyExtensionPolicy\nspec:\n wasm:\n - config:\n" + config,
	}
}

// What is wrong with a body is said where it stands in the manifest.
func TestCheckBody(t *testing.T) {
	const want = "want {message}, {instead}, {name}, {kind} or {alternatives}, and {{ or }} for braces\n"
	for _, tt := range []struct{ name, old, new, mistake, want string }{
		{"right", "", "", "", ""},
		{"a placeholder without quotes", `"{message}{instead}"`, "{message}", "{message}", "/zeta: an unquoted placeholder, want quotes around it\n"},
		{"a placeholder without quotes in a list", "{},", "{name},", "{name},", "/true/2: an unquoted placeholder, want quotes around it\n"},
		{"a placeholder without quotes as an item", "[~, \"\", {}, 1e21, '{alternatives}']", "\n        - a\n        - {kind}", "{kind}\n", "/true/1: an unquoted placeholder, want quotes around it\n"},
		{"a word that is none", "{instead}", "{insted}", `"{message}{insted}"`, `/zeta: "{insted}" is no placeholder, ` + want},
		{"a word that is none in a folded string", "{name}", "{nam}", ">-", `/about: "{nam}" is no placeholder, ` + want},
		{"a brace alone", "'{alternatives}'", "'}'", "'}'", `/true/4: "}" is unmatched, ` + want},
		{"a placeholder in a name", `"about"`, "'{name}'", "'{name}'", "/{name}: {name} in the name of a member, want it in a value\n"},
		{"in an alias", "ratio: 1.50", "ratio: &r {a: {message}}\n        copy: *r", "{message}}", "/copy/a: an unquoted placeholder, want quotes around it\n"},
		{"in a merged member", "ratio: 1.50", "<<: {merged: {message}}", "{message}}", "/merged: an unquoted placeholder, want quotes around it\n"},
	} {
		for kind, text := range manifests(strings.Replace(body, tt.old, tt.new, 1)) {
			t.Run(tt.name+"/"+kind, func(t *testing.T) {
				got := runs(text, "check").stdout
				if tt.want == "" {
					if !strings.HasSuffix(got, ": "+isRight) || strings.Count(got, "\n") != 1 {
						t.Errorf("%s\n%s", text, got)
					}
					return
				}
				start := strings.Index(text, tt.mistake)
				line := 1 + strings.Count(text[:start], "\n")
				column := start - strings.LastIndexByte(text[:start], '\n')
				if want := fmt.Sprintf("stdin:%d:%d: error: /format/body%s", line, column, tt.want); !strings.HasPrefix(got, want) {
					t.Errorf("%s\n%s\nwant first\n%s", text, got, want)
				}
			})
		}
	}
	xml := manifests("      content_type: application/xml\n      body: |\n        <Error>{mesage}</Error>\n")["WasmPlugin"]
	expect(t, runs(xml, "check"), outcome{1, `stdin:8:13: error: /format/body: "{mesage}" is no placeholder, ` + want, ""})
}

// Which of the plugins in a file is this one.
func TestWhichPlugin(t *testing.T) {
	const (
		empty  = `stdin:%s: error: nothing is declared, want "implemented_methods", "unimplemented" or "servers"` + "\n"
		passed = `stdin:%s: note: wasm plugin %s is skipped, nothing identifies it as notimplemented` + "\n"
		none   = `stdin:1:1: error: none of the wasm plugins is notimplemented, want "-plugin NAME" if one is` + "\n"
	)
	for _, tt := range []struct{ name, stdin, want string }{
		{"plugin name", filterOf("my-notimplemented-1", "'{}'"), fmt.Sprintf(empty, "9:15")},
		{"name of the HTTP filter", strings.Replace(filterOf("methods", "'{}'"), "name: wasm", "name: notimplemented", 1), fmt.Sprintf(empty, "9:15")},
		{"name of the extension", "typed_extension_config: {name: notimplemented, typed_config: {config: {vm_config: {code: {local: {filename: a}}}, configuration: {'@type': a/google.protobuf.StringValue, value: '{}'}}}}", fmt.Sprintf(empty, "1:179")},
		{"file from elsewhere", "config: {vm_config: {code: {remote: {sha256: a, http_uri: {uri: 'https://a/b/notimplemented.wasm?c', cluster: a, timeout: 1s}}}}, configuration: {'@type': a/google.protobuf.StringValue, value: '{}'}}", fmt.Sprintf(empty, "1:195")},
		{"folder of the file", strings.Replace(filterOf("methods", "'{}'"), "build/other", "notimplemented/other", 1), none + fmt.Sprintf(passed, "5:5", `"methods"`)},
		{"base name of the image", "kind: WasmPlugin\nspec: {url: 'oci://a/notimplemented@sha256:b', pluginConfig: {}}", fmt.Sprintf(empty, "2:62")},
		{"name of the resource", "kind: EnvoyExtensionPolicy\nmetadata: {name: notimplemented}\nspec: {wasm: [{code: {image: {url: a}}, config: {}}]}", fmt.Sprintf(empty, "3:49")},
		{"name of the resource, but another is nearer", "kind: EnvoyExtensionPolicy\nmetadata: {name: notimplemented}\nspec: {wasm: [{config: {}}, {name: notimplemented, code: {http: {url: a}}, config: {}}]}",
			"stdin:3:15: note: wasm plugin \"notimplemented\" is skipped, another in this resource is notimplemented\n" + fmt.Sprintf(empty, "3:84")},
		{"root ID", "kind: EnvoyExtensionPolicy\nspec: {wasm: [{rootID: notimplemented, code: {http: {url: a}}, config: {}}]}", fmt.Sprintf(empty, "2:72")},
		{"servers", filterOf("methods", `'{"servers": 1}'`), `stdin:9:27: error: /servers: `},
		{"member of an object", filterOf("methods", "{unimplemented: []}"), "stdin:9:14: error: object, want a string with the JSON in it, like \"value: |\" and the JSON below\n"},
		{"label", "kind: WasmPlugin\nmetadata: {name: waf, labels: {app: notimplemented-demo}}\nspec: {pluginConfig: {}}", none + fmt.Sprintf(passed, "3:7", `"waf"`)},
		{"value in its configuration", filterOf("retries", `'{"retry_on": ["unimplemented"], "a": {"unimplemented": 1}}'`), none + fmt.Sprintf(passed, "5:5", `"retries"`)},
		{"no name at all", "vm_config: {}", fmt.Sprintf(passed, "1:1", "without a name") + none},
		{"EnvoyFilter that merges", `kind: EnvoyFilter
spec:
  configPatches:
  - match: {listener: {filterChain: {filter: {subFilter: {name: notimplemented}}}}}
    patch:
      operation: MERGE
      value:
        typed_config:
          '@type': type.googleapis.com/udpa.type.v1.TypedStruct
          type_url: type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
          value: {config: {configuration: {'@type': a/google.protobuf.StringValue, value: '{}'}}}
`, fmt.Sprintf(empty, "11:92")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := runs(tt.stdin, "check"); got.exit != 1 || !strings.HasPrefix(got.stdout, tt.want) {
				t.Errorf("exit code %d, standard output\n%s\nwant 1 and\n%s", got.exit, got.stdout, tt.want)
			}
		})
	}
}

func TestPluginByName(t *testing.T) {
	two := "- " + indent(filterOf("methods", "'"+right+"'")) + "- " + indent(filterOf("notimplemented", "'"+wrong+"'"))
	expect(t, runs(two, "check", "-plugin", "methods"), outcome{0, "stdin:9:17: " + isRight + `stdin:14:7: note: wasm plugin "notimplemented" is skipped, it is not "methods"` + "\n", ""})
	expect(t, runs(right, "check", "-plugin", "methods"), outcome{0, "stdin:1:1: " + isRight, ""})
}

// YAML in YAML, whose positions are those in the file.
func TestNested(t *testing.T) {
	message := "vm_config: {code: {local: {filename: a}}}\nconfiguration: {'@type': a/google.protobuf.StringValue, value: '" + wrong + "'}\n"
	for _, tt := range []struct {
		name, stdin string
		want        outcome
	}{
		{"ConfigMap", "kind: ConfigMap\ndata:\n  run.sh: |\n    echo 'unimplemented: {'\n  envoy.yaml: |\n    " + strings.ReplaceAll(message, "\n", "\n    ") + "\n",
			outcome{1, "stdin:7:89: " + isWrong, ""}},
		{"ConfigMap with a file of somebody else", "kind: ConfigMap\ndata: {a.json: '{ // broken'}\n", outcome{1, "stdin:1:1: error: ConfigMap without this plugin\n", ""}},
		{"ConfigMap with broken YAML", "kind: ConfigMap\ndata:\n  envoy.yaml: |\n    name: notimplemented\n    vm_config: {\n", outcome{1, "stdin:5:17: error: not valid YAML: did not find expected node content\n", ""}},
		{"ConfigMap with YAML that Envoy refuses", "kind: ConfigMap\ndata:\n  envoy.json: |\n    " + strings.ReplaceAll(strings.ReplaceAll(message, wrong, right), "\n", "\n    ") + "\n",
			outcome{1, "stdin:4:5: error: not JSON, which Envoy expects in a file of this name, want .yaml\nstdin:5:69: " + isRight, ""}},
		{"kustomize, a part", "kind: Kustomization\npatchesStrategicMerge:\n- |\n  kind: WasmPlugin\n  metadata: {name: notimplemented}\n  spec: {pluginConfig: {dry_run: true}}\n",
			outcome{0, `stdin:6:24: note: part of a configuration, want the output of "kustomize build"` + "\n", ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			expect(t, runs(tt.stdin, "check"), tt.want)
		})
	}
}

// A patch is what it makes of something else, and others' manifests are not the
// plugin's.
func TestPatchesAndOthers(t *testing.T) {
	message := `{'@type': a/google.protobuf.StringValue, value: '` + wrong + `'}`
	const merge = "kind: EnvoyFilter\nspec: {configPatches: [{match: {}, patch: {value: {typed_config: {'@type': " + wasm + ", config: {%s, vm_config: {code: {local: {filename: a}}}, configuration: {'@type': a/google.protobuf.StringValue, value: '" + right + "'}}}}}}]}\n"
	for _, tt := range []struct {
		name, stdin string
		want        outcome
	}{
		{"JSON 6902", "- {op: add, path: /spec/pluginConfig, value: " + wrong + "}\n", outcome{1, "stdin:1:66: " + isWrong, ""}},
		{"JSON 6902 below the configuration", "target: {name: notimplemented}\npatch: |\n  - {op: add, path: /spec/pluginConfig/unimplemented/-, value: {methd: PUT}}\n", outcome{1, "stdin:3:65: " + isWrong, ""}},
		{"JSON 6902 of a part", "target: {name: notimplemented}\npatch: |\n  - {op: add, path: /spec/pluginConfig/dry_run, value: true}\n",
			outcome{0, `stdin:3:56: note: part of a configuration, want the output of "kustomize build"` + "\n", ""}},
		{"EnvoyPatchPolicy with a value", "kind: EnvoyPatchPolicy\nspec: {jsonPatches: [{operation: {op: replace, path: /typed_config/config/configuration, value: " + message + "}}]}\n", outcome{1, "stdin:2:166: " + isWrong, ""}},
		{"an unknown field behind Kubernetes", fmt.Sprintf(merge, "root_idd: a"), outcome{0, `stdin:2:149: warning: unknown key "root_idd" in Envoy's message, want "root_id"
stdin:2:269: ` + isRight, ""}},
		{"extra objects without a configuration", "a: {kind: WasmPlugin, metadata: {name: notimplemented}, spec: {url: a, pluginConfig: {}}}\n",
			outcome{1, `stdin:1:86: error: nothing is declared, want "implemented_methods", "unimplemented" or "servers"` + "\n", ""}},
		{"Higress", "apiVersion: extensions.higress.io/v1alpha1\nkind: WasmPlugin\nspec: {url: notimplemented, defaultConfig: {unimplemented: 1}}\n",
			outcome{1, "stdin:1:1: error: WasmPlugin of Higress (extensions.higress.io), want one of Istio\n", ""}},
		{"a template of envsubst", "kind: WasmPlugin\nspec: {url: a, pluginConfig: {implemented_methods: '${METHODS}'}}\n", outcome{1, `stdin:1:1: error: a template for envsubst, want the output of "envsubst"` + "\n", ""}},
		{"a placeholder behind a dollar", `{"unimplemented": [{"method": "PUT"}], "format": {"content_type": "text/plain", "body": "$ ${message}"}}`, outcome{0, "stdin:1:1: note: answers 501 to PUT\n", ""}},
		{"a second document that Envoy never loads", "admin: {}\n---\nstatic_resources: {a: {name: notimplemented, vm_config: {}}}\n",
			outcome{1, "stdin:1:1: error: no plugin configuration, want its JSON, or a file for Envoy, Istio or Envoy Gateway\nstdin:2:1: note: Envoy reads only the first document of a file\n", ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			expect(t, runs(tt.stdin, "check"), tt.want)
		})
	}
	write(t, map[string]string{
		"servers.json": `{"servers": [{"hosts": ["a"], "implemented_methods": ["GET", "OPTIONS"]}]}`, "gateway.yaml": "kind: Gateway\nspec: {servers: [{hosts: ['*']}]}\n",
		"template.jinja.yaml": "{% if simple: %}\nsimple: {{ x }}\n", "nx.json": `{"implicitDependencies": ["a"], "unimpl": [], "implemented": true}`,
		"near.json": `{"unimplemnted": []}`, "gone.yaml": "a: [b\n",
	})
	expect(t, runs("", "check", "."), outcome{1, `near.json:1:2: error: /unimplemnted: unknown key, want "unimplemented"
servers.json:1:1: note: answers 501 for a: every method but GET, HEAD, OPTIONS
`, ""})
}

// What is no configuration is called by its name.
func TestOthers(t *testing.T) {
	files := map[string]string{
		"a.yaml":               "spec:\n  pluginConfig: {{ .Values.notimplemented | toJson }}\n",
		"b.yaml":               "{{- if .Values.enabled }}\na: b\n{{- end }}\n",
		"c.yaml":               "swagger: '2.0'\n",
		"d.json":               `{"configs": [{"@type": "type.googleapis.com/envoy.admin.v3.ListenersConfigDump", "dynamic_listeners": [{"vm_config": {"code": {"local": {"filename": "a"}}}}]}]}`,
		"e.yaml":               "implemented_methods: [GET]\n",
		"f.json":               `{"$schema": "https://json-schema.org/draft/2020-12/schema", "properties": {"implemented_methods": {}}}`,
		"g.json":               `{"name": "package", "description": "is not implemented: yet"}`,
		"h.yml":                "kind: Service\n",
		"i.yaml":               "a: b: c\n",
		"j/k.json":             right,
		"j/l.json":             `{"implmented_methods": ["GET"]}`,
		"j/m.txt":              wrong,
		"j/.hidden/wrong.json": wrong,
	}
	write(t, files)
	const others = `a.yaml:1:1: note: a Helm template, want the output of "helm template"
e.yaml:1:1: note: the plugin's configuration in YAML, want JSON, or YAML inside a resource of Istio or Envoy Gateway
j/k.json:1:1: ` + isRight + `j/l.json:1:2: error: /implmented_methods: unknown key, want "implemented_methods"
`
	const named = `b.yaml:1:1: note: a Helm template, want the output of "helm template"
c.yaml:1:1: note: a Swagger document, which "notimplemented from-openapi" reads
d.json:1:1: note: a config_dump, want the configuration that Envoy reads
f.json:1:1: note: a JSON schema
g.json:1:1: note: no plugin configuration, want its JSON, or a file for Envoy, Istio or Envoy Gateway
h.yml:1:1: note: Service without this plugin
i.yaml:1:5: note: not valid YAML: mapping values are not allowed in this context
`
	expect(t, runs("", "check", "."), outcome{1, others, ""})
	expect(t, runs("", "check", "b.yaml", "c.yaml", "d.json", "f.json", "g.json", "h.yml", "i.yaml", "j/k.json"), outcome{0, named + "j/k.json:1:1: " + isRight, ""})
	expect(t, runs("", "check", "-output", "github", "b.yaml", "c.yaml", "j/k.json"), outcome{0, "::notice file=j/k.json,line=1,col=1::" + strings.TrimPrefix(isRight, "note: "), ""})
	t.Run("alone", func(t *testing.T) {
		for line := range strings.Lines(others + named) {
			name, message, isNote := strings.Cut(line, ":1:1: note: ")
			if !isNote || strings.HasPrefix(name, "j/") || name == "g.json" {
				continue // g.json alone is taken for a plugin's
			}
			expect(t, runs("", "check", name), outcome{1, name + ":1:1: error: " + message, ""})
		}
	})
	expect(t, runs("", "check", "c.yaml", "h.yml"), outcome{1, `c.yaml:1:1: error: a Swagger document, which "notimplemented from-openapi" reads
h.yml:1:1: error: Service without this plugin
`, ""})
}

// However a file is reached, it is read once, and a folder that is a link is one.
func TestLinks(t *testing.T) {
	write(t, map[string]string{"real/right.json": right, "deploy/a.YAML": "kind: WasmPlugin\nspec: {pluginConfig: " + wrong + "}\n", "deploy/b.txt": ""})
	for link, target := range map[string]string{
		"deploy/folder": "../real", "deploy/again.json": "../real/right.json", "deploy/loop": "..", "deploy/nothing.yaml": "none", "deploy/none": "missing", "linked": "deploy",
	} {
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
	}
	const found = "linked/a.YAML:2:42: " + isWrong + "linked/again.json:1:1: " + isRight + "linked/nothing.yaml:1:1: note: a dangling symbolic link\n"
	expect(t, runs("", "check", "linked", "deploy", "real/right.json", "deploy/a.YAML"), outcome{1, found, ""})
	expect(t, runs(right, "check", "real/right.json", "./real/../real/right.json", "-", "-"), outcome{0, "real/right.json:1:1: " + isRight + "stdin:1:1: " + isRight, ""})
	expect(t, runs("", "check", "-output", "json", "deploy/none", "real"), outcome{2, `{"file":"deploy/none","line":1,"column":1,"severity":"error","pointer":"","message":"cannot be read: no such file or directory"}
{"file":"real/right.json","line":1,"column":1,"severity":"note","pointer":"","message":"answers 501 to every method but GET, HEAD, OPTIONS"}
`, ""})
}

// A folder in which nothing is the plugin's is one mistake.
func TestFolderWithoutPlugin(t *testing.T) {
	write(t, map[string]string{"a/b.yaml": "a: b: c\n", "a/c/package.json": `{"simple-git-hooks": {}}`, "right.json": right})
	expect(t, runs("", "check", "a"), outcome{1, "a:1:1: error: no file in this folder has the plugin\n", ""})
	expect(t, runs("", "check", "a", "right.json"), outcome{0, "right.json:1:1: " + isRight, ""})
}

func TestFolderWithoutFiles(t *testing.T) {
	write(t, map[string]string{"a/b.txt": right})
	expect(t, runs("", "check", "a"), outcome{2, "a:1:1: error: no .yaml, .yml or .json file in this folder\n", ""})
}

func TestOutputForms(t *testing.T) {
	const config = `{"implemented_methods": ["GET"]}`
	write(t, map[string]string{"a,b:c.json": config, "wrong.json": "{\n\"100%\": 1}"})
	warning := `"OPTIONS" is not listed, but browsers send it before cross-origin requests, want it here, or {"method": "OPTIONS"} in "unimplemented" if that is intended`
	expect(t, runs("", "check", "-output", "json", "a,b:c.json"), outcome{0, `{"file":"a,b:c.json","line":1,"column":1,"severity":"note","pointer":"","message":"answers 501 to every method but GET, HEAD"}
{"file":"a,b:c.json","line":1,"column":25,"severity":"warning","pointer":"/implemented_methods","message":` + strconv.Quote(warning) + "}\n", ""})
	expect(t, runs("", "check", "-output", "github", "a,b:c.json", "wrong.json"), outcome{0, `::notice file=a%2Cb%3Ac.json,line=1,col=1::answers 501 to every method but GET, HEAD
::warning file=a%2Cb%3Ac.json,line=1,col=25::/implemented_methods: ` + warning + `
`, ""})
	expect(t, runs("", "check", "-output", "github", "wrong.json"), outcome{1, `::error file=wrong.json,line=2,col=1::/100%25: unknown key, want one of "implemented_methods", "unimplemented", "format", "problem_type", "response_headers", "dry_run", "servers", "$schema"
`, ""})
	if got := runs("", "check", "-strict", "a,b:c.json"); got.exit != 1 {
		t.Errorf("-strict: exit code %d, want 1", got.exit)
	}
}

// behindMatcher is a filter that Envoy skips for GET and PUT as values of a header.
func behindMatcher(header, config string) string {
	return `http_filters:
- name: notimplemented
  typed_config:
    xds_matcher:
      matcher_tree:
        input: {name: a, typed_config: {header_name: '` + header + `'}}
        exact_match_map: {map: {GET: &skip {action: {typed_config: {'@type': a/envoy.extensions.filters.common.matcher.action.v3.SkipFilter}}}, PUT: *skip, POST: {action: {typed_config: {'@type': a/b}}}}}
    extension_config:
      typed_config:
        config: {vm_config: {code: {local: {filename: a}}}, configuration: {'@type': a/google.protobuf.StringValue, value: '` + config + `'}}
`
}

func TestWarnings(t *testing.T) {
	const options = `"OPTIONS" is not listed, but browsers send it before cross-origin requests, want it here, or {"method": "OPTIONS"} in "unimplemented" if that is intended`
	for _, tt := range []struct{ name, config, want string }{
		{"OPTIONS", `{"dry_run": true, "implemented_methods" : ["GET"]}`, "stdin:1:43: warning: /implemented_methods: " + options},
		{"OPTIONS on purpose", `{"implemented_methods": ["GET"], "unimplemented": [{"method": "OPTIONS"}]}`, ""},
		{"OPTIONS for one thing only", `{"implemented_methods": ["GET"], "unimplemented": [{"query": "a", "capability": "c"}]}`, "stdin:1:25: warning: /implemented_methods: " + options},
		{"OPTIONS of a server", `{"servers": [{"hosts": ["a"], "implemented_methods": ["GET"]}]}`, "stdin:1:54: warning: /servers/0/implemented_methods: " + options},
		{"every method", `{"unimplemented": [{"method": "PUT"}]}`, ""},
		{"a field of every request", `{"unimplemented": [{"header": "range", "capability": "r"}, {"capability": "c", "header": "Accept-Encoding"}]}`,
			`stdin:1:90: warning: /unimplemented/1/header: nearly every request has "accept-encoding", want a "value", "query" or "path" with it`},
		{"a field of every browser", `{"unimplemented": [{"header": "sec-fetch-mode", "capability": "c"}]}`,
			`stdin:1:31: warning: /unimplemented/0/header: nearly every request has "sec-fetch-mode", want a "value", "query" or "path" with it`},
		{"a field to ignore", `{"unimplemented": [{"header": "Prefer", "capability": "c"}]}`,
			`stdin:1:31: warning: /unimplemented/0/header: servers must ignore preferences that they do not know (RFC 7240, section 2), want no entry for "prefer"`},
		{"a field that Envoy drops", `{"unimplemented": [{"header": "TE", "value": "gzip", "capability": "a"}, {"header": "te", "value": "trailers", "capability": "b"}, {"header": "upgrade", "value": "h2c", "capability": "c"}, {"header": "expect", "value": "100-continue", "capability": "d"}, {"header": "http2-settings", "capability": "e"}]}`,
			`stdin:1:31: warning: /unimplemented/0/header: Envoy drops "te: gzip" before the plugin sees it, Istio not always
stdin:1:143: warning: /unimplemented/2/header: Envoy drops "upgrade: h2c" before the plugin sees it, Istio not always
stdin:1:201: warning: /unimplemented/3/header: Envoy drops "expect: 100-continue" before the plugin sees it, Istio not always
stdin:1:267: warning: /unimplemented/4/header: Envoy drops "http2-settings" before the plugin sees it, Istio not always`},
		{"a cookie", `{"unimplemented": [{"header": "cookie", "value": "a=b", "capability": "c"}]}`,
			`stdin:1:31: warning: /unimplemented/0/header: "cookie" is not a comma-separated list, so a "value" never matches one cookie among several`},
		{"a field of Envoy's own", `{"unimplemented": [{"header": "x-forwarded-proto", "value": "http", "capability": "c"}]}`,
			`stdin:1:31: warning: /unimplemented/0/header: Envoy itself sets "x-forwarded-proto", whatever the client sends`},
		{"methods that Envoy does not know", "http_filters:\n- name: notimplemented\n  typed_config: {config: {vm_config: {code: {local: {filename: a}}}, configuration: {'@type': a/google.protobuf.StringValue, value: '{\"implemented_methods\": [\"OPTIONS\", \"COPY\", \"BREW\", \"M-SEARCH\"], \"unimplemented\": [{\"method\": \"STEEP\"}]}'}}}\n",
			`stdin:3:158: warning: /implemented_methods: Envoy answers 400 to "BREW", "M-SEARCH" over HTTP/1, want "http_protocol_options: {allow_custom_methods: true}" in the connection manager
stdin:3:228: warning: /unimplemented/0/method: Envoy answers 400 to "STEEP" over HTTP/1, want "http_protocol_options: {allow_custom_methods: true}" in the connection manager`},
		{"methods that Envoy is told to take", "http_protocol_options: {allow_custom_methods: true}\nhttp_filters:\n- name: notimplemented\n  typed_config: {config: {vm_config: {code: {local: {filename: a}}}, configuration: {'@type': a/google.protobuf.StringValue, value: '{\"implemented_methods\": [\"OPTIONS\", \"BREW\"]}'}}}\n", ""},
		{"a path", `{"unimplemented": [{"header": "accept", "path": "/a", "capability": "c"}]}`, ""},
		{"entries for methods that Envoy keeps from the plugin", behindMatcher(":method", `{"unimplemented": [{"method": "PUT"}, {"header": "range", "capability": "r"}, {"method": "POST", "query": "a", "capability": "c"}]}`),
			`stdin:10:144: warning: /unimplemented/0: no effect on "PUT", for which Envoy's matcher skips the plugin, want no SkipFilter there
stdin:10:163: warning: /unimplemented/1: no effect on "GET", "PUT", for which Envoy's matcher skips the plugin, want no SkipFilter there`},
		{"methods that Envoy keeps from the plugin", behindMatcher(":method", `{"implemented_methods": ["POST", "OPTIONS"]}`),
			`stdin:10:149: warning: /implemented_methods: no effect on "PUT", for which Envoy's matcher skips the plugin, want no SkipFilter there`},
		{"an entry of a method that Envoy keeps from the plugin", behindMatcher(":method", `{"implemented_methods": ["OPTIONS"], "unimplemented": [{"method": "PUT"}]}`),
			`stdin:10:180: warning: /unimplemented/0: no effect on "PUT", for which Envoy's matcher skips the plugin, want no SkipFilter there`},
		{"an implemented method that Envoy keeps from the plugin", behindMatcher(":method", `{"implemented_methods": ["PUT", "OPTIONS"]}`), ""},
		{"a matcher of something else", behindMatcher("x-tier", `{"implemented_methods": ["OPTIONS"]}`), ""},
		{"a value", `{"unimplemented": [{"header": "accept", "value": "text/csv", "capability": "c"}]}`, ""},
		{"a query of one value", `{"unimplemented": [{"header": "accept", "query": "list-type=2", "capability": "c"}]}`, ""},
		{"a field of Envoy's own beside a query", `{"unimplemented": [{"header": "X-Request-Id", "query": "a=b", "capability": "c"}]}`,
			`stdin:1:31: warning: /unimplemented/0/header: Envoy itself sets "x-request-id", whatever the client sends`},
		{"a method beside a query of one value", "http_filters:\n- name: notimplemented\n  typed_config: {config: {vm_config: {code: {local: {filename: a}}}, configuration: {'@type': a/google.protobuf.StringValue, value: '{\"unimplemented\": [{\"method\": \"BREW\", \"query\": \"a=b\", \"capability\": \"c\"}]}'}}}\n",
			`stdin:3:164: warning: /unimplemented/0/method: Envoy answers 400 to "BREW" over HTTP/1, want "http_protocol_options: {allow_custom_methods: true}" in the connection manager`},
		{"a query", `{"unimplemented": [{"header": "cookie", "query": "q", "capability": "c"}]}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := tt.want
			if want != "" {
				want += "\n"
			}
			if got := runs(tt.config, "check"); got.exit != 0 || !strings.HasSuffix(got.stdout, want) || strings.Count(got.stdout, "\n") != 1+strings.Count(want, "\n") {
				t.Errorf("exit code %d, standard output\n%s\nwant 0 and at the end\n%s", got.exit, got.stdout, want)
			}
		})
	}
}
