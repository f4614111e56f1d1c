// SPDX-License-Identifier: Apache-2.0

package config

import (
	"slices"
	"strings"

	"notimplemented/filter/servers"
)

func (e *entryNode) isMethodAlone() bool { return e.method != nil && !e.hasCondition() }

// hasCondition reports whether the entry concerns a capability.
func (e *entryNode) hasCondition() bool { return e.header != nil || e.query != nil || e.path != nil }

func (d *document) checkEntries(s *serverNode) {
	for _, e := range s.unimplemented {
		if e.value != nil {
			d.checkValue(e)
		}
		if e.isMethodAlone() {
			d.checkMethodEntry(s, e)
		}
	}
	// Only now is it known which methods are implemented.
	var reached coverage
	for _, e := range s.unimplemented {
		switch {
		case e.isMethodAlone():
			d.checkMethodAlternatives(s, e)
		case e.hasCondition():
			if !d.checkCapabilityEntry(s, e) {
				continue
			}
			if other := reached.add(e); other != nil {
				d.mistake(e.place, "unreachable: "+d.mistakes.cut(other.pointer())+" already matches every such request, want this entry before it, or removed")
			}
		}
	}
}

func (d *document) checkMethodEntry(s *serverNode, e *entryNode) {
	if e.capability != nil {
		d.report(e.capability, `an entry with only "method" is named after it, want no "capability"`)
	}
	d.checkMethod(e.method)
	method := e.method.value
	other, ok := s.methods[method]
	switch {
	case method == "GET" || method == "HEAD":
		d.refuse(e.method, ` is always implemented, want another method, or "header", "query" or "path" beside it`)
	case ok && other == nil:
		d.refuse(e.method, ` is also in "implemented_methods", want it in only one of them`)
	case ok:
		d.refuse(e.method, " is listed twice, want one entry")
	}
	if !e.method.wrong {
		s.methods[method] = e
	}
}

func (d *document) checkMethodAlternatives(s *serverNode, e *entryNode) {
	if e.alternatives == nil {
		return
	}
	listed := map[string]bool{}
	for _, t := range e.alternatives {
		d.checkMethod(t)
		if s.isMissing(t) {
			d.refuse(t, " is not implemented, want a method that is")
		}
		if listed[t.value] {
			d.refuse(t, " is listed twice, want it once")
		}
		listed[t.value] = true
	}
}

// checkCapabilityEntry reports whether the entry's conditions are right.
func (d *document) checkCapabilityEntry(s *serverNode, e *entryNode) (ok bool) {
	if e.capability == nil && !e.wrong {
		d.mistake(e.place, `no "capability", want a name for the unimplemented feature`)
	}
	if e.method != nil {
		d.checkMethod(e.method)
		named := s.methods[e.method.value]
		if s.isMissing(e.method) && (named == nil || !named.dryRun) {
			d.report(e.method, "unreachable: "+d.quote(e.method.value)+" is already unimplemented, want an implemented method")
		}
	}
	if e.header != nil {
		d.checkHeader(e.header)
	}
	if e.query != nil {
		d.checkQuery(e.query)
	}
	if e.path != nil {
		d.checkPath(e.path)
	}
	for _, t := range []*text{e.method, e.header, e.value, e.query, e.path} {
		if t != nil && t.wrong {
			return false
		}
	}
	return true
}

// checkHeader refuses the fields that no filter sees, or that every request has.
func (d *document) checkHeader(t *text) {
	switch name := servers.LowerCase(t.value); {
	case strings.HasPrefix(name, ":"):
		d.refuse(t, " is a pseudo-header, want "+wantField)
	case !servers.IsToken(name):
		d.refuse(t, " is not a field name, want one like \"upgrade\"")
	case name == "host":
		d.refuse(t, " is in every request, want another field")
	case slices.Contains(connectionFields, name):
		d.refuse(t, " never reaches the plugin, want another field")
	}
}

// connectionFields are consumed by hosts before the filters.
var connectionFields = []string{"connection", "keep-alive", "proxy-connection", "transfer-encoding"}

func (d *document) checkValue(e *entryNode) {
	value := e.value.value
	switch {
	case e.header == nil:
		d.report(e.value, `"value" requires "header"`)
	case strings.ContainsAny(value, ",;") || servers.TrimBlanks(value) != value:
		d.refuse(e.value, " can never match a list member, want one like \"websocket\"")
	}
}

// checkQuery refuses what can be no parameter once it is decoded and cut.
func (d *document) checkQuery(t *text) {
	name, value, hasValue := strings.Cut(t.value, "=")
	switch {
	case strings.HasPrefix(t.value, "?"):
		d.refuse(t, ` starts with "?", want the parameter alone`)
	case strings.Contains(t.value, "&"):
		d.refuse(t, ` contains "&", which separates parameters, want a single parameter`)
	case strings.Contains(t.value, "%"):
		d.refuse(t, ` contains "%", want it decoded, without a literal "%"`)
	case hasValue && name == "":
		d.refuse(t, ` has no name before "=", want one like "type=2"`)
	case hasValue && value == "":
		d.refuse(t, " has no value after \"=\", want "+d.quote(name)+", which matches with and without a value")
	}
}
