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
}

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
		if f.operation(n, s) || f.resource(n, &s) || f.plugin(n, s) || f.message(n, &s) {
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
	inner := n.Value
	decoded, err := base64.StdEncoding.DecodeString(n.Value)
	isEncoded := err == nil && utf8.Valid(decoded)
	if isEncoded {
		inner = string(decoded)
	}
	isAbout := f.Speaks(inner) || f.isNamed(s.resource.name)
	if !isAbout && !f.CanHave(inner) || !strings.ContainsAny(inner, "\n{") {
		return
	}
	file := s.file.Nested(n)
	if isEncoded {
		file = s.file.Decoded(n, decoded)
	}
	documents, err := file.Documents()
	isText := !slices.ContainsFunc(documents, func(document *yaml.Node) bool { return document.Content[0].Kind != yaml.ScalarNode })
	isManifest := isAbout && slices.Contains([]string{".yaml", ".yml", ".json"}, path.Ext(s.key))
	if err == nil && isText || err != nil && !isManifest { // a script, or somebody else's
		return
	}
	if kind := notForHosts(file, documents, err); kind != "" {
		f.add(source.Note, s.file.Of(n), kind)
		return
	}
	f.stream(documents, err, scope{file: file, key: s.key, resource: s.resource})
}

// operation looks at what a JSON patch (RFC 6902) puts somewhere, as if it were
// there already.
func (f *finder) operation(n *yaml.Node, s scope) (ok bool) {
	value := field(n, "value")
	if value == nil || !has(n, "op") || !has(n, "path") {
		return false
	}
	names := strings.Split(strings.Trim(text(n, "path"), "/"), "/")
	s.isPatch = true
	for _, name := range slices.Backward(names) {
		value = under(name, value)
	}
	before := len(f.candidates)
	f.walk(value, s)
	for _, c := range f.candidates[before:] {
		c.Part = c.Part || slices.Contains(names[:len(names)-1], "pluginConfig")
	}
	return true
}

// under is what has only this node, by a name or in a list.
func under(name string, n *yaml.Node) *yaml.Node {
	if _, err := strconv.Atoi(name); err == nil || name == "-" {
		return &yaml.Node{Kind: yaml.SequenceNode, Line: n.Line, Column: n.Column, Content: []*yaml.Node{n}}
	}
	key := &yaml.Node{Kind: yaml.ScalarNode, Value: name, Tag: "!!str", Line: n.Line, Column: n.Column}
	return &yaml.Node{Kind: yaml.MappingNode, Line: n.Line, Column: n.Column, Content: []*yaml.Node{key, n}}
}

// members returns the members of a mapping as hosts read it: the last of a name counts,
// and none whose key has Envoy's tag !ignore.
func members(n *yaml.Node) (all []source.Member) {
	seen := map[string]bool{}
	for _, m := range slices.Backward(source.Merged(n)) {
		if m.Key.Tag != "!ignore" && !seen[m.Name] {
			seen[m.Name] = true
			all = append(all, m)
		}
	}
	slices.Reverse(all)
	return all
}

// field follows the names of members, nil if there is none. Those of Envoy's messages
// can be written like "vmConfig" too.
func field(n *yaml.Node, names ...string) *yaml.Node {
	for _, name := range names {
		all := source.Merged(n)
		n = nil
		for _, m := range all {
			if m.Key.Tag != "!ignore" && isField(m.Name, name) {
				n = m.Value
			}
		}
	}
	return n
}

func isField(written, name string) bool {
	return written == name || len(written) < len(name) && strings.EqualFold(written, strings.ReplaceAll(name, "_", ""))
}

// has reports whether a mapping has one of these members.
func has(n *yaml.Node, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return field(n, name) != nil })
}

// text returns a scalar that names lead to, else "".
func text(n *yaml.Node, names ...string) string {
	n = field(n, names...)
	if n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return n.Value
}

// base returns the last part of a file's name or of an image's.
func base(name string) string {
	name, _, _ = strings.Cut(name, "?")
	if name == "" {
		return ""
	}
	return path.Base(name)
}
