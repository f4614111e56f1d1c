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
	return has(root, "kind", "apiVersion") && !has(root, "vm_config", "vmConfig")
}

// refusedByKubernetes says what Kubernetes refuses of a document that no other
// part of it shows. It is fatal where no part is read.
func refusedByKubernetes(document *yaml.Node, end int, file *source.File) (at source.Position, problem string, fatal bool) {
	at, problem = repeated(file, document)
	if source.IsJSON(document) {
		return at, problem, false
	}
	indentation := strings.Repeat(" ", max(0, document.Column-1))
	_, err := sigs.YAMLToJSON([]byte(indentation + file.Text[file.Offset(document):end]))
	if err != nil && problem == "" {
		at = file.Of(document.Content[0])
		problem = "no YAML: " + strings.TrimPrefix(strings.TrimPrefix(err.Error(), "error converting YAML to JSON: "), "yaml: ")
	}
	return at, problem, err != nil
}

// repeated returns where a key stands twice in a mapping.
func repeated(file *source.File, n *yaml.Node) (at source.Position, problem string) {
	if n.Kind == yaml.MappingNode {
		first := map[string]*yaml.Node{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := source.Resolve(n.Content[i])
			switch {
			case key.Kind != yaml.ScalarNode:
				return file.Of(n.Content[i]), "no YAML: a key that is no scalar, want quotes around text with braces"
			case key.ShortTag() == "!!null":
				return file.Of(n.Content[i]), "no YAML: a key that is null, want a name"
			}
			name := nameOf(key)
			if before, ok := first[name]; ok {
				return file.Of(n.Content[i]), fmt.Sprintf("duplicate key %q, first on line %d", name, file.Of(before).Line)
			}
			first[name] = n.Content[i]
		}
	}
	for _, child := range n.Content {
		if at, problem := repeated(file, child); problem != "" {
			return at, problem
		}
	}
	return at, ""
}
