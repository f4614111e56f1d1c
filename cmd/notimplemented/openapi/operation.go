// SPDX-License-Identifier: Apache-2.0

// Package openapi reads what OpenAPI 3 and Swagger 2.0 documents say of methods:
// paths, their references, hosts. It reads nothing else of them.
package openapi

import (
	"fmt"
	"slices"
	"strings"

	"notimplemented/cmd/notimplemented/source"
	"notimplemented/filter/servers"
)

// Operation is one method of one path.
type Operation struct {
	Method, Path string
	Hosts        []string // where it is served, none if the document does not say
	// Any is true where the document says that the path takes any method.
	Any bool

	reader *Reader
	item   []place
	key    node
	node   place
}

// At returns where the operation stands.
func (o Operation) At() source.Position { return o.key.position() }

// Is reports whether two operations stand in one place.
func (o Operation) Is(other Operation) bool { return o.key == other.key }

// Error is why a document says nothing, or not all, of its methods.
type Error struct {
	source.Position
	Problem string
}

// fixed are the names of operations in a path item, in the order of the
// specification.
var fixed = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace", "query"}

// anyMethod is Amazon's operation for whatever method a request has.
const anyMethod = "x-amazon-apigateway-any-method"

// AnyMethods are what an operation for any method stands for: what is registered,
// but for what is the proxy's own business.
var AnyMethods = slices.DeleteFunc(slices.Clone(servers.RegisteredMethods[:]), func(method string) bool {
	return method == "CONNECT" || method == "TRACE" || method == "PRI"
})

// Operations returns the operations of all documents in a file.
func (r *Reader) Operations(file *source.File) (operations []Operation, errors []*Error) {
	documents, err := parse(file)
	for _, document := range documents {
		found, wrong := r.document(place{document, file.Name, document})
		operations, errors = append(operations, found...), append(errors, wrong...)
	}
	if err != nil {
		syntax, ok := err.(*source.SyntaxError)
		if !ok {
			panic(err) // Documents has no other
		}
		errors = append(errors, &Error{syntax.Position, syntax.Problem})
	}
	if documents == nil && err == nil {
		errors = append(errors, &Error{file.At(0), `empty, want an OpenAPI document`})
	}
	return operations, errors
}

func (r *Reader) document(root place) (operations []Operation, errors []*Error) {
	if problem := unknownVersion(root.node); problem != nil {
		return nil, []*Error{problem}
	}
	fail := func(err *Error) { errors = append(errors, err) }
	d := document{root, hosts(root)}
	paths, ok := root.child("paths")
	if !ok {
		return nil, nil
	}
	chain, err := r.follow(paths)
	if err != nil {
		return nil, []*Error{err}
	}
	for _, paths := range chain {
		for _, path := range paths.members() {
			if path.name == "$ref" || strings.HasPrefix(path.name, "x-") {
				continue
			}
			item, err := r.follow(place{path.value, paths.file, paths.root})
			if err != nil {
				fail(err)
			}
			operations = append(operations, r.item(d, path.name, item)...)
		}
	}
	return operations, errors
}

type document struct {
	root  place
	hosts []string
}

// unknownVersion says why a document is not one of those that this package reads.
func unknownVersion(root node) *Error {
	for _, m := range root.members() {
		version := m.value.text()
		switch {
		case m.name == "swagger" && version != "2.0" && version != "2":
			return &Error{m.value.position(), fmt.Sprintf(`"swagger" is %q, want "2.0"`, version)}
		case m.name == "openapi" && version != "3" && !strings.HasPrefix(version, "3."):
			return &Error{m.value.position(), fmt.Sprintf(`"openapi" is %q, want a version 3, like "3.1.0"`, version)}
		case m.name == "swagger" || m.name == "openapi":
			return nil
		}
	}
	return &Error{root.position(), `no "openapi" or "swagger", want an OpenAPI document`}
}

// item returns the operations of a path item, which can stand in several places
// of a chain of references.
func (r *Reader) item(d document, path string, chain []place) (operations []Operation) {
	served := d.hosts
	for _, item := range chain {
		if own := hosts(item); own != nil {
			served = own
		}
	}
	add := func(item place, m member, method string, any bool) {
		if !m.value.isObject() {
			return
		}
		o := Operation{method, path, served, any, r, chain, m.key, place{m.value, item.file, item.root}}
		if own := hosts(o.node); own != nil {
			o.Hosts = own
		}
		operations = append(operations, o)
	}
	for _, item := range chain {
		for _, m := range item.members() {
			switch {
			case slices.Contains(fixed, m.name):
				add(item, m, strings.ToUpper(m.name), false)
			case m.name == "additionalOperations":
				for _, m := range m.value.members() {
					add(item, m, m.name, false)
				}
			case m.name == anyMethod:
				for _, method := range AnyMethods {
					add(item, m, method, true)
				}
			}
		}
	}
	return operations
}

// Parameter is what a request to an operation can have.
type Parameter struct {
	In, Name string
	Values   []string // all that it can be, none if the document does not say
}

// Parameters returns the parameters in the query and in the header of an
// operation, those of its path among them.
func (o Operation) Parameters() (parameters []Parameter, errors []*Error) {
	for _, owner := range append(slices.Clone(o.item), o.node) {
		list, ok := owner.child("parameters")
		if !ok {
			continue
		}
		for _, element := range list.elements() {
			chain, err := o.reader.follow(place{element, owner.file, owner.root})
			if err != nil {
				errors = append(errors, err)
				continue
			}
			p := chain[len(chain)-1]
			in := textOf(child(p.node, "in"))
			if in != "query" && in != "header" {
				continue
			}
			parameters = append(parameters, Parameter{in, textOf(child(p.node, "name")), o.values(p)})
		}
	}
	return parameters, errors
}

// values returns what a parameter can be. A schema that cannot be read says
// nothing of it.
func (o Operation) values(parameter place) (values []string) {
	owners := []place{parameter} // Swagger 2.0 has the enum there
	if schema, ok := parameter.child("schema"); ok {
		chain, _ := o.reader.follow(schema)
		owners = append(owners, chain...)
	}
	for _, owner := range owners {
		if value, ok := owner.child("const"); ok {
			values = append(values, value.text())
		}
		if enum, ok := owner.child("enum"); ok {
			for _, value := range enum.elements() {
				values = append(values, value.text())
			}
		}
	}
	return values
}
