// SPDX-License-Identifier: Apache-2.0

package check

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"notimplemented/cmd/notimplemented/manifest"
	"notimplemented/cmd/notimplemented/openapi"
	"notimplemented/cmd/notimplemented/request"
	"notimplemented/cmd/notimplemented/source"
	"notimplemented/filter/config"
	"notimplemented/filter/servers"
)

// Stale says which operations a plugin would answer with 501, be it in a dry run.
func Stale(plugin *manifest.Plugin, operations []openapi.Operation) (findings []source.Finding) {
	parsed, _ := Parse(plugin)
	if parsed == nil {
		return nil // Plugin says why
	}
	s := &stale{plugin, parsed, Declared(plugin.JSON)}
	for len(operations) > 0 {
		// One for any method is as many operations as there are methods.
		count := 1
		for count < len(operations) && operations[count].Is(operations[0]) {
			count++
		}
		if operations[0].Any {
			findings = append(findings, s.any(operations[:count])...)
		} else {
			findings = append(findings, s.operation(operations[0])...)
		}
		operations = operations[count:]
	}
	return findings
}

type stale struct {
	plugin   *manifest.Plugin
	parsed   *config.Config
	declared []Server
}

// hosts returns where an operation is to be asked for, "" for a host that the
// configuration does not name.
func (s *stale) hosts(o openapi.Operation) []string {
	switch {
	case !HasHosts(s.declared):
		return []string{""}
	case o.Hosts != nil:
		return o.Hosts
	}
	hosts := []string{""}
	for _, server := range s.declared {
		if server.Hosts != nil {
			hosts = append(hosts, server.Hosts[0]) // all of them get the same
		}
	}
	return hosts
}

// any reports all methods of one operation together.
func (s *stale) any(operations []openapi.Operation) []source.Finding {
	o := operations[0]
	for _, host := range s.hosts(o) {
		var all []string
		for _, o := range operations {
			if missing, _ := first(s.ask(o, host, "")); missing != nil {
				all = append(all, o.Method)
			}
		}
		if all != nil {
			return []source.Finding{s.finding(o, "any method of "+o.Path, "", host, strings.Join(all, ", "), false)}
		}
	}
	return nil
}

func (s *stale) operation(o openapi.Operation) (findings []source.Finding) {
	said := map[string]bool{}
	add := func(host, with string, d *servers.Decision) (ok bool) {
		missing, isDry := first(d)
		if missing == nil {
			return false
		}
		what := missing.Kind.String() + " " + missing.Name
		if key := host + "\n" + with + "\n" + what; !said[key] {
			said[key] = true
			findings = append(findings, s.finding(o, o.Method+" "+o.Path, with, host, what, isDry))
		}
		return true
	}
	parameters, errors := o.Parameters()
	for _, err := range errors {
		findings = append(findings, source.Finding{Position: err.Position, Severity: source.Error, Message: err.Problem})
	}
	for _, host := range s.hosts(o) {
		if add(host, "", s.ask(o, host, "")) {
			continue
		}
		for _, server := range s.declared {
			for _, e := range server.Entries {
				if query, fields, with, ok := described(parameters, e); ok {
					add(host, with, s.ask(o, host, query, fields...))
				}
			}
		}
	}
	return findings
}

func (s *stale) ask(o openapi.Operation, host, query string, fields ...[2]string) *servers.Decision {
	path := o.Path
	if query != "" && strings.Contains(path, "?") { // as some documents name operations
		path += "&"
	} else if query != "" {
		path += "?"
	}
	r := request.Request{{":method", o.Method}, {":path", path + query}}
	if host != "" {
		r = append(r, [2]string{":authority", host})
	}
	return append(r, fields...).Decide(s.parsed)
}

// first returns the first thing that is missing, be it in a dry run; nil if there
// is none.
func first(d *servers.Decision) (missing *servers.Missing, isDry bool) {
	if len(d.DryRun) > 0 {
		return d.DryRun[0], true
	}
	return d.Missing, false
}

func (s *stale) finding(o openapi.Operation, what, with, host, missing string, isDry bool) source.Finding {
	answers := "answers"
	if isDry {
		answers, missing = "would answer", missing+", dry run"
	}
	if host != "" {
		host = " at " + host
	}
	return source.Finding{Position: o.At(), Severity: source.Error, Message: fmt.Sprintf(
		"%s%s is described here, but %s %s it with 501%s (%s)", what, with, s.plugin.Start(), answers, host, missing)}
}

// described returns what of a request matches an entry's header and query, if all
// of it is in the parameters; of a method alone there is nothing to describe.
func described(parameters []openapi.Parameter, e Entry) (query string, fields [][2]string, with string, ok bool) {
	if e.IsMethodAlone() {
		return "", nil, "", false
	}
	has := func(in string, isName func(string) bool, isValue func(string) bool) bool {
		return slices.ContainsFunc(parameters, func(p openapi.Parameter) bool {
			return p.In == in && isName(p.Name) && (isValue == nil || slices.ContainsFunc(p.Values, isValue))
		})
	}
	is := func(want string) func(string) bool { return func(got string) bool { return got == want } }
	isFold := func(want string) func(string) bool {
		return func(got string) bool { return servers.EqualFold(got, want) }
	}
	if e.Header != "" {
		var isValue func(string) bool
		if e.Value != "" {
			isValue = isFold(e.Value)
		}
		if !has("header", isFold(e.Header), isValue) {
			return "", nil, "", false
		}
		fields = append(fields, [2]string{strings.ToLower(e.Header), e.Value})
		with = fmt.Sprintf(" with the header %q", strings.TrimSuffix(e.Header+": "+e.Value, ": "))
	}
	if e.Query != "" {
		name, value, hasValue := strings.Cut(e.Query, "=")
		var isValue func(string) bool
		if hasValue {
			isValue = is(value)
		}
		if !has("query", is(name), isValue) {
			return "", nil, "", false
		}
		query = escaped(name)
		if hasValue {
			query += "=" + escaped(value)
		}
		if with == "" {
			with = " with"
		} else {
			with += " and"
		}
		with += fmt.Sprintf(" the query %q", e.Query)
	}
	return query, fields, with, true
}

// escaped encodes a blank, too, as the plugin decodes it.
func escaped(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}
