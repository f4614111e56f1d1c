// SPDX-License-Identifier: Apache-2.0

package openapi

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"notimplemented/cmd/notimplemented/source"
)

// document is one of those in a file, in YAML or JSON.
type document struct {
	file    *source.File
	number  int // in the file
	root    *yaml.Node
	isWhole bool // what stands below unread keys, too
}

// parse returns the documents of a file that are not empty.
func parse(file *source.File) (documents []*document, err error) {
	roots, isPruned := pruned(file)
	if !isPruned {
		roots, err = file.Documents()
	}
	for i, root := range roots {
		if root = root.Content[0]; root.Kind != yaml.ScalarNode || root.Value != "" {
			documents = append(documents, &document{file, i, root, !isPruned})
		}
	}
	return documents, err
}

// readWhole reads what stands below unread keys, too.
func (d *document) readWhole() error {
	if d.isWhole {
		return nil
	}
	roots, err := d.file.Documents()
	if d.number < len(roots) {
		d.root, d.isWhole = roots[d.number].Content[0], true
		return nil
	}
	return err
}

// unread are keys below which nothing is read but what references lead to. It is
// most of a large document, and to parse it would be nearly all of the work.
var unread = []string{"callbacks", "definitions", "examples", "requestBodies", "requestBody", "responses", "schemas", "webhooks"}

// unreadLine is a line with such a key, whose value is on the lines below.
var unreadLine = regexp.MustCompile(`^ *["']?(?:` + strings.Join(unread, "|") + `)["']?: *[{\[]?[ \r\n]*$`)

// pruned returns the documents of a file without the members of unread keys. Their
// values are what is indented further; ok is false where they may be more or less.
func pruned(file *source.File) (roots []*yaml.Node, ok bool) {
	if !utf8.ValidString(file.Text) || strings.Count(file.Text, "\r") != strings.Count(file.Text, "\r\n") {
		return nil, false
	}
	var text strings.Builder
	keys := map[int]bool{} // by their lines
	line, depth := 0, -1   // of the key whose value is passed over
	for content := range strings.Lines(file.Text) {
		line++
		rest := strings.TrimLeft(content, " ")
		indentation := len(content) - len(rest)
		isBlank := strings.TrimRight(rest, "\r\n") == "" || rest[0] == '#'
		isItem := strings.HasPrefix(rest, "- ") || strings.TrimRight(rest, " \r\n") == "-"
		if depth >= 0 && (isBlank || indentation > depth || indentation == depth && isItem) {
			text.WriteByte('\n')
			continue
		}
		depth = -1
		if unreadLine.MatchString(content) {
			depth, keys[line] = indentation, true
		}
		text.WriteString(content)
	}
	roots, err := source.New(file.Name, []byte(text.String())).Documents()
	for _, root := range roots {
		remove(root, keys)
	}
	return roots, err == nil && len(keys) == 0
}

// remove removes members whose keys are on these lines, and these lines. A value without
// brackets is one whose lines have all been passed over.
func remove(n *yaml.Node, lines map[int]bool) {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); {
		key, value := n.Content[i], n.Content[i+1]
		isBracket := value.Kind == yaml.MappingNode || value.Kind == yaml.SequenceNode
		isNothing := value.Kind == yaml.ScalarNode && value.Value == "" && n.Style&yaml.FlowStyle == 0
		if lines[key.Line] && (isBracket || isNothing) {
			delete(lines, key.Line)
			n.Content = slices.Delete(n.Content, i, i+2)
		} else {
			i += 2
		}
	}
	for _, child := range n.Content {
		remove(child, lines)
	}
}

// place is a value of a document, whose references start there.
type place struct {
	*yaml.Node
	document *document
}

func (p place) position() source.Position { return p.document.file.Of(p.Node) }

// at is another value of the same document.
func (p place) at(n *yaml.Node) place { return place{n, p.document} }

func (p place) child(name string) (value place, ok bool) {
	n, ok := source.Child(p.Node, name)
	return p.at(n), ok
}

// text is that of a scalar, else empty.
func (p place) text() string {
	if p.Node == nil {
		return ""
	}
	return p.Value
}

func (p place) textOf(name string) string {
	value, _ := p.child(name)
	return value.text()
}

// elements are those of an array.
func (p place) elements() (all []place) {
	if p.Node != nil && p.Kind == yaml.SequenceNode {
		for _, element := range p.Content {
			all = append(all, p.at(source.Resolve(element)))
		}
	}
	return all
}

// step follows a token of a JSON pointer.
func (p place) step(token string) (value place, ok bool) {
	if value, ok := p.child(token); ok {
		return value, true
	}
	elements := p.elements()
	if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(elements) {
		return elements[i], true
	}
	return place{}, false
}
