// SPDX-License-Identifier: Apache-2.0

package servers

import "strings"

// server is what one server implements on at least one resource.
type server struct {
	hosts       []string
	implemented []string // nil where every method that no entry names is
	entries     []entry  // in their order
	methods     methods
	folded      table    // of implemented, the first one of each that differ by case
	firsts      []string // by their keys in folded
	conditions  conditions
	others      concerned // groups, of the methods that nothing names
	dryRun      bool
	named       *methods // by any of several servers
}

// entry is a declared one, ready for requests.
type entry struct {
	missing            Missing
	group              int32 // that it is in, if it is of a capability
	field, query, path int32 // its conditions, or none
	dryRun             bool
}

// ofAllMethods is the group of the entries without a method.
const ofAllMethods = 0

func newServer(d Declaration, labels *labels) *server {
	s := &server{hosts: cloned(d.Hosts), dryRun: d.DryRun}
	s.methods.build(2+len(d.Implemented)+len(d.Unimplemented), func(name func(string)) {
		name("GET")
		name("HEAD")
		for _, method := range d.Implemented {
			name(method)
		}
		for i := range d.Unimplemented {
			if method := d.Unimplemented[i].Method; method != "" {
				name(method)
			}
		}
	})
	if d.Implemented != nil {
		s.implement(d.Implemented)
	}
	s.entries = make([]entry, len(d.Unimplemented))
	groups := int32(1)
	for i := range d.Unimplemented {
		groups = s.declare(i, &d.Unimplemented[i], groups, labels)
	}
	s.group()
	s.conditions = newConditions(d.Unimplemented, s.entries, int(groups))
	return s
}

func cloned(texts []string) []string {
	if texts == nil {
		return nil
	}
	all := make([]string, len(texts))
	for i, text := range texts {
		all[i] = strings.Clone(text)
	}
	return all
}

// implement lists the implemented methods, GET and HEAD before all others.
func (s *server) implement(methods []string) {
	s.implemented = make([]string, 0, 2+len(methods))
	for _, rule := range s.methods.rules[:2+len(methods)] {
		s.implemented = append(s.implemented, rule.name)
	}
	s.folded.build(len(s.implemented), func() {
		s.firsts = s.firsts[:0]
		for _, method := range s.implemented {
			hash := s.folded.hashFolded(method)
			if key := s.folded.find(hash); key != none && EqualFold(s.firsts[key], method) {
				continue
			}
			s.folded.add(hash)
			s.firsts = append(s.firsts, method)
		}
	})
}

// declare takes an entry and returns how many groups there are now.
func (s *server) declare(i int, declared *Entry, groups int32, labels *labels) int32 {
	e := &s.entries[i]
	e.dryRun = declared.DryRun
	e.missing = Missing{Kind: Capability, Alternatives: cloned(declared.Alternatives)}
	switch {
	case declared.Capability == "":
		rule := s.methods.find(declared.Method)
		e.missing.Kind, e.missing.Name = Method, rule.name
		if len(declared.Alternatives) == 0 {
			e.missing.Alternatives = s.otherCase(rule.name)
		}
		rule.missing, rule.dryRun = &e.missing, declared.DryRun
	case declared.Method == "":
		e.missing.Name = strings.Clone(declared.Capability)
		e.group = ofAllMethods
		s.others = concerned{groups: [3]int32{ofAllMethods}, count: 1}
	default:
		e.missing.Name = strings.Clone(declared.Capability)
		rule := s.methods.find(declared.Method)
		if rule.groups.count == 0 {
			rule.groups.add(groups)
			groups++
		}
		e.group = rule.groups.groups[0]
	}
	e.missing.Label = labels.of(e.missing.Kind, e.missing.Name)
	return groups
}

// group gives each method that something names the groups of the entries that concern
// it besides its own.
func (s *server) group() {
	get := s.methods.find("GET").groups
	for i := range s.methods.rules {
		rule := &s.methods.rules[i]
		// Who does not implement something for GET does not for HEAD: RFC 9110, section 9.3.2.
		if rule.name == "HEAD" && get.count > 0 {
			rule.groups.add(get.groups[0])
		}
		if s.others.count > 0 {
			rule.groups.add(ofAllMethods)
		}
	}
}

// decide decides about a request to this server.
func (s *server) decide(d *Decision, method string, request Request) error {
	groups := &s.others
	if rule := s.methods.find(method); rule != nil {
		groups = &rule.groups
		if rule.missing != nil && s.decideBy(d, rule.missing, rule.dryRun) {
			return nil
		}
	} else if s.implemented != nil {
		s.decideBy(d, s.unnamed(d, method), false)
		return nil
	}
	if groups.count == 0 {
		return nil
	}
	if err := d.match.read(&s.conditions, groups.all(), request); err != nil {
		return err
	}
	if !d.match.any {
		return nil
	}
	for i := range s.entries {
		e := &s.entries[i]
		if d.match.has(e) && e.missing.Kind == Capability && groups.has(e.group) && s.decideBy(d, &e.missing, e.dryRun) {
			break
		}
	}
	return nil
}

// decideBy reports whether something missing ends the decision.
func (s *server) decideBy(d *Decision, missing *Missing, dryRun bool) (decided bool) {
	if dryRun || s.dryRun {
		d.addDryRun(missing)
		return !dryRun
	}
	d.Missing = missing
	return true
}

// unnamed returns a method that is missing since nothing names it.
func (s *server) unnamed(d *Decision, method string) *Missing {
	if rule := registered.find(method); rule != nil {
		return rule.missing
	}
	d.other = Missing{Kind: Method, Name: method, Alternatives: s.otherCase(method)}
	if s.named != nil {
		if rule := s.named.find(method); rule != nil {
			d.other.Label = rule.label
		}
	}
	return &d.other
}

// otherCase returns the implemented method that differs from this one by case
// only, if there is one.
func (s *server) otherCase(method string) []string {
	if s.implemented == nil || len(method) > s.methods.longest {
		return nil
	}
	key := s.folded.find(s.folded.hashFolded(method))
	if key == none || !EqualFold(s.firsts[key], method) {
		return nil
	}
	return s.firsts[key : key+1]
}
