// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"reflect"
	"testing"

	"notimplemented/e2e/harness/rawhttp"
)

// Envoy itself says 100 and drops the field, unless it shall leave that to the server.
func TestExpectContinue(t *testing.T) {
	const configuration = `{"implemented_methods": ["GET", "PUT"], "unimplemented": [{"capability": "expectations", "header": "expect"}]}`
	_, addresses := serveManagers(t, upstreamAddress(t),
		manager{configuration: configuration},
		manager{configuration, "- {op: add, path: /proxy_100_continue, value: true}\n"})
	type exchange struct {
		interim []int
		status  int
	}
	for _, tt := range []struct {
		request rawhttp.Request
		want    []exchange
	}{
		{rawhttp.Request{Method: "PATCH", Path: "/", Unfinished: true}, []exchange{{[]int{100}, 501}, {nil, 501}}},
		{rawhttp.Request{Method: "PUT", Path: "/", Body: "tea"}, []exchange{{[]int{100}, 200}, {nil, 501}}},
	} {
		tt.request.Fields = []rawhttp.Field{{Name: "expect", Value: "100-continue"}}
		rawhttp.OverEach(t, tt.request.Method, func(t *testing.T, protocol rawhttp.Protocol) {
			var got []exchange
			for _, address := range addresses {
				response := protocol.Dial(t, address).Do(tt.request)[0]
				got = append(got, exchange{response.Interim, response.Status})
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
