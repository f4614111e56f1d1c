// SPDX-License-Identifier: Apache-2.0

package servers

import "strings"

// conditions are what the entries of a server ask of a request's fields. What the
// request carries is looked up among them, once, however many there are.
type conditions struct {
	table
	all     []condition // by their keys in the table
	groups  []group
	names   lengths  // of fields
	inQuery groupSet // that ask for parameters
	inPath  groupSet // that ask for paths

	longestPath int // in bytes
	hasPathEnds bool
}

// group is the entries that concern one method, or all of those without one.
type group struct {
	names  int32           // how many are asked for: fields, and the path
	fields [fewNames]int32 // conditions, as long as there are no more names
}

// fewNames is up to how many names are asked for one by one: a name that the request
// lacks costs a call of the host, but no copy. By instructions, all fields of a browser's
// request at once cost as much as some twenty of them.
const fewNames = 8

// condition is that a request carries something: a field, a member of a field's
// list, a parameter, a parameter with a value, or a path.
type condition struct {
	kind      conditionKind
	isAll     bool  // that some entry asks for
	hasValues bool  // an entry asks for a value of this parameter
	parent    int32 // the field of a member, the parameter of a value
	text      string
	members   lengths  // of a field's members that an entry asks for
	groups    groupSet // that ask for this field
}

type conditionKind int32

const (
	ofField conditionKind = iota
	ofMember
	ofParameter
	ofValue
	ofWholePath
	ofPathStart
	ofPathEnd
	conditionKinds
)

// lengths has a bit for each length of some strings, modulo 64.
type lengths uint64

func (l *lengths) add(s string)        { *l |= 1 << (len(s) & 63) }
func (l lengths) have(length int) bool { return l>>(length&63)&1 != 0 }

// newConditions takes the entries with their groups and gives them their conditions.
func newConditions(declared []Entry, entries []entry, groups int) (c conditions) {
	size := 0
	for i := range declared {
		d := &declared[i]
		for _, is := range [...]bool{d.Header != "", d.Value != "", d.Query.Name != "", d.Query.HasValue, d.Path != ""} {
			if is {
				size++
			}
		}
	}
	c.all = make([]condition, 0, size)
	c.groups = make([]group, groups)
	c.build(size, func() {
		c.all, c.names, c.inQuery, c.inPath = c.all[:0], 0, 0, 0
		clear(c.groups)
		for i := range declared {
			d, e := &declared[i], &entries[i]
			e.field, e.query, e.path = none, none, none
			if d.Header != "" {
				e.field = c.ofHeader(e.group, d.Header, d.Value)
				c.all[e.field].isAll = true
			}
			if d.Query.Name != "" {
				e.query = c.ofQuery(e.group, d.Query)
				c.all[e.query].isAll = true
			}
			if d.Path != "" {
				e.path = c.ofPath(e.group, d.Path)
				c.all[e.path].isAll = true
			}
		}
	})
	for i := range c.all {
		c.all[i].text = strings.Clone(c.all[i].text)
	}
	return c
}

func (c *conditions) ofHeader(group int32, name, value string) int32 {
	field := c.of(c.hash(name), ofField, none, name)
	c.names.add(name)
	c.all[field].groups.add(group)
	c.groups[group].addField(field)
	if value == "" {
		return field
	}
	c.all[field].members.add(value)
	return c.of(c.hashFolded(value), ofMember, field, value)
}

// addField adds the name of a field.
func (g *group) addField(field int32) {
	if g.names > fewNames {
		return
	}
	for _, known := range g.fields[:min(g.names, fewNames)] {
		if known == field {
			return
		}
	}
	if g.names < fewNames {
		g.fields[g.names] = field
	}
	g.names++
}

func (c *conditions) ofQuery(group int32, p Parameter) int32 {
	c.inQuery.add(group)
	parameter := c.of(c.hash(p.Name), ofParameter, none, p.Name)
	if !p.HasValue {
		return parameter
	}
	c.all[parameter].hasValues = true
	return c.of(c.hash(p.Value), ofValue, parameter, p.Value)
}

// of returns a condition, which is new where no entry had it so far.
func (c *conditions) of(hash uint32, kind conditionKind, parent int32, text string) (key int32) {
	hash = (hash ^ thing(kind, parent)) * c.multiplier
	key = c.find(hash)
	if key != none && c.is(key, kind, parent) && (c.all[key].text == text || kind == ofMember && EqualFold(c.all[key].text, text)) {
		return key
	}
	c.add(hash)
	c.all = append(c.all, condition{kind: kind, parent: parent, text: text})
	return int32(len(c.all) - 1)
}

// thing tells the hash of a text of one thing from that of the same text of another.
func thing(kind conditionKind, parent int32) uint32 {
	return uint32((parent+1)*int32(conditionKinds)+int32(kind)) * 0x85EBCA6B
}

func (c *conditions) is(key int32, kind conditionKind, parent int32) bool {
	return c.all[key].kind == kind && c.all[key].parent == parent
}

// field returns the condition of a field, or none.
func (c *conditions) field(name string) int32 {
	key := c.find((c.hash(name) ^ thing(ofField, none)) * c.multiplier)
	if key != none && c.is(key, ofField, none) && c.all[key].text == name {
		return key
	}
	return none
}
