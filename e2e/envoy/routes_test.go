// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"notimplemented/e2e/harness/rawhttp"
)

func TestSomeRoutes(t *testing.T) {
	_, addresses := serveManagers(t, upstreamAddress(t), manager{`{"implemented_methods": ["GET"]}`, `
- {op: add, path: /http_filters/0/disabled, value: true}
- op: add
  path: /route_config/virtual_hosts/0/routes/0
  value:
    match: {prefix: /api}
    route: {cluster: upstream}
    typed_per_filter_config:
      notimplemented: {"@type": type.googleapis.com/envoy.config.route.v3.FilterConfig, config: {}}
`})
	rawhttp.OverEach(t, "TRACE", func(t *testing.T, protocol rawhttp.Protocol) {
		var got []string
		for _, path := range []string{"/", "/api", "/api/tea"} {
			got = append(got, outcome(t, protocol, addresses[0], rawhttp.Request{Method: "TRACE", Path: path}))
		}
		const answer = `501 {"error":"not_implemented","message":"This server does not implement the TRACE method.","method":"TRACE"}`
		if want := []string{"passed", answer, answer}; !slices.Equal(got, want) {
			t.Errorf("got %q\nwant %q", got, want)
		}
	})
}

// Envoy follows it as a request of its own, so one that a dry run lets pass counts
// again.
func TestInternalRedirectCountsTwice(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/old" {
			http.Redirect(w, r, "http://example.test/new", http.StatusFound)
			return
		}
		io.WriteString(w, r.Method+" "+r.URL.Path)
	}))
	defer server.Close()
	process, addresses := serveManagers(t, server.Listener.Addr().String(), manager{`{"implemented_methods": ["GET"], "dry_run": true}`,
		"- {op: add, path: /route_config/virtual_hosts/0/routes/0/route/internal_redirect_policy, value: {}}\n"})
	if got := rawhttp.HTTP1.Dial(t, addresses[0]).Do(rawhttp.Request{Method: "TRACE", Path: "/old"})[0]; got.Body != "TRACE /new" {
		t.Errorf("got %v", got)
	}
	const counter = "wasmcustom.wasm_filter.notimplemented.component.method.tag.TRACE;.not_implemented_dry_run_total"
	if err := process.AwaitStat(counter, 2); err != nil {
		t.Error(err)
	}
}
