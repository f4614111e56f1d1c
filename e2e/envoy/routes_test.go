// SPDX-License-Identifier: Apache-2.0

package envoy

import (
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
