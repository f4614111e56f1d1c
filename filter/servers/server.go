// SPDX-License-Identifier: Apache-2.0

// Package servers decides what a request requires that its server implements
// nowhere.
package servers

import (
	"slices"
	"sort"
	"strings"
)

// Declaration is what an operator declares of a server. It is right by the rules
// of the configuration: [New] checks nothing.
type Declaration struct {
	// Implemented are the methods besides GET and HEAD, which are always
	// implemented (RFC 9110, section 9.1); nil where every method is that no
	// entry names.
	Implemented   []string
	Unimplemented []Entry
	DryRun        bool // of everything
}

// Entry is one thing that the server implements nowhere. Its conditions apply all
// together; an empty one is absent.
type Entry struct {
	Capability   string // empty for an entry of a method alone
	Method       string
	Header       string // in lower case
	Value        string // a member of the header's list
	Query        string
	Alternatives []string // what to use instead
	DryRun       bool
}

// Kind says what sort of thing is missing.
type Kind int

const (
	Method Kind = iota
	Capability
)

// String returns the kind as answers and counters name it.
func (k Kind) String() string {
	if k == Capability {
		return "capability"
	}
	return "method"
}

// Missing is what a request requires and the server implements nowhere.
type Missing struct {
	Kind         Kind
	Name         string   // as in the request or the configuration, of any length
	Alternatives []string // what to use instead

	// Number tells apart what is known before any request: the registered methods
	// and the entries. It is [Unknown] for every other method.
	Number int
}

// Unknown is the number of all methods that are neither registered nor named by
// an entry.
const Unknown = -1

// Server is what a server implements on at least one resource, as its operator
// declares it. [New] is the only way to make one; it never changes after.
type Server struct {
	methods []method // that the configuration names, GET and HEAD, sorted
	// others are the registered ones besides, sorted, where any other is missing.
	others []Missing
	// implemented is nil where every method that no entry names is implemented.
	implemented  []string
	named        []*entry // of a method alone
	capabilities []*entry
	asksOfGET    bool // for a field, of the most common request
	dryRun       bool
}

// method is one that the configuration names, or GET or HEAD.
type method struct {
	name    string
	missing *entry // nil where it is implemented
}

func (m method) compare(name string) int { return compareMethods(m.name, name) }

func (m Missing) compare(name string) int { return compareMethods(m.Name, name) }

// sort.Stable for all that is sorted: each generic sort would be another 4 KB of
// the plugin.
type byName []method

func (m byName) Len() int           { return len(m) }
func (m byName) Less(i, j int) bool { return m[i].compare(m[j].name) < 0 }
func (m byName) Swap(i, j int)      { m[i], m[j] = m[j], m[i] }

// entry is an entry with what is missing where it applies.
type entry struct {
	Entry
	missing Missing
}

// New makes the server of a declaration.
func New(d Declaration) *Server {
	s := &Server{dryRun: d.DryRun}
	s.methods = append(s.methods, method{name: "GET"}, method{name: "HEAD"})
	if d.Implemented != nil {
		s.implemented = append([]string{"GET", "HEAD"}, d.Implemented...)
	}
	for _, name := range d.Implemented {
		s.methods = append(s.methods, method{name: name})
	}
	for i := range d.Unimplemented {
		s.add(d.Unimplemented[i])
	}
	sort.Stable(byName(s.methods))
	if s.implemented == nil {
		return s
	}
	for i, name := range RegisteredMethods {
		if _, ok := slices.BinarySearchFunc(s.methods, name, method.compare); !ok {
			s.others = append(s.others, Missing{Kind: Method, Name: name, Number: i})
		}
	}
	return s
}

func (s *Server) add(declared Entry) {
	e := &entry{declared, Missing{Capability, declared.Capability, declared.Alternatives, s.Known()}}
	if declared.Capability != "" {
		s.capabilities = append(s.capabilities, e)
		s.asksOfGET = s.asksOfGET || e.concerns("GET")
		return
	}
	e.missing.Kind, e.missing.Name = Method, e.Method
	if len(e.Alternatives) == 0 {
		e.missing.Alternatives = s.otherCase(e.Method)
	}
	s.methods = append(s.methods, method{e.Method, e})
	s.named = append(s.named, e)
}

// Known is how many things have a number: all below it.
func (s *Server) Known() int {
	return len(RegisteredMethods) + len(s.named) + len(s.capabilities)
}

// EachKnown calls visit with all that has a number and can be missing.
func (s *Server) EachKnown(visit func(missing *Missing)) {
	for i := range s.others {
		visit(&s.others[i])
	}
	for _, e := range s.entries() {
		visit(&e.missing)
	}
}

// AsksOfGET reports whether an entry may concern a field of a GET.
func (s *Server) AsksOfGET() bool { return s.asksOfGET }

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
			if !e.DryRun {
				return e.missing, true
			}
			dryRun(e.missing)
		}
	} else if s.implemented != nil {
		if i, ok := slices.BinarySearchFunc(s.others, name, Missing.compare); ok {
			return s.others[i], true
		}
		return Missing{Method, name, s.otherCase(name), Unknown}, true
	}
	for _, e := range s.capabilities {
		if !e.matches(name, lookup) {
			continue
		}
		if !e.DryRun {
			return e.missing, true
		}
		dryRun(e.missing)
	}
	return Missing{}, false
}

// otherCase returns the implemented method that differs from this one by case
// only, if there is one.
func (s *Server) otherCase(method string) []string {
	for i, implemented := range s.implemented {
		if EqualFold(implemented, method) {
			return s.implemented[i : i+1]
		}
	}
	return nil
}

func (e *Entry) matches(method string, lookup Lookup) bool {
	return e.concerns(method) && e.matchesQuery(lookup) && e.matchesHeader(lookup)
}

// concerns reports whether the entry is about this method. Who does not
// implement something for GET does not for HEAD: RFC 9110, section 9.3.2.
func (e *Entry) concerns(method string) bool {
	return e.Method == "" || e.Method == method || e.Method == "GET" && method == "HEAD"
}

func (e *Entry) matchesQuery(lookup Lookup) bool {
	if e.Query == "" {
		return true
	}
	path, _ := lookup(":path", 0)
	return hasParameter(path, e.Query)
}

func (e *Entry) matchesHeader(lookup Lookup) bool {
	if e.Header == "" {
		return true
	}
	for line := 0; ; line++ {
		list, ok := lookup(e.Header, line)
		if !ok {
			return false
		}
		if e.Value == "" || hasMember(list, e.Value) {
			return true
		}
	}
}

// Covers reports whether the entry matches every request that the other one
// matches.
func (e *Entry) Covers(other *Entry) bool {
	return e.concerns(other.Method) &&
		(e.Header == "" || e.Header == other.Header) &&
		(e.Value == "" || EqualFold(e.Value, other.Value)) &&
		(e.Query == "" || e.Query == other.Query)
}

// IsDry reports whether something is only counted and logged, not answered.
func (s *Server) IsDry() bool {
	return s.dryRun || slices.ContainsFunc(s.entries(), func(e *entry) bool { return e.DryRun })
}

func (s *Server) entries() []*entry {
	return slices.Concat(s.named, s.capabilities)
}

// String says in words what is answered with 501, for the log.
func (s *Server) String() string {
	var named, capabilities []string
	for _, e := range s.entries() {
		name := e.missing.Name
		if e.DryRun {
			name += " (dry run)"
		}
		switch {
		case e.missing.Kind == Capability && !slices.Contains(capabilities, name):
			capabilities = append(capabilities, name)
		case e.missing.Kind == Method && (s.implemented == nil || e.DryRun):
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
