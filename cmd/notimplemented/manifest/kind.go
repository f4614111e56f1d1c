// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"notimplemented/cmd/notimplemented/source"
)

// isForHost reports whether a document is a host's, a configuration or a resource.
func isForHost(document *yaml.Node) bool {
	return isKubernetes(document) || isEnvoy(document)
}

// template is what Helm has in its templates, variable what envsubst replaces.
var (
	template = regexp.MustCompile(`\{\{-?\s*(?:/\*|[.$]|(?:if|range|with|end|else|include|template|define|block|toYaml)\b)`)
	variable = regexp.MustCompile(`\$\{[A-Z_a-z][0-9A-Z_a-z]*\}`)
)

// What has the plugin and is no file for a host.
const (
	ofHelm     = `a template like those of Helm, want what "helm template" makes of it`
	ofEnvsubst = `a template like those of envsubst, want what "envsubst" makes of it`
	inYAML     = "the plugin's configuration in YAML, want JSON, or YAML in a resource of a host"
)

// ofTemplate says what a text is whose placeholders a tool fills in.
func ofTemplate(text string) (kind string, ok bool) {
	switch {
	case template.MatchString(text):
		return ofHelm, true
	case variable.MatchString(text):
		return ofEnvsubst, true
	}
	return "", false
}

// notForHosts says what a file is that no host reads.
func notForHosts(file *source.File, documents []*yaml.Node, err error) (kind string, ok bool) {
	isBroken := err != nil || slices.ContainsFunc(documents, hasComplexKey)
	if kind, ok := ofTemplate(file.Text); ok && isBroken {
		return kind, true
	}
	if len(documents) == 0 {
		return "", false
	}
	root := documents[0].Content[0]
	has := func(names ...string) bool { return has(root, names...) }
	hasOne := func(name string, isSuch func(*yaml.Node) bool) bool {
		list := field(root, name)
		return list != nil && slices.ContainsFunc(list.Content, isSuch)
	}
	switch {
	case has("swagger"):
		return `a Swagger document, which "notimplemented from-openapi" reads`, true
	case has("openapi"):
		return `an OpenAPI document, which "notimplemented from-openapi" reads`, true
	case has("$schema") && has("properties", "$defs", "definitions"):
		return "a JSON schema", true
	case hasOne("configs", isDump):
		return "a config_dump, want the configuration that Envoy reads", true
	case !isObject(file.Text) && (has("implemented_methods", "unimplemented") || hasOne("servers", hasHosts)):
		return inYAML, true
	}
	return "", false
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
func forHosts(documents []*yaml.Node) string {
	const without = " without this plugin"
	if len(documents) > 0 {
		switch kind := text(documents[0].Content[0], "kind"); {
		case kind != "":
			return kind + without
		case isEnvoy(documents[0]):
			return "a configuration of Envoy" + without
		}
	}
	return "no configuration of the plugin, want its JSON, or a file for Envoy, Istio or Envoy Gateway"
}
