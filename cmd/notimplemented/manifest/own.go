// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v4"

	"notimplemented/cmd/notimplemented/source"
	"notimplemented/filter/config"
)

// Speaks reports whether a text is about the plugin: this is in every name by which
// the plugin or its configuration is known.
func (s Search) Speaks(text string) bool {
	return strings.Contains(text, "implemented") || s.Name != "" && strings.Contains(text, s.Name)
}

// CanHave reports whether a text is worth a parser: it can have the plugin in base64,
// or be its configuration with a misspelt name.
func (s Search) CanHave(text string) bool {
	return s.Speaks(text) || isObject(text) || strings.Contains(text, "Secret") || strings.Contains(text, "binaryData")
}

// isObject reports whether a text can be a JSON object.
func isObject(text string) bool {
	return strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{")
}

// declares reports whether an object of JSON has a member that no other plugin's
// configuration has, be the JSON broken behind it.
func declares(text []byte) bool {
	decoder := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if decoder.PeekKind() != '{' {
		return false
	}
	_, _ = decoder.ReadToken()
	for {
		name, err := decoder.ReadToken()
		if err != nil {
			return false
		}
		switch name.String() {
		case "implemented_methods", "unimplemented", "servers":
			return true
		}
		if decoder.SkipValue() != nil {
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
	return slices.ContainsFunc(source.Members(documents[0].Content[0]), func(m source.Member) bool {
		switch {
		case m.Name == "implemented_methods" || m.Name == "unimplemented":
			return true
		case m.Name == "servers":
			return slices.ContainsFunc(m.Value.Content, hasHosts)
		}
		return m.Value.Kind == yaml.SequenceNode && (config.IsNear(m.Name, "implemented_methods") || config.IsNear(m.Name, "unimplemented"))
	})
}

// isConfiguration reports whether an object among others is the plugin's configuration.
func isConfiguration(n *yaml.Node) bool {
	hasOne := func(name string, isSuch func(*yaml.Node) bool) bool {
		list, ok := source.Child(n, name)
		return ok && list.Kind == yaml.SequenceNode && slices.ContainsFunc(list.Content, isSuch)
	}
	return hasOne("implemented_methods", func(method *yaml.Node) bool { return source.Resolve(method).Kind == yaml.ScalarNode }) ||
		hasOne("unimplemented", func(entry *yaml.Node) bool { return has(entry, "method", "capability", "header", "query", "path") }) ||
		hasOne("servers", func(server *yaml.Node) bool { return hasHosts(server) && isConfiguration(server) })
}
