// SPDX-License-Identifier: Apache-2.0

package openapi

import (
	"notimplemented/cmd/notimplemented/source"
	"strconv"
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
