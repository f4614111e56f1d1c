// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"slices"
	"strings"
)

// Server is what a server implements on at least one resource, as its operator
// declares it. [Parse] is the only way to make one; it never changes after.
type Server struct {
	methods []method // that the configuration names, GET and HEAD, sorted
	// others are the registered ones besides, sorted, where any other is missing.
	others []*Missing
	// implemented is nil where every method that no entry names is implemented.
	implemented  []string
	named        []*entry // of a method alone
	capabilities []*entry
	asks         bool // for a field of a GET, the most common request
	format       format
	dryRun       bool
}

// method is one that the configuration names, or GET or HEAD.
type method struct {
	name    string
	missing *entry // nil where it is implemented
}

func (m method) compare(name string) int { return compareMethods(m.name, name) }

func (m *Missing) compare(name string) int { return compareMethods(m.Name, name) }

// compareMethods orders by length first, which tells most methods apart at once.
func compareMethods(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// Missing is what a request requires and the server implements nowhere.
type Missing struct {
	Kind         Kind
	Name         string   // as in the request or the configuration, of any length
	Alternatives []string // what to use instead

	counter int    // its number
	http    *Reply // prepared for all but other methods, else nil
}

// Kind says what sort of thing is missing.
type Kind int

const (
	Method Kind = iota
	Capability
)

// entry is one member of "unimplemented". Its conditions apply all together;
// an empty one is absent.
type entry struct {
	Missing
	method, header, value, query string
	dryRun                       bool
	pointer                      string // where it stands in the configuration
}

// Lookup returns a line of a field of the request, counted from 0; ok is false
// past the last one. The field's name is in lower case; ":path" is one too. The
// value lasts until the next call.
type Lookup func(field string, line int) (value string, ok bool)

// Missing returns what is missing for a request, the method first, then the
// capabilities in their order; ok is false when the request shall pass.
// It calls dryRun with each thing that only a dry run keeps from being answered.
func (s *Server) Missing(method string, lookup Lookup, dryRun func(Missing)) (missing Missing, ok bool) {
	missing, ok = s.first(method, lookup, dryRun)
	if ok && s.dryRun {
		dryRun(missing)
		return Missing{}, false
	}
	return missing, ok
}

func (s *Server) first(name string, lookup Lookup, dryRun func(Missing)) (Missing, bool) {
	if i, ok := slices.BinarySearchFunc(s.methods, name, method.compare); ok {
		if e := s.methods[i].missing; e != nil {
			if !e.dryRun {
				return e.Missing, true
			}
			dryRun(e.Missing)
		}
	} else if s.implemented != nil {
		if i, ok := slices.BinarySearchFunc(s.others, name, (*Missing).compare); ok {
			return *s.others[i], true
		}
		return Missing{Kind: Method, Name: name, Alternatives: s.otherCase(name)}, true
	}
	for _, e := range s.capabilities {
		if !e.matches(name, lookup) {
			continue
		}
		if !e.dryRun {
			return e.Missing, true
		}
		dryRun(e.Missing)
	}
	return Missing{}, false
}

// otherCase returns the implemented method that differs from this one by case
// only, if there is one.
func (s *Server) otherCase(method string) []string {
	for i, implemented := range s.implemented {
		if equalFold(implemented, method) {
			return s.implemented[i : i+1]
		}
	}
	return nil
}

func (e *entry) matches(method string, lookup Lookup) bool {
	return e.concerns(method) && e.matchesQuery(lookup) && e.matchesHeader(lookup)
}

// concerns reports whether the entry is about this method. Who does not
// implement something for GET does not for HEAD: RFC 9110, section 9.3.2.
func (e *entry) concerns(method string) bool {
	return e.method == "" || e.method == method || e.method == "GET" && method == "HEAD"
}

func (e *entry) matchesQuery(lookup Lookup) bool {
	if e.query == "" {
		return true
	}
	path, _ := lookup(":path", 0)
	return hasParameter(path, e.query)
}

func (e *entry) matchesHeader(lookup Lookup) bool {
	if e.header == "" {
		return true
	}
	for line := 0; ; line++ {
		list, ok := lookup(e.header, line)
		if !ok {
			return false
		}
		if e.value == "" || hasMember(list, e.value) {
			return true
		}
	}
}

// covers reports whether the entry matches every request that the other one
// matches.
func (e *entry) covers(other *entry) bool {
	return e.concerns(other.method) &&
		(e.header == "" || e.header == other.header) &&
		(e.value == "" || equalFold(e.value, other.value)) &&
		(e.query == "" || e.query == other.query)
}

// IsDry reports whether something is only counted and logged, not answered.
func (s *Server) IsDry() bool {
	return s.dryRun || slices.ContainsFunc(s.entries(), func(e *entry) bool { return e.dryRun })
}

// counters is how many counters each outcome has.
func (s *Server) counters() int {
	return firstEntry + len(s.named) + len(s.capabilities)
}

func (s *Server) entries() []*entry {
	return slices.Concat(s.named, s.capabilities)
}

// String says in words what is answered with 501, for the log.
func (s *Server) String() string {
	var named, capabilities []string
	for _, e := range s.entries() {
		name := e.Name
		if e.dryRun {
			name += " (dry run)"
		}
		switch {
		case e.Kind == Capability && !slices.Contains(capabilities, name):
			capabilities = append(capabilities, name)
		case e.Kind == Method && (s.implemented == nil || e.dryRun):
			named = append(named, name)
		}
	}
	var all []string
	if s.implemented != nil {
		all = append(all, "every method but "+strings.Join(s.implemented, ", "))
	}
	for _, names := range [][]string{named, capabilities} {
		if names != nil {
			all = append(all, strings.Join(names, ", "))
		}
	}
	what := "501 to " + strings.Join(all, "; to ")
	if s.dryRun {
		return "dry run: would answer " + what
	}
	return "answers " + what
}
