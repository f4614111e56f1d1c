// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// finding is something to say about a place in a file.
type finding struct {
	position
	problem string
}

func (f finding) Error() string {
	return f.position.String() + ": " + f.problem
}

// documents reads a stream of YAML documents, up to the first that Kubernetes
// would refuse; then its error is a finding.
func (s source) documents() (documents []*yaml.Node, err error) {
	decoder := yaml.NewDecoder(strings.NewReader(s.text))
	for {
		document := &yaml.Node{}
		err := decoder.Decode(document)
		if err == io.EOF {
			return documents, nil
		}
		if err == nil {
			err = s.checkKeys(document)
		}
		if err == nil {
			// The library's own limits: an alias inside of itself, too many aliases.
			err = document.Decode(new(any))
		}
		if err != nil {
			return documents, s.yamlFinding(err)
		}
		documents = append(documents, document)
	}
}

func (s source) yamlFinding(err error) error {
	if _, ok := errors.AsType[finding](err); ok {
		return err
	}
	at := position{s.name, 1, 1}
	problem := err.Error()
	if load, ok := errors.AsType[*yaml.LoadError](err); ok {
		problem = load.Message
		if load.Mark.Line > 0 {
			at.line, at.column = load.Mark.Line, load.Mark.Column
		}
	}
	return finding{at, "no YAML: " + problem}
}

// checkKeys refuses a key that stands twice in a mapping.
func (s source) checkKeys(n *yaml.Node) error {
	if n.Kind == yaml.MappingNode {
		lines := map[string]int{}
		for i := 0; i < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind != yaml.ScalarNode {
				return finding{s.atNode(key), "no YAML: a key that is no scalar"}
			}
			name := keyText(key)
			if line, ok := lines[name]; ok {
				return finding{s.atNode(key), fmt.Sprintf("no YAML: key %q stands in line %d already", name, line)}
			}
			lines[name] = key.Line
		}
	}
	for _, child := range n.Content {
		if err := s.checkKeys(child); err != nil {
			return err
		}
	}
	return nil
}

// member is one member of a mapping.
type member struct {
	name       string
	key, value *yaml.Node
}

// members returns the members of a mapping, those that it merges last.
func members(n *yaml.Node) (all []member) {
	n = resolve(n)
	if n.Kind != yaml.MappingNode {
		return nil
	}
	var merged []member
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.ShortTag() != "!!merge" {
			all = append(all, member{keyText(key), key, value})
			continue
		}
		merged = append(merged, members(value)...)
		if sequence := resolve(value); sequence.Kind == yaml.SequenceNode {
			for _, element := range sequence.Content {
				merged = append(merged, members(element)...)
			}
		}
	}
	for _, m := range merged {
		if !slices.ContainsFunc(all, func(other member) bool { return other.name == m.name }) {
			all = append(all, m)
		}
	}
	return all
}

// child returns the value of the first of these keys that the mapping has.
func child(n *yaml.Node, names ...string) (value *yaml.Node, ok bool) {
	if n == nil {
		return nil, false
	}
	for _, m := range members(n) {
		if slices.Contains(names, m.name) {
			return resolve(m.value), true
		}
	}
	return nil, false
}

func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// encoder makes JSON of YAML as Kubernetes does, and knows which node a byte of
// it comes from.
type encoder struct {
	json    []byte
	offsets []int
	nodes   []*yaml.Node
}

func (e *encoder) node(offset int) *yaml.Node {
	i, ok := slices.BinarySearch(e.offsets, offset)
	if !ok {
		i--
	}
	return e.nodes[i]
}

func (e *encoder) append(n *yaml.Node) {
	n = resolve(n)
	e.offsets, e.nodes = append(e.offsets, len(e.json)), append(e.nodes, n)
	switch n.Kind {
	case yaml.MappingNode:
		e.json = append(e.json, '{')
		for i, m := range members(n) {
			if i > 0 {
				e.json = append(e.json, ',')
			}
			e.offsets, e.nodes = append(e.offsets, len(e.json)), append(e.nodes, m.key)
			e.json = append(append(e.json, quoted(m.name)...), ':')
			e.append(m.value)
		}
		e.json = append(e.json, '}')
	case yaml.SequenceNode:
		e.json = append(e.json, '[')
		for i, element := range n.Content {
			if i > 0 {
				e.json = append(e.json, ',')
			}
			e.append(element)
		}
		e.json = append(e.json, ']')
	default:
		e.json = append(e.json, scalarJSON(n)...)
	}
}

// oldBooleans are those of YAML 1.1 that YAML 1.2 takes for strings.
var oldBooleans = map[string]string{
	"y": "true", "Y": "true", "yes": "true", "Yes": "true", "YES": "true", "on": "true", "On": "true", "ON": "true",
	"n": "false", "N": "false", "no": "false", "No": "false", "NO": "false", "off": "false", "Off": "false", "OFF": "false",
}

func scalarJSON(n *yaml.Node) string {
	switch n.ShortTag() {
	case "!!str":
		if boolean, ok := oldBooleans[n.Value]; ok && n.Style == 0 {
			return boolean
		}
	case "!!timestamp":
	default:
		var value any
		if err := n.Decode(&value); err == nil {
			if encoded, err := json.Marshal(value); err == nil {
				return string(encoded)
			}
		}
	}
	return quoted(n.Value)
}

// keyText is the name that a key gets in JSON, where each is a string.
func keyText(n *yaml.Node) string {
	text := scalarJSON(resolve(n))
	var name string
	if err := json.Unmarshal([]byte(text), &name); err != nil {
		return text
	}
	return name
}

func quoted(s string) string {
	encoded, _ := json.Marshal(s) // a string has no reason to fail
	return string(encoded)
}
