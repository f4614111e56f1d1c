// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"slices"
	"testing"

	"notimplemented/e2e/harness/rawhttp"
)

func TestDryRun(t *testing.T) {
	_, addresses := serve(t,
		`{"implemented_methods": ["GET"], "unimplemented": [{"capability": "uploads", "query": "uploads"}], "dry_run": true}`,
		`{"unimplemented": [
			{"capability": "uploads", "query": "uploads", "dry_run": true},
			{"capability": "multipart", "query": "uploads", "method": "POST"},
			{"method": "PATCH", "dry_run": true}
		]}`)
	for _, tt := range []struct {
		request rawhttp.Request
		want    []string
	}{
		{rawhttp.Request{Method: "TRACE", Path: "/"}, []string{"passed", "passed"}},
		{rawhttp.Request{Method: "PATCH", Path: "/"}, []string{"passed", "passed"}},
		{rawhttp.Request{Method: "GET", Path: "/?uploads"}, []string{"passed", "passed"}},
		{rawhttp.Request{Method: "POST", Path: "/?uploads"}, []string{"passed",
			`501 {"error":"not_implemented","message":"This server does not implement multipart.","capability":"multipart"}`}},
	} {
		rawhttp.OverEach(t, tt.request.Method, func(t *testing.T, protocol rawhttp.Protocol) {
			var got []string
			for _, address := range addresses {
				got = append(got, outcome(t, protocol, address, tt.request))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
