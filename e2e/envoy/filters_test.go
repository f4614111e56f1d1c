// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"notimplemented/e2e/harness/envoy"
	"notimplemented/e2e/harness/project"
	"notimplemented/e2e/harness/rawhttp"
)

// filter is the patch that adds a filter of Envoy before the plugin, or after it.
func filter(place, name, kind, config string) string {
	return `
- op: add
  path: /http_filters/` + map[string]string{"before": "0", "after": "1"}[place] + `
  value:
    name: envoy.filters.http.` + name + `
    typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.` + name + `.v3.` + kind + `, ` + config + `}
`
}

// call is a call of gRPC.
var call = rawhttp.Request{Method: "POST", Path: "/shop.Orders/Place", Fields: []rawhttp.Field{{Name: "content-type", Value: "application/grpc"}}}

func TestGRPCWebFilter(t *testing.T) {
	const configuration = `{"implemented_methods": ["GET"]}`
	_, addresses := serveManagers(t, upstreamAddress(t),
		manager{configuration, filter("before", "grpc_web", "GrpcWeb", "")},
		manager{configuration, filter("after", "grpc_web", "GrpcWeb", "")})
	for _, address := range addresses {
		rawhttp.OverEach(t, "gRPC", func(t *testing.T, protocol rawhttp.Protocol) {
			got := protocol.Dial(t, address).Do(call)[0]
			if got.Status != 200 || got.Header["grpc-status"] != "12" || got.Header["grpc-message"] != "This server does not implement the POST method." {
				t.Errorf("got %v", got)
			}
		})
		rawhttp.OverEach(t, "JSON", func(t *testing.T, protocol rawhttp.Protocol) {
			got := outcome(t, protocol, address, rawhttp.Request{Method: "POST", Path: "/", Fields: []rawhttp.Field{{Name: "content-type", Value: "application/json"}}})
			if want := `501 {"error":"not_implemented","message":"This server does not implement the POST method.","method":"POST"}`; got != want {
				t.Errorf("got %s\nwant %s", got, want)
			}
		})
	}
}

func TestBufferFilter(t *testing.T) {
	const (
		configuration = `{"implemented_methods": ["GET", "PUT"]}`
		config        = "max_request_bytes: 4"
		answer        = `501 {"error":"not_implemented","message":"This server does not implement the PATCH method.","method":"PATCH"}`
	)
	_, addresses := serveManagers(t, upstreamAddress(t),
		manager{configuration, filter("before", "buffer", "Buffer", config)},
		manager{configuration, filter("after", "buffer", "Buffer", config)})
	for _, tt := range []struct {
		request rawhttp.Request
		want    []string
	}{
		{rawhttp.Request{Method: "PATCH", Path: "/", Body: "tea"}, []string{answer, answer}},
		{rawhttp.Request{Method: "PATCH", Path: "/", Body: "too much tea"}, []string{"413 Payload Too Large", answer}},
		{rawhttp.Request{Method: "PUT", Path: "/", Body: "tea"}, []string{"passed", "passed"}},
		{rawhttp.Request{Method: "PUT", Path: "/", Body: "too much tea"}, []string{"413 Payload Too Large", "413 Payload Too Large"}},
	} {
		t.Run(tt.request.Method+" "+tt.request.Body, func(t *testing.T) {
			// Over HTTP/2 Envoy takes a little more than it shall.
			compare(t, rawhttp.HTTP1, addresses, tt.request, tt.want...)
		})
	}
}

// serveAuthorization starts an Envoy with the plugin after the authorization by this
// server, and with the plugin before it.
func serveAuthorization(t *testing.T, handler http.HandlerFunc) (addresses []string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	const configuration = `{"implemented_methods": ["GET"]}`
	config := fmt.Sprintf("http_service: {server_uri: {uri: %s, cluster: authorization, timeout: 30s}}", server.URL)
	host, port, _ := strings.Cut(server.Listener.Addr().String(), ":")
	process := envoy.Run(t, patch(t, bootstrap(t, upstreamAddress(t),
		manager{configuration, filter("before", "ext_authz", "ExtAuthz", config)},
		manager{configuration, filter("after", "ext_authz", "ExtAuthz", config)}), `
- op: add
  path: /static_resources/clusters/-
  value:
    name: authorization
    load_assignment:
      cluster_name: authorization
      endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: `+host+`, port_value: `+port+`}}}}]}]
`))
	return []string{process.Address("0"), process.Address("1")}
}

func TestAuthorizationFilter(t *testing.T) {
	var asked atomic.Int32
	addresses := serveAuthorization(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if strings.HasSuffix(r.URL.Path, "/private") {
			w.WriteHeader(http.StatusForbidden)
		}
	})
	const answer = `501 {"error":"not_implemented","message":"This server does not implement the TRACE method.","method":"TRACE"}`
	for _, tt := range []struct {
		request rawhttp.Request
		want    []string
		asked   int32 // of the two
	}{
		{rawhttp.Request{Method: "GET", Path: "/"}, []string{"passed", "passed"}, 2},
		{rawhttp.Request{Method: "TRACE", Path: "/"}, []string{answer, answer}, 1},
		{rawhttp.Request{Method: "TRACE", Path: "/private"}, []string{"403 ", answer}, 1},
		{rawhttp.Request{Method: "GET", Path: "/private"}, []string{"403 ", "403 "}, 2},
	} {
		rawhttp.OverEach(t, tt.request.Method+" "+tt.request.Path, func(t *testing.T, protocol rawhttp.Protocol) {
			asked.Store(0)
			var got []string
			for _, address := range addresses {
				got = append(got, outcome(t, protocol, address, tt.request))
			}
			if !slices.Equal(got, tt.want) || asked.Load() != tt.asked {
				t.Errorf("got %q, asked %d times\nwant %q, %d times", got, asked.Load(), tt.want, tt.asked)
			}
		})
	}
}

// Many requests of one worker wait before the plugin, until all do.
func TestRequestsThatWaitBeforeThePlugin(t *testing.T) {
	const requests = 600
	var waiting sync.WaitGroup
	waiting.Add(requests)
	addresses := serveAuthorization(t, func(http.ResponseWriter, *http.Request) {
		waiting.Done()
		waiting.Wait()
	})
	trace := rawhttp.Request{Method: "TRACE", Path: "/"}
	serves(t, rawhttp.HTTP2.Dial(t, addresses[0]), slices.Repeat([]rawhttp.Request{trace}, requests), slices.Repeat([]int{501}, requests))
}

// By default a 501 is a failure to this filter, and when many fail it sheds the
// requests of everybody, at random.
func TestAdmissionControlFilter(t *testing.T) {
	const (
		failure = "success_criteria: {}"
		success = "success_criteria: {http_criteria: {http_success_status: [{start: 100, end: 500}, {start: 501, end: 502}]}}"
	)
	text := project.File(t, "docs/behaviour.md")
	for _, criteria := range []string{failure, success} {
		if !strings.Contains(text, "`"+criteria+"`") {
			t.Errorf("docs/behaviour.md does not say %s", criteria)
		}
	}
	trace := rawhttp.Request{Method: "TRACE", Path: "/"}
	for _, place := range []string{"before", "after"} {
		for _, tt := range []struct {
			name, criteria string
			request        rawhttp.Request
			sheds          bool
		}{
			{"501 is a failure", failure, trace, true},
			{"501 is a success", success, trace, false},
			{"gRPC", failure, call, false},
		} {
			t.Run(place+" the plugin, "+tt.name, func(t *testing.T) {
				_, addresses := serveManagers(t, upstreamAddress(t), manager{`{"implemented_methods": ["GET"]}`,
					filter(place, "admission_control", "AdmissionControl", tt.criteria)})
				connection := rawhttp.HTTP2.Dial(t, addresses[0])
				for range 300 {
					connection.Do(tt.request)
				}
				statuses := make(map[int]int)
				for range 100 {
					statuses[connection.Do(rawhttp.Request{Method: "GET", Path: "/"})[0].Status]++
				}
				if got := statuses[503] > 0; got != tt.sheds || statuses[200]+statuses[503] != 100 {
					t.Errorf("of 100 GETs the statuses are %v, want any 503: %v", statuses, tt.sheds)
				}
			})
		}
	}
}
