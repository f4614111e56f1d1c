// SPDX-License-Identifier: Apache-2.0

package servers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"notimplemented/filter/answer"
	"notimplemented/filter/config"
	"notimplemented/filter/contract"
	"notimplemented/filter/servers"
)

type request = servers.Header

func methodOf(r request) string {
	method, _ := r.First(":method")
	return method
}

func parse(t testing.TB, json string) *servers.Servers {
	t.Helper()
	parsed, err := config.Parse([]byte(json))
	if err != nil {
		t.Fatalf("Parse(%s): %v", json, err)
	}
	return parsed.Servers
}

// decide returns the details of what is missing, behind "dry run: " where that
// keeps it from being answered; nothing for a request that passes.
func decide(t testing.TB, s *servers.Servers, r request) string {
	t.Helper()
	var d servers.Decision
	if err := s.Decide(&d, methodOf(r), r.Request()); err != nil {
		t.Fatal(err)
	}
	var decisions []string
	for _, missing := range d.DryRun {
		decisions = append(decisions, "dry run: "+details(missing))
	}
	if d.Missing != nil {
		decisions = append(decisions, details(d.Missing))
	}
	return strings.Join(decisions, ", ")
}

// promised is the same by the contract.
func promised(t *testing.T, config string, r request) string {
	t.Helper()
	read, err := contract.Read(config)
	if err != nil {
		t.Fatal(err)
	}
	o := read.Outcome(r)
	var decisions []string
	for _, details := range o.DryRuns {
		decisions = append(decisions, "dry run: "+details)
	}
	if o.Answer != nil {
		decisions = append(decisions, o.Answer.Details)
	}
	return strings.Join(decisions, ", ")
}

func details(missing *servers.Missing) string {
	return string(answer.PutLog(new(answer.Buffer), missing))
}

const (
	closed    = `{"implemented_methods": ["POST", "PUT", "brew"]}`
	open      = `{"unimplemented": [{"method": "PATCH"}, {"method": "brew"}]}`
	websocket = `{"unimplemented": [{"capability": "websocket", "header": "Upgrade", "value": "WebSocket"}]}`
	gzip      = `{"unimplemented": [{"capability": "gzip", "header": "accept-encoding", "value": "gzip"}]}`
	quoted    = `{"unimplemented": [{"capability": "q", "header": "prefer", "value": "\"a\""}]}`
	presence  = `{"unimplemented": [{"capability": "ranges", "header": "range"}]}`
	uploads   = `{"unimplemented": [{"capability": "uploads", "method": "POST", "query": "uploads"}]}`
	filters   = `{"unimplemented": [{"capability": "filters", "query": "$filter"}]}`
	space     = `{"unimplemented": [{"capability": "space", "query": "a b+"}]}`
	getOnly   = `{"unimplemented": [{"capability": "c", "method": "GET", "query": "c"}]}`
	headOnly  = `{"unimplemented": [{"capability": "c", "method": "HEAD", "query": "c"}]}`
	together  = `{"unimplemented": [{"capability": "c", "method": "PUT", "header": "h", "value": "v", "query": "q"}]}`
	ordered   = `{"unimplemented": [{"capability": "1", "query": "a", "header": "h"}, {"capability": "2", "query": "a"}, {"capability": "3", "query": "b"}]}`
	allDry    = `{"dry_run": true, "implemented_methods": ["POST"], "unimplemented": [{"capability": "1", "query": "a", "dry_run": true}, {"capability": "2", "query": "a"}, {"capability": "3", "query": "b"}]}`
	oneDry    = `{"unimplemented": [{"capability": "1", "query": "a", "dry_run": true}, {"capability": "2", "query": "b"}]}`
	methodDry = `{"implemented_methods": ["POST"], "unimplemented": [{"method": "PUT", "dry_run": true}, {"method": "PUT", "capability": "c", "query": "a"}]}`
)

const twiceDry = `{"unimplemented": [{"capability": "1", "query": "a", "dry_run": true}, {"capability": "1", "query": "b", "dry_run": true}, {"capability": "1", "query": "c"}]}`

var (
	tenDry = `{"unimplemented": [{"method": "PUT", "dry_run": true}, ` + numbered(10, `{"capability": "%d", "header": "h", "dry_run": true}`) + `, {"capability": "c", "header": "h"}]}`
	eight  = strings.Split(numbered(8, "dry run: not_implemented_capability[%d]"), ", ")
)

// numbered is a text with the numbers from 0 in it.
func numbered(count int, text string) string {
	all := make([]string, count)
	for i := range all {
		all[i] = fmt.Sprintf(text, i)
	}
	return strings.Join(all, ", ")
}

func TestDecide(t *testing.T) {
	get := func(path string, fields ...[2]string) request {
		return append(request{{":method", "GET"}, {":path", path}}, fields...)
	}
	with := func(method, path string, fields ...[2]string) request {
		return append(request{{":method", method}, {":path", path}}, fields...)
	}
	field := func(name string, lines ...string) request {
		r := get("/")
		for _, line := range lines {
			r = append(r, [2]string{name, line})
		}
		return r
	}
	tests := []struct {
		name    string
		config  string
		request request
		want    string
	}{
		{"listed", closed, with("PUT", "/"), ""},
		{"GET unlisted", closed, with("GET", "/"), ""},
		{"HEAD unlisted", closed, with("HEAD", "/"), ""},
		{"not listed", closed, with("PATCH", "/"), "not_implemented_method[PATCH]"},
		{"a prefix", closed, with("POS", "/"), "not_implemented_method[POS]"},
		{"a suffix", closed, with("T", "/"), "not_implemented_method[T]"},
		{"longer", closed, with("POSTS", "/"), "not_implemented_method[POSTS]"},
		{"lower case", closed, with("get", "/"), "not_implemented_method[get]"},
		{"upper case", closed, with("BREW", "/"), "not_implemented_method[BREW]"},
		{"in its own case", closed, with("brew", "/"), ""},
		{"no method", closed, request{{":path", "/"}}, "not_implemented_method[]"},
		{"CONNECT without a path", closed, request{{":method", "CONNECT"}}, "not_implemented_method[CONNECT]"},
		{"named", open, with("PATCH", "/"), "not_implemented_method[PATCH]"},
		{"named in another case", open, with("BREW", "/"), ""},
		{"not named", open, with("ANY", "/"), ""},

		{"member", websocket, field("upgrade", "websocket"), "not_implemented_capability[websocket]"},
		{"member in capitals", websocket, field("upgrade", "WEBSOCKET"), "not_implemented_capability[websocket]"},
		{"last member", websocket, field("upgrade", "h2c,\t websocket \t"), "not_implemented_capability[websocket]"},
		{"member of a later line", websocket, field("upgrade", "h2c", "", "a, websocket"), "not_implemented_capability[websocket]"},
		{"member of another field", websocket, field("x-upgrade", "websocket"), ""},
		{"a member's part", websocket, field("upgrade", "websocket2, xwebsocket, web socket, websocket/13"), ""},
		{"no field", websocket, get("/"), ""},
		{"empty field", websocket, field("upgrade", ""), ""},
		{"Kelvin sign", `{"unimplemented": [{"capability": "k", "header": "h", "value": "kk"}]}`, field("h", "\u212ak"), ""},
		{"parameters", gzip, field("accept-encoding", "br, gzip ; level=9"), "not_implemented_capability[gzip]"},
		{"weight", gzip, field("accept-encoding", "gzip;q=0.001"), "not_implemented_capability[gzip]"},
		{"zero weight", gzip, field("accept-encoding", "gzip;q=0"), ""},
		{"zero weight, long", gzip, field("accept-encoding", "gzip ; level=9 ; Q=0.000"), ""},
		{"zero weight, no digit behind the point", gzip, field("accept-encoding", "gzip;q=0."), ""},
		{"zero of another parameter", gzip, field("accept-encoding", "gzip;quality=0"), "not_implemented_capability[gzip]"},
		{"no weight behind q", gzip, field("accept-encoding", "gzip;q="), "not_implemented_capability[gzip]"},
		{"zero weight, then again", gzip, field("accept-encoding", "gzip;q=0, gzip"), "not_implemented_capability[gzip]"},
		{"inside a quoted string", gzip, field("accept-encoding", `x="a, gzip, b"`), ""},
		{"behind an escaped quote", gzip, field("accept-encoding", `x="\", gzip"`), ""},
		{"behind a quoted string", gzip, field("accept-encoding", `x="\\", gzip`), "not_implemented_capability[gzip]"},
		{"an open quote ends with its line", gzip, field("accept-encoding", `x="a`, "gzip"), "not_implemented_capability[gzip]"},
		{"a quoted member", quoted, field("prefer", `"a"`), "not_implemented_capability[q]"},
		{"an unquoted member", quoted, field("prefer", `a`), ""},
		{"only commas", gzip, field("accept-encoding", ",,,"), ""},
		{"present", presence, field("range", "bytes=0-1"), "not_implemented_capability[ranges]"},
		{"present, but empty", presence, field("range", ""), "not_implemented_capability[ranges]"},
		{"not present", presence, get("/"), ""},

		{"parameter without a value", uploads, with("POST", "/a?uploads"), "not_implemented_capability[uploads]"},
		{"parameter with a value", uploads, with("POST", "/a?x=1&uploads=2"), "not_implemented_capability[uploads]"},
		{"parameter with an empty value", uploads, with("POST", "/?uploads="), "not_implemented_capability[uploads]"},
		{"parameter encoded", uploads, with("POST", "/?upl%6Fads"), "not_implemented_capability[uploads]"},
		{"parameter as a value", uploads, with("POST", "/?x=uploads"), ""},
		{"parameter in the path", uploads, with("POST", "/uploads"), ""},
		{"parameter in another case", uploads, with("POST", "/?Uploads"), ""},
		{"parameter's prefix", uploads, with("POST", "/?upload"), ""},
		{"parameter longer", uploads, with("POST", "/?uploadsx"), ""},
		{"parameter behind a semicolon", uploads, with("POST", "/?a;uploads"), ""},
		{"parameter behind a second question mark", uploads, with("POST", "/??uploads"), ""},
		{"parameter of another method", uploads, with("PUT", "/?uploads"), ""},
		{"no query", uploads, with("POST", "/?"), ""},
		{"no path", uploads, request{{":method", "POST"}}, ""},
		{"a dollar", filters, get("/?%24filter=a"), "not_implemented_capability[filters]"},
		{"an encoded equals sign", filters, get("/?$filter%3Da"), ""},
		{"blank and plus", space, get("/?a%20b+"), "not_implemented_capability[space]"},
		{"malformed percent sign stays", space, get("/?a%20b+%"), ""},
		{"plus is no blank", space, get("/?a+b+"), ""},
		{"malformed encoding", space, get("/?a%2 b+"), ""},
		{"cut off encoding", space, get("/?a%2"), ""},

		{"GET entry, GET", getOnly, get("/?c"), "not_implemented_capability[c]"},
		{"GET entry, HEAD", getOnly, with("HEAD", "/?c"), "not_implemented_capability[c]"},
		{"GET entry, POST", getOnly, with("POST", "/?c"), ""},
		{"HEAD entry, HEAD", headOnly, with("HEAD", "/?c"), "not_implemented_capability[c]"},
		{"HEAD entry, GET", headOnly, get("/?c"), ""},
		{"all conditions", together, with("PUT", "/?q", [2]string{"h", "v"}), "not_implemented_capability[c]"},
		{"all but the method", together, with("GET", "/?q", [2]string{"h", "v"}), ""},
		{"all but the value", together, with("PUT", "/?q", [2]string{"h", "w"}), ""},
		{"all but the query", together, with("PUT", "/", [2]string{"h", "v"}), ""},
		{"the first that matches", ordered, get("/?b&a"), "not_implemented_capability[2]"},
		{"the first", ordered, get("/?b&a", [2]string{"h", ""}), "not_implemented_capability[1]"},
		{"method before capability", `{"implemented_methods": ["GET"], "unimplemented": [{"capability": "c", "query": "c"}]}`, with("PUT", "/?c"), "not_implemented_method[PUT]"},

		{"dry run of a method", allDry, with("PUT", "/"), "dry run: not_implemented_method[PUT]"},
		{"dry run of what would be answered", allDry, get("/?a&b"), "dry run: not_implemented_capability[1], dry run: not_implemented_capability[2]"},
		{"dry run, nothing missing", allDry, get("/"), ""},
		{"dry run of an entry, then the next", oneDry, get("/?a&b"), "dry run: not_implemented_capability[1], not_implemented_capability[2]"},
		{"dry run of an entry alone", oneDry, get("/?a"), "dry run: not_implemented_capability[1]"},
		{"dry run of an unlisted method", methodDry, with("PUT", "/"), "dry run: not_implemented_method[PUT]"},
		{"dry run of a method, then a capability", methodDry, with("PUT", "/?a"), "dry run: not_implemented_method[PUT], not_implemented_capability[c]"},
		{"dry run of a capability of two entries, one of which is not", twiceDry, get("/?a&b&c"), "dry run: not_implemented_capability[1], not_implemented_capability[1]"},
		{"dry run of ten capabilities, and then none", tenDry, with("PUT", "/", [2]string{"h", ""}), "dry run: not_implemented_method[PUT], " + strings.Join(eight, ", ") + ", not_implemented_capability[c]"},
		{"no dry run of another method", methodDry, with("PATCH", "/"), "not_implemented_method[PATCH]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := decide(t, parse(t, tt.config), tt.request); got != tt.want {
				t.Errorf("Decide(%q) of %s = %q, want %q", tt.request, tt.config, got, tt.want)
			}
			if got := promised(t, tt.config, tt.request); methodOf(tt.request) != "" && got != tt.want {
				t.Errorf("the contract says of %q to %s %q, want %q", tt.request, tt.config, got, tt.want)
			}
		})
	}
}

// asked is the request with this header that notes what it is asked for.
func asked(h servers.Header, questions *[]string) servers.Request {
	r := h.Request()
	return servers.Request{
		Field: func(name string) (string, bool, error) {
			*questions = append(*questions, name)
			return r.Field(name)
		},
		Header: func() (servers.Header, error) {
			*questions = append(*questions, "all")
			return r.Header()
		},
	}
}

const twoServers = `{"implemented_methods": ["POST", "PUT"], "servers": [
	{"hosts": ["a"], "implemented_methods": ["POST"], "unimplemented": [{"capability": "c", "method": "GET", "query": "c"}]}]}`

// fields are so many that entries ask for, and a parameter.
func fields(count int, more string) string {
	return `{"unimplemented": [{"capability": "c", "query": "q"}, ` + numbered(count, `{"capability": "c", "header": "h%d"`+more+`}`) + `]}`
}

// Requests that a server cannot answer otherwise must not make it ask for more:
// each question is a call to the host.
func TestQuestions(t *testing.T) {
	for _, tt := range []struct {
		name, config, method, want string
	}{
		{"a method that is implemented", closed, "PUT", ""},
		{"a method that is not", closed, "PATCH", ""},
		{"an entry of another method", uploads, "GET", ""},
		{"an entry of this method", uploads, "POST", ":path"},
		{"an entry of GET, asked by HEAD", getOnly, "HEAD", ":path"},
		{"an entry of POST, asked by HEAD", uploads, "HEAD", ""},
		{"an entry of HEAD, asked by GET", headOnly, "GET", ""},
		{"an entry of any method", filters, "BREW", ":path"},
		{"a few fields that are not there", fields(8, `, "value": "v"`), "GET", "h0, h1, h2, h3, h4, h5, h6, h7, :path"},
		{"a field that is there, whatever its value", fields(2, ""), "PRESENT", "h0, h1, :path"},
		{"a field that is there, of which all lines matter", fields(2, `, "value": "v"`), "PRESENT", "h0, h1, all"},
		{"many fields", fields(9, ""), "GET", "all"},
		{"many fields of another method", fields(9, `, "method": "POST"`), "GET", ":path"},
		{"an entry of any method, but a missing one", `{"implemented_methods": ["PUT"], "unimplemented": [{"capability": "c", "query": "c"}]}`, "BREW", ""},
		{"a method of which there is a dry run alone", `{"unimplemented": [{"method": "PUT", "dry_run": true}, {"method": "POST", "capability": "c", "query": "c"}]}`, "PUT", ""},
		{"servers, a method of all", twoServers, "POST", ""},
		{"servers, a method of one", twoServers, "PUT", ":authority"},
		{"servers, a method of none", twoServers, "BREW", ":authority"},
		{"servers, a method of all, with an entry of one", twoServers, "GET", ":authority"},
		{"servers that all pass what they do not name", `{"servers": [{"hosts": ["a"], "unimplemented": [{"method": "PUT"}]}]}`, "BREW", ""},
		{"servers of which one names what it implements", `{"servers": [{"hosts": ["a"], "implemented_methods": ["PUT"]}]}`, "PUT", ""},
		{"servers, none for other hosts", `{"servers": [{"hosts": ["a"], "implemented_methods": ["PUT"]}]}`, "BREW", ":authority"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var questions []string
			var d servers.Decision
			r := request{{":method", tt.method}}
			if tt.method == "PRESENT" {
				r = append(r, [2]string{"h1", ""})
			}
			if err := parse(t, tt.config).Decide(&d, tt.method, asked(r, &questions)); err != nil {
				t.Fatal(err)
			}
			got := strings.Join(questions, ", ")
			if got != tt.want {
				t.Errorf("asked for %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAlternatives(t *testing.T) {
	for _, tt := range []struct {
		name, config, method string
		want                 []string
	}{
		{"none", closed, "PATCH", nil},
		{"GET by case", closed, "get", []string{"GET"}},
		{"listed by case", closed, "Put", []string{"PUT"}},
		{"unregistered by case", closed, "BREW", []string{"brew"}},
		{"not by a wider fold", closed, "PO\u017fT", nil},
		{"configured", `{"unimplemented": [{"method": "PATCH", "alternatives": ["PUT", "POST"]}]}`, "PATCH", []string{"PUT", "POST"}},
		{"configured and unlisted", `{"implemented_methods": ["PUT"], "unimplemented": [{"method": "PATCH", "alternatives": ["PUT"]}]}`, "PATCH", []string{"PUT"}},
		{"configured before case", `{"implemented_methods": ["brew", "PUT"], "unimplemented": [{"method": "BREW", "alternatives": ["PUT"]}]}`, "BREW", []string{"PUT"}},
		{"named without, by case", `{"implemented_methods": ["brew"], "unimplemented": [{"method": "BREW"}]}`, "BREW", []string{"brew"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var d servers.Decision
			err := parse(t, tt.config).Decide(&d, tt.method, request{}.Request())
			if err != nil || d.Missing == nil || !slices.Equal(d.Missing.Alternatives, tt.want) {
				t.Errorf("Decide(%q) of %s = %+v, %v, want alternatives %q", tt.method, tt.config, d.Missing, err, tt.want)
			}
		})
	}
}

// What is counted apart has a label of its own, of all servers.
func TestLabels(t *testing.T) {
	s := parse(t, `{"implemented_methods": ["PUT"], "unimplemented": [{"method": "MOVE"}, {"method": "xyz"}, {"query": "a", "capability": "a"}, {"query": "b", "capability": "b"}],
		"servers": [{"hosts": ["a"], "implemented_methods": ["brew"], "unimplemented": [{"query": "c", "capability": "a"}, {"query": "d", "capability": "d"}]}]}`)
	labels := map[string]int{}
	for _, host := range []string{"", "a"} {
		for _, r := range []request{{{":path", "/?a"}}, {{":path", "/?b"}}, {{":path", "/?c"}}, {{":path", "/?d"}}, nil} {
			for _, method := range append([]string{"GET", "xyz", "brew"}, servers.RegisteredMethods[:]...) {
				var d servers.Decision
				if err := s.Decide(&d, method, append(r, [2]string{":authority", host}).Request()); err != nil {
					t.Fatal(err)
				}
				if d.Missing == nil {
					continue
				}
				name, label := details(d.Missing), d.Missing.Label
				if other, ok := labels[name]; ok && other != label || label <= 0 || label >= s.Labels() {
					t.Errorf("server of %q: label %d of %s, and %d; want one below %d", host, label, name, other, s.Labels())
				}
				labels[name] = label
			}
		}
	}
	names := map[int]string{}
	for name, label := range labels {
		if other, ok := names[label]; ok {
			t.Errorf("label %d of %s, and of %s", label, name, other)
		}
		names[label] = name
	}
	if len(labels) != len(servers.RegisteredMethods)-2+2+3 {
		t.Errorf("labels %v", labels)
	}
}
