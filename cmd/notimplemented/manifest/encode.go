// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"regexp"
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
func encode(n *yaml.Node, file *source.File, scalar func(*yaml.Node) string) (text []byte, place func(offset int) source.Position) {
	e := &encoder{scalar: scalar}
	e.value(n)
	text = e.text.Bytes()
	if string(text) == "null" {
		text = nil
	}
	return text, func(offset int) source.Position {
		i := sort.Search(len(e.offsets), func(i int) bool { return e.offsets[i] > offset })
		return file.Of(e.nodes[max(i-1, 0)])
	}
}

type encoder struct {
	scalar  func(*yaml.Node) string
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
		all := members(n)
		slices.Reverse(all) // the last of a name counts
		for i := range all {
			all[i].Name = kubernetesName(source.Resolve(all[i].Key))
		}
		slices.SortStableFunc(all, func(a, b source.Member) int { return cmp.Compare(a.Name, b.Name) })
		all = slices.CompactFunc(all, func(a, b source.Member) bool { return a.Name == b.Name })
		e.write(n, "{")
		for i, m := range all {
			if i > 0 {
				e.text.WriteByte(',')
			}
			e.write(m.Key, quoted(m.Name))
			e.text.WriteByte(':')
			e.value(m.Value)
		}
		e.text.WriteByte('}')
	default:
		e.write(n, e.scalar(n))
	}
}

// kubernetesName returns the name that Kubernetes makes of a key.
func kubernetesName(key *yaml.Node) string {
	text := kubernetesScalar(key)
	var name string
	if json.Unmarshal([]byte(text), &name) != nil {
		name = text
	}
	return name
}

const quotes = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

// kubernetesScalar returns the JSON that Kubernetes makes of a scalar.
func kubernetesScalar(n *yaml.Node) string {
	isTagged := n.Style&yaml.TaggedStyle != 0
	if n.Style&quotes != 0 && !isTagged || strings.Contains(n.Value, "\n") {
		return quoted(n.Value)
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

var (
	envoyBoolean = regexp.MustCompile(`^(?:[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|true|True|TRUE|false|False|FALSE)$`)
	envoyNull    = regexp.MustCompile(`^(?:~|null|Null|NULL|)$`)
)

// envoyScalar returns the JSON that Envoy makes of a scalar.
func envoyScalar(n *yaml.Node) string {
	isTagged := n.Style&yaml.TaggedStyle != 0
	number, err := strconv.ParseInt(n.Value, 0, 32) // a larger one is handed over as its digits
	switch {
	case n.Tag == "!", n.Style&quotes != 0 && !isTagged:
	case !isTagged && envoyNull.MatchString(n.Value):
		return "null"
	case envoyBoolean.MatchString(n.Value):
		return strconv.FormatBool(strings.ContainsAny(n.Value[:1], "yYtT") || strings.EqualFold(n.Value, "on"))
	case err == nil:
		return strconv.FormatInt(number, 10)
	}
	return quoted(n.Value)
}

// scalar returns the JSON that is made of a scalar in a message of Envoy.
func (s scope) scalar(n *yaml.Node) string {
	if s.reader == kubernetes {
		return kubernetesScalar(n)
	}
	return envoyScalar(n)
}

func (s scope) isNull(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && s.scalar(n) == "null"
}

func (s scope) isString(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && strings.HasPrefix(s.scalar(n), `"`)
}
