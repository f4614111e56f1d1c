// SPDX-License-Identifier: Apache-2.0

package servers

// groupSet is a set of groups of entries. Of two groups it takes one for the other now
// and then, which costs a look at what no entry asks for.
type groupSet uint64

func (s *groupSet) add(group int32) { *s |= 1 << (group & 63) }

// concerned are the groups that concern a method: of all methods, of this one, and for
// HEAD that of GET.
type concerned struct {
	groups [3]int32
	count  int32
}

func (c *concerned) add(group int32) {
	c.groups[c.count] = group
	c.count++
}

func (c *concerned) all() []int32 { return c.groups[:c.count] }

func (c *concerned) has(group int32) bool {
	for _, g := range c.all() {
		if g == group {
			return true
		}
	}
	return false
}

// match is what of the conditions of a server's entries a request meets.
type match struct {
	*conditions
	groups groupSet // that concern the request
	met    []bool   // by condition
	any    bool     // all that some entry asks for
}

// read meets the conditions that groups have.
func (m *match) read(c *conditions, groups []int32, request Request) error {
	m.conditions, m.groups, m.any = c, 0, false
	m.met = cleared(m.met, len(c.all))
	names := int32(0)
	for _, group := range groups {
		m.groups.add(group)
		names += c.groups[group].names
	}
	if names <= fewNames {
		if done, err := m.readFields(groups, request); err != nil || done {
			return err
		}
	}
	header, err := request.Header()
	if err != nil {
		return err
	}
	m.readHeader(header)
	return nil
}

// readFields asks for each name. It is done unless there is a field of which all lines
// matter.
func (m *match) readFields(groups []int32, request Request) (done bool, err error) {
	for _, group := range groups {
		g := &m.conditions.groups[group]
		for _, key := range g.fields[:g.names] {
			_, ok, err := request.Field(m.all[key].text)
			switch {
			case err != nil:
				return false, err
			case ok && m.all[key].members != 0:
				return false, nil
			case ok:
				m.set(key)
			}
		}
	}
	if m.groups&(m.inQuery|m.inPath) != 0 {
		target, _, err := request.Field(":path")
		if err != nil {
			return false, err
		}
		m.target(target)
	}
	return true, nil
}

// readHeader meets the conditions of all fields.
func (m *match) readHeader(header Header) {
	hasPath := false
	lastKey, last := int32(none), "" // what was read
	for i := range header {
		line := &header[i]
		if !m.names.have(len(line[0])) {
			if !hasPath && line[0] == ":path" {
				hasPath = true // the first one counts
				m.target(line[1])
			}
			continue
		}
		key := m.field(line[0])
		if key == none || m.groups&m.all[key].groups == 0 {
			continue
		}
		m.set(key)
		// Who repeats a line sends a byte for it. The list of it ignores case, too.
		if key != lastKey || !EqualFold(last, line[1]) {
			m.list(key, line[1])
			lastKey, last = key, line[1]
		}
	}
}

// target meets the conditions of a path and its query.
func (m *match) target(target string) {
	if m.groups&m.inPath != 0 {
		m.path(target)
	}
	if m.groups&m.inQuery != 0 {
		m.query(target)
	}
}

// set notes that the request carries what a condition asks for.
func (m *match) set(key int32) {
	m.met[key] = true
	m.any = m.any || m.all[key].isAll
}

// has reports whether the request has all that an entry asks for.
func (m *match) has(e *entry) bool {
	return (e.field == none || m.met[e.field]) && (e.query == none || m.met[e.query]) && (e.path == none || m.met[e.path])
}

func cleared(b []bool, size int) []bool {
	if cap(b) < size {
		return make([]bool, size, 2*size) // so that what is left behind is never more
	}
	b = b[:size]
	clear(b)
	return b
}
