// SPDX-License-Identifier: Apache-2.0

package servers

// server is what one server implements on at least one resource.
type server struct {
	hosts       []string
	implemented []string // nil where every method that no entry names is
	entries     []entry  // in their order
	methods     methods
	conditions  conditions
	asks        bool // an entry concerns the methods that nothing names
	dryRun      bool
	named       *methods // by any of several servers
}

// entry is a declared one, ready for requests.
type entry struct {
	missing Missing
	method  string // that it concerns, empty for all
	dryRun  bool
	both    bool // asks for a field and a parameter
	// Which entries have the same condition, as a number in entries, or none.
	nextOfField, nextOfQuery int32
}

const none = -1

// concerns reports whether the entry is about this method, GET about HEAD, too.
func (e *entry) concerns(method string) bool {
	return e.method == "" || e.method == method || e.method == "GET" && method == "HEAD"
}

func newServer(d Declaration, labels *labels) *server {
	s := &server{hosts: d.Hosts, dryRun: d.DryRun}
	s.methods.table = newTable(2 + len(d.Implemented) + len(d.Unimplemented))
	s.methods.name("GET")
	s.methods.name("HEAD")
	if d.Implemented != nil {
		s.implemented = append([]string{"GET", "HEAD"}, d.Implemented...)
	}
	for _, name := range d.Implemented {
		s.methods.name(name)
	}
	s.entries = make([]entry, len(d.Unimplemented))
	for i := range d.Unimplemented {
		s.declare(i, &d.Unimplemented[i], labels)
	}
	s.ask()
	s.conditions = newConditions(d.Unimplemented, s.entries)
	return s
}

func (s *server) declare(i int, declared *Entry, labels *labels) {
	e := &s.entries[i]
	e.dryRun, e.method = declared.DryRun, declared.Method
	e.missing = Missing{
		Kind: Capability, Name: declared.Capability, Alternatives: declared.Alternatives,
	}
	if declared.Capability == "" {
		e.missing.Kind, e.missing.Name = Method, declared.Method
		if len(declared.Alternatives) == 0 {
			e.missing.Alternatives = s.otherCase(declared.Method)
		}
		rule := s.methods.name(declared.Method)
		rule.missing, rule.dryRun = &e.missing, declared.DryRun
	}
	e.missing.Label = labels.of(e.missing.Kind, e.missing.Name)
}

// ask marks the methods that entries ask for fields of.
func (s *server) ask() {
	for i := range s.entries {
		switch e := &s.entries[i]; {
		case e.missing.Kind == Method:
		case e.method == "":
			s.asks = true
		default:
			s.methods.name(e.method).asks = true
		}
	}
	for i := range s.methods.rules {
		rule := &s.methods.rules[i]
		// Who does not implement something for GET does not for HEAD: RFC 9110, section 9.3.2.
		rule.asks = rule.asks || s.asks || rule.name == "HEAD" && s.methods.find("GET").asks
	}
}

// decide decides about a request to this server.
func (s *server) decide(d *Decision, method string, request Request) error {
	asks := s.asks
	if rule := s.methods.find(method); rule != nil {
		asks = rule.asks
		if rule.missing != nil && s.decideBy(d, rule.missing, rule.dryRun) {
			return nil
		}
	} else if s.implemented != nil {
		s.decideBy(d, s.unnamed(d, method), false)
		return nil
	}
	if !asks {
		return nil
	}
	header, err := request.Header()
	if err != nil {
		return err
	}
	s.decideByHeader(d, method, header)
	return nil
}

// decideBy reports whether something missing ends the decision.
func (s *server) decideBy(d *Decision, missing *Missing, dryRun bool) (decided bool) {
	if dryRun || s.dryRun {
		d.DryRun = append(d.DryRun, missing)
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
	for i, implemented := range s.implemented {
		if len(implemented) == len(method) && EqualFold(implemented, method) {
			return s.implemented[i : i+1]
		}
	}
	return nil
}
