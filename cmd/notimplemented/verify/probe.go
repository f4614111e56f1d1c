// SPDX-License-Identifier: Apache-2.0

// Package verify asks a running gateway for what a configuration answers with 501.
package verify

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"notimplemented/cmd/notimplemented/request"
	"notimplemented/filter/answer"
	"notimplemented/filter/config"
	"notimplemented/filter/servers"
)

// Configuration is what the gateway is expected to have.
type Configuration struct {
	Parsed   *config.Config
	Declared []servers.Declaration // the top first
}

// Probe is a request, and what becomes of it.
type Probe struct {
	Pointer string // what asks for it in the configuration
	Request request.Request
	// Missing is what it requires and the server does not implement; nil where it
	// must not get the filter's answer.
	Missing *servers.Missing
	DryRun  bool          // it is counted, and passes
	Want    answer.Answer // where it does not pass
	// Protocol is what its client speaks: gRPC has no body to compare.
	Protocol answer.Protocol
}

// usual are the methods that are tried besides those of the entries, and that are
// missing only where the list of implemented methods is closed; nobody knows the last
// one.
var usual = []string{"TRACE", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "NOTIMPLEMENTED"}

// Probes returns what to ask at a URL: GET first, then the methods, then each
// entry with a capability; and the pointers of entries that no request was found for.
func (c Configuration) Probes(location *url.URL) (probes []Probe, unasked []string) {
	number := c.Parsed.Servers.Of(location.Host)
	declared := &c.Declared[number]
	pointer := ""
	if number > 0 {
		pointer = fmt.Sprintf("/servers/%d", number-1)
	}
	ask := func(method, target string, fields ...[2]string) Probe {
		r := request.Request{{":method", method}, {":authority", location.Host}}
		if method != "CONNECT" {
			r = append(r, [2]string{":path", target})
		}
		return c.probe(append(append(r, fields...), [2]string{"user-agent", "notimplemented-verify"}))
	}
	target := location.EscapedPath()
	if target == "" {
		target = "/"
	}
	if location.RawQuery != "" {
		target += "?" + location.RawQuery
	}
	if get := ask("GET", target); get.Missing == nil {
		probes = append(probes, get)
	}
	tried := map[string]bool{}
	method := func(pointer, name string) {
		p := ask(name, target)
		if p.Missing != nil && p.Missing.Kind == servers.Method && !tried[name] {
			tried[name] = true
			p.Pointer = pointer
			probes = append(probes, p)
		}
	}
	for i, e := range declared.Unimplemented {
		if e.Capability == "" {
			method(fmt.Sprintf("%s/unimplemented/%d", pointer, i), e.Method)
		}
	}
	for _, name := range usual {
		method(pointer+"/implemented_methods", name)
	}
	for i, e := range declared.Unimplemented {
		if e.Capability == "" {
			continue
		}
		at := fmt.Sprintf("%s/unimplemented/%d", pointer, i)
		if p, ok := alone(e, target, declared.Implemented, ask); ok {
			p.Pointer = at
			probes = append(probes, p)
		} else {
			unasked = append(unasked, at)
		}
	}
	if first := slices.IndexFunc(probes, func(p Probe) bool { return p.Missing != nil && !p.DryRun && !p.Request.Has("expect") }); first >= 0 {
		// The same once more, as a client with a large body asks.
		p := probes[first]
		p.Request = append(slices.Clone(p.Request), [2]string{"expect", "100-continue"})
		probes = append(probes, p)
	}
	return probes, unasked
}

// Answered returns the probes whose response shows what the configuration says.
func Answered(probes []Probe) []Probe {
	return slices.DeleteFunc(slices.Clone(probes), func(p Probe) bool { return p.DryRun })
}

// probe asks the plugin's own code what becomes of a request.
func (c Configuration) probe(r request.Request) Probe {
	p := Probe{Request: r}
	d := r.Decide(c.Parsed)
	switch {
	case d.Missing != nil:
		p.Missing = d.Missing
		p.Want, p.Protocol = r.Answer(c.Parsed, d)
	case len(d.DryRun) > 0:
		p.Missing, p.DryRun = d.DryRun[0], true
	}
	return p
}

// alone returns a request that this entry decides.
func alone(e servers.Entry, target string, implemented []string, ask func(method, target string, fields ...[2]string) Probe) (p Probe, ok bool) {
	methods := []string{e.Method}
	if e.Method == "" {
		methods = append([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}, implemented...)
	}
	for _, method := range methods {
		p := ask(method, targetOf(e, target), fieldsOf(e)...)
		if p.Missing != nil && p.Missing.Kind == servers.Capability && p.Missing.Name == e.Capability {
			return p, true
		}
	}
	return Probe{}, false
}

// fieldsOf are the fields that an entry asks for.
func fieldsOf(e servers.Entry) (fields [][2]string) {
	switch {
	case e.Header == "":
	case e.Value == "":
		fields = append(fields, [2]string{e.Header, "1"})
	default:
		fields = append(fields, [2]string{e.Header, e.Value})
	}
	if e.Header == "upgrade" {
		fields = append(fields, [2]string{"connection", "upgrade"})
	}
	return fields
}

// targetOf is a target with the path and the parameter that an entry asks for.
func targetOf(e servers.Entry, target string) string {
	path, query, hasQuery := strings.Cut(target, "?")
	switch suffix, isSuffix := strings.CutPrefix(e.Path, "*"); {
	case isSuffix:
		path = strings.TrimSuffix(path, "/") + escape(suffix)
	case e.Path != "":
		path = escape(strings.Replace(e.Path, "*", "notimplemented", 1))
	}
	if e.Query.Name != "" {
		if hasQuery {
			query += "&"
		}
		query += escape(e.Query.Name)
		if e.Query.HasValue {
			query += "=" + escape(e.Query.Value)
		}
		hasQuery = true
	}
	if !hasQuery {
		return path
	}
	return path + "?" + query
}

// escape writes a decoded path, name or value as a URL has it; "+" is no blank.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; servers.IsAlphanumeric(c) || strings.IndexByte("-._~!$'()*+,:@/;", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// Fields are the lines that a client sends besides what HTTP itself needs.
func (p Probe) Fields() [][2]string {
	return slices.DeleteFunc(slices.Clone(p.Request), func(field [2]string) bool { return field[0][0] == ':' })
}

// IsForHTTP2 reports whether the request is the same over HTTP/2: an upgrade is not,
// and a 100 Continue would prove nothing new.
func (p Probe) IsForHTTP2() bool {
	return !p.Request.Has("upgrade") && !p.Request.Has("expect")
}

// Label names the request to a person.
func (p Probe) Label(location *url.URL) string {
	label := p.Request.Method() + " " + location.Scheme + "://" + location.Host + p.Request.Path()
	for _, field := range p.Fields() {
		if field[0] != "user-agent" && field[0] != "connection" {
			label += " with " + field[0] + ": " + field[1]
		}
	}
	return label
}
