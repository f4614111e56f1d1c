// SPDX-License-Identifier: Apache-2.0

package config

import (
	"slices"
	"strings"

	"notimplemented/filter/servers"
)

// coverage finds, among the entries so far, one that matches every request that
// another one matches. The zero value has none.
type coverage struct {
	entries map[string]*entry // no dry runs, by their conditions
	shapes  []shape           // of these entries, each once
}

// shape is how much of its conditions an entry has.
type shape struct {
	method, isGET    bool
	header, value    bool
	parameter, equal bool // with a value
}

func (e *entry) shape() shape {
	return shape{
		method: e.method != nil, isGET: e.method != nil && e.method.value == "GET",
		header: e.header != nil, value: e.value != nil,
		parameter: e.query != nil, equal: e.parameter().HasValue,
	}
}

// key returns the conditions of an entry that has this shape and covers e; ok is
// false where none does.
func (s shape) key(e *entry) (key string, ok bool) {
	own := e.shape()
	if s.header && !own.header || s.value && !own.value || s.parameter && !own.parameter || s.equal && !own.equal {
		return "", false
	}
	var parts [4]string
	if s.method {
		if !own.method {
			return "", false
		}
		parts[0] = e.method.value
		if s.isGET && parts[0] == "HEAD" {
			parts[0] = "GET" // it concerns HEAD, too
		}
		if s.isGET != (parts[0] == "GET") {
			return "", false
		}
	}
	if s.header {
		parts[1] = servers.LowerCase(e.header.value)
	}
	if s.value {
		parts[2] = servers.LowerCase(e.value.value)
	}
	if s.parameter {
		parts[3] = e.query.value
		if !s.equal {
			parts[3] = e.parameter().Name
		}
	}
	return strings.Join(parts[:], "\n"), true // neither methods nor fields have line breaks
}

func (c *coverage) add(e *entry) {
	if e.dryRun {
		return
	}
	if c.entries == nil {
		c.entries = map[string]*entry{}
	}
	s := e.shape()
	key, _ := s.key(e)
	if c.entries[key] == nil {
		c.entries[key] = e
	}
	if !slices.Contains(c.shapes, s) {
		c.shapes = append(c.shapes, s)
	}
}

func (c *coverage) covering(e *entry) (earliest *entry) {
	for _, s := range c.shapes {
		if key, ok := s.key(e); ok {
			if other := c.entries[key]; other != nil && (earliest == nil || other.offset < earliest.offset) {
				earliest = other
			}
		}
	}
	return earliest
}
