// SPDX-License-Identifier: Apache-2.0

package config

import (
	"strings"

	"notimplemented/filter/servers"
)

// coverage has the entries so far that can hide another one.
type coverage struct {
	scopes       []scope
	names        map[string]int // so that names are compared as numbers
	starts, ends map[string]int // of paths, without their "*"
	covering     []bool         // which paths match all that the one of an entry does
}

// scope is what an entry matches; 0 is all.
type scope struct {
	entry                                    *entryNode
	method, field, member, name, value, path int
	isGET                                    bool
}

// add returns the earliest entry that matches all that this one matches, and adds
// this one.
func (c *coverage) add(e *entryNode) (hiding *entryNode) {
	parameter := e.parameter()
	s := scope{
		entry:  e,
		method: c.number(valueOf(e.method)), isGET: valueOf(e.method) == "GET",
		field:  c.number(servers.LowerCase(valueOf(e.header))),
		member: c.number(servers.LowerCase(valueOf(e.value))),
		name:   c.number(parameter.Name), value: c.number(parameter.Value),
		path: c.number(valueOf(e.path)),
	}
	head := c.number("HEAD")
	c.cover(valueOf(e.path))
	for i := range c.scopes {
		o := &c.scopes[i]
		if (o.method == 0 || o.method == s.method || o.isGET && s.method == head) &&
			(o.field == 0 || o.field == s.field) && (o.member == 0 || o.member == s.member) &&
			(o.name == 0 || o.name == s.name) && (o.value == 0 || o.value == s.value) &&
			(o.path == 0 || o.path == s.path || c.covering[o.path]) {
			hiding = o.entry
			break
		}
	}
	if !e.dryRun {
		c.scopes = append(c.scopes, s)
		c.addPath(valueOf(e.path), s.path)
	}
	return hiding
}

func (c *coverage) number(name string) int {
	if name == "" {
		return 0
	}
	number, ok := c.names[name]
	if c.names == nil {
		c.names, c.starts, c.ends = map[string]int{}, map[string]int{}, map[string]int{}
	}
	if !ok {
		number = len(c.names) + 1
		c.names[name] = number
	}
	return number
}

// cover marks the paths with "*" that match all that this one matches.
func (c *coverage) cover(path string) {
	for len(c.covering) <= len(c.names) {
		c.covering = append(c.covering, false)
	}
	clear(c.covering)
	for i := range len(path) {
		if path[i] == '/' {
			c.covering[c.starts[path[:i+1]]] = true
			c.covering[c.ends[path[i:]]] = true
		}
	}
}

func (c *coverage) addPath(path string, number int) {
	if start, ok := strings.CutSuffix(path, "*"); ok {
		c.starts[start] = number
	} else if end, ok := strings.CutPrefix(path, "*"); ok {
		c.ends[end] = number
	}
}
