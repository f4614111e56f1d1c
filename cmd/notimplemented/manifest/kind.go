// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v4"

	"notimplemented/cmd/notimplemented/source"
	"notimplemented/filter/config"
)

// What has the plugin and is no file for a host.
const (
	ofHelm     = `a Helm template, want the output of "helm template"`
	ofEnvsubst = `a template for envsubst, want the output of "envsubst"`
	inYAML     = "the plugin's configuration in YAML, want JSON, or YAML inside a resource of Istio or Envoy Gateway"
)

var (
	helm     = regexp.MustCompile(`\{\{-?\s*(?:/\*|[.$]|(?:if|range|with|end|else|include|template|define|block|toYaml)\b)`)
	envsubst = regexp.MustCompile(`\$\{[A-Z_a-z][0-9A-Z_a-z]*\}`)
)

// ofTemplate says what a text is whose placeholders a tool fills in, else "".
func ofTemplate(text string) (kind string) {
	switch {
	case helm.MatchString(text):
		return ofHelm
	case envsubst.MatchString(text):
		return ofEnvsubst
	}
	return ""
}

// notForHosts says what a file is that no host reads, else "".
func notForHosts(file *source.File, documents []*yaml.Node, err error) (kind string) {
	if err != nil || slices.ContainsFunc(documents, hasComplexKey) {
		kind = ofTemplate(file.Text)
	}
	if kind != "" || len(documents) == 0 {
		return kind
	}
	root := documents[0].Content[0]
	switch {
	case has(root, "swagger"):
		return `a Swagger document, which "notimplemented from-openapi" reads`
	case has(root, "openapi"):
		return `an OpenAPI document, which "notimplemented from-openapi" reads`
	case has(root, "$schema") && has(root, "properties", "$defs", "definitions"):
		return "a JSON schema"
	case hasOne(root, "configs", isDump):
		return "a config_dump, want the configuration that Envoy reads"
	case !isObject(file.Text) && (has(root, "implemented_methods", "unimplemented") || hasOne(root, "servers", hasHosts)):
		return inYAML
	}
	return ""
}

// hasOne reports whether one element of a list is such.
func hasOne(n *yaml.Node, name string, isSuch func(*yaml.Node) bool) bool {
	list, ok := source.Child(n, name)
	return ok && slices.ContainsFunc(list.Content, isSuch)
}

func hasHosts(server *yaml.Node) bool { return has(server, "hosts") }

func isDump(n *yaml.Node) bool {
	return strings.HasPrefix(text(n, "@type"), "type.googleapis.com/envoy.admin.")
}

func hasComplexKey(n *yaml.Node) bool {
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && child.Kind == yaml.MappingNode || hasComplexKey(child) {
			return true
		}
	}
	return false
}

// forHosts says what a file is that has no plugin of ours.
func forHosts(documents []*yaml.Node) (kind string) {
	if len(documents) > 0 {
		kind = text(documents[0].Content[0], "kind")
		if isEnvoy(documents[0]) {
			kind = "an Envoy configuration"
		}
	}
	if kind == "" {
		return "no plugin configuration, want its JSON, or a file for Envoy, Istio or Envoy Gateway"
	}
	return kind + " without this plugin"
}

// isForHost reports whether a document is a host's, a configuration or a resource.
func isForHost(document *yaml.Node) bool {
	return isKubernetes(document) || isEnvoy(document)
}

// Speaks reports whether a text is about the plugin: this is in every name by which
// the plugin or its configuration is known.
func (s Search) Speaks(text string) bool {
	return strings.Contains(text, "implemented") || s.Name != "" && strings.Contains(text, s.Name)
}

// CanHave reports whether a text is worth a parser: it speaks of the plugin, maybe in
// base64, or can be its configuration with a misspelt name.
func (s Search) CanHave(text string) bool {
	isIn := func(part string) bool { return strings.Contains(text, part) }
	return s.Speaks(text) || slices.ContainsFunc(encodings, isIn) ||
		isObject(text) && slices.ContainsFunc(halves, isIn)
}

// isObject reports whether a text can be a JSON object.
func isObject(text string) bool {
	return strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{")
}

// encodings are what base64 makes of "implemented", wherever it starts.
var encodings = []string{"aW1wbGVtZW50ZW", "ltcGxlbWVudGVk", "pbXBsZW1lbnRlZ"}

// halves of the names of members: one is left whatever two letters are wrong.
var halves = []string{"implem", "ented_", "methods", "unim", "plem", "ented"}

// declares reports whether an object of JSON has a member that no other plugin's
// configuration has, be the JSON broken behind it.
func declares(text []byte) bool {
	decoder := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if start, err := decoder.ReadToken(); err != nil || start.Kind() != '{' {
		return false
	}
	for {
		name, err := decoder.ReadToken()
		switch {
		case err != nil:
			return false
		case slices.Contains([]string{"implemented_methods", "unimplemented", "servers"}, name.String()):
			return true
		case decoder.SkipValue() != nil:
			return false
		}
	}
}

// isOwn reports whether a text that can be a JSON object is the plugin's configuration:
// a misspelt name tells it from somebody else's, too.
func isOwn(documents []*yaml.Node, err error, file *source.File) bool {
	if len(documents) == 0 && err != nil {
		return declares([]byte(file.Text))
	}
	if len(documents) != 1 || isForHost(documents[0]) {
		return false
	}
	root := documents[0].Content[0]
	isNear := func(m source.Member) bool {
		return m.Value.Kind == yaml.SequenceNode && (config.IsNear(m.Name, "implemented_methods") || config.IsNear(m.Name, "unimplemented"))
	}
	return has(root, "implemented_methods", "unimplemented") || hasOne(root, "servers", hasHosts) || slices.ContainsFunc(source.Members(root), isNear)
}

// isConfiguration reports whether an object among others is the plugin's configuration.
func isConfiguration(n *yaml.Node) bool {
	return hasOne(n, "implemented_methods", func(method *yaml.Node) bool { return source.Resolve(method).Kind == yaml.ScalarNode }) ||
		hasOne(n, "unimplemented", func(entry *yaml.Node) bool { return has(entry, "method", "capability", "header", "query", "path") }) ||
		hasOne(n, "servers", func(server *yaml.Node) bool { return hasHosts(server) && isConfiguration(server) })
}
