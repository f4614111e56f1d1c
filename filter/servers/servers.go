// SPDX-License-Identifier: Apache-2.0

// Package servers decides what a request requires that its server implements
// nowhere.
package servers

// Servers are those behind one listener, told apart by host. [New] is the only
// way to make them; they never change after.
type Servers struct {
	all   []*server // the one of all other hosts first
	hosts hosts
	// Where there are several, the methods that pass whatever the host: see common.
	methods   methods
	othersAsk bool
	labels    int
}

// New makes the servers of their declarations, the first one for every host that
// no other names.
func New(others Declaration, hosted ...Declaration) *Servers {
	s := &Servers{}
	labels := newLabels()
	s.all = append(s.all, newServer(others, labels))
	for i := range hosted {
		s.all = append(s.all, newServer(hosted[i], labels))
	}
	if len(hosted) > 0 {
		named := s.nameMethods(labels)
		for _, server := range s.all {
			server.named = named
		}
		s.hosts = newHosts(s.all)
		s.methods, s.othersAsk = s.common()
	}
	s.labels = labels.count
	return s
}

// Labels is how many labels what is missing can have: see [Missing].
func (s *Servers) Labels() int { return s.labels }

// Of returns the number of the server of an authority, 0 for that of all other hosts.
func (s *Servers) Of(authority string) int {
	if len(s.all) == 1 {
		return 0
	}
	return s.hosts.find(authority)
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

// Missing is what a request requires and its server implements nowhere.
type Missing struct {
	Kind         Kind
	Name         string   // as in the request or the configuration, of any length
	Alternatives []string // what to use instead

	// Label is the number of the name among all that the configuration has, the
	// same for all servers. It is 0 for every method that is neither registered
	// nor named by any of them.
	Label int
}

// Decision is what a request comes to. The zero value is ready for [Servers.Decide],
// and can be used again.
type Decision struct {
	Server  int      // which one is asked, 0 the one of all other hosts
	Missing *Missing // what is answered with 501; nil where the request passes
	// DryRun is what only a dry run keeps from being answered, in the order of the
	// decision: the method, and eight capabilities at most, each of them once.
	DryRun []*Missing

	other  Missing // a method that is neither registered nor named
	match  match
	dryRun [1 + mostCapabilities]*Missing
}

// mostCapabilities are told of a dry run, besides the method.
const mostCapabilities = 8

// addDryRun adds what is not there yet, if there is room.
func (d *Decision) addDryRun(missing *Missing) {
	most := mostCapabilities
	if len(d.DryRun) > 0 && d.DryRun[0].Kind == Method {
		most++
	}
	if len(d.DryRun) == most {
		return
	}
	for _, known := range d.DryRun {
		if known.Label == missing.Label {
			return
		}
	}
	d.DryRun = append(d.DryRun, missing)
}

// Decide decides about a request: the method first, then the capabilities in
// their order. It asks only where the answer matters. After an error there is no
// decision.
func (s *Servers) Decide(d *Decision, method string, request Request) error {
	d.Server, d.Missing, d.DryRun = 0, nil, d.dryRun[:0]
	if len(s.all) > 1 {
		asks := s.othersAsk
		if rule := s.methods.find(method); rule != nil {
			asks = rule.asks
		}
		if !asks {
			return nil
		}
		authority, _, err := request.Field(":authority")
		if err != nil {
			return err
		}
		d.Server = s.hosts.find(authority)
	}
	return s.all[d.Server].decide(d, method, request)
}
