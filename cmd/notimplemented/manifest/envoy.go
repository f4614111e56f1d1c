// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"encoding/base64"
	"path"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v4"

	"notimplemented/cmd/notimplemented/source"
)

// isEnvoy reports whether a document is Envoy's.
func isEnvoy(document *yaml.Node) bool {
	return !isKubernetes(document) &&
		has(document.Content[0], "static_resources", "dynamic_resources", "resources", "vm_config", "typed_config")
}

// message takes what is around Envoy's plugins from a mapping, and the plugin if
// it is one.
func (f *finder) message(n *yaml.Node, s *scope) (ok bool) {
	if has(n, "http_filters") && !s.isPatch {
		s.manager = n
	}
	if matcher := field(n, "xds_matcher"); matcher != nil {
		s.skipped = skippedMethods(matcher)
	}
	if name := text(n, "name"); name != "" && has(n, "typed_config") {
		s.filter = name
	}
	// An extension's message, or what stands for it in an EnvoyFilter.
	outer, kind := n, field(n, "@type")
	if typed := field(n, "type_url"); typed != nil {
		kind = typed
		if value := field(n, "value"); value != nil {
			outer = value
		}
	}
	config, inside, isPart := field(outer, "config"), *s, false
	any := field(n, "configuration")
	switch {
	case kind != nil && has(config, "vm_config"):
	case kind != nil && path.Base(kind.Value) == extensions[0] && config != nil && config.Kind == yaml.MappingNode:
	case has(n, "vm_config"):
		outer, config, kind = under("config", n), n, nil
	case has(any, "@type") && has(any, "value"):
		outer, config, kind = under("config", n), n, nil
		isPart, inside.isPatch = true, true
	default:
		return false
	}
	for _, c := range f.candidates {
		if c.node == config { // an alias of it
			c.names = append(c.names, s.filter)
			return true
		}
	}
	c := inside.message(config)
	if isPart && !c.declares {
		return false
	}
	c.extension(outer, kind, inside)
	f.candidates = append(f.candidates, c)
	return true
}

// message returns the plugin of Envoy's PluginConfig.
func (s scope) message(n *yaml.Node) *candidate {
	file := base(text(n, "vm_config", "code", "local", "filename") + text(n, "vm_config", "code", "remote", "http_uri", "uri"))
	c := s.candidate(n, text(n, "name"), text(n, "root_id"), s.filter, file)
	// Where no connection manager is to be seen, nothing is sure.
	c.CustomMethods = s.manager == nil || text(s.manager, "http_protocol_options", "allow_custom_methods") == "true"
	c.Skipped = s.skipped
	if config := field(n, "configuration"); config != nil && !s.isNull(config) {
		c.any(config, s)
	} else {
		c.Part = s.isPatch && !has(n, "vm_config")
	}
	return c
}

// skippedMethods returns the methods that a matcher skips its filter for by their names.
// Matchers of other forms are not understood.
func skippedMethods(matcher *yaml.Node) (methods []string) {
	tree := field(matcher, "matcher_tree")
	if text(tree, "input", "typed_config", "header_name") != ":method" {
		return nil
	}
	for _, m := range members(field(tree, "exact_match_map", "map")) {
		if strings.HasSuffix(text(m.Value, "action", "typed_config", "@type"), "/envoy.extensions.filters.common.matcher.action.v3.SkipFilter") {
			methods = append(methods, m.Name)
		}
	}
	return methods
}

const stringValue = "type.googleapis.com/google.protobuf.StringValue"

// any unpacks a google.protobuf.Any as Envoy does.
func (c *candidate) any(config *yaml.Node, s scope) {
	c.place = func(int) source.Position { return s.file.Of(config) }
	if config.Kind != yaml.MappingNode {
		c.refuse(config, `not an object, want one with "@type" and "value"`)
		return
	}
	for _, m := range members(config) {
		if m.Name != "@type" && m.Name != "value" {
			c.refuse(m.Key, "unknown key "+quoted(m.Name)+`, want "@type" and "value" only`)
		}
	}
	kind, value := field(config, "@type"), field(config, "value")
	if kind == nil {
		c.refuse(config, `no "@type", want "`+stringValue+`"`)
		kind = &yaml.Node{Value: stringValue}
	}
	if value == nil || s.isNull(value) {
		return
	}
	c.place = func(int) source.Position { return s.file.Of(value) }
	text := []byte(value.Value)
	if value.Kind != yaml.ScalarNode {
		text, _ = encode(value, s.file, s.scalar)
	}
	c.declares = declares(text)
	prefix, name := path.Split(kind.Value)
	switch {
	case len(prefix) < 2:
		c.refuse(kind, quoted(kind.Value)+` is not a type URL, want "`+stringValue+`"`)
	case name != "google.protobuf.StringValue" && name != "google.protobuf.BytesValue":
		c.refuse(kind, quoted(kind.Value)+` reaches the plugin as protobuf, not as JSON, want "`+stringValue+`"`)
	case !s.isString(value):
		c.refuse(value, typeOf(value)+`, want a string with the JSON in it, like "value: |" and the JSON below`)
	case name == "google.protobuf.StringValue":
		c.JSON, c.place = text, s.file.Nested(value).At
	default:
		decoded, err := decodeBase64(value.Value)
		if err != nil {
			c.refuse(value, "not base64: "+err.Error())
			return
		}
		c.JSON, c.declares = decoded, declares(decoded)
	}
}

func typeOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "object"
	case yaml.SequenceNode:
		return "array"
	}
	return "no string"
}

// decodeBase64 takes both alphabets, and as many "=" as it should have or fewer.
func decodeBase64(text string) ([]byte, error) {
	bare := strings.TrimRight(text, "=")
	if padding := len(text) - len(bare); padding > 0 && padding > (4-len(bare)%4)%4 {
		return nil, base64.CorruptInputError(len(bare))
	}
	if i := strings.IndexAny(bare, "\r\n"); i >= 0 {
		return nil, base64.CorruptInputError(i)
	}
	return base64.RawStdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "/").Replace(bare))
}

// isReadAsJSON reports whether Envoy takes a file of this name for JSON.
func isReadAsJSON(name string) bool {
	ending := strings.ToLower(path.Ext(name))
	return ending != "" && ending != ".yaml" && ending != ".yml"
}

// structs are the members whose value is any object, so that "<<" is a name there.
var structs = []string{"metadata", "filter_metadata", "filterMetadata", "json_format", "jsonFormat", "static_layer", "staticLayer"}

// refusedByEnvoy says what Envoy refuses of a document that no other part of it
// shows.
func (f *finder) refusedByEnvoy(document *yaml.Node, s scope) {
	if isReadAsJSON(s.key) && !jsontext.Value(s.file.Raw).IsValid(jsontext.AllowDuplicateNames(true)) {
		f.add(source.Error, s.file.Start(), "not JSON, which Envoy expects in a file of this name, want .yaml")
	}
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		if n.Kind == yaml.SequenceNode {
			for _, element := range n.Content {
				walk(element)
			}
		}
		for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
			switch key := n.Content[i]; {
			case key.Value == "<<" && key.Tag != "!ignore":
				f.add(source.Error, s.file.Of(key), `Envoy does not support the merge key "<<", want the members themselves`)
			case !slices.Contains(structs, key.Value):
				walk(n.Content[i+1])
			}
		}
	}
	walk(document.Content[0])
}
