// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"notimplemented/cmd/notimplemented/source"
	"notimplemented/filter/config"
)

// spoken is in every name by which the plugin or its configuration is known.
const spoken = "implemented"

// encodings are what base64 makes of that, wherever it starts.
var encodings = func() (encodings []string) {
	for before := range 3 {
		encoded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat(" ", before) + spoken))
		encodings = append(encodings, encoded[(before*8+5)/6:(before+len(spoken))*8/6])
	}
	return encodings
}()

// Speaks reports whether a text is about the plugin, so that it is worth a parser.
func (s Search) Speaks(text string) bool {
	return strings.Contains(text, spoken) || s.Name != "" && strings.Contains(text, s.Name) ||
		slices.ContainsFunc(encodings, func(encoded string) bool { return strings.Contains(text, encoded) }) ||
		strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{") && slices.ContainsFunc(halves, func(half string) bool { return strings.Contains(text, half) })
}

// One of these is left of a member's name whatever two letters are wrong.
var halves = []string{"implem", "ented_", "methods", "unim", "plem", "ented"}

// declares finds a member of the configuration in a text that is no JSON.
var declares = regexp.MustCompile(`"(?:implemented_methods|unimplemented)"\s*:`)

// isDeclaration reports whether no other plugin's configuration has a member of
// this name.
func isDeclaration(name string) bool {
	return name == "implemented_methods" || name == "unimplemented" || name == "servers"
}

// hasDeclaration reports whether a mapping has such a member.
func hasDeclaration(n *yaml.Node) bool {
	return slices.ContainsFunc(source.Merged(n), func(m source.Member) bool { return isDeclaration(m.Name) })
}

// isOwn reports whether an object that is a text of its own is the plugin's
// configuration: a misspelt name tells it from somebody else's, too.
func isOwn(documents []*yaml.Node, err error, file *source.File) bool {
	if len(documents) == 0 && err != nil {
		return declares.MatchString(file.Text)
	}
	if len(documents) != 1 || isForHost(documents[0]) {
		return false
	}
	return slices.ContainsFunc(source.Members(documents[0].Content[0]), func(m source.Member) bool {
		switch {
		case m.Name == "implemented_methods" || m.Name == "unimplemented":
			return true
		case m.Name == "servers":
			return slices.ContainsFunc(m.Value.Content, func(server *yaml.Node) bool { return has(server, "hosts") })
		}
		return m.Value.Kind == yaml.SequenceNode && (config.IsNear(m.Name, "implemented_methods") || config.IsNear(m.Name, "unimplemented"))
	})
}

// isDeclared reports whether an object among others is the plugin's configuration.
func isDeclared(n *yaml.Node) bool {
	return slices.ContainsFunc(source.Members(n), func(m source.Member) bool {
		if m.Value.Kind != yaml.SequenceNode || len(m.Value.Content) == 0 {
			return false
		}
		switch first := source.Resolve(m.Value.Content[0]); m.Name {
		case "implemented_methods":
			return first.Kind == yaml.ScalarNode
		case "unimplemented":
			return has(first, "method", "capability", "header", "query", "path")
		case "servers":
			return has(first, "hosts") && has(first, "implemented_methods", "unimplemented")
		}
		return false
	})
}
