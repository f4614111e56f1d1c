// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/base64"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"sigs.k8s.io/yaml"
)

// Envoy takes what check takes, and refuses what check refuses.
func TestEnvoyAgrees(t *testing.T) {
	envoy, plugin := os.Getenv("ENVOY"), os.Getenv("PLUGIN")
	if envoy == "" || plugin == "" {
		t.Fatal(`ENVOY or PLUGIN is unset; "make test" gets both and sets them`)
	}
	bootstrap := strings.ReplaceAll(readText(t, "../../envoy.yaml"), "build/plugin.wasm", plugin)
	start := strings.Index(bootstrap, "                        configuration:\n")
	end := strings.Index(bootstrap, "                  - name: envoy.filters.http.router")
	with := func(configuration string) string {
		indent := strings.Repeat(" ", 24)
		return bootstrap[:start] + indent + strings.ReplaceAll(configuration, "\n", "\n"+indent) + "\n" + bootstrap[end:]
	}
	message := func(kind, value string) string {
		return with("configuration:\n  \"@type\": " + kind + "\n  value: " + value)
	}
	before := func(text string) string { return strings.Replace(bootstrap, "admin:", text+"admin:", 1) }
	const (
		anyString = "type.googleapis.com/google.protobuf.StringValue"
		anyBytes  = "type.googleapis.com/google.protobuf.BytesValue"
		escapes   = `{"implemented_methods": ["GET", "OPTIONS"], "unimplemented": [{"capability": "~~??>>", "header": "x"}]}`
	)
	quoted := "'" + right + "'"
	standard, short := base64.StdEncoding.EncodeToString([]byte(escapes)), base64.StdEncoding.EncodeToString([]byte(right+" "))
	json := bootstrapJSON(t, message(anyString, quoted))

	type variant struct {
		name, text string
		fine       bool
	}
	yamls := []variant{
		{"string", message(anyString, quoted), true},
		{"string with a mistake", message(anyString, "'"+wrong+"'"), false},
		{"folded string", message(anyString, ">-\n    "+right), true},
		{"string in double quotes", message(anyString, `"`+strings.ReplaceAll(right, `"`, `\"`)+`"`), true},
		{"tagged string", message(anyString, "!!str "+quoted), true},
		{"anchored", with("configuration: &c\n  '@type': " + anyString + "\n  value: &v " + quoted), true},
		{"block of YAML", message(anyString, "\n    implemented_methods: [GET, OPTIONS]"), false},
		{"JSON without quotes", message(anyString, right), false},
		{"array", message(anyString, "[GET]"), false},
		{"number", message(anyString, "7"), false},
		{"number tagged as a string", message(anyString, "!!str 7"), false},
		{"fraction", message(anyString, "1.5"), false},
		{"boolean", message(anyString, "on"), false},
		{"null", message(anyString, "null"), false},
		{"empty value", message(anyString, ""), false},
		{"a word", message(anyString, "just text"), false},
		{"no value", with("configuration:\n  '@type': " + anyString), false},
		{"empty object", with("configuration: {}"), false},
		{"null configuration", with("configuration: ~"), false},
		{"string in place of the message", with("configuration: " + quoted), false},
		{"no configuration", bootstrap[:start] + bootstrap[end:], false},
		{"no type", with("configuration:\n  value: " + quoted), false},

		{"member beside value", message(anyString, quoted+"\n  other: 1"), false},
		{"null beside value", message(anyString, quoted+"\n  other: null"), false},
		{"ignored member beside value", message(anyString, quoted+"\n  !ignore other: 1"), true},
		{"value twice, the last is right", message(anyString, "'{}'\n  value: "+quoted), true},
		{"value twice, the last is wrong", message(anyString, quoted+"\n  value: '{}'"), false},
		{"type twice", message(anyString, quoted+"\n  '@type': "+anyString), true},
		{"configuration twice, the last is wrong", message(anyString, quoted+"\nconfiguration:\n  '@type': "+anyString+"\n  value: '{}'"), false},
		{"key twice elsewhere", before("node: {id: a, id: b}\n"), true},
		{"merge key in the message", with("configuration:\n  <<: {'@type': " + anyString + "}\n  value: " + quoted), false},
		{"merge key elsewhere", strings.Replace(bootstrap, "admin:\n", "admin:\n  <<: {profile_path: /tmp/profile}\n", 1), false},
		{"quoted merge key", with("configuration:\n  '<<': {}\n  '@type': " + anyString + "\n  value: " + quoted), false},
		{"merge key in metadata", before("node: {id: a, metadata: {a: &a {b: c}, d: {<<: *a}}}\n"), true},

		{"another prefix", message("example.com/google.protobuf.StringValue", quoted), true},
		{"a prefix of two parts", message("a.b/c/google.protobuf.StringValue", quoted), true},
		{"no prefix", message("google.protobuf.StringValue", quoted), false},
		{"empty prefix", message("/google.protobuf.StringValue", quoted), false},
		{"another case", message("type.googleapis.com/google.protobuf.stringvalue", quoted), false},
		{"Struct", message("type.googleapis.com/google.protobuf.Struct", right), false},
		{"Value", message("type.googleapis.com/google.protobuf.Value", quoted), false},

		{"bytes", message(anyBytes, standard), true},
		{"bytes, not padded", message(anyBytes, strings.TrimRight(short, "=")), true},
		{"bytes, padded by half", message(anyBytes, strings.TrimSuffix(short, "=")), true},
		{"bytes, padded too much", message(anyBytes, short+"="), false},
		{"bytes, padded inside", message(anyBytes, short[:20]+"=="+short[20:]), false},
		{"bytes of the alphabet for URLs", message(anyBytes, strings.NewReplacer("+", "-", "/", "_").Replace(standard)), true},
		{"bytes of both alphabets", message(anyBytes, strings.Replace(standard, "/", "_", 1)), true},
		{"bytes with a blank", message(anyBytes, "'"+short[:20]+" "+short[20:]+"'"), false},
		{"bytes with a line break", message(anyBytes, "|\n    "+short), false},
		{"bytes that are none", message(anyBytes, "'{}'"), false},
		{"bytes in an object", message(anyBytes, "{a: b}"), false},
		{"no bytes", message(anyBytes, "''"), false},

		{"YAML 1.1", "%YAML 1.1\n---\n" + bootstrap, true},
		{"YAML 1.2", "%YAML 1.2\n---\n" + bootstrap, true},
		{"YAML 2.0", "%YAML 2.0\n---\n" + bootstrap, false},
		{"directive", "%FOO bar\n---\n" + bootstrap, true},
		{"Latin-1 in a comment", "# caf\xe9\n" + bootstrap, true},
		{"Latin-1 in a method", message(anyString, "'{\"implemented_methods\": [\"\xe9\"]}'"), false},
		{"control character in a comment", before("# \x01\n"), true},
		{"control character in the JSON", message(anyString, "'{\"implemented_methods\": [\"OPTIONS\"], \"unimplemented\": [{\"header\": \"a\", \"capability\": \"\x01\"}]}'"), false},
		{"U+2028 in a comment", before("# a\u2028b: c\n"), true},
		{"U+0085 in a comment", before("# a\u0085b: c\n"), true},
		{"byte order mark", "\ufeff" + bootstrap, true},
		{"UTF-16", utf16Of(bootstrap, binary.LittleEndian), true},
		{"UTF-16, the other way round", utf16Of(bootstrap, binary.BigEndian), true},
		{"UTF-32", utf32Of(bootstrap, binary.LittleEndian), true},
		{"UTF-32, the other way round", utf32Of(bootstrap, binary.BigEndian), true},
		{"CR LF", strings.ReplaceAll(bootstrap, "\n", "\r\n"), true},
		{"CR", strings.ReplaceAll(bootstrap, "\n", "\r"), true},
		{"explicit key", with("configuration:\n  ? '@type'\n  : " + anyString + "\n  ? value\n  : " + quoted), true},
		{"tag of no meaning", message(anyString, "! "+quoted), true},
		{"another tag", message(anyString, "!json "+quoted), true},
		{"binary tag", message(anyString, "!!binary "+quoted), true},
		{"indentation of its own", message(anyString, "|2+\n      "+right+"\n\n"), true},
		{"alias of the value", strings.Replace(message(anyString, "*v"), "admin:", "node: {id: a, metadata: {v: &v "+quoted+"}}\nadmin:", 1), true},
		{"an anchor twice", strings.Replace(message(anyString, "*v"), "admin:", "node: {id: &v a, metadata: {v: &v "+quoted+"}}\nadmin:", 1), true},
		{"tab behind a colon", message(anyString, "\t"+quoted), true},
		{"ignored configuration", with("!ignore configuration:\n  '@type': " + anyString + "\n  value: " + quoted), false},
		{"ignored type", with("configuration:\n  !ignore '@type': " + anyString + "\n  value: " + quoted), false},
		{"flow over lines", with("configuration: {\n  '@type': " + anyString + ", # which\n  value: " + quoted + "\n  }"), true},
		{"single-quoted over lines", message(anyString, "'"+strings.ReplaceAll(right, " ", "\n      ")+"'"), true},
		{"comment behind", message(anyString, quoted+" # so"), true},
		{"no-break space in the JSON", message(anyString, "'{\u00a0}'"), false},
		{"escaped line separator in a capability", message(anyString, `"{\"unimplemented\": [{\"header\": \"a\", \"capability\": \"x\u2028\"}]}"`), true},
		{"tab in the indentation", strings.Replace(bootstrap, "admin:\n  address", "admin:\n\taddress", 1), false},
		{"a tab alone in a line", before("\t\n"), true},

		{"second document of something else", bootstrap + "\n---\nadmin: 7\n", true},
		{"second document with a mistake", bootstrap + "\n---\n" + message(anyString, "'{}'"), true},
		{"second document that is no YAML", bootstrap + "\n---\n]\n", true},
		{"comment before the document", "# all\n---\n" + bootstrap, true},
		{"alias", before("node: {id: &id a, cluster: *id}\n"), true},
		{"alias of nothing", before("node: {id: *id}\n"), false},
		{"names in camel case", strings.Replace(bootstrap, "vm_config", "vmConfig", 1), true},
		{"JSON", json, true},
		{"character of two escapes", `{"node":{"id":"\ud83d\ude00"},` + json[1:], false},
		{"JSON with a comma at the end", json[:len(json)-1] + ",}", true},
	}
	jsons := []variant{
		{"JSON", json, true},
		{"YAML", bootstrap, false},
		{"comma at the end", json[:len(json)-1] + ",}", true},
		{"single quotes", strings.Replace(json, `"admin"`, `'admin'`, 1), true},
		{"name without quotes", strings.Replace(json, `"admin":`, `admin: `, 1), true},
		{"string without quotes", `{"node":{"id": a},` + json[1:], false},
		{"comment", "# all\n" + json, false},
		{"anchor", `{"node":{"id": &a "a"},` + json[1:], false},
		{"directive", "%YAML 1.2\n---\n" + json, false},
		{"key twice", `{"node":{"id":"a","id":"b"},` + json[1:], true},
		{"tab in a string", "{\"node\":{\"id\":\"a\tb\"}," + json[1:], true},
		{"character of two escapes", `{"node":{"id":"\ud83d\ude00"},` + json[1:], true},
		{"something behind", json + " x", false},
		{"two of them", json + json, false},
		{"two documents", json + "\n---\n" + json, false},
		{"byte order mark", "\ufeff" + json, false},
		{"UTF-16", utf16Of(json, binary.LittleEndian), false},
		{"UTF-32", utf32Of(json, binary.BigEndian), false},
		{"Latin-1", "{\"node\":{\"id\":\"\xe9\"}," + json[1:], false},
	}
	for ending, variants := range map[string][]variant{".yaml": yamls, ".json": jsons} {
		for _, tt := range variants {
			t.Run(tt.name+ending, func(t *testing.T) {
				t.Parallel()
				file := filepath.Join(t.TempDir(), "envoy"+ending)
				if err := os.WriteFile(file, []byte(tt.text), 0o644); err != nil {
					t.Fatal(err)
				}
				got := runs("", "check", file)
				output, err := exec.Command(envoy, "--mode", "validate", "--disable-hot-restart", "--log-level", "critical", "-c", file).CombinedOutput()
				if (got.exit == 0) != tt.fine {
					t.Errorf("check: %d, want fine: %t\n%s%s", got.exit, tt.fine, got.stdout, got.stderr)
				}
				if (err == nil) != tt.fine {
					t.Errorf("Envoy: %v, want fine: %t\n%.600s", err, tt.fine, output)
				}
			})
		}
	}
}

func utf16Of(text string, order binary.AppendByteOrder) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
		b = order.AppendUint16(b, unit)
	}
	return string(b)
}

func utf32Of(text string, order binary.AppendByteOrder) string {
	var b []byte
	for _, r := range "\ufeff" + text {
		b = order.AppendUint32(b, uint32(r))
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
