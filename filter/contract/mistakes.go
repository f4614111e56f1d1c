// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"fmt"
	"slices"
	"strings"
)

// Mistake is a value that is right by itself, but not beside the others.
type Mistake struct {
	Pointer string
	Other   string // the pointer of what it is wrong beside, where that is named
}

// Mistakes returns all of them, in no order.
func (c Contract) Mistakes() (all []Mistake) {
	hosts := map[string]string{}
	all = append(all, c.top.mistakes("")...)
	all = append(all, c.top.xmlMistakes("")...)
	all = append(all, formatMistakes("", c.top, slices.DeleteFunc(slices.Clone(c.servers), server.hasFormat)...)...)
	for i, s := range c.servers {
		at := fmt.Sprintf("/servers/%d", i)
		for j, host := range s.Hosts {
			pointer := fmt.Sprintf("%s/hosts/%d", at, j)
			if other, ok := hosts[fold(host)]; ok {
				all = append(all, Mistake{pointer, other})
			} else {
				hosts[fold(host)] = pointer
			}
		}
		all = append(all, s.mistakes(at)...)
		all = append(all, c.inherited(s).xmlMistakes(at)...)
		all = append(all, formatMistakes(at, s)...)
	}
	return append(all, c.sharedCounters()...)
}

// formatMistakes are those in the format of a server, that others inherit.
func formatMistakes(at string, s server, others ...server) (all []Mistake) {
	t, ok := s.template()
	if !ok {
		return nil
	}
	if slices.ContainsFunc(append(others, s), t.isTooLarge) {
		all = append(all, Mistake{Pointer: at + "/format/body"})
	}
	return all
}

// sharedCounters are the capabilities that are counted as one of another name before
// them.
func (c Contract) sharedCounters() (all []Mistake) {
	first := map[string]string{}
	check := func(s server, at string) {
		for i, e := range s.Unimplemented {
			counter := label(e.Capability)
			if e.Capability != "" && first[counter] == "" {
				first[counter] = e.Capability
			}
			if e.Capability != first[counter] {
				all = append(all, Mistake{Pointer: fmt.Sprintf("%s/unimplemented/%d/capability", at, i)})
			}
		}
	}
	if !c.serversFirst {
		check(c.top, "")
	}
	for i, s := range c.servers {
		check(s, fmt.Sprintf("/servers/%d", i))
	}
	if c.serversFirst {
		check(c.top, "")
	}
	return all
}

func (s server) mistakes(at string) (all []Mistake) {
	for i, method := range s.Implemented {
		if slices.Contains(s.Implemented[:i], method) {
			all = append(all, Mistake{Pointer: fmt.Sprintf("%s/implemented_methods/%d", at, i)})
		}
	}
	for i, e := range s.Unimplemented {
		at := fmt.Sprintf("%s/unimplemented/", at)
		if len(e.Alternatives) > 16 {
			all = append(all, Mistake{Pointer: fmt.Sprint(at, i, "/alternatives/16")})
		}
		if e.isMethodAlone() {
			all = append(all, s.methodMistakes(i, fmt.Sprint(at, i))...)
			continue
		}
		if m, ok := s.missingMethod(e.Method); ok && e.Method != "" && !m.isDry {
			all = append(all, Mistake{Pointer: fmt.Sprint(at, i, "/method")})
			continue
		}
		for j, other := range s.Unimplemented[:i] {
			m, isMissing := s.missingMethod(other.Method)
			isReached := other.Method == "" || !isMissing || m.isDry
			if !other.isMethodAlone() && isReached && !other.DryRun && other.covers(e) {
				all = append(all, Mistake{fmt.Sprint(at, i), fmt.Sprint(at, j)})
				break
			}
		}
	}
	return all
}

func (s server) methodMistakes(i int, at string) (all []Mistake) {
	e := s.Unimplemented[i]
	isTwice := slices.ContainsFunc(s.Unimplemented[:i], func(other entry) bool { return other.isMethodAlone() && other.Method == e.Method })
	if e.Method == "GET" || e.Method == "HEAD" || isTwice || slices.Contains(s.Implemented, e.Method) {
		all = append(all, Mistake{Pointer: at + "/method"})
	}
	for i, alternative := range e.Alternatives {
		if _, isMissing := s.missingMethod(alternative); isMissing || slices.Contains(e.Alternatives[:i], alternative) {
			all = append(all, Mistake{Pointer: fmt.Sprintf("%s/alternatives/%d", at, i)})
		}
	}
	return all
}

// covers is whether an entry matches all that another one matches.
func (e entry) covers(other entry) bool {
	name, _, _ := strings.Cut(other.Query, "=")
	return (e.Method == "" || other.Method != "" && e.concerns(other.Method)) &&
		(e.Header == "" || fold(e.Header) == fold(other.Header)) &&
		(e.Value == "" || fold(e.Value) == fold(other.Value)) &&
		(e.Query == "" || e.Query == other.Query || e.Query == name) &&
		(e.Path == "" || other.Path != "" && e.coversPath(other.Path))
}

// coversPath tries what "*" may stand for.
func (e entry) coversPath(path string) bool {
	for _, some := range []string{"", "\x00", "\x00/\x00"} {
		if !e.matchesPath(strings.Replace(path, "*", some, 1)) {
			return false
		}
	}
	return true
}
