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

	files map[string]node // what references have led to, nil where it cannot be read
}

// follow returns what a node stands for, each step of a chain of references: only
// the last one, or none, is no reference.
func (r *Reader) follow(p place) (chain []place, err *Error) {
	return r.followUnseen(p, map[step]bool{})
}

// step is a reference in a file.
type step struct{ file, reference string }

func (r *Reader) followUnseen(p place, seen map[step]bool) (chain []place, err *Error) {
	for {
		chain = append(chain, p)
		reference := child(p.node, "$ref")
		if reference == nil || reference.text() == "" {
			return chain, nil
		}
		step := step{p.file, reference.text()}
		if seen[step] {
			return chain, &Error{reference.position(), fmt.Sprintf("reference %q leads back to itself", reference.text())}
		}
		seen[step] = true
		if p, err = r.resolve(p, reference, seen); err != nil {
			return chain, err
		}
	}
}

func (r *Reader) resolve(from place, reference node, seen map[step]bool) (place, *Error) {
	text := reference.text()
	fail := func(problem string) (place, *Error) {
		return place{}, &Error{reference.position(), fmt.Sprintf("reference %q %s", text, problem)}
	}
	location, err := url.Parse(text)
	switch {
	case err != nil:
		return fail("is no URI reference")
	case location.Scheme != "" && location.Scheme != "file" || location.Host != "":
		return fail("leads to another host, want a file")
	}
	p := place{from.root, from.file, from.root}
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
	fragment := strings.TrimPrefix(location.Fragment, "/")
	if location.Fragment == "" {
		return p, nil
	}
	for token := range strings.SplitSeq(fragment, "/") {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		next := at(p.node, token)
		if next == nil && child(p.node, "$ref") != nil {
			chain, err := r.followUnseen(p, seen)
			if err != nil {
				return place{}, err
			}
			p = chain[len(chain)-1]
			next = at(p.node, token)
		}
		if next == nil {
			return fail("leads to nothing")
		}
		p.node = next
	}
	return p, nil
}

func (r *Reader) open(name string) (node, error) {
	if root, ok := r.files[name]; ok {
		return root, nil
	}
	file, err := r.Read(name)
	if err != nil {
		return nil, err
	}
	documents, err := parse(file)
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
