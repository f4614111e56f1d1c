// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"notimplemented/cmd/notimplemented/openapi"
	"notimplemented/filter/contract"
)

// described is an operation of some documents, as they were made.
type described struct {
	methods    []string // several for any method
	path       string
	servers    []openapi.Server // without a host where no document says
	parameters []describedParameter
	key        *field
}

type describedParameter struct {
	in, name string
	values   []string // none if it can be anything
}

// documentMaker makes documents and notes what they describe.
type documentMaker struct {
	random *rand.Rand
	files  map[string]object
	places map[*field]string // of keys, once they are written
	main   string            // the document at work
	found  []described
	// wrong are keys that are mistakes, at which an error is expected.
	wrong []*field
}

func (m *documentMaker) once(in int) bool { return m.random.IntN(in) == 0 }

// referable are names that need an encoding in a reference.
var referable = []string{"a", "a/b", "a~b", "a~1b", "~01", "ü b", "x%20y", "get"}

// behind returns the value, or a reference to it in some place of some file.
func (m *documentMaker) behind(value any, steps int) any {
	if steps == 0 {
		return value
	}
	file, group := pick(m.random, []string{m.main, m.main, "shared.yaml", "parts/more.json"}), pick(m.random, []string{"x-" + pick(m.random, referable), "definitions", "schemas"})
	root := m.files[file]
	i := slices.IndexFunc(root, func(f *field) bool { return f.key == group })
	if i < 0 {
		root.add(group, object{})
		i = len(root) - 1
	}
	name := pick(m.random, referable) + fmt.Sprint(len(root[i].value.(object)))
	members := root[i].value.(object)
	members.add(name, value)
	root[i].value = members
	m.files[file] = root
	escape := func(s string) string {
		return url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(s))
	}
	r := reference{file, pick(m.random, []string{"", "", "./", "file:"}), "#/" + escape(group) + "/" + escape(name)}
	return m.behind(object{{"$ref", r}}, steps-1)
}

// server returns an entry of "servers" and what it stands for.
func (m *documentMaker) server() (object, []openapi.Server) {
	suffix := pick(m.random, [][2]string{{"", ""}, {"/", ""}, {"/v1", "/v1"}, {"/v1/", "/v1"}, {"?a=/b", ""}, {"#b/c", ""}, {"/v{number}/x", "/v{}/x"}})
	entry := func(url, variables string, hosts ...string) (o object, servers []openapi.Server) {
		o.add("url", url+suffix[0])
		if variables != "" {
			o.add("variables", raw("{"+variables+"}"))
		}
		for _, host := range hosts {
			servers = append(servers, openapi.Server{Host: host, Base: suffix[1]})
		}
		return o, servers
	}
	switch m.random.IntN(10) {
	case 0:
		return entry("https://API.example.com:8443", "", "api.example.com")
	case 1:
		return entry("https://user:p@b.example.com.", "", "b.example.com")
	case 2:
		return entry("//{region}.example.net", `"region": {"enum": ["eu", "us"], "default": "elsewhere"}`, "eu.example.net", "us.example.net")
	case 3:
		return entry("http://{x}.{domain}:{port}", `"domain": {"default": "example.org"}`, "*.example.org")
	case 4:
		return entry("https://pre-{x}-post.example.io", "", "*.example.io")
	case 5:
		return entry("https://bücher.example", "", "xn--bcher-kva.example")
	case 6:
		return entry("https://{x}.BÜCHER.example:{port}", `"port": {"default": "443"}`, "*.xn--bcher-kva.example")
	case 7:
		return entry("http://[2001:db8::1]:80", "", "[2001:db8::1]")
	case 8:
		return entry(pick(m.random, []string{"https://{any}", "{any}"}), "", "")
	default:
		url := pick(m.random, [][2]string{{"/", ""}, {"/v1", "/v1"}, {"v1/", "/v1"}, {"./v1?a", "/v1"}, {"../v1/x", "/v1/x"}, {"/{v}", "/{}"}})
		return object{{"url", url[0]}}, []openapi.Server{{Base: url[1]}}
	}
}

// servers adds where something is served, and returns what that comes to where it was
// served so before.
func (m *documentMaker) servers(o *object, before []openapi.Server) (servers []openapi.Server) {
	if m.once(2) {
		return before
	}
	var all []any
	var hosted, others []openapi.Server
	for range 1 + m.random.IntN(2) {
		entry, more := m.server()
		all = append(all, entry)
		for _, s := range more {
			if s.Host != "" {
				hosted = append(hosted, s)
			} else {
				others = append(others, s)
			}
		}
	}
	o.add("servers", all)
	if hosted != nil {
		return hosted
	}
	for _, s := range before {
		for _, other := range others {
			servers = append(servers, openapi.Server{Host: s.Host, Base: other.Base})
		}
	}
	return servers
}

func (m *documentMaker) parameters(o *object) (all []describedParameter) {
	if m.once(2) {
		return nil
	}
	var listed []any
	for range 1 + m.random.IntN(2) {
		p := describedParameter{in: pick(m.random, []string{"query", "query", "header", "path", "cookie"}), name: pick(m.random, []string{"q", "view", "X-A", "x-b"})}
		schema := object{{"type", "string"}}
		switch m.random.IntN(3) {
		case 0:
			p.values = []string{"1", "2"}
			schema.add("enum", []any{raw("1"), pick(m.random, []any{raw("2"), "2"})})
		case 1:
			p.values = []string{pick(m.random, []string{"2", "a b", "yes"})}
			schema.add("const", p.values[0])
		}
		element := object{{"name", p.name}, {"in", p.in}, {"schema", m.behind(schema, m.steps())}}
		listed = append(listed, m.behind(element, m.steps()))
		if p.in == "query" || p.in == "header" {
			all = append(all, p)
		}
	}
	o.add("parameters", listed)
	return all
}

// steps is how many references lead to something.
func (m *documentMaker) steps() int { return max(0, m.random.IntN(5)-2) }

// noise is what a reader of methods has no business with.
func (m *documentMaker) noise(o *object) {
	texts := []any{"get: {}", "paths:", "it's {", "&a *b", "- |", "# no", "a\nresponses:\n  put: {}\n"}
	if m.once(3) {
		o.add(pick(m.random, []string{"summary", "description", "x-put", "tags"}), pick(m.random, append(texts, raw(`{"get": {"$ref": "#/none"}}`), raw("[1, {}]"))))
	}
	if m.once(2) {
		below := object{{"get", object{{"$ref", "#/none"}, {"parameters", pick(m.random, texts)}}}, {"servers", []any{pick(m.random, texts), object{{"url", "/"}}}}}
		o.add(pick(m.random, []string{"callbacks", "examples", "requestBody", "responses", "webhooks"}), pick(m.random, []any{below, below, []any{below}, object{}, raw("null"), "text"}))
	}
}

func (m *documentMaker) document(version *field) object {
	root := object{version}
	served := []openapi.Server{{}}
	isSwagger := version.key == "swagger"
	if isSwagger && m.once(2) {
		served[0].Host = "old.example.com"
		root.add("host", pick(m.random, []string{"old.example.com", "OLD.example.com:80", "user@old.example.com"}))
	}
	if isSwagger && m.once(2) {
		served[0].Base = "/v1"
		root.add("basePath", pick(m.random, []string{"/v1", "/v1/"}))
	}
	m.noise(&root)
	if !isSwagger {
		served = m.servers(&root, served)
	}
	var paths object
	for i := range 1 + m.random.IntN(3) {
		var item object
		path := pick(m.random, []string{"/", "/orders", "/a b/{a/id}", "/c?x=1"})
		if slices.ContainsFunc(paths, func(f *field) bool { return f.key == path }) {
			path += fmt.Sprint("/", i)
		}
		m.noise(&item)
		served := served
		if !isSwagger {
			served = m.servers(&item, served)
		}
		shared := m.parameters(&item)
		var additional object
		for range m.random.IntN(4) {
			key := pick(m.random, []string{"get", "put", "post", "delete", "options", "head", "patch", "trace", "query", "COPY", "LOCK", "brew", "x-amazon-apigateway-any-method"})
			if slices.ContainsFunc(append(item, additional...), func(f *field) bool { return f.key == key }) {
				continue
			}
			var operation object
			m.noise(&operation)
			d := described{methods: []string{strings.ToUpper(key)}, path: path, servers: served}
			if !isSwagger {
				d.servers = m.servers(&operation, served)
			}
			d.parameters = append(m.parameters(&operation), shared...)
			switch {
			case key == strings.ToUpper(key) || key == "brew":
				d.methods = []string{key}
				d.key = additional.add(key, operation)
			case strings.HasPrefix(key, "x-"):
				d.methods, d.parameters = openapi.AnyMethods, nil
				d.key = item.add(key, operation)
			default:
				d.key = item.add(key, operation)
			}
			m.found = append(m.found, d)
		}
		if additional != nil {
			item.add("additionalOperations", additional)
		}
		m.mistake(&item)
		paths.add(path, m.behind(item, m.steps()))
	}
	root.add("paths", paths)
	if m.once(20) {
		m.wrong = append(m.wrong, root.add("paths", object{}))
	}
	m.noise(&root)
	return root
}

// mistake adds what would be lost if nothing were said of it.
func (m *documentMaker) mistake(item *object) {
	switch m.random.IntN(40) {
	case 0:
		m.wrong = append(m.wrong, item.add(pick(m.random, []string{"Get", "DELETE", "pAtch", "COPY", "propfind", "AdditionalOperations", "X-Amazon-apigateway-any-method"}), object{}))
	case 1:
		if !slices.ContainsFunc(*item, func(f *field) bool { return f.key == "put" }) {
			m.wrong = append(m.wrong, item.add("put", pick(m.random, []any{raw("null"), raw("[]"), "x", raw("7")})))
		}
	case 2:
		if !slices.ContainsFunc(*item, func(f *field) bool { return f.key == "additionalOperations" }) {
			operations := object{}
			m.wrong = append(m.wrong, operations.add(pick(m.random, []string{"copy", "Get", "a b", ""}), object{}))
			item.add("additionalOperations", operations)
		}
	}
}

// made returns documents, their names, and the files that they refer to.
func made(random *rand.Rand) (m *documentMaker, names []string, files map[string]string) {
	m = &documentMaker{random: random, files: map[string]object{"shared.yaml": {{"a", "b"}}, "parts/more.json": {{"a", "b"}}}, places: map[*field]string{}}
	for i := range 1 + random.IntN(2) {
		m.main = fmt.Sprint("api", i, pick(random, []string{".yaml", ".json"}))
		m.files[m.main] = nil
		version := &field{"openapi", pick(random, []any{"3.0.4", "3.1.0", "3.2.0", "3.99.1", raw("3.1"), raw("3")})}
		if m.once(4) {
			version = &field{"swagger", pick(random, []any{"2.0", raw("2.0"), raw("2")})}
		}
		root := m.document(version)
		m.files[m.main] = append(root, m.files[m.main]...)
		names = append(names, m.main)
	}
	files = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(m.files)) {
		w := newWriter(random, name)
		if strings.HasSuffix(name, ".json") {
			w.json(m.files[name])
		} else {
			w.yaml(m.files[name])
		}
		files[name] = w.text.String()
		maps.Copy(m.places, w.places)
	}
	return m, names, files
}

// requests are what the documents describe of an operation: with no parameter, one
// or two of them, each with a value that is described, or with any.
func (d described) requests(method string, server openapi.Server) (all [][][2]string) {
	type with struct{ query, header, value string }
	choices := []with{{}}
	for _, p := range d.parameters {
		for _, value := range append([]string{"any"}, p.values...) {
			if value == "any" && p.values != nil {
				continue
			}
			if p.in == "query" {
				choices = append(choices, with{query: p.name + "=" + url.PathEscape(value)})
			} else {
				choices = append(choices, with{header: strings.ToLower(p.name), value: value})
			}
		}
	}
	for _, one := range choices {
		for _, other := range choices {
			path := server.Base + strings.ReplaceAll(d.path, "{a/id}", "{}")
			request := [][2]string{{":method", method}}
			if server.Host != "" {
				request = append(request, [2]string{":authority", server.Host})
			}
			for _, w := range []with{one, other} {
				if w.query != "" && strings.Contains(path, "?") {
					path += "&" + w.query
				} else if w.query != "" {
					path += "?" + w.query
				}
				if w.header != "" {
					request = append(request, [2]string{w.header, w.value})
				}
			}
			all = append(all, append(request, [2]string{":path", path}))
		}
	}
	return all
}

// gateways are configurations that some of what is described meets.
var gateways = []string{
	`{"unimplemented": [{"capability": "v1", "path": "/v1/*", "method": "GET"}, {"capability": "orders", "path": "/v1/orders"}, {"capability": "x", "path": "/v{}/x/*", "query": "q=2"}]}`,
	`{"unimplemented": [{"capability": "one item", "path": "/a b/{}"}, {"capability": "id", "path": "*/id}"}, {"capability": "c", "path": "*/c", "header": "x-b", "dry_run": true}]}`,
	`{"unimplemented": [{"capability": "c", "path": "/{}/c"}], "servers": [{"hosts": ["api.example.com", "*.example.io"], "unimplemented": [{"capability": "orders", "path": "*/orders"}]}, {"hosts": ["b.example.com"], "unimplemented": [{"capability": "view", "query": "view", "path": "/v1/*"}]}]}`,
	`{"implemented_methods": ["GET", "POST", "OPTIONS"]}`,
	`{"unimplemented": [{"method": "PUT", "dry_run": true}, {"method": "PATCH"}, {"capability": "views", "query": "view"}]}`,
	`{"implemented_methods": ["PUT", "OPTIONS"], "dry_run": true}`,
	`{"unimplemented": [{"capability": "two", "query": "q=2"}, {"capability": "blank", "method": "GET", "query": "q=a b"}, {"capability": "a", "header": "X-A"}]}`,
	`{"unimplemented": [{"capability": "dry", "query": "q", "dry_run": true}, {"capability": "both", "header": "x-b", "value": "YES", "query": "view"}, {"capability": "q", "query": "q"}]}`,
	`{"implemented_methods": ["GET", "PUT"], "servers": [
		{"hosts": ["api.example.com", "*.example.org"], "implemented_methods": ["GET", "PATCH"]},
		{"hosts": ["xn--bcher-kva.example"], "unimplemented": [{"capability": "views", "query": "view"}]},
		{"hosts": ["*.example.net"], "implemented_methods": ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"], "dry_run": true}]}`,
	`{"servers": [{"hosts": ["old.example.com", "b.example.com", "[2001:db8::1]"], "implemented_methods": ["DELETE"], "unimplemented": [{"capability": "two", "query": "q=2"}]}]}`,
}

// What is read of documents in any style and any layout of files is what was put
// into them: their methods, their hosts, and what a gateway would answer with 501.
func TestGeneratedDocuments(t *testing.T) {
	for seed := range 250 {
		random := rand.New(rand.NewPCG(uint64(seed), 21))
		m, names, files := made(random)
		write(t, files)
		fail := func(format string, args ...any) {
			t.Helper()
			for _, name := range slices.Sorted(maps.Keys(files)) {
				t.Logf("--- %s\n%s", name, files[name])
			}
			t.Fatalf("%d: "+format, append([]any{seed}, args...)...)
		}
		all := draft{methods: methodSet{}, hosts: map[string]methodSet{}}
		byHost := draft{methods: methodSet{}, hosts: map[string]methodSet{}}
		var at []string // of operations
		for _, d := range m.found {
			at = append(at, m.places[d.key])
			for _, method := range d.methods {
				all.methods[method] = true
				for _, s := range d.servers {
					if s.Host == "" {
						byHost.methods[method] = true
						continue
					}
					if byHost.hosts[s.Host] == nil {
						byHost.hosts[s.Host] = methodSet{}
					}
					byHost.hosts[s.Host][method] = true
				}
			}
		}
		var mistakes []string
		for _, f := range m.wrong {
			mistakes = append(mistakes, m.places[f])
		}
		for flag, want := range map[string]draft{"": all, "-servers": byHost} {
			args := append([]string{"from-openapi"}, names...)
			if flag != "" {
				args = append(args, flag)
			}
			got := runs("", args...)
			if errors := placesOf(got.stderr, "error"); !slices.Equal(errors, sorted(mistakes)) {
				fail("from-openapi: errors at %q, want %q\n%s", errors, mistakes, got.stderr)
			}
			switch {
			case m.found == nil && mistakes == nil || mistakes != nil:
				if got.exit != exitMistakes || got.stdout != "" {
					fail("exit code %d\n%s%s", got.exit, got.stdout, got.stderr)
				}
				continue
			case got.exit != exitFine || got.stdout != string(want.text()):
				fail("exit code %d, standard output\n%s%s\nwant\n%s", got.exit, got.stdout, got.stderr, want.text())
			}
			args = []string{"check", "-"}
			for _, name := range names {
				args = append(args, "-openapi", name)
			}
			if checked := runs(got.stdout, args...); checked.exit != exitFine {
				fail("check refuses its own draft\n%s%s", got.stdout, checked.stdout)
			}
		}
		if mistakes != nil || m.found == nil {
			continue
		}
		config := pick(random, gateways)
		promised, err := contract.Read(config)
		if err != nil {
			t.Fatal(err)
		}
		declared := struct{ Servers []struct{ Hosts []string } }{}
		if err := json.Unmarshal([]byte(config), &declared); err != nil {
			t.Fatal(err)
		}
		var stale []string
		for _, d := range m.found {
			asked := slices.Clone(d.servers)
			for _, server := range d.servers {
				for _, other := range declared.Servers {
					if server.Host == "" {
						asked = append(asked, openapi.Server{Host: other.Hosts[0], Base: server.Base})
					}
				}
			}
			isStale := func(method string, server openapi.Server) bool {
				return slices.ContainsFunc(d.requests(method, server), func(r [][2]string) bool {
					outcome := promised.Outcome(r)
					return outcome.Answer != nil || len(outcome.DryRuns) > 0
				})
			}
			if slices.ContainsFunc(asked, func(server openapi.Server) bool {
				return slices.ContainsFunc(d.methods, func(method string) bool { return isStale(method, server) })
			}) {
				stale = append(stale, m.places[d.key])
			}
		}
		args := []string{"check", "-"}
		for _, name := range names {
			args = append(args, "-openapi", name)
		}
		got := runs(config, args...)
		if errors := placesOf(got.stdout, "error"); !slices.Equal(errors, sorted(stale)) {
			fail("%s\noperations at %q\nerrors at\n%q, want\n%q\n%s", config, at, errors, sorted(stale), got.stdout)
		}
	}
}

// placesOf returns the places of findings, each once.
func placesOf(output, severity string) (places []string) {
	for line := range strings.Lines(output) {
		if place, _, ok := strings.Cut(line, ": "+severity+": "); ok {
			if strings.Contains(line, "no operation, want one") {
				continue
			}
			places = append(places, place)
		}
	}
	return sorted(places)
}

func sorted(all []string) []string {
	all = slices.Clone(all)
	slices.Sort(all)
	return slices.Compact(all)
}
