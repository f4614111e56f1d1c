// SPDX-License-Identifier: Apache-2.0

package config

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"notimplemented/filter/config/configtest"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const schemaFile = "../../config.schema.json"

// beyondSchema are the refusals that a schema cannot say, by name.
var beyondSchema = []string{
	// It sees a value, not the bytes: neither size nor names that stand twice.
	"too large", "duplicate name in an entry",
	// It would have to list every registered method in every other case.
	"lower case", "mixed case", "wrong method alone, beside what needs it", "entry's method in lower case",
	// It cannot compare one value with another.
	"both lists", "two entries of a method",
	"alternative not listed", "alternative unimplemented", "alternative of another server",
	"capabilities with one counter", "capabilities of two servers with one counter",
	"capabilities with one counter, several times", "capabilities with one counter, servers first",
	"host twice", "host of two servers",
	"unreachable by its method", "unreachable by a later entry", "unreachable by an equal entry",
	"unreachable by a wider entry", "unreachable, HEAD by GET", "unreachable, value in another case",
	"unreachable, a parameter with a value", "unreachable, the same value",
	// What a media type and a template are is beyond a pattern.
	"content type with a wrong parameter", "content type of another charset", "content type of another charset, quoted",
	"body of XML with a character", "body of XML with a noncharacter", "body of XML with the other noncharacter", "placeholder unknown", "placeholder in capitals", "placeholder with blanks", "placeholder unfinished",
	"brace alone", "braces in pairs, then one", "placeholder in a name", "placeholder in a name, alone", "placeholder without quotes",
	"capability that XML cannot carry", "capability that XML of the top cannot carry", "capability that XML of the top cannot carry, servers first",
	"body that comes out too long", "body that comes out too long for a method", "body that comes out too long for two servers", "body nested too deep",
	"unreachable, a path below another", "unreachable, paths below another", "unreachable, a path that ends like others", "unreachable, the same path",
	"header twice", "headers too long",
	// It counts characters, and each list by itself.
	"capability too long in bytes", "entries too many in the whole document", "hosts too many in the whole document",
	"placeholders too many", "content type of two charsets",
	// An address is more than its characters.
	"host, IPv6 malformed", "host, IPv6 too short", "host, IPv6 too long", "host, IPv6 with a wrong IPv4 address",
}

func schema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	compiled, err := jsonschema.NewCompiler().Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// validate returns what a program says that reads JSON by this schema.
func validate(schema *jsonschema.Schema, config string) error {
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(config))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

func TestSchemaAcceptsWhatParseAccepts(t *testing.T) {
	schema := schema(t)
	for _, tt := range configtest.Acceptances {
		if err := validate(schema, tt.Config); err != nil {
			t.Errorf("%s: %.200s\n%v", tt.Name, tt.Config, err)
		}
	}
}

func TestSchemaRefusesWhatParseRefuses(t *testing.T) {
	schema := schema(t)
	var accepted []string
	for _, tt := range configtest.Refusals {
		// What is in the size alone is nothing wrong with the value.
		if tt.Name == "too large" {
			tt.Config = `{"implemented_methods": ["GET"]}` + strings.Repeat(" ", MaxSize)
		}
		if err := validate(schema, tt.Config); err == nil {
			accepted = append(accepted, tt.Name)
		}
	}
	slices.Sort(accepted)
	want := slices.Sorted(slices.Values(beyondSchema))
	if !slices.Equal(accepted, want) {
		t.Errorf("the schema accepts\n%q, want it to refuse all but\n%q", accepted, want)
	}
}

// Every key of the parser is in the schema and no other, each with a description
// and with examples that the parser takes.
func TestSchemaKeys(t *testing.T) {
	type node struct {
		Ref         string `json:"$ref"`
		Description string
		Properties  map[string]node
		Examples    []any
	}
	var schema struct {
		node
		Defs map[string]node `json:"$defs"`
	}
	text, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	for _, example := range schema.Examples {
		expectTaken(t, example)
	}
	for _, tt := range []struct {
		name, unknown string
		object        node
		with          func(key string, example any) any
	}{
		{"configuration", `{"unknown": 0, "implemented_methods": ["GET"]}`, schema.node, func(key string, example any) any {
			config := map[string]any{"implemented_methods": []string{"PUT"}, "format": "problem"}
			config[key] = example
			return config
		}},
		{"server", `{"servers": [{"unknown": 0, "hosts": ["a"], "implemented_methods": ["GET"]}]}`, schema.Defs["server"], func(key string, example any) any {
			server := map[string]any{"hosts": []string{"a"}, "implemented_methods": []string{"PUT"}, "format": "problem"}
			server[key] = example
			return map[string]any{"servers": []any{server}}
		}},
		{"template", `{"implemented_methods": ["PUT"], "format": {"unknown": 0}}`, schema.Defs["template"], func(key string, example any) any {
			template := map[string]any{"content_type": "application/json", "body": []any{}}
			template[key] = example
			if key == "content_type" {
				template["body"] = map[string]any{}
			}
			return map[string]any{"implemented_methods": []string{"PUT"}, "format": template}
		}},
		{"entry", `{"unimplemented": [{"unknown": 0, "method": "PUT"}]}`, schema.Defs["entry"], func(key string, example any) any {
			entry := map[string]any{"capability": "c", "header": "h", "value": "v"}
			entry[key] = example
			return map[string]any{"unimplemented": []any{entry}}
		}},
	} {
		_, err := Parse([]byte(tt.unknown))
		_, list, _ := strings.Cut(err.Error(), "want one of ")
		want := regexp.MustCompile(`[^", ]+`).FindAllString(list, -1)
		slices.Sort(want)
		if got := slices.Sorted(maps.Keys(tt.object.Properties)); !slices.Equal(got, want) {
			t.Errorf("%s: keys %q, want %q", tt.name, got, want)
		}
		for key, property := range tt.object.Properties {
			if name, ok := strings.CutPrefix(property.Ref, "#/$defs/"); ok && property.Description == "" {
				property = schema.Defs[name]
			}
			if property.Description == "" || property.Examples == nil {
				t.Errorf("%s: %q has no description or no examples", tt.name, key)
			}
			for _, example := range property.Examples {
				expectTaken(t, tt.with(key, example))
			}
		}
	}
}

func expectTaken(t *testing.T, config any) {
	t.Helper()
	encoded, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Parse(encoded); err != nil {
		t.Errorf("%s\n%v", encoded, err)
	}
}
