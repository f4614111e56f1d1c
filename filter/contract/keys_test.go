// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"encoding/json"
	"os"
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
