// SPDX-License-Identifier: Apache-2.0

package openapi

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"notimplemented/cmd/notimplemented/source"
)

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
