// SPDX-License-Identifier: Apache-2.0

package config

import "notimplemented/filter/servers"

// declaration is the configuration as it is written. What is absent is nil;
// what is there, however wrong, is not.
type declaration struct {
	*reader
	root                place
	implemented         []*text
	unimplemented       []*entry
	format, problemType *text
	dryRun              bool

	methods          map[string]*entry // by name, nil where it is implemented
	implementedWrong bool              // a mistake in implemented is reported
}

type entry struct {
	place
	method, header, value, query, capability *text
	alternatives                             []*text
	dryRun                                   bool
	wrong                                    bool // no object, or with an unknown key
}

const (
	wantMethod    = `a method like "GET"`
	wantField     = `a field name like "upgrade"`
	wantFormat    = `"json" or "problem"`
	wantReference = `one like "https://example.com/not-implemented"`
)

func readDeclaration(config []byte) *declaration {
	d := &declaration{reader: newReader(config), methods: map[string]*entry{}}
	d.root.offset = d.offset()
	keys := []string{"implemented_methods", "unimplemented", "format", "problem_type", "dry_run", "$schema"}
	ok := d.object(d.root, keys, func(key string, at place) {
		switch key {
		case "implemented_methods":
			d.implemented = d.methodList(at)
		case "unimplemented":
			d.unimplemented = d.entryList(at)
		case "format":
			d.format = d.text(at, wantFormat)
		case "problem_type":
			d.problemType = d.text(at, "a URI reference")
		case "dry_run":
			d.dryRun = d.boolean(at)
		case "$schema":
			d.text(at, "the address of a schema")
		}
	})
	if ok && d.implemented == nil && d.unimplemented == nil {
		d.mistake(d.root, `nothing is declared, want "implemented_methods" or "unimplemented"`)
	}
	return d
}

func (d *declaration) methodList(at place) (methods []*text) {
	ok := d.array(at, "an array of methods", func(at place) {
		methods = append(methods, d.text(at, wantMethod))
	})
	if ok && methods == nil {
		d.mistake(at, "empty, want at least one method")
	}
	if methods == nil {
		methods = []*text{{place: at, wrong: true}}
	}
	return methods
}

func (d *declaration) entryList(at place) (entries []*entry) {
	ok := d.array(at, "an array of entries", func(at place) {
		entries = append(entries, d.entry(at))
	})
	if ok && entries == nil {
		d.mistake(at, "empty, want at least one entry")
	}
	if entries == nil {
		entries = []*entry{{place: at, wrong: true}}
	}
	return entries
}

func (d *declaration) entry(at place) *entry {
	e := &entry{place: at}
	keys := []string{"method", "header", "value", "query", "capability", "alternatives", "dry_run"}
	ok := d.object(at, keys, func(key string, at place) {
		switch key {
		case "method":
			e.method = d.text(at, wantMethod)
		case "header":
			e.header = d.text(at, wantField)
		case "value":
			e.value = d.text(at, `a list member like "websocket"`)
		case "query":
			e.query = d.text(at, `a parameter name like "uploads"`)
		case "capability":
			e.capability = d.text(at, `a name like "websocket"`)
		case "alternatives":
			d.array(at, "an array of strings", func(at place) {
				e.alternatives = append(e.alternatives, d.text(at, "what to use instead"))
			})
		case "dry_run":
			e.dryRun = d.boolean(at)
		}
	})
	e.wrong = !ok
	return e
}

// server is the declaration without its places; it has no mistake.
func (d *declaration) server() servers.Declaration {
	s := servers.Declaration{DryRun: d.dryRun}
	if d.implemented != nil {
		s.Implemented = []string{}
	}
	for _, t := range d.implemented {
		if t.value != "GET" && t.value != "HEAD" {
			s.Implemented = append(s.Implemented, t.value)
		}
	}
	for _, e := range d.unimplemented {
		s.Unimplemented = append(s.Unimplemented, e.declared())
	}
	return s
}

func (e *entry) declared() servers.Entry {
	return servers.Entry{
		Capability:   valueOf(e.capability),
		Method:       valueOf(e.method),
		Header:       servers.LowerCase(valueOf(e.header)),
		Value:        valueOf(e.value),
		Query:        valueOf(e.query),
		Alternatives: values(e.alternatives),
		DryRun:       e.dryRun,
	}
}

func valueOf(t *text) string {
	if t == nil {
		return ""
	}
	return t.value
}

func values(texts []*text) []string {
	var values []string
	for _, t := range texts {
		values = append(values, t.value)
	}
	return values
}
