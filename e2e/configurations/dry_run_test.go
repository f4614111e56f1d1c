// SPDX-License-Identifier: Apache-2.0

package configurations

import (
	"slices"
	"testing"

	"notimplemented/e2e/wire"
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
		request wire.Request
		want    []string
	}{
		{wire.Request{Method: "TRACE", Path: "/"}, []string{"passed", "passed"}},
		{wire.Request{Method: "PATCH", Path: "/"}, []string{"passed", "passed"}},
		{wire.Request{Method: "GET", Path: "/?uploads"}, []string{"passed", "passed"}},
		{wire.Request{Method: "POST", Path: "/?uploads"}, []string{"passed",
			`501 {"error":"not_implemented","message":"This server does not implement multipart.","capability":"multipart"}`}},
	} {
		wire.OverEach(t, tt.request.Method, func(t *testing.T, protocol wire.Protocol) {
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
