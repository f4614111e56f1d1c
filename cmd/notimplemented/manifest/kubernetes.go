// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
	sigs "sigs.k8s.io/yaml"

	"notimplemented/cmd/notimplemented/source"
)

// isKubernetes reports whether a document has a resource, or a list of them.
func isKubernetes(document *yaml.Node) bool {
	root := document.Content[0]
	return has(root, "kind", "apiVersion") && !has(root, "vm_config")
}

// resource is one of Kubernetes, whose name may be the plugin's.
type resource struct{ kind, name string }

// resource takes what is around the plugins from a Kubernetes resource, or from a patch
// of one.
func (f *finder) resource(n *yaml.Node, s *scope) (ok bool) {
	kind := text(n, "kind")
	switch group := "extensions.higress.io"; {
	case has(n, "target") && has(n, "patch"): // of kustomize
		s.resource = &resource{name: text(n, "target", "name")}
	case has(n, "match") && has(n, "patch"): // of an EnvoyFilter
		s.filter, s.isPatch = text(n, "match", "listener", "filterChain", "filter", "subFilter", "name"), true
	case kind == "" || !has(n, "spec"):
	case strings.HasPrefix(text(n, "apiVersion"), group+"/"):
		f.other(s.file, kind+" of Higress ("+group+"), want one of Istio")
		return true
	default:
		s.resource, s.key = &resource{kind, text(n, "metadata", "name")}, ""
	}
	return false
}

// pluginIn is what has a plugin in a resource, by its kind, and its configuration in that.
var pluginIn = map[string]struct{ key, config string }{
	"WasmPlugin":           {"spec", "pluginConfig"},
	"TrafficExtension":     {"wasm", "pluginConfig"},
	"EnvoyExtensionPolicy": {"wasm", "config"},
}

// plugin takes one whose configuration is an object: what Istio or Envoy Gateway make
// Envoy's message of, a patch of that, or the configuration alone.
func (f *finder) plugin(n *yaml.Node, s scope) (ok bool) {
	in, isKnown := pluginIn[s.resource.kind]
	switch {
	case isKnown:
	case s.key == "wasm":
		in = pluginIn["EnvoyExtensionPolicy"]
	default:
		in = pluginIn["WasmPlugin"]
	}
	config := field(n, in.config)
	var c *candidate
	switch {
	case isKnown && s.key == in.key, !isKnown && config != nil && config.Kind == yaml.MappingNode && !has(n, "@type"):
		file := base(text(n, "url") + text(n, "code", "image", "url") + text(n, "code", "http", "url"))
		c = s.candidate(n, text(n, "pluginName"), text(n, "rootID"), file)
		c.Part = file == "" // of no code, so that another has it
		if in.config == "config" {
			c.names = append(c.names, text(n, "name"))
		}
	case !isKnown && isConfiguration(n):
		c, config = s.candidate(n, s.key), n
	default:
		return false
	}
	switch {
	case config != nil:
		c.JSON, c.place = encode(config, s.file, kubernetesScalar)
		c.declares = declares(c.JSON)
	case c.Part:
		return true // a patch of something else
	default:
		c.refuse(n, "no "+quoted(in.config)+", want the configuration in it")
	}
	f.candidates = append(f.candidates, c)
	return true
}

// refusedByKubernetes says what Kubernetes refuses of a document that no other
// part of it shows: its parser judges the text, since newer ones take more. It is fatal
// where no part is read.
func (f *finder) refusedByKubernetes(document *yaml.Node, end int, file *source.File) (fatal bool) {
	at, problem := repeated(file, document)
	var err error
	if !source.IsJSON(document) {
		indentation := strings.Repeat(" ", max(0, document.Column-1))
		_, err = sigs.YAMLToJSON([]byte(indentation + file.Text[file.Offset(document):end]))
	}
	if err != nil && problem == "" {
		at = file.Of(document.Content[0])
		problem = "not valid YAML: " + strings.TrimPrefix(strings.TrimPrefix(err.Error(), "error converting YAML to JSON: "), "yaml: ")
	}
	if problem != "" {
		f.add(source.Error, at, problem)
	}
	return err != nil
}

// repeated returns where a key stands twice in a mapping, or what is no key.
func repeated(file *source.File, n *yaml.Node) (at source.Position, problem string) {
	if n.Kind == yaml.MappingNode {
		first := map[string]*yaml.Node{}
		for _, m := range source.Members(n) {
			key := source.Resolve(m.Key)
			switch {
			case key.Kind != yaml.ScalarNode:
				return file.Of(m.Key), "not valid YAML: a key that is not a scalar, want quotes around text with braces"
			case key.ShortTag() == "!!null":
				return file.Of(m.Key), "not valid YAML: a key that is null, want a name"
			}
			name := kubernetesName(key)
			if before, ok := first[name]; ok {
				return file.Of(m.Key), fmt.Sprintf("duplicate key %q, first on line %d", name, file.Of(before).Line)
			}
			first[name] = m.Key
		}
	}
	for _, child := range n.Content {
		if at, problem := repeated(file, child); problem != "" {
			return at, problem
		}
	}
	return at, ""
}
