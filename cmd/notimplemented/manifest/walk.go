// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"encoding/base64"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"notimplemented/cmd/notimplemented/source"
)

// reader is who reads a document: that decides what its scalars are.
type reader int

const (
	nobody reader = iota // yet: what is in it comes to a host in another way
	envoy
	kubernetes
)

// scope is what is known of the nodes around one.
type scope struct {
	file     *source.File
	reader   reader
	key      string // of the node, or the name of the file
	resource *resource
	filter   string     // name of the HTTP filter or extension
	manager  *yaml.Node // the HTTP connection manager
	skipped  []string   // methods that Envoy's matcher keeps from the filter
	isPatch  bool       // of something that is elsewhere

	candidates *[]*candidate
}

// resource is one of Kubernetes, whose name may be the plugin's.
type resource struct{ name string }

// walk finds the plugins wherever they stand. What an alias stands for is found
// where it is anchored.
func (f *finder) walk(n *yaml.Node, s scope) {
	switch n.Kind {
	case yaml.ScalarNode:
		f.text(n, s)
	case yaml.SequenceNode:
		for _, element := range n.Content {
			f.walk(element, s)
		}
	case yaml.MappingNode:
		if f.operation(n, s) || f.resource(n, &s) || f.message(n, &s) || f.object(n, s) {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			s.key = n.Content[i].Value
			f.walk(n.Content[i+1], s)
		}
	}
}

// text looks into a string that is YAML, JSON, or base64 of that.
func (f *finder) text(n *yaml.Node, s scope) {
	if !f.Speaks(n.Value) && (s.resource == nil || !f.isNamed(s.resource.name)) {
		return
	}
	inner := scope{key: s.key, resource: s.resource}
	if decoded, err := base64.StdEncoding.DecodeString(n.Value); err == nil && utf8.Valid(decoded) {
		inner.file = s.file.Decoded(n, decoded)
	} else if strings.ContainsAny(n.Value, "\n{") {
		inner.file = s.file.Nested(n)
	} else {
		return
	}
	documents, err := inner.file.Documents()
	if err == nil && !slices.ContainsFunc(documents, func(document *yaml.Node) bool { return document.Content[0].Kind != yaml.ScalarNode }) {
		return
	}
	switch path.Ext(s.key) {
	case ".yaml", ".yml", ".json":
	default:
		if err != nil {
			return // a script, or somebody else's
		}
	}
	if kind, ok := notForHosts(inner.file, documents, err); ok {
		f.add(source.Note, s.file.Of(n), kind)
		return
	}
	f.stream(documents, err, inner)
}

// operation looks at what a JSON patch (RFC 6902) puts somewhere, as if it were
// there already.
func (f *finder) operation(n *yaml.Node, s scope) (ok bool) {
	value, hasValue := member(n, "value")
	if !hasValue || !has(n, "op") || !has(n, "path") {
		return false
	}
	names := strings.Split(strings.Trim(text(n, "path"), "/"), "/")
	s.isPatch = true
	isBelow := slices.Contains(names[:len(names)-1], "pluginConfig")
	for _, name := range slices.Backward(names) {
		around := &yaml.Node{Kind: yaml.MappingNode, Line: value.Line, Column: value.Column}
		if _, err := strconv.Atoi(name); err == nil || name == "-" {
			around.Kind, around.Content = yaml.SequenceNode, []*yaml.Node{value}
		} else {
			around.Content = []*yaml.Node{{Kind: yaml.ScalarNode, Value: name, Tag: "!!str", Line: value.Line, Column: value.Column}, value}
		}
		value = around
	}
	before := len(*s.candidates)
	f.walk(value, s)
	for _, c := range (*s.candidates)[before:] {
		c.Part = c.Part || isBelow
	}
	return true
}

// resource takes what is around the plugins from a Kubernetes resource, and the
// plugins where they are no messages of Envoy.
func (f *finder) resource(n *yaml.Node, s *scope) (ok bool) {
	if target, ok := source.Child(n, "target"); ok && has(n, "patch") { // of kustomize
		s.resource = &resource{text(target, "name")}
		return false
	}
	if has(n, "match") && has(n, "patch") { // of an EnvoyFilter
		s.filter, s.isPatch = mergedFilter(n), true
		return false
	}
	kind := text(n, "kind")
	spec, _ := source.Child(n, "spec")
	if kind == "" || spec == nil {
		return false
	}
	if group := "extensions.higress.io"; strings.HasPrefix(text(n, "apiVersion"), group+"/") {
		f.other(s.file, kind+" of Higress ("+group+"), want one of Istio")
		return true
	}
	metadata, _ := source.Child(n, "metadata")
	s.resource = &resource{text(metadata, "name")}
	wasm, _ := source.Child(spec, "wasm")
	switch kind {
	case "WasmPlugin":
		f.plugin(spec, *s, "pluginConfig")
	case "TrafficExtension":
		if wasm != nil {
			f.plugin(wasm, *s, "pluginConfig")
		}
	case "EnvoyExtensionPolicy":
		if wasm != nil && wasm.Kind == yaml.SequenceNode {
			for _, element := range wasm.Content {
				f.plugin(source.Resolve(element), *s, "config")
			}
		}
	default:
		return false
	}
	return true
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

// object takes a plugin whose configuration is an object, by its shape.
func (f *finder) object(n *yaml.Node, s scope) (ok bool) {
	if config, ok := source.Child(n, "pluginConfig"); ok && config.Kind == yaml.MappingNode {
		s.isPatch = true
		f.plugin(n, s, "pluginConfig")
		return true
	}
	if config, ok := source.Child(n, "config"); ok && s.key == "wasm" && config.Kind == yaml.MappingNode {
		f.plugin(n, s, "config")
		return true
	}
	if !isDeclared(n) {
		return false
	}
	c := &candidate{node: n, file: s.file, resource: s.resource, declares: true, Plugin: &Plugin{CustomMethods: true, names: []string{s.key}}}
	c.JSON, c.place = encode(n, s)
	*s.candidates = append(*s.candidates, c)
	return true
}

// plugin takes one from a resource of Istio or Envoy Gateway.
func (f *finder) plugin(n *yaml.Node, s scope, key string) {
	code, _ := source.Child(n, "code")
	image, _ := source.Child(code, "image")
	http, _ := source.Child(code, "http")
	file := base(text(n, "url") + text(image, "url") + text(http, "url"))
	c := &candidate{node: n, file: s.file, resource: s.resource, Plugin: &Plugin{
		CustomMethods: true,
		Part:          file == "", // of no code, so that another has it
		names:         []string{text(n, "pluginName"), text(n, "rootID"), file},
		place:         func(int) source.Position { return s.file.Of(n) },
	}}
	if key == "config" {
		c.names = append(c.names, text(n, "name"))
	}
	if config, ok := source.Child(n, key); ok {
		c.declares = hasDeclaration(config)
		c.JSON, c.place = encode(config, s)
	} else if c.Part {
		return // a patch of something else
	} else {
		c.findings = []source.Finding{{Position: s.file.Of(n), Severity: source.Error, Message: "no " + quoted(key) + ", want the configuration in it"}}
	}
	*s.candidates = append(*s.candidates, c)
}

// member returns a member as Envoy reads a mapping: the last of a name counts, and
// none whose key has the tag !ignore. Kubernetes knows neither.
func member(n *yaml.Node, names ...string) (value *yaml.Node, ok bool) {
	for _, m := range source.Merged(n) {
		if slices.Contains(names, m.Name) && m.Key.Tag != "!ignore" {
			value, ok = m.Value, true
		}
	}
	return value, ok
}

func has(n *yaml.Node, names ...string) bool {
	_, ok := member(n, names...)
	return ok
}

// text returns the value of a member that is a scalar, else "".
func text(n *yaml.Node, names ...string) string {
	value, ok := member(n, names...)
	if !ok || value.Kind != yaml.ScalarNode {
		return ""
	}
	return value.Value
}

// base returns the last part of a file's name or of an image's.
func base(name string) string {
	name, _, _ = strings.Cut(name, "?")
	if name == "" {
		return ""
	}
	return path.Base(name)
}
