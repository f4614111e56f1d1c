// SPDX-License-Identifier: Apache-2.0

package openapi

import (
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"notimplemented/cmd/notimplemented/source"
)

// Reader reads documents and the files that they refer to.
type Reader struct {
	Read func(file string) (*source.File, error)

	files  map[string]*document // what references have led to
	hosts  map[string]string    // what is wrong with each
	errors []source.Finding
}

func (r *Reader) fail(at source.Position, problem string) {
	r.errors = append(r.errors, source.Finding{Position: at, Severity: source.Error, Message: problem})
}

// taken returns the errors since the last time, some of them again.
func (r *Reader) taken() []source.Finding {
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
		reference, _ := p.child("$ref")
		if reference.text() == "" {
			return chain
		}
		step := step{p.document.file.Name, reference.text()}
		if seen[step] {
			r.fail(reference.position(), fmt.Sprintf("reference %q leads back to itself", reference.text()))
			return chain
		}
		seen[step] = true
		var ok bool
		if p, ok = r.resolve(reference, seen); !ok {
			return chain
		}
	}
}

func (r *Reader) resolve(reference place, seen map[step]bool) (p place, ok bool) {
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
	// A file's URL need not start with a slash; then it is not decoded.
	if opaque, err := url.PathUnescape(location.Opaque); err == nil && opaque != "" {
		location.Path = opaque
	}
	d := reference.document
	if location.Path != "" {
		name := filepath.FromSlash(location.Path)
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(d.file.Name), name)
		}
		if d, err = r.open(name); err != nil {
			return fail("leads to a file that cannot be read: " + err.Error())
		}
	}
	var tokens []string
	if location.Fragment != "" {
		tokens = strings.Split(strings.TrimPrefix(location.Fragment, "/"), "/")
	}
	if slices.ContainsFunc(tokens, func(token string) bool { return slices.Contains(unread, token) }) {
		if err := d.readWhole(); err != nil {
			return fail("leads to a file that cannot be read: " + err.Error())
		}
	}
	p = place{d.root, d}
	for _, token := range tokens {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		next, ok := p.step(token)
		if _, isReference := p.child("$ref"); !ok && isReference {
			chain := r.followUnseen(p, seen)
			p = chain[len(chain)-1]
			if next, ok = p.step(token); !ok && p.textOf("$ref") != "" {
				return place{}, false // which has been said
			}
		}
		if !ok {
			return fail("leads to nothing")
		}
		p = next
	}
	return p, true
}

func (r *Reader) open(name string) (*document, error) {
	if d, ok := r.files[name]; ok {
		return d, nil
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
		r.files = map[string]*document{}
	}
	r.files[name] = documents[0]
	return documents[0], nil
}
