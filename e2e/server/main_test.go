// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net/http/httptest"
	"testing"

	"notimplemented/e2e/harness/upstream"
)

func TestHealthy(t *testing.T) {
	server := httptest.NewServer(upstream.Handler())
	defer server.Close()
	for _, tt := range []struct{ path, want string }{
		{"/", "<nil>"},
		{"/501", server.URL + "/501: 501 Not Implemented"},
	} {
		if got := fmt.Sprint(run([]string{"healthy", server.URL + tt.path})); got != tt.want {
			t.Errorf("healthy of %s is %s, want %s", tt.path, got, tt.want)
		}
	}
}

func TestArguments(t *testing.T) {
	for _, tt := range []struct {
		arguments []string
		want      string
	}{
		{nil, `arguments are [], want httpbin, recorder or healthy URL`},
		{[]string{"healthy"}, `arguments are ["healthy"], want httpbin, recorder or healthy URL`},
		{[]string{"recorder", "1"}, `arguments are ["recorder" "1"], want httpbin, recorder or healthy URL`},
	} {
		if got := fmt.Sprint(run(tt.arguments)); got != tt.want {
			t.Errorf("%q is %s, want %s", tt.arguments, got, tt.want)
		}
	}
}
