// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// configuration is the plugin JSON of one plugin.
type configuration struct {
	json []byte
	at   func(offset int) position // of a byte of json, in the file
	host []finding                 // why the host hands over something else
}

const wantConfiguration = "no plugin JSON, want it alone, or in a file for Envoy, Istio or Envoy Gateway " +
	`where "notimplemented" stands in the plugin's name, root_id or address`

// find returns every configuration in a file, and the wasm plugins that it takes
// for others. Its error is a finding: the file cannot be read to its end, or there
// is no configuration in it.
func find(s source) (configurations []configuration, others []finding, err error) {
	documents, err := s.documents()
	f := &finder{source: s}
	for _, document := range documents {
		f.walk(document)
	}
	switch found := f.configurations != nil || f.others != nil; {
	case !found && s.isJSON() && !slices.ContainsFunc(documents, isForHost):
		return []configuration{{json: []byte(s.text), at: s.at}}, nil, nil
	case err == nil && f.configurations == nil:
		err = finding{position{s.name, 1, 1}, wantConfiguration}
	}
	return f.configurations, f.others, err
}

func (s source) isJSON() bool {
	start := strings.TrimLeft(s.text, " \t\r\n\ufeff")
	return start == "" || start[0] == '{' || start[0] == '[' || strings.HasSuffix(s.name, ".json")
}

// isForHost reports whether a document is a host's, a bootstrap or a resource.
func isForHost(document *yaml.Node) bool {
	_, ok := child(document.Content[0], "apiVersion", "static_resources", "staticResources", "dynamic_resources", "dynamicResources", "resources")
	return ok
}

type finder struct {
	source
	configurations []configuration
	others         []finding
}

// walk finds the plugins wherever they stand: Envoy's messages also stand in an
// EnvoyFilter or an EnvoyPatchPolicy, and resources in a List.
func (f *finder) walk(n *yaml.Node) {
	kind, _ := child(n, "kind")
	spec, hasSpec := child(n, "spec")
	if kind != nil && hasSpec {
		metadata, _ := child(n, "metadata")
		name, _ := child(metadata, "name")
		switch kind.Value {
		case "WasmPlugin":
			f.object(name, spec, "pluginConfig")
			return
		case "TrafficExtension":
			if wasm, ok := child(spec, "wasm"); ok {
				f.object(name, wasm, "pluginConfig")
			}
			return
		case "EnvoyExtensionPolicy":
			if wasm, ok := child(spec, "wasm"); ok {
				for _, element := range wasm.Content {
					f.object(nil, resolve(element), "config")
				}
			}
			return
		}
	}
	if _, ok := child(n, "vm_config", "vmConfig"); ok {
		f.message(n)
		return
	}
	for _, c := range n.Content {
		f.walk(c)
	}
}

// object takes the configuration of a Kubernetes resource.
func (f *finder) object(name, plugin *yaml.Node, key string) {
	var e encoder
	at := plugin
	if config, ok := child(plugin, key); ok {
		at = config
		e.append(config)
	}
	c := configuration{json: e.json, at: func(offset int) position { return f.atNode(at) }}
	if e.json != nil {
		c.at = func(offset int) position { return f.atNode(e.node(offset)) }
	}
	f.add(plugin, c, mentions(name, itself) || mentionsBeside(plugin, key))
}

const (
	stringValue = "type.googleapis.com/google.protobuf.StringValue"
	bytesValue  = "type.googleapis.com/google.protobuf.BytesValue"
)

// message takes the configuration of Envoy's PluginConfig.
func (f *finder) message(plugin *yaml.Node) {
	c := configuration{at: func(int) position { return f.atNode(plugin) }}
	if config, ok := child(plugin, "configuration"); ok {
		f.any(&c, config)
	}
	f.add(plugin, c, mentionsBeside(plugin, "configuration"))
}

// any unpacks a google.protobuf.Any as Envoy does.
func (f *finder) any(c *configuration, config *yaml.Node) {
	c.at = func(int) position { return f.atNode(config) }
	kind, ok := child(config, "@type")
	if !ok {
		c.host = []finding{{f.atNode(config), `no "@type", want "` + stringValue + `"`}}
	}
	value, ok := child(config, "value")
	if !ok {
		return
	}
	switch {
	case kind != nil && kind.Value == bytesValue:
		c.at = func(int) position { return f.atNode(value) }
		json, err := base64.StdEncoding.DecodeString(value.Value)
		if err != nil {
			c.host = append(c.host, finding{f.atNode(value), "no base64: " + err.Error()})
		}
		c.json = json
	case value.Kind == yaml.ScalarNode:
		c.json = []byte(value.Value)
		c.at = func(offset int) position { return f.inScalar(value, offset) }
	default:
		var e encoder
		e.append(value)
		c.json = e.json
		c.at = func(offset int) position { return f.atNode(e.node(offset)) }
	}
	if kind != nil && kind.Value != stringValue && kind.Value != bytesValue {
		c.host = append(c.host, finding{f.atNode(kind), quoted(kind.Value) + ` reaches the plugin as protobuf, not as JSON, want "` + stringValue + `"`})
	}
}

// itself is the name by which a plugin is known for this one.
const itself = "notimplemented"

func (f *finder) add(plugin *yaml.Node, c configuration, isItself bool) {
	hasKey := func(key string) bool { return bytes.Contains(c.json, []byte(quoted(key))) }
	if isItself || hasKey("implemented_methods") || hasKey("unimplemented") {
		f.configurations = append(f.configurations, c)
		return
	}
	name := "without a name"
	if n, ok := child(plugin, "name", "pluginName", "root_id", "rootId"); ok {
		name = quoted(n.Value)
	}
	f.others = append(f.others, finding{f.atNode(plugin), "wasm plugin " + name + ` is left out, nothing says that it is notimplemented`})
}

// mentions reports whether a word is in a scalar of a node.
func mentions(n *yaml.Node, word string) bool {
	return n != nil && (n.Kind == yaml.ScalarNode && strings.Contains(n.Value, word) ||
		slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return mentions(c, word) }))
}

// mentionsBeside looks everywhere but in the configuration.
func mentionsBeside(plugin *yaml.Node, key string) bool {
	return slices.ContainsFunc(members(plugin), func(m member) bool { return m.name != key && mentions(resolve(m.value), itself) })
}
