// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v4"
	kubernetes "sigs.k8s.io/yaml"

	"notimplemented/cmd/notimplemented/source"
)

// isKubernetes reports whether a document has a resource, or a list of them.
func isKubernetes(document *yaml.Node) bool {
	root := document.Content[0]
	if _, ok := source.Child(root, "kind"); ok {
		_, isEnvoy := source.Child(root, "vm_config", "vmConfig")
		return !isEnvoy
	}
	_, ok := source.Child(root, "apiVersion")
	return ok
}

// resource takes what is around the plugins from a Kubernetes resource, and the
// plugins where they are no messages of Envoy.
func (f *finder) resource(n *yaml.Node, s *scope) bool {
	kind := text(n, "kind")
	isKustomization := kind == "Kustomization" || slices.Contains(kustomizations, base(s.file.Name)) && len(s.path) == 0
	if kind == "" && !isKustomization {
		return false
	}
	metadata, _ := source.Child(n, "metadata")
	spec, _ := source.Child(n, "spec")
	switch {
	case isKustomization:
		s.patch = true
		f.nested(n, *s, "")
		return true
	case kind == "ConfigMap" || kind == "Secret":
		if data, ok := source.Child(n, map[string]string{"ConfigMap": "data", "Secret": "stringData"}[kind]); ok {
			f.nested(data, *s, "")
		}
		return true
	case spec == nil:
		return false
	}
	s.resource = text(metadata, "name")
	switch kind {
	case "WasmPlugin":
		f.object(spec, s.at("spec"), "pluginConfig", text(spec, "pluginName"), base(text(spec, "url")))
		return true
	case "TrafficExtension":
		if wasm, ok := source.Child(spec, "wasm"); ok {
			f.object(wasm, s.at("spec", "wasm"), "pluginConfig", text(wasm, "pluginName"), base(text(wasm, "url")))
		}
		return true
	case "EnvoyExtensionPolicy":
		wasm, _ := source.Child(spec, "wasm")
		if wasm != nil && wasm.Kind == yaml.SequenceNode {
			for i, element := range wasm.Content {
				element = source.Resolve(element)
				f.object(element, s.at("spec", "wasm", strconv.Itoa(i)), "config", text(element, "name"), text(element, "rootID"), code(element))
			}
		}
		return true
	case "EnvoyProxy":
		bootstrap, _ := source.Child(spec, "bootstrap")
		if value, ok := source.Child(bootstrap, "value"); ok && value.Kind == yaml.ScalarNode {
			f.nestedText(value, *s, "bootstrap.yaml")
		}
	case "EnvoyFilter":
		patches, _ := source.Child(spec, "configPatches")
		if patches != nil && patches.Kind == yaml.SequenceNode {
			for i, patch := range patches.Content {
				named := s.at("spec", "configPatches", strconv.Itoa(i))
				named.filter = mergedFilter(patch)
				f.walk(source.Resolve(patch), named)
			}
		}
		return true
	}
	return false
}

var kustomizations = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}

// code returns the base name of the image or file of a plugin in Envoy Gateway.
func code(plugin *yaml.Node) string {
	code, _ := source.Child(plugin, "code")
	image, _ := source.Child(code, "image")
	http, _ := source.Child(code, "http")
	return base(text(image, "url") + text(http, "url"))
}

// mergedFilter returns the name of the filter that a patch of an EnvoyFilter
// changes.
func mergedFilter(patch *yaml.Node) string {
	n := patch
	for _, name := range []string{"match", "listener", "filterChain", "filter", "subFilter"} {
		n, _ = source.Child(n, name)
	}
	return text(n, "name")
}

// object takes a plugin whose configuration is an object.
func (f *finder) object(n *yaml.Node, s scope, key string, names ...string) {
	c := &candidate{node: n, file: s.file, resource: s.resource, Plugin: &Plugin{
		CustomMethods: true,
		Part:          s.patch,
		names:         names,
		place:         func(int) source.Position { return s.file.Of(n) },
	}}
	if config, ok := source.Child(n, key); !ok {
		c.errors = []source.Finding{{Position: s.file.Of(n), Severity: source.Error, Message: "no " + quoted(key) + ", want the configuration in it"}}
	} else {
		c.JSON = s.converted.encode(append(s.path, key))
		c.declares = hasDeclaration(config)
		c.place = func(offset int) source.Position { return s.file.Of(nodeAt(config, c.JSON, offset)) }
	}
	*s.candidates = append(*s.candidates, c)
}

// nested looks into the strings of a node that are YAML themselves, whose name is
// that of a file perhaps.
func (f *finder) nested(n *yaml.Node, s scope, name string) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			f.nested(n.Content[i+1], s, n.Content[i].Value)
		}
	case yaml.SequenceNode:
		for _, element := range n.Content {
			f.nested(element, s, name)
		}
	case yaml.ScalarNode:
		f.nestedText(n, s, name)
	}
}

func (f *finder) nestedText(n *yaml.Node, s scope, name string) {
	if !strings.ContainsAny(n.Value, "\n{") {
		return
	}
	file := s.file.Nested(n)
	documents, err := file.Documents()
	isFile := strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") || strings.HasSuffix(name, ".json")
	if err != nil && (!isFile || !speaks.MatchString(n.Value)) {
		return // a script, or somebody else's
	}
	inner := &finder{Search: f.Search}
	for _, document := range documents {
		if operations := document.Content[0]; s.patch && operations.Kind == yaml.SequenceNode {
			inner.operations(file, document, operations)
		}
	}
	inner.documents(file, name, documents, err)
	for _, plugin := range inner.found.Plugins {
		plugin.Part = plugin.Part || s.patch
	}
	f.candidates = f.candidates || inner.candidates
	f.found.Plugins = append(f.found.Plugins, inner.found.Plugins...)
	f.found.Findings = append(f.found.Findings, inner.found.Findings...)
}

// operations takes the configuration from a JSON patch (RFC 6902).
func (f *finder) operations(file *source.File, document, operations *yaml.Node) {
	var candidates []*candidate
	s := scope{file: file, patch: true, candidates: &candidates,
		converted: &converted{text: file.Text[file.Offset(document):]}}
	for i, operation := range operations.Content {
		if value, ok := source.Child(operation, "value"); ok && strings.HasSuffix(text(operation, "path"), "/pluginConfig") && value.Kind == yaml.MappingNode {
			f.object(operation, s.at(strconv.Itoa(i)), "value")
		}
	}
	f.choose(candidates)
}

// converted is a document as Kubernetes reads it.
type converted struct {
	text  string
	value any
	err   error
	done  bool
}

func (c *converted) convert() (any, error) {
	if !c.done {
		c.done = true
		text, err := kubernetes.YAMLToJSON([]byte(c.text))
		if err == nil {
			err = json.Unmarshal(text, &c.value)
		} else {
			err = errors.New(strings.TrimPrefix(strings.TrimPrefix(err.Error(), "error converting YAML to JSON: "), "yaml: "))
		}
		c.err = err
	}
	return c.value, c.err
}

// encode returns the JSON that a host makes of a value, with sorted members and
// numbers that are doubles, or nil where there is none.
func (c *converted) encode(path []string) []byte {
	value, err := c.convert()
	if err != nil {
		return nil
	}
	for _, name := range path {
		switch at := value.(type) {
		case map[string]any:
			value = at[name]
		case []any:
			i, _ := strconv.Atoi(name) // the walk was here
			value = at[i]
		}
	}
	if value == nil {
		return nil
	}
	text, _ := json.Marshal(value) // which is from JSON
	return text
}

// nodeAt returns the node that a byte of its JSON comes from.
func nodeAt(n *yaml.Node, text []byte, offset int) *yaml.Node {
	decoder := jsontext.NewDecoder(bytes.NewReader(text))
	var pointer jsontext.Pointer
	isName := false
	for {
		before := int(decoder.InputOffset())
		start := len(text) - len(bytes.TrimLeft(text[before:], " \t\r\n:,"))
		if start > offset {
			break
		}
		if _, err := decoder.ReadToken(); err != nil {
			break
		}
		pointer = decoder.StackPointer()
		kind, count := decoder.StackIndex(decoder.StackDepth())
		isName = kind == '{' && count%2 == 1
	}
	key := n
	for name := range pointer.Tokens() {
		n = source.Resolve(n)
		if n.Kind == yaml.SequenceNode {
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(n.Content) {
				return n
			}
			n, key = n.Content[i], n.Content[i]
			continue
		}
		members := source.Merged(n)
		i := slices.IndexFunc(members, func(m source.Member) bool { return m.Name == name })
		if i < 0 {
			i = slices.IndexFunc(members, func(m source.Member) bool { return nameOf(source.Resolve(m.Key)) == name })
		}
		if i < 0 {
			return n
		}
		n, key = members[i].Value, members[i].Key
	}
	if isName {
		return key
	}
	return n
}

// nameOf returns the name that Kubernetes makes of a key.
func nameOf(key *yaml.Node) string {
	text, err := kubernetes.YAMLToJSON([]byte("{" + key.Value + ": 0}"))
	if err != nil {
		return key.Value
	}
	var members map[string]int
	_ = json.Unmarshal(text, &members)
	if len(members) == 1 {
		for name := range members {
			return name
		}
	}
	return key.Value
}

func (s scope) isString(n *yaml.Node) bool {
	if s.converted == nil {
		return isEnvoyString(n)
	}
	if n.Kind != yaml.ScalarNode || isQuoted(n) {
		return n.Kind == yaml.ScalarNode
	}
	text, err := kubernetes.YAMLToJSON([]byte(n.Value))
	return err == nil && bytes.HasPrefix(text, []byte(`"`))
}

func (s scope) isNull(n *yaml.Node) bool {
	if s.converted == nil {
		return isEnvoyNull(n)
	}
	return n.ShortTag() == "!!null"
}

// repeated returns where a key stands twice in a mapping.
func repeated(file *source.File, n *yaml.Node) (at source.Position, problem string, ok bool) {
	if n.Kind == yaml.MappingNode {
		first := map[string]source.Position{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			at, key := file.Of(n.Content[i]), source.Resolve(n.Content[i])
			switch {
			case key.Kind != yaml.ScalarNode:
				return at, "no YAML: a key that is no scalar, want quotes around text with braces", true
			case key.ShortTag() == "!!null":
				return at, "no YAML: a key that is null, want a name", true
			}
			name := key.Value
			if !isQuoted(key) {
				name = nameOf(key)
			}
			if before, ok := first[name]; ok {
				return at, fmt.Sprintf("duplicate key %q, first on line %d", name, before.Line), true
			}
			first[name] = at
		}
	}
	for _, child := range n.Content {
		if at, problem, ok := repeated(file, child); ok {
			return at, problem, ok
		}
	}
	return at, "", false
}
