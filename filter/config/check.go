// SPDX-License-Identifier: Apache-2.0

package config

import (
	"strings"

	"notimplemented/filter/servers"
)

// check reports what no value shows by itself.
func (d *document) check() {
	d.checkHosts()
	all := append([]*serverNode{d.top}, d.servers...)
	if d.serversFirst {
		all = append(d.servers[:len(d.servers):len(d.servers)], d.top)
	}
	for _, s := range all {
		d.checkFormat(s)
	}
	counters := map[string]string{}
	for _, s := range all {
		if s == noServer {
			continue // of these there can be thousands
		}
		d.checkImplemented(s)
		d.checkEntries(s)
		d.checkCounters(s, counters)
		f := s.format
		if !s.hasFormat() {
			f = d.top.format // inherited
		}
		d.checkSize(s, f)
		d.checkXML(s, f)
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

func (d *document) checkImplemented(s *serverNode) {
	if s.implemented != nil || s.unimplemented != nil {
		s.methods = map[string]*entryNode{}
	}
	for _, t := range s.implemented {
		if t.value == "*" {
			d.report(t, `"*" is not a method, want the methods themselves, or no "implemented_methods" if any is implemented`)
		}
		d.checkMethod(t)
		s.implementedWrong = s.implementedWrong || t.wrong
		if _, ok := s.methods[t.value]; ok {
			d.refuse(t, " is listed twice, want it once")
		}
		s.methods[t.value] = nil
	}
	// RFC 9110, section 9.1: all general-purpose servers support these two.
	if s.methods != nil {
		s.methods["GET"], s.methods["HEAD"] = nil, nil
	}
}

// checkMethod refuses what no client means: methods are case-sensitive tokens
// (RFC 9110, section 9.1), and "*" is reserved (section 18.2).
func (d *document) checkMethod(t *text) {
	if t.value == "*" || !servers.IsToken(t.value) {
		d.refuse(t, ` is not a method, want one like "GET"`)
		return
	}
	if d.isTooLong(t, maxMethod) {
		return
	}
	for _, registered := range servers.RegisteredMethods[:] { // not a copy of the array
		if len(t.value) == len(registered) && t.value != registered && servers.EqualFold(t.value, registered) {
			d.refuse(t, " is not "+registered+", methods are case-sensitive, want "+quote(registered))
		}
	}
}

// isMissing reports whether a method is surely missing; where a mistake hides
// what is implemented, nothing is sure.
func (s *serverNode) isMissing(method *text) bool {
	if named, ok := s.methods[method.value]; ok {
		return named != nil
	}
	return s.implemented != nil && !s.implementedWrong
}

// checkCounters refuses a capability that shares its counter with one of another
// name, by the labels in counters.
func (d *document) checkCounters(s *serverNode, counters map[string]string) {
	for _, e := range s.unimplemented {
		if e.capability == nil || e.capability.wrong {
			continue
		}
		label := string(servers.AppendLabel(nil, e.capability.value))
		if other, ok := counters[label]; !ok {
			counters[label] = e.capability.value
		} else if other != e.capability.value {
			d.refuse(e.capability, " has the same counter as "+d.quote(other)+", want names that differ in ASCII letters or digits")
		}
	}
}
