// SPDX-License-Identifier: Apache-2.0

// Package openapi reads what OpenAPI 3 and Swagger 2.0 documents say of methods:
// paths, their references, hosts. It reads nothing else of them.
package openapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"notimplemented/cmd/notimplemented/source"
	"notimplemented/filter/config"
	"notimplemented/filter/servers"
)

// Operation is one method of one path.
type Operation struct {
	Method, Path string
	// Any is true where the document says that the path takes any method.
	Any bool

	reader *Reader
	owners []place // of its parameters and servers: the document, the path item, itself
	key    place
}

// At returns where the operation stands.
func (o Operation) At() source.Position { return o.key.position() }

// Is reports whether two operations stand in one place.
func (o Operation) Is(other Operation) bool { return o.key == other.key }

// fixed are the names of operations in a path item, in the order of the
// specification.
var fixed = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace", "query"}

const (
	additional = "additionalOperations"
	// anyMethod is Amazon's operation for whatever method a request has.
	anyMethod = "x-amazon-apigateway-any-method"
)

// AnyMethods are what an operation for any method stands for: what is registered,
// but for what is the proxy's own business.
var AnyMethods = slices.DeleteFunc(slices.Clone(servers.RegisteredMethods[:]), func(method string) bool {
	return method == "CONNECT" || method == "TRACE" || method == "PRI"
})

// version is a line that says of which version a document is.
var version = regexp.MustCompile(`(?m)^[ \t{]*["']?(?:openapi|swagger)["']?[ \t]*:`)

// IsDocument reports whether a file says that it is an OpenAPI document. Of one with
// a mistake in its syntax a line is enough.
func IsDocument(file *source.File) bool {
	documents, err := parse(file)
	return err != nil && version.MatchString(file.Text) || slices.ContainsFunc(documents, func(d *document) bool {
		_, ok := source.Child(d.root, "openapi", "swagger")
		return ok
	})
}

// Operations returns the operations of all documents in a file.
func (r *Reader) Operations(file *source.File) ([]Operation, []source.Finding) {
	documents, err := parse(file)
	var operations []Operation
	for _, d := range documents {
		operations = append(operations, r.document(place{d.root, d})...)
	}
	if syntax, ok := errors.AsType[*source.SyntaxError](err); ok {
		r.fail(syntax.Position, syntax.Problem)
	}
	if documents == nil && err == nil {
		r.fail(file.At(0), `empty, want an OpenAPI document`)
	}
	return operations, r.taken()
}

func (r *Reader) document(root place) (operations []Operation) {
	if !r.knowsVersion(root) {
		return nil
	}
	var all []source.Member
	for _, m := range source.Merged(root.Node) {
		if m.Name != "paths" {
			continue
		}
		if all = append(all, m); len(all) > 1 {
			r.fail(root.at(m.Key).position(), fmt.Sprintf(`duplicate "paths", first on line %d`, all[0].Key.Line))
		}
	}
	if all == nil {
		return nil
	}
	for _, paths := range r.follow(root.at(all[0].Value)) {
		for _, path := range source.Merged(paths.Node) {
			if !strings.HasPrefix(path.Name, "x-") {
				operations = append(operations, r.item(root, path.Name, r.follow(paths.at(path.Value)))...)
			}
		}
	}
	return operations
}

// knowsVersion reports whether a document is one of those that this package reads.
func (r *Reader) knowsVersion(root place) bool {
	for _, m := range source.Merged(root.Node) {
		value := root.at(m.Value)
		switch version := value.text(); {
		case m.Name == "swagger" && version != "2.0" && version != "2":
			r.fail(value.position(), fmt.Sprintf(`"swagger" is %q, want "2.0"`, version))
			return false
		case m.Name == "openapi" && version != "3" && !strings.HasPrefix(version, "3."):
			r.fail(value.position(), fmt.Sprintf(`"openapi" is %q, want a version 3, like "3.1.0"`, version))
			return false
		case m.Name == "swagger" || m.Name == "openapi":
			return true
		}
	}
	r.fail(root.position(), `no "openapi" or "swagger", want an OpenAPI document`)
	return false
}

// item returns the operations of a path item, which can stand in several places
// of a chain of references.
func (r *Reader) item(root place, path string, chain []place) (operations []Operation) {
	for _, item := range chain {
		add := func(m source.Member, methods ...string) {
			key, value := item.at(m.Key), item.at(m.Value)
			if value.Kind != yaml.MappingNode {
				r.fail(key.position(), fmt.Sprintf("%q is not an object; write {} if there is nothing to describe", m.Name))
				return
			}
			owners := slices.Concat([]place{root}, chain, []place{value})
			for _, method := range methods {
				operations = append(operations, Operation{method, path, m.Name == anyMethod, r, owners, key})
			}
		}
		for _, m := range source.Merged(item.Node) {
			switch {
			case slices.Contains(fixed, m.Name):
				add(m, strings.ToUpper(m.Name))
			case m.Name == additional:
				for _, m := range source.Merged(m.Value) {
					if problem := problemOf(`{"implemented_methods": [` + quoted(m.Name) + `]}`); problem != "" {
						r.fail(item.at(m.Key).position(), problem)
					} else {
						add(m, m.Name)
					}
				}
			case m.Name == anyMethod:
				add(m, AnyMethods...)
			default:
				if want := misspelt(m.Name); want != "" {
					r.fail(item.at(m.Key).position(), fmt.Sprintf("%q is not an operation of a path, want %s", m.Name, want))
				}
			}
		}
	}
	return operations
}

// misspelt returns what is meant by a key that looks like operations, or nothing.
func misspelt(name string) string {
	for _, known := range append([]string{additional, anyMethod}, fixed...) {
		if strings.EqualFold(name, known) {
			return quoted(known)
		}
	}
	for _, method := range servers.RegisteredMethods {
		if strings.EqualFold(name, method) {
			return quoted(method) + " in " + quoted(additional)
		}
	}
	return ""
}

func quoted(s string) string {
	text, _ := json.Marshal(s) // strings have no reason to fail
	return string(text)
}

// problemOf returns what is wrong first with a configuration, or nothing.
func problemOf(text string) string {
	_, err := config.Parse([]byte(text))
	if mistakes, ok := errors.AsType[config.Mistakes](err); ok {
		return mistakes[0].Problem
	}
	return ""
}

// Parameter is what a request to an operation can have.
type Parameter struct {
	In, Name string

	reader *Reader
	place  place
}

// Parameters returns the parameters of an operation, those of its path among them.
func (o Operation) Parameters() (parameters []Parameter, errors []source.Finding) {
	for _, owner := range o.owners[1:] {
		list, _ := owner.child("parameters")
		for _, element := range list.elements() {
			chain := o.reader.follow(element)
			p := chain[len(chain)-1]
			parameters = append(parameters, Parameter{p.textOf("in"), p.textOf("name"), o.reader, p})
		}
	}
	return parameters, o.reader.taken()
}

// Values returns all that a parameter can be, none if the document does not say.
func (p Parameter) Values() (values []string, errors []source.Finding) {
	owners := []place{p.place} // Swagger 2.0 has the enum there
	if schema, ok := p.place.child("schema"); ok {
		owners = append(owners, p.reader.follow(schema)...)
	}
	for _, owner := range owners {
		if value, ok := owner.child("const"); ok {
			values = append(values, value.text())
		}
		enum, _ := owner.child("enum")
		for _, value := range enum.elements() {
			values = append(values, value.text())
		}
	}
	return values, p.reader.taken()
}
