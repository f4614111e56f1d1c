// SPDX-License-Identifier: Apache-2.0

package openapi

import (
	"errors"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"notimplemented/cmd/notimplemented/source"
)

// yamlTree is a file in YAML. Most of a large one is schemas that nobody asks for,
// and to parse them is nearly all of the work. So a mapping is read without what is
// indented below its keys, until somebody asks for that.
type yamlTree struct {
	file *source.File
	read map[int]*yaml.Node // what has been read, by where its text starts
	// The text below keys whose values have not been read, by these values.
	below map[*yaml.Node]part
	// values are those of all keys by where these stand, once something has to be
	// read that depends on what is elsewhere.
	values map[mark]*yaml.Node
	broken *source.SyntaxError // why they cannot be
}

// part is whole lines of a file.
type part struct {
	start, end int // in bytes
	line       int // the number of the first, from 1
	key        mark
}

// mark is where a key stands.
type mark struct{ line, column int }

type yamlNode struct {
	tree *yamlTree
	node *yaml.Node
}

// parseYAML returns the documents of a file.
func parseYAML(file *source.File) (*yamlTree, []node, error) {
	t := &yamlTree{file: file, read: map[int]*yaml.Node{}, below: map[*yaml.Node]part{}}
	roots, err := t.roots()
	if err != nil {
		t.below = nil
		roots, err = file.Documents()
	}
	var nodes []node
	for _, root := range roots {
		if root = root.Content[0]; root.Kind != yaml.ScalarNode || root.Value != "" {
			nodes = append(nodes, yamlNode{t, root})
		}
	}
	return t, nodes, err
}

// errWhole says that a part of a file cannot be read by itself.
var errWhole = errors.New("to be read as a whole")

func (t *yamlTree) roots() (roots []*yaml.Node, err error) {
	text := t.file.Text
	if !utf8.ValidString(text) || strings.Count(text, "\r") != strings.Count(text, "\r\n") {
		return nil, errWhole
	}
	document := part{line: 1}
	add := func(end int) error {
		document.end = end
		root, err := t.parse(document)
		if root != nil {
			roots = append(roots, root)
		}
		return err
	}
	for start, line := 0, 1; start < len(text); line++ {
		end := start + lineLength(text[start:])
		switch marker := strings.TrimRight(text[start:end], " \r\n"); {
		case marker == "---":
			if err := add(start); err != nil {
				return nil, err
			}
			document.start, document.line = end, line+1
		case strings.HasPrefix(marker, "%"), strings.HasPrefix(marker, "---"), strings.HasPrefix(marker, "..."):
			return nil, errWhole
		}
		start = end
	}
	return roots, add(len(text))
}

func lineLength(text string) int {
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		return i + 1
	}
	return len(text)
}

// parse reads a part, of a mapping only the keys and what stands beside them. In
// YAML everything in a value is indented further than its key, or is a sequence as
// far as it. Parsers take less: where that shows, the file is read as a whole.
func (t *yamlTree) parse(p part) (*yaml.Node, error) {
	var text strings.Builder
	var numbers []int // of the lines in text
	below := map[int]part{}
	indent, isOpen, isSkipped := -1, false, false
	for start, line := p.start, p.line; start < p.end; line++ {
		end := start + lineLength(t.file.Text[start:p.end])
		content := strings.TrimLeft(t.file.Text[start:end], " ")
		isBlank := strings.TrimRight(content, " \t\r\n") == "" || content[0] == '#'
		depth := end - start - len(content)
		switch {
		case isBlank && (indent < 0 || isSkipped):
		case indent < 0:
			indent = depth
			isOpen = !isItem(content) && strings.IndexByte("{[&*!|>%@`", content[0]) < 0
			fallthrough
		case depth <= indent && !isBlank && !(isSkipped && depth == indent && isItem(content)):
			if depth < indent {
				return nil, errWhole
			}
			isSkipped = false
			if isOpen && endsInColon(content) && !strings.HasPrefix(content, "<<") {
				isSkipped = true
				below[len(numbers)+1] = part{start: end, end: end, line: line + 1}
			}
			fallthrough
		case !isSkipped:
			text.WriteString(t.file.Text[start:end])
			numbers = append(numbers, line)
		default:
			skipped := below[len(numbers)]
			skipped.end = end
			below[len(numbers)] = skipped
		}
		start = end
	}
	documents, err := source.New(t.file.Name, []byte(text.String())).Documents()
	if err != nil || len(documents) > 1 || len(documents) == 1 && hasAlias(documents[0]) {
		return nil, errWhole
	}
	if len(documents) == 0 {
		return nil, nil
	}
	root := documents[0].Content[0]
	for i := 0; root.Kind == yaml.MappingNode && i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		skipped, ok := below[key.Line]
		if !ok || value.Kind != yaml.ScalarNode || value.Value != "" || value.Style != 0 {
			continue
		}
		delete(below, key.Line)
		if skipped.start < skipped.end {
			skipped.key = mark{numbers[key.Line-1], key.Column}
			t.below[value] = skipped
		}
	}
	if len(below) > 0 {
		return nil, errWhole
	}
	renumber(root, numbers)
	return documents[0], nil
}

func isItem(content string) bool {
	return content[0] == '-' && (len(content) == 1 || strings.IndexByte(" \t\r\n", content[1]) >= 0)
}

// endsInColon reports whether nothing is behind the colon of a key but a comment.
func endsInColon(line string) bool {
	if i := strings.Index(line, " #"); i >= 0 {
		line = line[:i]
	}
	return strings.HasSuffix(strings.TrimRight(line, " \r\n"), ":")
}

func hasAlias(n *yaml.Node) bool {
	for _, child := range n.Content {
		if child.Kind == yaml.AliasNode || hasAlias(child) {
			return true
		}
	}
	return false
}

func renumber(n *yaml.Node, numbers []int) {
	n.Line = numbers[min(n.Line, len(numbers))-1]
	for _, child := range n.Content {
		renumber(child, numbers)
	}
}

// open reads what has not been read of a node.
func (n yamlNode) open() *yaml.Node {
	p, ok := n.tree.below[n.node]
	if !ok {
		return n.node
	}
	if opened, ok := n.tree.read[p.start]; ok {
		return opened
	}
	opened := n.node
	document, err := n.tree.parse(p)
	switch {
	case err != nil:
		opened = n.tree.value(p.key, n.node)
	case document != nil:
		opened = document.Content[0]
	}
	n.tree.read[p.start] = opened
	return opened
}

// value returns the value of a key as the whole file has it, none where it has no
// such key.
func (t *yamlTree) value(key mark, none *yaml.Node) *yaml.Node {
	if t.values == nil {
		t.values = map[mark]*yaml.Node{}
		documents, err := t.file.Documents()
		t.broken, _ = errors.AsType[*source.SyntaxError](err)
		for _, document := range documents {
			t.index(document)
		}
	}
	value, ok := t.values[key]
	if !ok {
		if t.broken == nil {
			t.broken = &source.SyntaxError{Position: t.file.Of(&yaml.Node{Line: key.line, Column: key.column}), Problem: "no YAML: text in quotes or brackets above is not indented further than its key"}
		}
		return none
	}
	return value
}

func (t *yamlTree) index(n *yaml.Node) {
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			t.values[mark{child.Line, child.Column}] = source.Resolve(n.Content[i+1])
		}
		t.index(child)
	}
}

func (n yamlNode) members() (all []member) {
	for _, m := range source.Merged(n.open()) {
		all = append(all, member{m.Name, yamlNode{n.tree, m.Key}, yamlNode{n.tree, m.Value}})
	}
	return all
}

func (n yamlNode) elements() (all []node) {
	if opened := n.open(); opened.Kind == yaml.SequenceNode {
		for _, element := range opened.Content {
			all = append(all, yamlNode{n.tree, source.Resolve(element)})
		}
	}
	return all
}

func (n yamlNode) text() string {
	if opened := n.open(); opened.Kind == yaml.ScalarNode {
		return opened.Value
	}
	return ""
}

func (n yamlNode) isObject() bool            { return n.open().Kind == yaml.MappingNode }
func (n yamlNode) position() source.Position { return n.tree.file.Of(n.open()) }
