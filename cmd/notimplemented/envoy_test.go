// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"sigs.k8s.io/yaml"
)

// Envoy takes what check takes, and refuses what check refuses. All that it takes is
// in few files, since each start takes time.
func TestEnvoyAgrees(t *testing.T) {
	envoy, plugin := os.Getenv("ENVOY"), os.Getenv("PLUGIN")
	if envoy == "" || plugin == "" {
		t.Fatal(`ENVOY or PLUGIN is unset; "make e2e-check" gets both and sets them`)
	}
	bootstrap := strings.ReplaceAll(readText(t, "../../envoy.yaml"), "build/plugin.wasm", plugin)
	start := strings.Index(bootstrap, "                  - name: notimplemented\n")
	end := strings.Index(bootstrap, "                  - name: envoy.filters.http.router")
	indented := func(text, indent string) string { return indent + strings.ReplaceAll(text, "\n", "\n"+indent) }
	// filters have a plugin each, whose message is that, and code.
	filters := func(messages ...string) string {
		var b strings.Builder
		for i, message := range messages {
			if !strings.Contains(message, "vm_config") && !strings.Contains(message, "vmConfig") {
				message = "vm_config: {code: {local: {filename: " + plugin + "}}}\n" + message
			}
			fmt.Fprintf(&b, "- name: notimplemented.%d\n  typed_config:\n    '@type': %s\n    config:\n%s\n", i, wasm, indented(message, "      "))
		}
		return bootstrap[:start] + indented(strings.TrimSuffix(b.String(), "\n"), "                  ") + "\n" + bootstrap[end:]
	}
	message := func(kind, value string) string {
		return "configuration:\n  \"@type\": " + kind + "\n  value: " + value
	}
	before := func(text string) string { return strings.Replace(bootstrap, "admin:", text+"admin:", 1) }
	const (
		anyString = "type.googleapis.com/google.protobuf.StringValue"
		anyBytes  = "type.googleapis.com/google.protobuf.BytesValue"
		escapes   = `{"implemented_methods": ["GET", "OPTIONS"], "unimplemented": [{"capability": "~~??>>", "header": "x"}]}`
	)
	quoted := "'" + right + "'"
	config := message(anyString, quoted)
	code := "code: {local: {filename: " + plugin + "}}"
	standard, short := base64.StdEncoding.EncodeToString([]byte(escapes)), base64.StdEncoding.EncodeToString([]byte(right+" "))
	json := bootstrapJSON(t, filters(config))

	fine := map[string]string{
		"plugins.yaml": filters(
			config, message(anyString, ">-\n    "+right), message(anyString, strconv.Quote(right)), message(anyString, "!!str "+quoted),
			"configuration: &c\n  '@type': "+anyString+"\n  value: &v "+quoted, message(anyString, "*v"),
			message(anyString, quoted+"\n  !ignore other: 1"), message(anyString, "'{}'\n  value: "+quoted), message(anyString, quoted+"\n  '@type': "+anyString),
			message("example.com/google.protobuf.StringValue", quoted), message("a.b/c/google.protobuf.StringValue", quoted),
			message(anyBytes, standard), message(anyBytes, strings.TrimRight(short, "=")), message(anyBytes, strings.TrimSuffix(short, "=")),
			message(anyBytes, strings.NewReplacer("+", "-", "/", "_").Replace(standard)), message(anyBytes, strings.Replace(standard, "/", "_", 1)),
			"configuration:\n  ? '@type'\n  : "+anyString+"\n  ? value\n  : "+quoted, message(anyString, "! "+quoted), message(anyString, "!json "+quoted),
			message(anyString, "!!binary "+quoted), message(anyString, "|2+\n      "+right+"\n\n"), message(anyString, "\t"+quoted),
			"configuration: {\n  '@type': "+anyString+", # which\n  value: "+quoted+"\n  }", message(anyString, "'"+strings.ReplaceAll(right, " ", "\n      ")+"'"),
			message(anyString, quoted+" # so"), message(anyString, `"{\"unimplemented\": [{\"header\": \"a\", \"capability\": \"x\u2028\"}]}"`),
		),
		"messages.yaml": filters(
			config+"\nvm_config: {"+code+"}\nvm_config: {"+code+", vm_id: a, runtime: envoy.wasm.runtime.v8, allow_precompiled: true, nack_on_code_cache_miss: ~}",
			config+"\nrootId: a\nvmConfig: {"+code+", vmId: b, environment_variables: {key_values: {a: b}}}", config+"\nfail_open: true",
			config+"\nfailure_policy: fail_closed", config+"\nfailure_policy: 2\nallow_on_headers_stop_iteration: 'false'", config+"\nname: '5'",
			config+"\nreload_config: {backoff: {base_interval: 1.5s}}\nfailure_policy: FAIL_RELOAD\ncapability_restriction_config: {allowed_capabilities: {}}",
			config+"\n!ignore root_idd: a",
		),
		"stream.yaml": "%YAML 1.2\n---\n# all\n" + before("node: {id: &id a, id: b, cluster: *id, metadata: {a: &a {b: c}, d: {<<: *a}}}\n# a\u2028b: c\n# a\u0085b: c\n\t\n") +
			"\n---\nadmin: 7\n---\n" + filters(message(anyString, "'{}'")) + "\n---\n]\n",
		"mark.yaml":  "\ufeff%FOO bar\n---\n" + strings.ReplaceAll(bootstrap, "\n", "\r\n"),
		"utf16.yaml": utf16Of(strings.ReplaceAll(bootstrap, "\n", "\r"), binary.LittleEndian),
		"other.yaml": utf16Of(json, binary.BigEndian),
		"comma.yaml": json[:len(json)-1] + ",}",
		"twice.json": "{\"node\":{\"id\":\"a\",\"id\":\"\\ud83d\\ude00\"}," + json[1:],
	}
	wrong := map[string]string{
		"a mistake":                         filters(message(anyString, "'"+wrong+"'")),
		"block of YAML":                     filters(message(anyString, "\n    implemented_methods: [GET, OPTIONS]")),
		"JSON without quotes":               filters(message(anyString, right)),
		"array":                             filters(message(anyString, "[GET]")),
		"number tagged as a string":         filters(message(anyString, "!!str 7")),
		"boolean":                           filters(message(anyString, "on")),
		"null":                              filters(message(anyString, "null")),
		"a word":                            filters(message(anyString, "just text")),
		"no value":                          filters("configuration:\n  '@type': " + anyString),
		"empty object":                      filters("configuration: {}"),
		"string in place of the message":    filters("configuration: " + quoted),
		"no configuration":                  filters("name: notimplemented"),
		"no type":                           filters("configuration:\n  value: " + quoted),
		"member beside value":               filters(message(anyString, quoted+"\n  other: null")),
		"value twice, the last is wrong":    filters(message(anyString, quoted+"\n  value: '{}'")),
		"merge key in the message":          filters("configuration:\n  <<: {'@type': " + anyString + "}\n  value: " + quoted),
		"quoted merge key":                  filters("configuration:\n  '<<': {}\n  '@type': " + anyString + "\n  value: " + quoted),
		"merge key elsewhere":               strings.Replace(bootstrap, "admin:\n", "admin:\n  <<: {profile_path: /tmp/profile}\n", 1),
		"no prefix":                         filters(message("google.protobuf.StringValue", quoted)),
		"empty prefix":                      filters(message("/google.protobuf.StringValue", quoted)),
		"another case":                      filters(message("type.googleapis.com/google.protobuf.stringvalue", quoted)),
		"Struct":                            filters(message("type.googleapis.com/google.protobuf.Struct", right)),
		"bytes, padded too much":            filters(message(anyBytes, short+"=")),
		"bytes, padded inside":              filters(message(anyBytes, short[:20]+"=="+short[20:])),
		"bytes with a blank":                filters(message(anyBytes, "'"+short[:20]+" "+short[20:]+"'")),
		"bytes with a line break":           filters(message(anyBytes, "|\n    "+short)),
		"no bytes":                          filters(message(anyBytes, "''")),
		"ignored configuration":             filters("!ignore " + config),
		"ignored type":                      filters("configuration:\n  !ignore '@type': " + anyString + "\n  value: " + quoted),
		"tab in the indentation":            strings.Replace(bootstrap, "admin:\n  address", "admin:\n\taddress", 1),
		"alias of nothing":                  before("node: {id: *id}\n"),
		"an empty first document":           "---\n---\n" + bootstrap,
		"unknown field":                     filters(config + "\nroot_idd: a"),
		"unknown field of the machine":      filters(config + "\nvm_config: {" + code + ", allow_precompild: true}"),
		"unknown field of the code":         filters(config + "\nvm_config: {code: {local: {filename: " + plugin + ", filname: a}}}"),
		"unknown field of the extension":    strings.Replace(filters(config), "    config:\n", "    other: 1\n                      config:\n", 1),
		"unknown policy":                    filters(config + "\nfailure_policy: FAIL_OPN"),
		"policy out of range":               filters(config + "\nfailure_policy: 9"),
		"two ways to say what failure does": filters(config + "\nfail_open: true\nfailure_policy: FAIL_OPEN"),
		"unknown type":                      strings.Replace(bootstrap, "wasm.v3.Wasm", "wasm.v3.Wsm", 1),
		"unknown runtime":                   filters(config + "\nvm_config: {runtime: envoy.wasm.runtime.v9, " + code + "}"),
		"no code":                           filters(config + "\nvm_config: {runtime: envoy.wasm.runtime.v8}"),
		"no machine":                        filters(config + "\nvm_config: ~"),
		"code from nowhere":                 filters(config + "\nvm_config: {code: {}}"),
		"code of two places":                filters(config + "\nvm_config: {code: {local: {filename: " + plugin + ", inline_string: a}}}"),
		"code from elsewhere without a sum": filters(config + "\nvm_config: {code: {remote: {http_uri: {uri: a, cluster: server, timeout: 1s}}}}"),
		"a name that is a number":           filters(config + "\nname: 5"),
		"a truth that is a word":            filters(config + "\nallow_on_headers_stop_iteration: maybe"),
		"an object that is a list":          filters(config + "\nvm_config: []"),
		"a time without a unit":             filters(config + "\nreload_config: {backoff: {base_interval: 1}}"),
	}
	ofJSON := map[string]string{
		"YAML":            bootstrap,
		"comment":         "# all\n" + json,
		"something more":  json + " x",
		"two of them":     json + json,
		"two documents":   json + "\n---\n" + json,
		"byte order mark": "\ufeff" + json,
		"UTF-16":          utf16Of(json, binary.LittleEndian),
	}
	judge := func(name, file, text string, isFine bool) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), file)
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			got := runs("", "check", file)
			output, err := exec.Command(envoy, "--mode", "validate", "--disable-hot-restart", "--log-level", "critical", "-c", file).CombinedOutput()
			if (got.exit == 0) != isFine {
				t.Errorf("check: %d, want fine: %t\n%s%s", got.exit, isFine, got.stdout, got.stderr)
			}
			if (err == nil) != isFine {
				t.Errorf("Envoy: %v, want fine: %t\n%.1600s", err, isFine, output)
			}
		})
	}
	for name, text := range fine {
		judge(name, name, text, true)
	}
	for name, text := range wrong {
		judge(name, "envoy.yaml", text, false)
	}
	for name, text := range ofJSON {
		judge(name+" as JSON", "envoy.json", text, false)
	}
}

func utf16Of(text string, order binary.AppendByteOrder) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
		b = order.AppendUint16(b, unit)
	}
	return string(b)
}

func bootstrapJSON(t *testing.T, text string) string {
	t.Helper()
	json, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return string(json)
}
