// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"notimplemented/e2e/harness/project"
	"notimplemented/e2e/harness/rawhttp"
)

// named has servers that each answer TRACE with a name of their own.
const named = `{
	"unimplemented": [{"method": "TRACE"}],
	"format": {"content_type": "text/plain", "body": "other"},
	"servers": [
		{"hosts": ["*.example.test"], "unimplemented": [{"method": "TRACE"}], "format": {"content_type": "text/plain", "body": "domain"}},
		{"hosts": ["s3.example.test"], "unimplemented": [{"method": "TRACE"}], "format": {"content_type": "text/plain", "body": "exact"}},
		{"hosts": ["*.s3.example.test"], "unimplemented": [{"method": "TRACE"}], "format": {"content_type": "text/plain", "body": "longer domain"}},
		{"hosts": ["192.0.2.1", "[2001:db8::1]"], "unimplemented": [{"method": "TRACE"}], "format": {"content_type": "text/plain", "body": "address"}}
	]
}`

func TestHosts(t *testing.T) {
	_, addresses := serve(t, named)
	for _, tt := range []struct{ host, want string }{
		{"s3.example.test", "exact"},
		{"s3.example.test:8080", "exact"},
		{"s3.example.test.", "exact"},
		{"S3.Example.TEST", "exact"},
		{"bucket.s3.example.test", "longer domain"},
		{"a.bucket.S3.example.test.:443", "longer domain"},
		{"example.test", "other"},
		{"192.0.2.1", "address"},
		{"[2001:db8::1]", "address"},
		{"[2001:DB8::1]:8080", "address"},
		{"xn--bcher-kva.example.test", "domain"},
	} {
		rawhttp.OverEach(t, tt.host, func(t *testing.T, protocol rawhttp.Protocol) {
			got := outcome(t, protocol, addresses[0], rawhttp.Request{Method: "TRACE", Path: "/", Host: tt.host})
			if want := "501 " + tt.want; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestHTTP11Hosts(t *testing.T) {
	_, addresses := serve(t, named)
	for _, tt := range []struct{ name, path, host, want string }{
		{"target with an authority", "http://s3.example.test/", "example.test", "501 exact"}, // RFC 9112, section 3.2.2
		{"empty host", "/", " ", "501 other"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := outcome(t, rawhttp.HTTP1, addresses[0], rawhttp.Request{Method: "TRACE", Path: tt.path, Host: tt.host})
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestHTTP10Hosts(t *testing.T) {
	const accept = "- {op: add, path: /http_protocol_options/accept_http_10, value: true}\n"
	_, addresses := serveManagers(t, upstreamAddress(t), manager{named, accept},
		manager{named, accept + "- {op: add, path: /http_protocol_options/default_host_for_http_10, value: s3.example.test}\n"})
	for _, tt := range []struct {
		host string
		want []string
	}{
		{"bucket.s3.example.test", []string{"501 longer domain", "501 longer domain"}},
		{"", []string{"400 ", "501 exact"}}, // without a default it is Envoy that answers
	} {
		t.Run("from "+tt.host, func(t *testing.T) {
			compare(t, rawhttp.HTTP10, addresses, rawhttp.Request{Method: "TRACE", Path: "/", Host: tt.host}, tt.want...)
		})
	}
}

// The top is in dry run and has problems as its format; servers choose otherwise.
const chosen = `{
	"implemented_methods": ["GET", "DELETE"],
	"format": "problem",
	"dry_run": true,
	"servers": [
		{"hosts": ["enforced.test"], "implemented_methods": ["GET"], "dry_run": false},
		{"hosts": ["dry.test"], "implemented_methods": ["GET"]},
		{"hosts": ["s3.test"], "unimplemented": [{"capability": "tagging", "query": "tagging"}], "dry_run": false,
			"format": {"content_type": "application/xml", "body": "<Error><Code>NotImplemented</Code><Message>{message}</Message></Error>"}},
		{"hosts": ["json.test"], "unimplemented": [
			{"capability": "uploads", "query": "uploads", "dry_run": true}, {"method": "DELETE"}
		], "dry_run": false, "format": "json"}
	]
}`

var chosenAnswers = []struct{ host, method, path, contentType, want string }{
	{"enforced.test", "GET", "/", "", "passed"},
	{"enforced.test", "DELETE", "/", "application/problem+json", `501 {"type":"about:blank","title":"Not Implemented","status":501,"detail":"This server does not implement the DELETE method.","method":"DELETE"}`},
	{"dry.test", "DELETE", "/", "", "passed"},
	{"s3.test", "DELETE", "/", "", "passed"},
	{"s3.test", "PUT", "/?tagging", "application/xml", "501 <Error><Code>NotImplemented</Code><Message>This server does not implement tagging.</Message></Error>"},
	{"json.test", "DELETE", "/", "application/json", `501 {"error":"not_implemented","message":"This server does not implement the DELETE method.","method":"DELETE"}`},
	{"json.test", "PUT", "/?uploads", "", "passed"},
	{"json.test", "PUT", "/?tagging", "", "passed"},
	{"other.test", "PUT", "/", "", "passed"},
}

func TestServers(t *testing.T) {
	_, addresses := serve(t, chosen)
	for _, tt := range chosenAnswers {
		rawhttp.OverEach(t, tt.method+" "+tt.host+tt.path, func(t *testing.T, protocol rawhttp.Protocol) {
			request := rawhttp.Request{Method: tt.method, Path: tt.path, Host: tt.host}
			if got := outcome(t, protocol, addresses[0], request); got != tt.want {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
			if got := protocol.Dial(t, addresses[0]).Do(request)[0].Header["content-type"]; tt.contentType != "" && got != tt.contentType {
				t.Errorf("got content-type %s, want %s", got, tt.contentType)
			}
		})
	}
}

// Where one host has docs/s3.json, another has nothing of it.
func TestManyEntriesOfOneHost(t *testing.T) {
	text := project.File(t, "docs/s3.json")
	var s3 described
	if err := json.Unmarshal([]byte(text), &s3); err != nil {
		t.Fatal(err)
	}
	server := `{"hosts": ["s3.test"], ` + strings.TrimPrefix(text, "{")
	_, addresses := serve(t, `{"servers": [`+server+`]}`)
	for _, entry := range s3.Unimplemented {
		request := rawhttp.Request{Method: cmp.Or(entry.Method, "GET"), Path: "/bucket?" + entry.Query}
		if entry.Header != "" {
			request.Fields = []rawhttp.Field{{Name: entry.Header, Value: cmp.Or(entry.Value, "any")}}
		}
		rawhttp.OverEach(t, fmt.Sprint(entry), func(t *testing.T, protocol rawhttp.Protocol) {
			request.Host = "s3.test"
			got, want := outcome(t, protocol, addresses[0], request), "This server does not implement "+entry.Capability+"."
			if !strings.HasPrefix(got, "501 <?xml ") || !strings.Contains(got, want) {
				t.Errorf("got %s, want 501 with %s in XML", got, want)
			}
			request.Host = "other.test"
			if got := outcome(t, protocol, addresses[0], request); got != "passed" {
				t.Errorf("%s: got %s, want passed", request.Host, got)
			}
		})
	}
}

// A connection is for any host. Over HTTP/2 the requests are under way together.
func TestServersOnOneConnection(t *testing.T) {
	_, addresses := serve(t, named)
	var requests []rawhttp.Request
	var want []string
	for range 20 {
		for _, server := range []struct{ host, name string }{{"s3.example.test", "exact"}, {"example.test", "other"}, {"a.example.test", "domain"}} {
			requests = append(requests, rawhttp.Request{Method: "TRACE", Path: "/", Host: server.host},
				rawhttp.Request{Method: "GET", Path: "/501", Host: server.host})
			want = append(want, server.name, "the server's own words\n")
		}
	}
	rawhttp.OverEach(t, "in turn", func(t *testing.T, protocol rawhttp.Protocol) {
		connection := protocol.Dial(t, addresses[0])
		var got []string
		for _, request := range requests {
			got = append(got, connection.Do(request)[0].Body)
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q\nwant %q", got, want)
		}
	})
	t.Run("together over HTTP/2", func(t *testing.T) {
		var got []string
		for _, response := range rawhttp.HTTP2.Dial(t, addresses[0]).Do(requests...) {
			got = append(got, response.Body)
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q\nwant %q", got, want)
		}
	})
}

// While a host moves from one server to another, every answer is that of one of
// them, and afterwards that of the new one.
func TestHostMoves(t *testing.T) {
	const (
		before = `{"unimplemented": [{"method": "PATCH"}], "format": {"content_type": "text/plain", "body": "other"}, "servers": [
			{"hosts": ["moves.test", "a.test"], "unimplemented": [{"method": "PATCH"}], "format": {"content_type": "text/plain", "body": "a"}},
			{"hosts": ["b.test"], "unimplemented": [{"method": "PATCH"}], "format": {"content_type": "text/plain", "body": "b"}}
		]}`
		after = `{"unimplemented": [{"method": "PATCH"}], "format": {"content_type": "text/plain", "body": "other"}, "servers": [
			{"hosts": ["a.test"], "unimplemented": [{"method": "PATCH"}], "format": {"content_type": "text/plain", "body": "a"}},
			{"hosts": ["b.test", "moves.test"], "unimplemented": [{"method": "PATCH"}], "format": {"content_type": "text/plain", "body": "b"}}
		]}`
	)
	path := filepath.Join(t.TempDir(), "listeners.json")
	discover(t, path, before)
	process := runDiscovering(t, path)
	await := func(updates int) {
		t.Helper()
		// Each of the two workers has then taken the listener.
		if err := process.AwaitStat("listener_manager.listener_create_success", 2*updates); err != nil {
			t.Error(err)
		}
	}
	await(1)
	requests := load{process.Address("discovered"), map[string][]string{
		"moves.test": {"a", "b"}, "a.test": {"a"}, "b.test": {"b"}, "c.test": {"other"},
	}}
	requests.during(t, func() {
		discover(t, path, after)
		await(2)
	})
	requests.want["moves.test"] = []string{"b"}
	requests.during(t, func() {})
	requests.want["moves.test"] = []string{"a", "b"}
	requests.during(t, func() {
		discover(t, path, before)
		await(3)
	})
	requests.want["moves.test"] = []string{"a"}
	requests.during(t, func() {})
}

// load is requests for PATCH, and the bodies that a 501 can have for each host.
type load struct {
	address string
	want    map[string][]string
}

// during lets clients of each protocol send requests before, while and after the
// change, over connections that last and over one for each request.
func (l load) during(t *testing.T, change func()) {
	t.Helper()
	var over atomic.Bool
	var begun, ended sync.WaitGroup
	for _, protocol := range []rawhttp.Protocol{rawhttp.HTTP1, rawhttp.HTTP2} {
		for _, lasting := range []bool{true, false} {
			client := protocol.Transport(t)
			client.DisableKeepAlives = !lasting
			begun.Add(1)
			ended.Go(func() {
				err := l.round(client)
				begun.Done()
				for last := false; err == nil && !last; {
					last = over.Load()
					err = l.round(client)
				}
				if err != nil {
					t.Errorf("over %s: %v", protocol.Name, err)
				}
			})
		}
	}
	begun.Wait()
	change()
	over.Store(true)
	ended.Wait()
}

// round sends a request for each host.
func (l load) round(client http.RoundTripper) error {
	for host, want := range l.want {
		request, err := http.NewRequest("PATCH", "http://"+l.address, nil) // which Go does not send again
		if err != nil {
			return err
		}
		request.Host = host
		response, err := client.RoundTrip(request)
		if err != nil {
			return fmt.Errorf("%s: %w", host, err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", host, err)
		}
		if response.StatusCode != http.StatusNotImplemented || !slices.Contains(want, string(body)) {
			return fmt.Errorf("%s: got %s, %q, want 501 with one of %q", host, response.Status, body, want)
		}
	}
	return nil
}
