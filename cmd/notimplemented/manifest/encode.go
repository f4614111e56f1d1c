// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"sort"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
	sigs "sigs.k8s.io/yaml"

	"notimplemented/cmd/notimplemented/source"
)

// encode returns the JSON that a host makes of a node, nil of null, and where each
// byte of it comes from. Kubernetes sorts members and makes doubles of numbers.
func encode(n *yaml.Node, s scope) (text []byte, place func(offset int) source.Position) {
	e := &encoder{reader: s.reader}
	e.value(n)
	text = e.text.Bytes()
	if string(text) == "null" {
		text = nil
	}
	return text, func(offset int) source.Position {
		i := sort.Search(len(e.offsets), func(i int) bool { return e.offsets[i] > offset })
		return s.file.Of(e.nodes[max(i-1, 0)])
	}
}

type encoder struct {
	reader  reader
	text    bytes.Buffer
	offsets []int // where a name or value starts
	nodes   []*yaml.Node
}

// most is how much JSON is made of a few aliases of aliases, more than a
// configuration can have.
const most = 1 << 20

func (e *encoder) write(n *yaml.Node, text string) {
	e.offsets, e.nodes = append(e.offsets, e.text.Len()), append(e.nodes, n)
	e.text.WriteString(text)
}

func (e *encoder) value(n *yaml.Node) {
	n = source.Resolve(n)
	switch {
	case e.text.Len() > most:
		e.write(n, "null")
	case n.Kind == yaml.SequenceNode:
		e.write(n, "[")
		for i, element := range n.Content {
			if i > 0 {
				e.text.WriteByte(',')
			}
			e.value(element)
		}
		e.text.WriteByte(']')
	case n.Kind == yaml.MappingNode:
		e.write(n, "{")
		for i, m := range e.members(n) {
			if i > 0 {
				e.text.WriteByte(',')
			}
			e.write(m.Key, quoted(m.Name))
			e.text.WriteByte(':')
			e.value(m.Value)
		}
		e.text.WriteByte('}')
	default:
		e.write(n, e.reader.scalar(n))
	}
}

func (e *encoder) members(n *yaml.Node) (all []source.Member) {
	if e.reader == envoy {
		return envoyMembers(n)
	}
	for _, m := range source.Merged(n) {
		m.Name = nameOf(source.Resolve(m.Key))
		all = append(all, m)
	}
	slices.Reverse(all) // the last of a name counts
	slices.SortStableFunc(all, func(a, b source.Member) int { return cmp.Compare(a.Name, b.Name) })
	return slices.CompactFunc(all, func(a, b source.Member) bool { return a.Name == b.Name })
}

// nameOf returns the name that Kubernetes makes of a key.
func nameOf(key *yaml.Node) string {
	text := kubernetes.scalar(key)
	var name string
	if json.Unmarshal([]byte(text), &name) != nil {
		name = text
	}
	return name
}

// scalar returns the JSON that a reader makes of a scalar.
func (r reader) scalar(n *yaml.Node) string {
	isTagged := n.Style&yaml.TaggedStyle != 0
	switch {
	case r == envoy && isEnvoyNull(n):
		return "null"
	case r == envoy && isEnvoyString(n), isQuoted(n) && !isTagged, strings.Contains(n.Value, "\n"):
		return quoted(n.Value)
	case r == envoy && envoyBoolean.MatchString(n.Value):
		return strconv.FormatBool(strings.ContainsAny(n.Value[:1], "yYtT") || strings.EqualFold(n.Value, "on"))
	}
	text := n.Value
	if isTagged {
		text = n.ShortTag() + " " + quoted(n.Value)
	}
	// In a list, since "..." alone ends a document.
	converted, err := sigs.YAMLToJSON([]byte("- " + text))
	var values []any
	if err != nil || json.Unmarshal(converted, &values) != nil || len(values) != 1 {
		return quoted(n.Value)
	}
	encoded, _ := json.Marshal(values[0]) // which is from JSON
	return string(encoded)
}
