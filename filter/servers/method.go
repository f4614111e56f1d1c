// SPDX-License-Identifier: Apache-2.0

package servers

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
	m.table = newTable(len(RegisteredMethods))
	missing := make([]Missing, len(RegisteredMethods))
	for i, name := range RegisteredMethods[:] {
		missing[i] = Missing{Kind: Method, Name: name, Label: 1 + i}
		m.name(name).missing = &missing[i]
	}
	return m
}

// methods are those that something names.
type methods struct {
	table
	rules []rule // by their keys in the table
}

// rule is what holds for a method.
type rule struct {
	name    string
	missing *Missing // nil where it is implemented
	dryRun  bool     // though missing, not answered for that
	asks    bool     // for the fields of the request
	label   int      // where the server does not name it, but another one
}

// find returns the rule of a method, nil if nothing names it.
func (m *methods) find(name string) *rule {
	hash := hashString(hashStart, name)
	for key := m.first[m.bucket(hash)]; key != none; key = m.keys[key].next {
		if m.keys[key].hash == hash && m.rules[key].name == name {
			return &m.rules[key]
		}
	}
	return nil
}

// name returns the rule of a method, a new one if nothing has named it so far.
func (m *methods) name(name string) *rule {
	if rule := m.find(name); rule != nil {
		return rule
	}
	m.add(hashString(hashStart, name))
	m.rules = append(m.rules, rule{name: name})
	return &m.rules[len(m.rules)-1]
}

// passes reports whether the server passes a method without a look at the fields.
func (s *server) passes(method string) bool {
	if rule := s.methods.find(method); rule != nil {
		return rule.missing == nil && !rule.asks
	}
	return s.isOpen()
}

// isOpen reports whether the server passes what nothing names.
func (s *server) isOpen() bool { return s.implemented == nil && !s.asks }

// named returns the methods that any server names. Those that no entry has given a
// label get the next ones.
func (s *Servers) named(labels *labels) *methods {
	size := 0
	for _, server := range s.all {
		size += len(server.methods.rules)
	}
	all := &methods{table: newTable(size)}
	for _, server := range s.all {
		for i := range server.methods.rules {
			rule := &server.methods.rules[i]
			if named := all.name(rule.name); rule.missing != nil {
				named.label = rule.missing.Label
			}
		}
	}
	for i := range all.rules {
		if rule := &all.rules[i]; rule.label == 0 {
			rule.label = labels.count
			labels.count++
		}
	}
	return all
}

// common returns which methods pass whatever the host: those of the table that do
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
	if strictest == nil {
		all.table = newTable(size)
		for _, server := range s.all {
			for _, r := range server.methods.rules {
				if r.missing != nil || r.asks {
					all.name(r.name).asks = true
				}
			}
		}
		return all, false
	}
	all.table = newTable(len(strictest.methods.rules))
	for _, r := range strictest.methods.rules {
		asks := false
		for _, server := range s.all {
			asks = asks || !server.passes(r.name)
		}
		all.name(r.name).asks = asks
	}
	return all, true
}
