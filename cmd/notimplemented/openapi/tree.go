// SPDX-License-Identifier: Apache-2.0

package openapi

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v4"

	"notimplemented/cmd/notimplemented/source"
)

// node is a value in a document. Few of a large document are ever asked for.
type node interface {
	members() []member // of an object, as they are written
	elements() []node  // of an array
	text() string      // of anything else
	isObject() bool
	position() source.Position
}

type member struct {
	name  string
	key   node
	value node
}

// child returns the value of a member, nil if there is none.
func child(n node, name string) node {
	if n == nil {
		return nil
	}
	for _, m := range n.members() {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

func textOf(n node) string {
	if n == nil {
		return ""
	}
	return n.text()
}

// at follows a JSON pointer token.
func at(n node, token string) node {
	if found := child(n, token); found != nil {
		return found
	}
	elements := n.elements()
	if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(elements) {
		return elements[i]
	}
	return nil
}

// parse returns the documents of a file.
func parse(file *source.File) ([]node, error) {
	if tree, ok := parseJSON(file); ok {
		return []node{tree}, nil
	}
	documents, err := file.Documents()
	var nodes []node
	for _, document := range documents {
		if root := document.Content[0]; root.Kind != yaml.ScalarNode || root.Value != "" {
			nodes = append(nodes, yamlNode{file, root})
		}
	}
	return nodes, err
}

type yamlNode struct {
	file *source.File
	node *yaml.Node
}

func (n yamlNode) members() (all []member) {
	for _, m := range source.Merged(n.node) {
		all = append(all, member{m.Name, yamlNode{n.file, m.Key}, yamlNode{n.file, m.Value}})
	}
	return all
}

func (n yamlNode) elements() (all []node) {
	if n.node.Kind == yaml.SequenceNode {
		for _, element := range n.node.Content {
			all = append(all, yamlNode{n.file, source.Resolve(element)})
		}
	}
	return all
}

func (n yamlNode) text() string {
	if n.node.Kind != yaml.ScalarNode {
		return ""
	}
	return n.node.Value
}

func (n yamlNode) isObject() bool            { return n.node.Kind == yaml.MappingNode }
func (n yamlNode) position() source.Position { return n.file.Of(n.node) }

// jsonTree is a document in JSON, of which only the objects and arrays are read
// that somebody asks for.
type jsonTree struct {
	file *source.File
	text []byte
	mark int // bytes before the text of the file
	read map[int][]member
}

type jsonNode struct {
	tree   *jsonTree
	offset int
}

func parseJSON(file *source.File) (node, bool) {
	if !bytes.HasPrefix(bytes.TrimLeft(file.Raw, "\ufeff \t\r\n"), []byte("{")) {
		return nil, false
	}
	tree := &jsonTree{file: file, text: file.Raw, read: map[int][]member{}}
	tree.mark = len(file.Raw) - len(bytes.TrimPrefix(file.Raw, []byte("\ufeff")))
	tree.text = file.Raw[tree.mark:]
	root := jsonNode{tree, bytes.IndexByte(tree.text, '{')}
	end, err := root.readMembers()
	return root, err == nil && len(bytes.TrimRight(tree.text[end:], " \t\r\n")) == 0
}

// members of a tree that parseJSON takes have no mistake.
func (n jsonNode) members() []member {
	if _, ok := n.tree.read[n.offset]; !ok {
		_, _ = n.readMembers()
	}
	return n.tree.read[n.offset]
}

// readMembers reads an object or array, whose members then have no name, and
// returns where it ends.
func (n jsonNode) readMembers() (end int, err error) {
	n.tree.read[n.offset] = nil
	if c := n.tree.text[n.offset]; c != '{' && c != '[' {
		return 0, nil
	}
	text := n.tree.text[n.offset:]
	decoder := jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	next := func() int {
		after := int(decoder.InputOffset())
		for after < len(text) && strings.IndexByte(" \t\r\n:,", text[after]) >= 0 {
			after++
		}
		return n.offset + after
	}
	opening, err := decoder.ReadToken()
	if err != nil {
		return 0, err
	}
	isObject := opening.Kind() == '{'
	var all []member
	for kind := decoder.PeekKind(); kind != '}' && kind != ']'; kind = decoder.PeekKind() {
		m := member{}
		if isObject {
			m.key = jsonNode{n.tree, next()}
			name, err := decoder.ReadToken()
			if err != nil {
				return 0, err
			}
			m.name = name.String()
		}
		m.value = jsonNode{n.tree, next()}
		if err := decoder.SkipValue(); err != nil {
			return 0, err
		}
		all = append(all, m)
	}
	_, err = decoder.ReadToken()
	n.tree.read[n.offset] = all
	return n.offset + int(decoder.InputOffset()), err
}

func (n jsonNode) elements() (all []node) {
	if n.tree.text[n.offset] == '[' {
		for _, m := range n.members() {
			all = append(all, m.value)
		}
	}
	return all
}

func (n jsonNode) text() string {
	text := n.tree.text[n.offset:]
	switch text[0] {
	case '{', '[':
		return ""
	case '"':
		token, err := jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowInvalidUTF8(true)).ReadToken()
		if err != nil {
			return ""
		}
		return token.String()
	}
	end := bytes.IndexAny(text, ",]} \t\r\n")
	return string(text[:max(end, 0)])
}

func (n jsonNode) isObject() bool            { return n.tree.text[n.offset] == '{' }
func (n jsonNode) position() source.Position { return n.tree.file.At(n.offset) }
