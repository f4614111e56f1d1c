// SPDX-License-Identifier: Apache-2.0

package servers

import "strings"

// RegisteredMethods are the HTTP Method Registry of IANA without the reserved
// "*": RFC 9110, section 16.1.1.
var RegisteredMethods = [...]string{
	"ACL", "BASELINE-CONTROL", "BIND", "CHECKIN", "CHECKOUT", "CONNECT", "COPY", "DELETE", "GET", "HEAD", "LABEL", "LINK",
	"LOCK", "MERGE", "MKACTIVITY", "MKCALENDAR", "MKCOL", "MKREDIRECTREF", "MKWORKSPACE", "MOVE", "OPTIONS", "ORDERPATCH",
	"PATCH", "POST", "PRI", "PROPFIND", "PROPPATCH", "PUT", "QUERY", "REBIND", "REPORT", "SEARCH", "TRACE", "UNBIND",
	"UNCHECKOUT", "UNLINK", "UNLOCK", "UPDATE", "UPDATEREDIRECTREF", "VERSION-CONTROL",
}

// registered finds what is missing where a server does not name these methods.
var registered = newRegistered()

func newRegistered() (m methods) {
	m.build(len(RegisteredMethods), func(name func(string)) {
		for _, method := range RegisteredMethods[:] {
			name(method)
		}
	})
	missing := make([]Missing, len(RegisteredMethods))
	for i := range m.rules {
		missing[i] = Missing{Kind: Method, Name: m.rules[i].name, Label: 1 + i}
		m.rules[i].missing = &missing[i]
	}
	return m
}

// methods are those that something names.
type methods struct {
	table
	rules   []rule // by their keys in the table
	longest int    // name, in bytes
}

// rule is what holds for a method.
type rule struct {
	name    string
	missing *Missing  // nil where it is implemented
	groups  concerned // of the entries, the one of its own first
	dryRun  bool      // though missing, not answered for that
	asks    bool      // for the host, if that is the question
	label   int       // where the server does not name it, but another one
}

// build takes the methods that list names, size at most, each of them once.
func (m *methods) build(size int, list func(name func(string))) {
	m.rules = make([]rule, 0, size)
	m.table.build(size, func() {
		m.rules = m.rules[:0]
		list(func(name string) {
			hash := m.hash(name)
			if key := m.table.find(hash); key == none || m.rules[key].name != name {
				m.add(hash)
				m.rules = append(m.rules, rule{name: name})
			}
		})
	})
	for i := range m.rules {
		rule := &m.rules[i]
		rule.name = strings.Clone(rule.name)
		m.longest = max(m.longest, len(rule.name))
	}
}

// find returns the rule of a method, nil if nothing names it.
func (m *methods) find(name string) *rule {
	if len(name) > m.longest {
		return nil
	}
	key := m.table.find(m.hash(name))
	if key == none || !equal(m.rules[key].name, name) {
		return nil
	}
	return &m.rules[key]
}

// passes reports whether the server passes a method without a look at the fields.
func (s *server) passes(method string) bool {
	if rule := s.methods.find(method); rule != nil {
		return rule.missing == nil && rule.groups.count == 0
	}
	return s.isOpen()
}

// isOpen reports whether the server passes what nothing names.
func (s *server) isOpen() bool { return s.implemented == nil && s.others.count == 0 }

// nameMethods returns the methods that any server names. Those that no entry has given
// a label get the next ones.
func (s *Servers) nameMethods(labels *labels) *methods {
	size := 0
	for _, server := range s.all {
		size += len(server.methods.rules)
	}
	all := &methods{}
	all.build(size, func(name func(string)) {
		for _, server := range s.all {
			for i := range server.methods.rules {
				name(server.methods.rules[i].name)
			}
		}
	})
	for _, server := range s.all {
		for i := range server.methods.rules {
			if rule := &server.methods.rules[i]; rule.missing != nil {
				all.find(rule.name).label = rule.missing.Label
			}
		}
	}
	for i := range all.rules {
		if rule := &all.rules[i]; rule.label == 0 {
			rule.label = labels.next()
		}
	}
	return all
}

// common returns which methods pass whatever the host: those that it has and that do
// not ask, and those that it lacks unless others ask.
func (s *Servers) common() (all methods, othersAsk bool) {
	var strictest *server // the one that names the fewest methods of those that are not open
	size := 0
	for _, server := range s.all {
		size += len(server.methods.rules)
		if !server.isOpen() && (strictest == nil || len(server.methods.rules) < len(strictest.methods.rules)) {
			strictest = server
		}
	}
	if strictest != nil {
		size = len(strictest.methods.rules)
	}
	all.build(size, func(name func(string)) {
		for _, server := range s.all {
			for i := range server.methods.rules {
				if r := &server.methods.rules[i]; server == strictest || strictest == nil && !server.passes(r.name) {
					name(r.name)
				}
			}
		}
	})
	for i := range all.rules {
		rule := &all.rules[i]
		for _, server := range s.all {
			rule.asks = rule.asks || !server.passes(rule.name)
		}
	}
	return all, strictest != nil
}
