// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"testing"

	"notimplemented/e2e/harness/rawhttp"
)

func TestHTTP10(t *testing.T) {
	const (
		configuration = `{"implemented_methods": ["GET"]}`
		accept        = "- {op: add, path: /http_protocol_options/accept_http_10, value: true}\n"
		host          = "- {op: add, path: /http_protocol_options/default_host_for_http_10, value: example.test}\n"
	)
	_, addresses := serveManagers(t, upstreamAddress(t),
		manager{configuration, ""}, manager{configuration, accept}, manager{configuration, accept + host})
	fields := []rawhttp.Field{{Name: "host", Value: "example.test"}}
	for _, tt := range []struct {
		name    string
		request rawhttp.Request
		want    []string
	}{
		{"GET", rawhttp.Request{Method: "GET", Path: "/", Fields: fields}, []string{"426 Upgrade Required", "passed", "passed"}},
		{"BREW", rawhttp.Request{Method: "BREW", Path: "/", Fields: fields}, []string{"426 Upgrade Required",
			`501 {"error":"not_implemented","message":"This server does not implement the BREW method.","method":"BREW"}`,
			`501 {"error":"not_implemented","message":"This server does not implement the BREW method.","method":"BREW"}`}},
		// Health checks of load balancers ask so.
		{"OPTIONS without a host", rawhttp.Request{Method: "OPTIONS", Path: "/"}, []string{"426 Upgrade Required", "400 ",
			`501 {"error":"not_implemented","message":"This server does not implement the OPTIONS method.","method":"OPTIONS"}`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			compare(t, rawhttp.HTTP10, addresses, tt.request, tt.want...)
		})
	}
}
