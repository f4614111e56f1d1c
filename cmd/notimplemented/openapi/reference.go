// SPDX-License-Identifier: Apache-2.0

package openapi

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"notimplemented/cmd/notimplemented/source"
)

// place is a node and the file that its references start from.
type place struct {
	node
	file string // its name
	root node
}

func (p place) child(name string) (place, bool) {
	value := child(p.node, name)
	return place{value, p.file, p.root}, value != nil
}

// Reader reads documents and the files that they refer to.
type Reader struct {
	Read func(file string) (*source.File, error)

	files  map[string]node // what references have led to
	trees  []*yamlTree
	hosts  map[string]string // what is wrong with each
	errors []source.Finding
}

func (r *Reader) fail(at source.Position, problem string) {
	r.errors = append(r.errors, source.Finding{Position: at, Severity: source.Error, Message: problem})
}

// taken returns the errors since the last time, some of them again.
func (r *Reader) taken() []source.Finding {
	for _, tree := range r.trees {
		if tree.broken != nil {
			r.fail(tree.broken.Position, tree.broken.Problem)
		}
	}
	errors := r.errors
	r.errors = nil
	return errors
}

// follow returns what a node stands for, each step of a chain of references: only
// the last one, or none where a reference leads nowhere, is no reference.
func (r *Reader) follow(p place) (chain []place) {
	return r.followUnseen(p, map[step]bool{})
}

// step is a reference in a file.
type step struct{ file, reference string }

func (r *Reader) followUnseen(p place, seen map[step]bool) (chain []place) {
	for {
		chain = append(chain, p)
		reference := child(p.node, "$ref")
		if reference == nil || reference.text() == "" {
			return chain
		}
		step := step{p.file, reference.text()}
		if seen[step] {
			r.fail(reference.position(), fmt.Sprintf("reference %q leads back to itself", reference.text()))
			return chain
		}
		seen[step] = true
		var ok bool
		if p, ok = r.resolve(p, reference, seen); !ok {
			return chain
		}
	}
}

func (r *Reader) resolve(from place, reference node, seen map[step]bool) (p place, ok bool) {
	fail := func(problem string) (place, bool) {
		r.fail(reference.position(), fmt.Sprintf("reference %q %s", reference.text(), problem))
		return place{}, false
	}
	location, err := url.Parse(reference.text())
	switch {
	case err != nil:
		return fail("is no URI reference")
	case location.Scheme != "" && location.Scheme != "file" || location.Host != "":
		return fail("leads to another host, want a file")
	}
	p = place{from.root, from.file, from.root}
	// A file's URL need not start with a slash; then it is not decoded.
	if opaque, err := url.PathUnescape(location.Opaque); err == nil && opaque != "" {
		location.Path = opaque
	}
	if location.Path != "" {
		name := filepath.FromSlash(location.Path)
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(from.file), name)
		}
		root, err := r.open(name)
		if err != nil {
			return fail("leads to a file that cannot be read: " + err.Error())
		}
		p = place{root, name, root}
	}
	if location.Fragment == "" {
		return p, true
	}
	for token := range strings.SplitSeq(strings.TrimPrefix(location.Fragment, "/"), "/") {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		next := at(p.node, token)
		if next == nil && child(p.node, "$ref") != nil {
			chain := r.followUnseen(p, seen)
			p = chain[len(chain)-1]
			if next = at(p.node, token); next == nil && child(p.node, "$ref") != nil {
				return place{}, false // which has been said
			}
		}
		if next == nil {
			return fail("leads to nothing")
		}
		p.node = next
	}
	return p, true
}

func (r *Reader) open(name string) (node, error) {
	if root, ok := r.files[name]; ok {
		return root, nil
	}
	file, err := r.Read(name)
	if err != nil {
		return nil, err
	}
	documents, err := r.parse(file)
	if err != nil {
		return nil, err
	}
	if len(documents) == 0 {
		return nil, fmt.Errorf("%s is empty", name)
	}
	if r.files == nil {
		r.files = map[string]node{}
	}
	r.files[name] = documents[0]
	return documents[0], nil
}

func (r *Reader) parse(file *source.File) ([]node, error) {
	tree, documents, err := parse(file)
	if tree != nil {
		r.trees = append(r.trees, tree)
	}
	return documents, err
}

// parse returns the documents of a file, and their tree if it is in YAML.
func parse(file *source.File) (*yamlTree, []node, error) {
	if root, ok := parseJSON(file); ok {
		return nil, []node{root}, nil
	}
	return parseYAML(file)
}
