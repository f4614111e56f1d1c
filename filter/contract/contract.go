// SPDX-License-Identifier: Apache-2.0

// Package contract says once more what the filter promises, so that tests can
// compare. It is plain and slow, and shares no code with what it judges.
package contract

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// Contract is what the filter promises by a right configuration.
type Contract struct {
	top     server
	servers []server
	// Where both are given, an entry of the top counts as later.
	serversFirst bool
}

type server struct {
	Hosts         []string
	Implemented   []string `json:"implemented_methods"`
	Unimplemented []entry
	Format        json.RawMessage
	ProblemType   string          `json:"problem_type"`
	Headers       json.RawMessage `json:"response_headers"`
	DryRun        *bool           `json:"dry_run"`
}

type entry struct {
	Method, Header, Value, Query, Path string
	Capability                         string
	Alternatives                       []string
	DryRun                             bool `json:"dry_run"`
}

type document struct {
	*server
	Servers []server
}

// Read reads a configuration in which each value is right by itself.
func Read(config string) (c Contract, err error) {
	document := document{server: &c.top}
	if err := json.Unmarshal([]byte(config), &document); err != nil {
		return Contract{}, err
	}
	c.servers = document.Servers
	keys, err := keysOf(config)
	c.serversFirst = slices.Index(keys, "servers") < slices.Index(keys, "unimplemented")
	return c, err
}

// keysOf returns the keys of an object in their order.
func keysOf(object string) (keys []string, err error) {
	decoder := json.NewDecoder(bytes.NewReader([]byte(object)))
	if _, err := decoder.Token(); err != nil {
		return nil, err
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		keys = append(keys, key.(string))
		if err := decoder.Decode(new(json.RawMessage)); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// Outcome is what a request comes to.
type Outcome struct {
	// DryRuns are the response code details of what was only counted, in order: each
	// capability once, eight at most. The first is the filter state.
	DryRuns  []string
	Answer   *Answer // nil where the request passes
	Counters map[string]int64
}

// Answer is what is sent.
type Answer struct {
	Status     uint32
	Details    string
	Headers    [][2]string
	Body       string
	GRPCStatus int32
}

// Outcome says what becomes of a request with these lines; the names of its fields
// are in lower case.
func (c Contract) Outcome(request [][2]string) Outcome {
	o := Outcome{Counters: map[string]int64{}}
	method, _ := first(request, ":method")
	if method == "" {
		return o // no request is without one
	}
	authority, _ := first(request, ":authority")
	s := c.serverOf(authority)
	isDry := s.DryRun != nil && *s.DryRun
	var told []string // capabilities
	for _, missing := range s.missing(method, request) {
		if missing.isDry || isDry {
			isMethod := missing.kind == "method"
			if isMethod || len(told) < 8 && !slices.Contains(told, missing.name) {
				o.DryRuns = append(o.DryRuns, missing.details())
				o.Counters[c.counter(missing, "not_implemented_dry_run_total")]++
				if !isMethod {
					told = append(told, missing.name)
				}
			}
			if !missing.isDry {
				break
			}
			continue
		}
		o.Answer = s.answer(missing, request)
		o.Counters[c.counter(missing, "not_implemented_total")]++
		break
	}
	return o
}

func first(request [][2]string, name string) (value string, ok bool) {
	for _, line := range request {
		if line[0] == name {
			return line[1], true
		}
	}
	return "", false
}

// missing is something that a request requires and the server does not implement.
type missing struct {
	kind, name   string
	alternatives []string
	isDry        bool // by its entry
}

// missing returns all that is missing, in the order of the decision.
func (s server) missing(method string, request [][2]string) (all []missing) {
	if missing, ok := s.missingMethod(method); ok {
		all = append(all, missing)
	}
	for _, e := range s.Unimplemented {
		if e.Capability != "" && e.matches(method, request) {
			all = append(all, missing{"capability", e.Capability, e.Alternatives, e.DryRun})
		}
	}
	return all
}

func (s server) missingMethod(method string) (m missing, ok bool) {
	m = missing{kind: "method", name: method}
	implemented := append([]string{"GET", "HEAD"}, s.Implemented...)
	if slices.Contains(implemented, method) {
		return m, false
	}
	i := slices.IndexFunc(s.Unimplemented, func(e entry) bool { return e.isMethodAlone() && e.Method == method })
	if i >= 0 {
		m.alternatives, m.isDry = s.Unimplemented[i].Alternatives, s.Unimplemented[i].DryRun
	}
	for _, other := range implemented {
		if len(m.alternatives) == 0 && fold(other) == fold(method) {
			m.alternatives = []string{other}
		}
	}
	return m, i >= 0 || s.Implemented != nil
}

func (e entry) isMethodAlone() bool { return e.Header == "" && e.Query == "" && e.Path == "" }

// concerns is whether the entry is about a method.
func (e entry) concerns(method string) bool {
	return e.Method == "" || e.Method == method || e.Method == "GET" && method == "HEAD"
}

func (e entry) matches(method string, request [][2]string) bool {
	path, _ := first(request, ":path")
	return e.concerns(method) &&
		(e.Header == "" || e.inField(request)) &&
		(e.Query == "" || e.inQuery(path)) &&
		(e.Path == "" || e.isAt(path))
}

var slash = regexp.MustCompile(`(?i)%2f`)

// isAt is whether a path, with its query perhaps, is the entry's.
func (e entry) isAt(path string) bool {
	path = path[:strings.IndexAny(path+"?", "?#")]
	parts := slash.Split(path, -1)
	for i := range parts {
		parts[i] = decode(parts[i])
	}
	return e.matchesPath(strings.Join(parts, "%2F")) // of which no entry has any
}

func (e entry) matchesPath(path string) bool {
	if suffix, ok := strings.CutPrefix(e.Path, "*"); ok {
		return strings.HasSuffix(path, suffix)
	}
	if prefix, ok := strings.CutSuffix(e.Path, "*"); ok {
		return strings.HasPrefix(path, prefix)
	}
	return path == e.Path
}

// inField is whether the field is there, or has the member.
func (e entry) inField(request [][2]string) bool {
	for _, line := range request {
		if line[0] != fold(e.Header) {
			continue
		}
		if e.Value == "" {
			return true
		}
		for _, member := range split(line[1], ',') {
			parts := split(member, ';')
			if fold(strings.Trim(parts[0], " \t")) == fold(e.Value) && !slices.ContainsFunc(parts[1:], zeroWeight.MatchString) {
				return true
			}
		}
	}
	return false
}

var zeroWeight = regexp.MustCompile(`^[ \t]*[qQ][ \t]*=[ \t]*0(\.0*)?[ \t]*$`)

// split cuts at separators outside of quoted strings.
func split(s string, separator byte) (parts []string) {
	start, quoted, escaped := 0, false, false
	for i := range len(s) {
		switch c := s[i]; {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case c == separator && !quoted:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}

// inQuery is whether the query has the parameter.
func (e entry) inQuery(path string) bool {
	wantName, wantValue, hasValue := strings.Cut(e.Query, "=")
	_, query, _ := strings.Cut(path, "?")
	for _, parameter := range strings.Split(query, "&") {
		name, value, _ := strings.Cut(parameter, "=")
		if decode(name) == wantName && (!hasValue || decode(value) == wantValue) {
			return true
		}
	}
	return false
}

var encoded = regexp.MustCompile(`%[0-9A-Fa-f][0-9A-Fa-f]`)

func decode(s string) string {
	return encoded.ReplaceAllStringFunc(s, func(s string) string {
		const digits = "0123456789abcdef"
		s = fold(s)
		return string([]byte{byte(16*strings.IndexByte(digits, s[1]) + strings.IndexByte(digits, s[2]))})
	})
}

// fold is for comparisons that ignore the case of ASCII.
func fold(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c - 'A' + 'a'
		}
	}
	return string(b)
}

// inherited returns a server with what it has from the top.
func (c Contract) inherited(s server) server {
	if s.DryRun == nil {
		s.DryRun = c.top.DryRun
	}
	if !s.hasFormat() {
		s.Format, s.ProblemType, s.Headers = c.top.Format, c.top.ProblemType, c.top.Headers
	}
	return s
}

func (s server) hasFormat() bool {
	return s.Format != nil || s.ProblemType != "" || s.Headers != nil
}

// serverOf returns the server of an authority, with what it inherits.
func (c Contract) serverOf(authority string) server {
	found, longest := c.top, ""
	host := hostOf(authority)
	for _, s := range c.servers {
		s = c.inherited(s)
		for _, name := range s.Hosts {
			domain, isDomain := strings.CutPrefix(fold(name), "*")
			switch {
			case !isDomain && fold(name) == host:
				return s
			case isDomain && strings.HasSuffix(host, domain) && host != domain && len(domain) > len(longest):
				found, longest = s, domain
			}
		}
	}
	return found
}

var port = regexp.MustCompile(`:[0-9]*$`)

func hostOf(authority string) string {
	host := port.ReplaceAllString(authority, "")
	if strings.HasPrefix(authority, "[") && !strings.HasSuffix(host, "]") {
		host = authority // the last group of an address is no port
	}
	return fold(strings.TrimSuffix(host, "."))
}
