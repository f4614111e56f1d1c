// SPDX-License-Identifier: Apache-2.0

package config

import "notimplemented/filter/servers"

// coverage has the entries so far that can hide another one.
type coverage struct {
	names  map[string]int // so that names are compared as numbers
	scopes []scope
}

// scope is what an entry matches; 0 is all.
type scope struct {
	entry                              *entry
	method, field, member, name, value int
	isGET                              bool
	path                               int
	pathText                           string
}

// add returns the earliest entry that matches all that this one matches, and adds
// this one.
func (c *coverage) add(e *entry) (hiding *entry) {
	parameter := e.parameter()
	s := scope{
		entry:  e,
		method: c.number(valueOf(e.method)), isGET: valueOf(e.method) == "GET",
		field:  c.number(servers.LowerCase(valueOf(e.header))),
		member: c.number(servers.LowerCase(valueOf(e.value))),
		name:   c.number(parameter.Name), value: c.number(parameter.Value),
		path: c.number(valueOf(e.path)), pathText: valueOf(e.path),
	}
	head := c.number("HEAD")
	for i := range c.scopes {
		o := &c.scopes[i]
		if (o.method == 0 || o.method == s.method || o.isGET && s.method == head) &&
			(o.field == 0 || o.field == s.field) && (o.member == 0 || o.member == s.member) &&
			(o.name == 0 || o.name == s.name) && (o.value == 0 || o.value == s.value) &&
			(o.path == 0 || o.path == s.path || pathCovers(o.pathText, s.pathText)) {
			hiding = o.entry
			break
		}
	}
	if !e.dryRun {
		c.scopes = append(c.scopes, s)
	}
	return hiding
}

func (c *coverage) number(name string) int {
	if name == "" {
		return 0
	}
	number, ok := c.names[name]
	if c.names == nil {
		c.names = map[string]int{}
	}
	if !ok {
		number = len(c.names) + 1
		c.names[name] = number
	}
	return number
}
