// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
)

// A key that random configurations lack would be one that no fuzzer tries.
func TestEveryKeyIsTried(t *testing.T) {
	text, err := os.ReadFile("../../config.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	tried := make(map[string]bool)
	for _, seed := range Seeds(300) {
		var configuration any
		decoder := json.NewDecoder(strings.NewReader(seed.Configuration()))
		decoder.UseNumber() // there are some that no float64 can hold
		if err := decoder.Decode(&configuration); err != nil {
			t.Fatal(err)
		}
		add(tried, "", configuration)
	}
	var described func(path string, node map[string]any)
	described = func(path string, node map[string]any) {
		if name, ok := node["$ref"].(string); ok {
			described(path, schema["$defs"].(map[string]any)[strings.TrimPrefix(name, "#/$defs/")].(map[string]any))
		}
		for _, within := range []string{"items", "then"} {
			if node, ok := node[within].(map[string]any); ok {
				described(path, node)
			}
		}
		properties, _ := node["properties"].(map[string]any)
		for key, node := range properties {
			path := path + "/" + key
			if !tried[path] {
				t.Errorf("no random configuration has %s", path)
			}
			if node, ok := node.(map[string]any); ok {
				described(path, node)
			}
		}
	}
	described("", schema)
}

// add enters the paths of all members, without indices.
func add(paths map[string]bool, path string, value any) {
	switch value := value.(type) {
	case map[string]any:
		for key, member := range value {
			paths[path+"/"+key] = true
			add(paths, path+"/"+key, member)
		}
	case []any:
		for _, element := range value {
			add(paths, path, element)
		}
	}
}

// A key that the model lacks would be one whose promise no test keeps.
func TestModelHasEveryKey(t *testing.T) {
	text, err := os.ReadFile("../../config.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	type object struct{ Properties map[string]any }
	var schema struct {
		object
		Defs map[string]object `json:"$defs"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		object object
		model  any
	}{
		{"configuration", schema.object, document{}},
		{"server", schema.Defs["server"], server{}},
		{"entry", schema.Defs["entry"], entry{}},
		{"template", schema.Defs["template"], template{}},
	} {
		known := map[string]bool{"$schema": true} // which promises nothing
		for _, field := range reflect.VisibleFields(reflect.TypeOf(tt.model)) {
			name := field.Tag.Get("json")
			if name == "" {
				name = strings.ToLower(field.Name)
			}
			known[name] = true
		}
		if len(tt.object.Properties) == 0 {
			t.Errorf("%s: the schema has no keys", tt.name)
		}
		for key := range tt.object.Properties {
			if !known[key] {
				t.Errorf("%s: the model lacks %q", tt.name, key)
			}
		}
	}
}
