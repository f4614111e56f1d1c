// SPDX-License-Identifier: Apache-2.0

package config

import (
	"encoding/json"
	"maps"
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
	"lower case", "mixed case", "entry's method in lower case",
	// It cannot compare one value with another.
	"both lists", "two entries of a method",
	"alternative not listed", "alternative unimplemented",
	"never reached by its method", "never reached by a later entry", "never reached by an equal entry",
	"never reached by a wider entry", "never reached, HEAD by GET", "never reached, value in another case",
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
	type object struct {
		Properties map[string]struct {
			Description string
			Examples    []any
		}
		Examples []any
	}
	var schema struct {
		object
		Defs struct{ Entry object } `json:"$defs"`
	}
	if err := json.Unmarshal([]byte(readFile(t, schemaFile)), &schema); err != nil {
		t.Fatal(err)
	}
	for _, example := range schema.Examples {
		expectTaken(t, example)
	}
	for _, tt := range []struct {
		name, unknown string
		object        object
		with          func(key string, example any) any
	}{
		{"configuration", `{"unknown": 0, "implemented_methods": ["GET"]}`, schema.object, func(key string, example any) any {
			config := map[string]any{"implemented_methods": []string{"PUT"}, "format": "problem"}
			config[key] = example
			return config
		}},
		{"entry", `{"unimplemented": [{"unknown": 0, "method": "PUT"}]}`, schema.Defs.Entry, func(key string, example any) any {
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
