// SPDX-License-Identifier: Apache-2.0

package config

import (
	"slices"
	"strings"

	"notimplemented/filter/answer"
	"notimplemented/filter/servers"
)

// check reports what no value shows by itself.
func (d *declaration) check() {
	d.checkFormat()
	d.checkImplemented()
	for _, e := range d.unimplemented {
		if e.value != nil {
			d.checkValue(e)
		}
		if e.isMethodAlone() {
			d.checkMethodEntry(e)
		}
	}
	// Only now is it known which methods are implemented.
	var reachable []*entry
	for _, e := range d.unimplemented {
		switch {
		case e.isMethodAlone():
			d.checkMethodAlternatives(e)
		case e.header != nil || e.query != nil:
			if d.checkCapabilityEntry(e) {
				d.checkReachable(reachable, e)
				reachable = append(reachable, e)
			}
		case e.value == nil && !e.wrong:
			d.mistake(e.place, `no condition, want "method", "header" or "query"`)
		}
	}
}

func (d *declaration) isProblem() bool {
	return d.format != nil && d.format.value == "problem"
}

func (d *declaration) checkFormat() {
	if d.format != nil && !d.isProblem() && d.format.value != "json" {
		d.refuse(d.format, quote(d.format.value)+" is unknown, want "+wantFormat)
	}
	t := d.problemType
	switch {
	case t == nil:
	case !isReference(t.value):
		d.refuse(t, quote(t.value)+" is not a URI reference, want "+wantReference)
	case !d.isProblem() && (d.format == nil || !d.format.wrong):
		d.refuse(t, `needs "format": "problem", want both or neither`)
	}
}

func (d *declaration) answerFormat() *answer.Format {
	switch {
	case !d.isProblem():
		return answer.JSON()
	case d.problemType == nil:
		return answer.Problem("about:blank")
	default:
		return answer.Problem(d.problemType.value)
	}
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
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'F' || 'a' <= c && c <= 'f'
}

func (d *declaration) checkImplemented() {
	for _, t := range d.implemented {
		d.checkMethod(t)
		if _, ok := d.methods[t.value]; ok {
			d.refuse(t, quote(t.value)+" is listed twice, want it once")
		}
		d.methods[t.value] = nil
		d.implementedWrong = d.implementedWrong || t.wrong
	}
	// RFC 9110, section 9.1: all general-purpose servers support these two.
	d.methods["GET"], d.methods["HEAD"] = nil, nil
}

// checkMethod refuses what no client means: methods are case-sensitive tokens
// (RFC 9110, section 9.1).
func (d *declaration) checkMethod(t *text) {
	if !servers.IsToken(t.value) {
		d.refuse(t, quote(t.value)+` is not a method token, want one like "GET"`)
		return
	}
	for _, registered := range servers.RegisteredMethods {
		if t.value != registered && servers.EqualFold(t.value, registered) {
			d.refuse(t, quote(t.value)+" is not "+registered+", methods are case-sensitive, want "+quote(registered))
		}
	}
}

func (e *entry) isMethodAlone() bool {
	return e.method != nil && e.header == nil && e.query == nil
}

func (d *declaration) checkMethodEntry(e *entry) {
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
	if !e.method.wrong {
		d.methods[method] = e
	}
}

func (d *declaration) checkMethodAlternatives(e *entry) {
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

// checkCapabilityEntry reports whether the entry's conditions are right.
func (d *declaration) checkCapabilityEntry(e *entry) (ok bool) {
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
			return false
		}
	}
	return true
}

// checkReachable refuses an entry that never decides after the earlier ones.
func (d *declaration) checkReachable(earlier []*entry, e *entry) {
	declared := e.declared()
	for _, other := range earlier {
		if covering := other.declared(); !other.dryRun && covering.Covers(&declared) {
			d.mistake(e.place, "never reached, "+string(other.pointer)+" matches all that it matches, want it first or not at all")
			return
		}
	}
}

// checkHeader refuses the fields that no filter sees, or that every request has.
func (d *declaration) checkHeader(t *text) {
	switch name := servers.LowerCase(t.value); {
	case strings.HasPrefix(name, ":"):
		d.refuse(t, quote(t.value)+" is a pseudo-header, want "+wantField)
	case !servers.IsToken(name):
		d.refuse(t, quote(t.value)+" is not a field name, want one like \"upgrade\"")
	case name == "host":
		d.refuse(t, quote(t.value)+" is in every request, want a field that is not")
	case slices.Contains(connectionFields, name):
		d.refuse(t, quote(t.value)+" never reaches the filter, want a field that does")
	}
}

// connectionFields are consumed by hosts before the filters.
var connectionFields = []string{"connection", "keep-alive", "proxy-connection", "transfer-encoding"}

func (d *declaration) checkValue(e *entry) {
	value := e.value.value
	switch {
	case e.header == nil:
		d.refuse(e.value, `needs "header", want both or neither`)
	case strings.ContainsAny(value, ",;") || servers.TrimBlanks(value) != value || strings.ContainsFunc(value, isControl):
		d.refuse(e.value, quote(value)+" can match no list member, want one like \"websocket\"")
	}
}

func isControl(r rune) bool {
	return r < ' ' && r != '\t' || r == 0x7f
}
