// SPDX-License-Identifier: Apache-2.0

package servers

// conditions are what the entries of a server ask of a request's fields. What the
// request carries is looked up among them, once, however many there are.
type conditions struct {
	table
	conditions []condition // by their keys in the table
	names      lengths     // of the fields
	hasQuery   bool
}

// condition is that a request carries something: a field, a member of a field's
// list, a parameter, or a parameter with a value.
type condition struct {
	kind        conditionKind
	field       int32 // of a member
	name, value string
	members     lengths // of a field's members that an entry asks for
	hasValues   bool    // an entry asks for a value of this parameter
	entries     int32   // the first that asks for it, or none
}

type conditionKind uint8

const (
	ofField conditionKind = iota
	ofMember
	ofParameter
	ofValue
)

// lengths has a bit for each length of some strings, modulo 64.
type lengths uint64

func (l *lengths) add(s string)        { *l |= 1 << (len(s) & 63) }
func (l lengths) have(length int) bool { return l>>(length&63)&1 != 0 }

func newConditions(declared []Entry, entries []entry) conditions {
	c := conditions{table: newTable(2 * len(declared))}
	for i := range declared {
		d, e := &declared[i], &entries[i]
		e.nextOfField, e.nextOfQuery = none, none
		e.both = d.Header != "" && d.Query.Name != ""
		if d.Header != "" {
			number := c.ofHeader(d.Header, d.Value)
			asked := &c.conditions[number]
			e.nextOfField, asked.entries = asked.entries, int32(i)
		}
		if d.Query.Name != "" {
			c.hasQuery = true
			number := c.ofQuery(d.Query)
			asked := &c.conditions[number]
			e.nextOfQuery, asked.entries = asked.entries, int32(i)
		}
	}
	return c
}

// ofHeader returns the condition of a field, or of a member of it, which is new
// where no entry had it.
func (c *conditions) ofHeader(name, value string) int32 {
	hash := hashString(hashStart, name)
	field := c.findField(name)
	if field == none {
		field = c.enter(hash, condition{kind: ofField, name: name})
		c.names.add(name)
	}
	if value == "" {
		return field
	}
	if member := c.findMember(field, value); member != none {
		return member
	}
	c.conditions[field].members.add(value)
	return c.enter(hashMember(field, value), condition{kind: ofMember, field: field, value: value})
}

func (c *conditions) ofQuery(p Parameter) int32 {
	hash := hashString(hashParameter, p.Name)
	parameter := c.findParameter(hash, p.Name)
	if parameter == none {
		parameter = c.enter(hash, condition{kind: ofParameter, name: p.Name})
	}
	if !p.HasValue {
		return parameter
	}
	c.conditions[parameter].hasValues = true
	hash = hashString(hashValue(hash), p.Value)
	if value := c.findValue(hash, p.Name, p.Value); value != none {
		return value
	}
	return c.enter(hash, condition{kind: ofValue, name: p.Name, value: p.Value})
}

func (c *conditions) enter(hash uint32, new condition) int32 {
	new.entries = none
	c.add(hash)
	c.conditions = append(c.conditions, new)
	return int32(len(c.conditions) - 1)
}

// hashMember tells the members of one field from those of another.
func hashMember(field int32, member string) uint32 {
	return hashFolded((hashStart^uint32(field+1))*hashPrime, member)
}

// hashParameter is where the hash of a parameter starts, hashValue where that of
// its value goes on.
const hashParameter = hashStart ^ '?'

func hashValue(hash uint32) uint32 { return (hash ^ '=') * hashPrime }

func (c *conditions) findField(name string) int32 {
	hash := hashString(hashStart, name)
	key := c.first[c.bucket(hash)]
	for ; key != none; key = c.keys[key].next {
		if f := &c.conditions[key]; c.keys[key].hash == hash && f.kind == ofField && f.name == name {
			break
		}
	}
	return key
}

func (c *conditions) findMember(field int32, member string) int32 {
	hash := hashMember(field, member)
	key := c.first[c.bucket(hash)]
	for ; key != none; key = c.keys[key].next {
		if m := &c.conditions[key]; c.keys[key].hash == hash && m.kind == ofMember && m.field == field && EqualFold(m.value, member) {
			break
		}
	}
	return key
}

// findParameter takes the name as it is encoded in a query, with the hash of what
// it decodes to; so does findValue.
func (c *conditions) findParameter(hash uint32, name string) int32 {
	key := c.first[c.bucket(hash)]
	for ; key != none; key = c.keys[key].next {
		if p := &c.conditions[key]; c.keys[key].hash == hash && p.kind == ofParameter && decodesTo(name, p.name) {
			break
		}
	}
	return key
}

func (c *conditions) findValue(hash uint32, name, value string) int32 {
	key := c.first[c.bucket(hash)]
	for ; key != none; key = c.keys[key].next {
		if v := &c.conditions[key]; c.keys[key].hash == hash && v.kind == ofValue && decodesTo(name, v.name) && decodesTo(value, v.value) {
			break
		}
	}
	return key
}
