// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"fmt"
	"testing"

	"notimplemented/e2e/harness/envoy"
	"notimplemented/e2e/harness/rawhttp"
)

func TestQueryWithoutContentType(t *testing.T) {
	minor, err := envoy.Minor()
	if err != nil {
		t.Fatal(err)
	}
	want := `501 {"error":"not_implemented","message":"This server does not implement the QUERY method.","method":"QUERY"}`
	if minor >= 40 {
		want = "400 "
	}
	_, addresses := serve(t, `{"implemented_methods": ["GET"]}`)
	rawhttp.OverEach(t, "QUERY", func(t *testing.T, protocol rawhttp.Protocol) {
		response := protocol.Dial(t, addresses[0]).Do(rawhttp.Request{Method: "QUERY", Path: "/"})[0]
		if got := fmt.Sprintf("%d %s", response.Status, response.Body); got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	})
}
