// SPDX-License-Identifier: Apache-2.0

package servers

// match is how far the entries of a server match a request.
type match struct {
	server  *server
	method  string
	met     []bool // conditions
	half    []bool // entries of two conditions, one of which is met
	matched []bool // entries
	any     bool   // entry
}

// decideByHeader decides by the entries that ask for fields, in their order.
func (s *server) decideByHeader(d *Decision, method string, header Header) {
	m := &d.match
	m.start(s, method)
	pathSeen := false
	for i := range header {
		switch name, value := header[i][0], header[i][1]; {
		case name == ":path":
			if s.conditions.hasQuery && !pathSeen {
				m.query(value)
			}
			pathSeen = true
		case s.conditions.names.have(len(name)):
			if field := s.conditions.findField(name); field != none {
				m.meet(field)
				m.list(field, value)
			}
		}
	}
	if !m.any {
		return
	}
	for i, matched := range m.matched {
		if matched && s.decideBy(d, &s.entries[i].missing, s.entries[i].dryRun) {
			return
		}
	}
}

func (m *match) start(s *server, method string) {
	m.server, m.method, m.any = s, method, false
	m.met = cleared(m.met, len(s.conditions.conditions))
	m.half = cleared(m.half, len(s.entries))
	m.matched = cleared(m.matched, len(s.entries))
}

func cleared(b []bool, size int) []bool {
	if cap(b) < size {
		return make([]bool, size)
	}
	b = b[:size]
	clear(b)
	return b
}

// meet says that the request carries what a condition asks for.
func (m *match) meet(condition int32) {
	if m.met[condition] {
		return
	}
	m.met[condition] = true
	c := &m.server.conditions.conditions[condition]
	isQuery := c.kind == ofParameter || c.kind == ofValue
	for i := c.entries; i != none; {
		e := &m.server.entries[i]
		if e.concerns(m.method) {
			if e.both && !m.half[i] {
				m.half[i] = true
			} else {
				m.matched[i], m.any = true, true
			}
		}
		if isQuery {
			i = e.nextOfQuery
		} else {
			i = e.nextOfField
		}
	}
}
