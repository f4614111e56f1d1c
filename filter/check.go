// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"slices"
	"sort"
	"strings"
)

// server checks what no value shows by itself. What it returns is of use only
// where there is no mistake.
func (d *declaration) server() *Server {
	s := &Server{format: d.checkFormat(), dryRun: d.dryRun}
	d.checkImplemented(s)
	for _, e := range d.unimplemented {
		if e.value != nil {
			d.checkValue(e)
		}
		if e.isMethodAlone() {
			d.checkMethodEntry(s, e)
		}
	}
	// Only now is it known which methods are implemented.
	for _, e := range d.unimplemented {
		switch {
		case e.isMethodAlone():
			d.checkMethodAlternatives(e)
		case e.header != nil || e.query != nil:
			d.checkCapabilityEntry(s, e)
		case e.value == nil && !e.wrong:
			d.mistake(e.place, `no condition, want "method", "header" or "query"`)
		}
	}
	for name, missing := range d.methods {
		s.methods = append(s.methods, method{name, missing})
	}
	sort.Stable(byName(s.methods))
	if s.implemented != nil {
		d.prepareOthers(s)
	}
	return s
}

// prepareOthers has the answers ready for methods that clients may know.
func (d *declaration) prepareOthers(s *Server) {
	for i, name := range registeredMethods {
		if _, ok := d.methods[name]; !ok {
			missing := &Missing{Kind: Method, Name: name, counter: firstRegistered + i}
			s.format.prepare(missing)
			s.others = append(s.others, missing)
		}
	}
}

// sort.Stable for all that is sorted: each generic sort would be another 4 KB of
// the plugin.
type byName []method

func (m byName) Len() int           { return len(m) }
func (m byName) Less(i, j int) bool { return m[i].compare(m[j].name) < 0 }
func (m byName) Swap(i, j int)      { m[i], m[j] = m[j], m[i] }

func (d *declaration) checkFormat() format {
	isProblem := d.format != nil && d.format.value == "problem"
	if d.format != nil && !isProblem && d.format.value != "json" {
		d.refuse(d.format, quote(d.format.value)+" is unknown, want "+wantFormat)
	}
	t := d.problemType
	switch {
	case t == nil && isProblem:
		return problemFormat("about:blank")
	case t == nil:
		return jsonFormat()
	case !isReference(t.value):
		d.refuse(t, quote(t.value)+" is not a URI reference, want "+wantReference)
	case !isProblem && (d.format == nil || !d.format.wrong):
		d.refuse(t, `needs "format": "problem", want both or neither`)
	}
	return problemFormat(t.value)
}

// isReference reports whether s has only what a URI reference is made of
// (RFC 3986, section 2).
func isReference(s string) bool {
	for i := range len(s) {
		if s[i] == '%' {
			if len(s) < i+3 || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return false
			}
		} else if s[i] <= ' ' || s[i] > '~' || strings.IndexByte("\"<>\\^`{|}", s[i]) >= 0 {
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	_, ok := unhex(c)
	return ok
}

func (d *declaration) checkImplemented(s *Server) {
	for _, t := range d.implemented {
		d.checkMethod(t)
		if _, ok := d.methods[t.value]; ok {
			d.refuse(t, quote(t.value)+" is listed twice, want it once")
		}
		d.methods[t.value] = nil
		d.implementedWrong = d.implementedWrong || t.wrong
		if !t.wrong && t.value != "GET" && t.value != "HEAD" {
			s.implemented = append(s.implemented, t.value)
		}
	}
	// RFC 9110, section 9.1: all general-purpose servers support these two.
	if d.implemented != nil {
		s.implemented = append([]string{"GET", "HEAD"}, s.implemented...)
	}
	d.methods["GET"], d.methods["HEAD"] = nil, nil
}

// checkMethod refuses what no client means: methods are case-sensitive tokens
// (RFC 9110, section 9.1).
func (d *declaration) checkMethod(t *text) {
	if !IsToken(t.value) {
		d.refuse(t, quote(t.value)+` is not a method token, want one like "GET"`)
		return
	}
	for _, registered := range registeredMethods {
		if t.value != registered && equalFold(t.value, registered) {
			d.refuse(t, quote(t.value)+" is not "+registered+", methods are case-sensitive, want "+quote(registered))
		}
	}
}

func (e *entryDeclaration) isMethodAlone() bool {
	return e.method != nil && e.header == nil && e.query == nil
}

func (d *declaration) checkMethodEntry(s *Server, e *entryDeclaration) {
	if e.capability != nil {
		d.refuse(e.capability, `an entry of "method" alone is named by its method, want no "capability"`)
	}
	d.checkMethod(e.method)
	method := e.method.value
	other, ok := d.methods[method]
	switch {
	case method == "GET" || method == "HEAD":
		d.refuse(e.method, quote(method)+` is always implemented, want another method, or "header" or "query" beside it`)
	case ok && other == nil:
		d.refuse(e.method, quote(method)+` is in "implemented_methods" too, want it in one of them`)
	case ok:
		d.refuse(e.method, quote(method)+" is listed twice, want one entry")
	}
	if e.method.wrong {
		return
	}
	declared := &entry{
		Missing: Missing{Kind: Method, Name: method, Alternatives: values(e.alternatives), counter: s.counters()},
		method:  method,
		dryRun:  e.dryRun,
	}
	if len(e.alternatives) == 0 {
		declared.Alternatives = s.otherCase(method)
	}
	s.format.prepare(&declared.Missing)
	d.methods[method] = declared
	s.named = append(s.named, declared)
}

func (d *declaration) checkMethodAlternatives(e *entryDeclaration) {
	listed := map[string]bool{}
	for _, t := range e.alternatives {
		d.checkMethod(t)
		if d.isMissing(t) {
			d.refuse(t, quote(t.value)+" is not implemented, want a method that is")
		}
		if listed[t.value] {
			d.refuse(t, quote(t.value)+" is listed twice, want it once")
		}
		listed[t.value] = true
	}
}

// isMissing reports whether a method is surely missing; where a mistake hides
// what is implemented, nothing is sure.
func (d *declaration) isMissing(method *text) bool {
	if named, ok := d.methods[method.value]; ok {
		return named != nil
	}
	return d.implemented != nil && !d.implementedWrong && !method.wrong
}

func (d *declaration) checkCapabilityEntry(s *Server, e *entryDeclaration) {
	if e.capability == nil && !e.wrong {
		d.mistake(e.place, `no "capability", want a name for what is missing`)
	}
	if e.method != nil {
		d.checkMethod(e.method)
		named := d.methods[e.method.value]
		if d.isMissing(e.method) && (named == nil || !named.dryRun) {
			d.refuse(e.method, "never reached, "+quote(e.method.value)+" is missing anyway, want an implemented method")
		}
	}
	if e.header != nil {
		d.checkHeader(e.header)
	}
	for _, t := range []*text{e.method, e.header, e.value, e.query} {
		if t != nil && t.wrong {
			return
		}
	}
	declared := &entry{
		Missing: Missing{Kind: Capability, Name: valueOf(e.capability), Alternatives: values(e.alternatives), counter: s.counters()},
		method:  valueOf(e.method),
		header:  lowerCase(valueOf(e.header)),
		value:   valueOf(e.value),
		query:   valueOf(e.query),
		dryRun:  e.dryRun,
		pointer: string(e.pointer),
	}
	s.format.prepare(&declared.Missing)
	for _, earlier := range s.capabilities {
		if !earlier.dryRun && earlier.covers(declared) {
			d.mistake(e.place, "never reached, "+earlier.pointer+" matches all that it matches, want it first or not at all")
			break
		}
	}
	s.capabilities = append(s.capabilities, declared)
	s.asks = s.asks || declared.concerns("GET")
}

// checkHeader refuses the fields that no filter sees, or that every request has.
func (d *declaration) checkHeader(t *text) {
	switch name := lowerCase(t.value); {
	case strings.HasPrefix(name, ":"):
		d.refuse(t, quote(t.value)+" is a pseudo-header, want "+wantField)
	case !IsToken(name):
		d.refuse(t, quote(t.value)+" is not a field name, want one like \"upgrade\"")
	case name == "host":
		d.refuse(t, quote(t.value)+" is in every request, want a field that is not")
	case slices.Contains(connectionFields, name):
		d.refuse(t, quote(t.value)+" never reaches the filter, want a field that does")
	}
}

// connectionFields are consumed by hosts before the filters.
var connectionFields = []string{"connection", "keep-alive", "proxy-connection", "transfer-encoding"}

func (d *declaration) checkValue(e *entryDeclaration) {
	value := e.value.value
	switch {
	case e.header == nil:
		d.refuse(e.value, `needs "header", want both or neither`)
	case strings.ContainsAny(value, ",;") || trimBlanks(value) != value || strings.ContainsFunc(value, isControl):
		d.refuse(e.value, quote(value)+" can match no list member, want one like \"websocket\"")
	}
}

func isControl(r rune) bool {
	return r < ' ' && r != '\t' || r == 0x7f
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
