// SPDX-License-Identifier: Apache-2.0

package lint

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"notimplemented/cmd/notimplemented/manifest"
	"notimplemented/cmd/notimplemented/openapi"
	"notimplemented/cmd/notimplemented/request"
	"notimplemented/cmd/notimplemented/source"
	"notimplemented/filter/config"
	"notimplemented/filter/servers"
)

// Operations says which operations the plugins would answer with 501, be it in a dry run,
// some of it again.
func Operations(plugins []*manifest.Plugin, operations []openapi.Operation) (findings []source.Finding) {
	for _, plugin := range plugins {
		findings = append(findings, staleBy(plugin, operations)...)
	}
	return findings
}

func staleBy(plugin *manifest.Plugin, operations []openapi.Operation) []source.Finding {
	document, _ := plugin.Read()
	if document == nil {
		return nil // Plugin says why
	}
	s := &stale{plugin: plugin, parsed: document.Config(), declared: document.Declarations}
	for len(operations) > 0 {
		// One for any method is as many operations as there are methods.
		count := 1
		for count < len(operations) && operations[count].Is(operations[0]) {
			count++
		}
		if operations[0].Any {
			s.any(operations[:count])
		} else {
			s.operation(operations[0])
		}
		operations = operations[count:]
	}
	return s.findings
}

type stale struct {
	plugin   *manifest.Plugin
	parsed   *config.Config
	declared []servers.Declaration // the top first
	findings []source.Finding
}

// servers returns where an operation is to be asked for, without a host for what the
// configuration does not name.
func (s *stale) servers(o openapi.Operation) (all []openapi.Server) {
	if len(s.declared) == 1 && !slices.ContainsFunc(s.declared[0].Unimplemented, func(e servers.Entry) bool { return e.Path != "" }) {
		return []openapi.Server{{}}
	}
	described, errors := o.Servers()
	if len(s.declared) > 1 {
		s.findings = append(s.findings, errors...)
	}
	for _, server := range described {
		if len(s.declared) == 1 {
			server.Host = "" // which does not matter
		}
		all = append(all, server)
		if server.Host == "" {
			for _, d := range s.declared[1:] { // whose hosts all get the same
				all = append(all, openapi.Server{Host: d.Hosts[0], Base: server.Base})
			}
		}
	}
	return all
}

// any reports all methods of one operation together.
func (s *stale) any(operations []openapi.Operation) {
	o := operations[0]
	for _, server := range s.servers(o) {
		var all, dry []string
		for _, o := range operations {
			missing, isDry := first(s.ask(o, server, ""))
			switch {
			case isDry:
				dry = append(dry, o.Method)
				all = append(all, o.Method+" (dry run)")
			case missing != nil:
				all = append(all, o.Method)
			}
		}
		what := "any method of " + o.Path
		if len(dry) < len(all) {
			s.report(o, what, "", server, strings.Join(all, ", "), false)
		} else if dry != nil {
			s.report(o, what, "", server, strings.Join(dry, ", "), true)
		}
	}
}

func (s *stale) operation(o openapi.Operation) {
	add := func(server openapi.Server, with string, d *servers.Decision) (ok bool) {
		missing, isDry := first(d)
		if missing != nil {
			s.report(o, o.Method+" "+o.Path, with, server, missing.Kind.String()+" "+missing.Name, isDry)
		}
		return missing != nil
	}
	var parameters []openapi.Parameter
	haveParameters := false
	for _, server := range s.servers(o) {
		if add(server, "", s.ask(o, server, "")) {
			continue
		}
		for _, e := range s.declared[s.parsed.Servers.Of(server.Host)].Unimplemented {
			if e.Header == "" && e.Query.Name == "" || !concerns(e, o.Method) {
				continue
			}
			if !haveParameters {
				haveParameters = true
				var errors []source.Finding
				parameters, errors = o.Parameters()
				s.findings = append(s.findings, errors...)
			}
			if query, fields, with, ok := s.described(parameters, e); ok {
				add(server, with, s.ask(o, server, query, fields...))
			}
		}
	}
}

func concerns(e servers.Entry, method string) bool {
	return e.Method == "" || e.Method == method || e.Method == "GET" && method == "HEAD"
}

// parameter is one in a path, or in a host that is described as any of a domain.
var parameter = regexp.MustCompile(`\{[^{}]*\}`)

func (s *stale) ask(o openapi.Operation, server openapi.Server, query string, fields ...[2]string) *servers.Decision {
	path := server.Base + parameter.ReplaceAllString(o.Path, "{}")
	if query != "" && strings.Contains(path, "?") { // as some documents name operations
		path += "&"
	} else if query != "" {
		path += "?"
	}
	r := request.Request{{":method", o.Method}, {":path", path + query}}
	if server.Host != "" {
		r = append(r, [2]string{":authority", server.Host})
	}
	return append(r, fields...).Decide(s.parsed)
}

// first returns what a request is answered for, else the first thing that only a dry
// run keeps from being answered; nil if there is none.
func first(d *servers.Decision) (missing *servers.Missing, isDry bool) {
	if d.Missing == nil && len(d.DryRun) > 0 {
		return d.DryRun[0], true
	}
	return d.Missing, false
}

func (s *stale) report(o openapi.Operation, what, with string, server openapi.Server, missing string, isDry bool) {
	answers, at := "answers", ""
	if isDry {
		answers, missing = "would answer", missing+", dry run"
	}
	if server.Host != "" {
		at = " at " + server.Host
	}
	s.findings = append(s.findings, source.Finding{Position: o.At(), Severity: source.Error, Message: fmt.Sprintf(
		"%s%s is described here, but %s %s it with 501%s (%s)", what, with, s.plugin.Start(), answers, at, missing)})
}

// described returns what of a request matches an entry's header and query, if all
// of it is in the parameters.
func (s *stale) described(parameters []openapi.Parameter, e servers.Entry) (query string, fields [][2]string, with string, ok bool) {
	has := func(in, name, value string, hasValue bool, isSame func(a, b string) bool) bool {
		return slices.ContainsFunc(parameters, func(p openapi.Parameter) bool {
			if p.In != in || !isSame(p.Name, name) || !hasValue {
				return p.In == in && isSame(p.Name, name)
			}
			values, errors := p.Values()
			s.findings = append(s.findings, errors...)
			return slices.ContainsFunc(values, func(described string) bool { return isSame(described, value) })
		})
	}
	var parts []string
	if e.Header != "" {
		if !has("header", e.Header, e.Value, e.Value != "", strings.EqualFold) {
			return "", nil, "", false
		}
		fields = append(fields, [2]string{e.Header, e.Value})
		parts = append(parts, fmt.Sprintf("the header %q", strings.TrimSuffix(e.Header+": "+e.Value, ": ")))
	}
	if q := e.Query; q.Name != "" {
		if !has("query", q.Name, q.Value, q.HasValue, func(a, b string) bool { return a == b }) {
			return "", nil, "", false
		}
		text := q.Name
		query = escaped(q.Name)
		if q.HasValue {
			text += "=" + q.Value
			query += "=" + escaped(q.Value)
		}
		parts = append(parts, fmt.Sprintf("the query %q", text))
	}
	return query, fields, " with " + strings.Join(parts, " and "), true
}

// escaped encodes a blank, too, as the plugin decodes it.
func escaped(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}
