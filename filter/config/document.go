// SPDX-License-Identifier: Apache-2.0

package config

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"notimplemented/filter/answer"
	"notimplemented/filter/servers"
)

// document is the configuration as it is written. What is absent is nil; what is
// there, however wrong, is not.
type document struct {
	*reader
	top     *serverNode
	servers []*serverNode
	// The entries of the top, if any, stand behind the servers.
	serversFirst bool

	hostCount, entryCount int
	// The node of a server that says nothing serves the next one: there may be thousands.
	spare *serverNode
}

// serverNode is what is written of one server.
type serverNode struct {
	place
	hosts         []*text
	implemented   []*text
	unimplemented []*entryNode
	format        *formatNode
	problemType   *text
	headers       [][2]string
	dryRun        *bool

	methods          map[string]*entryNode // by name, nil where it is implemented
	implementedWrong bool                  // a mistake in implemented is reported
}

type entryNode struct {
	place
	method, header, value, query, path, capability *text
	alternatives                                   []*text
	dryRun                                         bool
	wrong                                          bool // no object, or with an unknown key
}

const (
	wantMethod    = `a method like "GET"`
	wantField     = `a field name like "upgrade"`
	wantHost      = `a host like "s3.example.com" or "*.example.com"`
	wantReference = `one like "https://example.com/not-implemented"`
)

var (
	topKeys    = []string{"implemented_methods", "unimplemented", "format", "problem_type", "response_headers", "dry_run", "servers", "$schema"}
	serverKeys = []string{"hosts", "implemented_methods", "unimplemented", "format", "problem_type", "response_headers", "dry_run"}
	entryKeys  = []string{"method", "header", "value", "query", "path", "capability", "alternatives", "dry_run"}
)

func readDocument(json []byte, limits limits) *document {
	d := &document{reader: newReader(json, limits), top: &serverNode{}}
	d.top.offset = d.offset()
	hasServers := false
	ok := d.object(d.top.place, topKeys, func(key string, at place) {
		switch key {
		case "servers":
			hasServers = true
			d.serversFirst = d.top.unimplemented == nil
			d.servers = list(d.reader, at, "an array of servers", "server", d.server)
		case "$schema":
			d.text(at, "the address of a schema")
		default:
			d.member(d.top, key, at)
		}
	})
	if ok && d.top.implemented == nil && d.top.unimplemented == nil && !hasServers {
		d.mistake(d.top.place, `nothing is declared, want "implemented_methods", "unimplemented" or "servers"`)
	}
	return d
}

// What stands for everything that is no object, or says nothing.
var (
	noServer = &serverNode{}
	noEntry  = &entryNode{wrong: true}
)

// server reads a server that has hosts.
func (d *document) server(at place) *serverNode {
	if d.decoder.PeekKind() != jsontext.KindBeginObject {
		d.skip(at, "an object")
		return noServer
	}
	s := d.spare
	if s == nil {
		s = new(serverNode)
	}
	*s, d.spare = serverNode{place: at}, nil
	ok := d.object(at, serverKeys, func(key string, at place) {
		if key == "hosts" {
			s.hosts = d.texts(at, "an array of hosts", "host", wantHost, bound{4000, "hosts", &d.hostCount})
		} else {
			d.member(s, key, at)
		}
	})
	if ok && s.hosts == nil {
		d.mistake(at, `no "hosts", want at least one `+strings.TrimPrefix(wantHost, "a "))
	}
	if ok && s.implemented == nil && s.unimplemented == nil {
		d.mistake(at, `nothing is declared, want "implemented_methods" or "unimplemented"`)
		if s.hosts == nil && !s.hasFormat() {
			d.spare = s
			return noServer
		}
	}
	return s
}

func (d *document) member(s *serverNode, key string, at place) {
	switch key {
	case "implemented_methods":
		s.implemented = d.texts(at, "an array of methods", "method", wantMethod, bound{1000, "methods", new(int)})
	case "unimplemented":
		s.unimplemented = list(d.reader, at, "an array of entries", "entry", d.entry)
		if s.unimplemented == nil {
			s.unimplemented = []*entryNode{{place: at, wrong: true}}
		}
	case "format":
		s.format = d.readFormat(at)
	case "problem_type":
		s.problemType = d.text(at, "a URI reference")
	case "response_headers":
		s.headers = d.readHeaders(at)
	case "dry_run":
		dryRun := d.boolean(at)
		s.dryRun = &dryRun
	}
}

func (d *document) entry(at place) *entryNode {
	if d.isBeyond(bound{1000, "entries", &d.entryCount}, at) {
		return noEntry
	}
	if d.decoder.PeekKind() != jsontext.KindBeginObject {
		d.skip(at, "an object")
		return noEntry
	}
	e := &entryNode{place: at}
	ok := d.object(at, entryKeys, func(key string, at place) {
		switch key {
		case "method":
			e.method = d.text(at, wantMethod)
		case "header":
			e.header = d.name(at, wantField)
		case "value":
			e.value = d.name(at, `a list member like "websocket"`)
		case "query":
			e.query = d.name(at, `a parameter like "uploads" or "type=2"`)
		case "path":
			e.path = d.name(at, "a path "+wantPath)
		case "capability":
			e.capability = d.name(at, `a name like "websocket"`)
		case "alternatives":
			most := bound{16, "alternatives", new(int)}
			d.array(at, "an array of strings", func(at place) {
				if !d.isBeyond(most, at) {
					e.alternatives = append(e.alternatives, d.name(at, "what to use instead"))
				}
			})
		case "dry_run":
			e.dryRun = d.boolean(at)
		}
	})
	if ok && e.method == nil && !e.hasCondition() && e.value == nil {
		d.mistake(at, `no condition, want "method", "header", "query" or "path"`)
	}
	e.wrong = !ok
	return e
}

// declaration is the server without its places; it has no mistake.
func (s *serverNode) declaration() servers.Declaration {
	declared := servers.Declaration{Hosts: values(s.hosts), DryRun: s.dryRun != nil && *s.dryRun}
	if s.implemented != nil {
		declared.Implemented = []string{}
	}
	for _, t := range s.implemented {
		if t.value != "GET" && t.value != "HEAD" {
			declared.Implemented = append(declared.Implemented, t.value)
		}
	}
	for _, e := range s.unimplemented {
		declared.Unimplemented = append(declared.Unimplemented, servers.Entry{
			Capability:   valueOf(e.capability),
			Method:       valueOf(e.method),
			Header:       servers.LowerCase(valueOf(e.header)),
			Value:        valueOf(e.value),
			Query:        e.parameter(),
			Path:         valueOf(e.path),
			Alternatives: values(e.alternatives),
			DryRun:       e.dryRun,
		})
	}
	return declared
}

func (e *entryNode) parameter() (p servers.Parameter) {
	p.Name, p.Value, p.HasValue = strings.Cut(valueOf(e.query), "=")
	return p
}

// answerFormat is how the server answers; it has no mistake.
func (s *serverNode) answerFormat() (format *answer.Format) {
	switch {
	case s.format != nil && s.format.made != nil:
		format = s.format.made
	case !s.format.is("problem"):
		format = answer.JSON()
	case s.problemType == nil:
		format = answer.Problem("about:blank")
	default:
		format = answer.Problem(s.problemType.value)
	}
	format.AddHeaders(s.headers)
	return format
}

func valueOf(t *text) string {
	if t == nil {
		return ""
	}
	return t.value
}

func values(texts []*text) []string {
	var values []string
	for _, t := range texts {
		values = append(values, t.value)
	}
	return values
}
