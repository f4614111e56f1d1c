// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"testing"

	"notimplemented/e2e/harness/rawhttp"
)

func TestField(t *testing.T) {
	_, addresses := serve(t,
		`{"unimplemented": [{"capability": "async", "header": "Prefer", "value": "respond-async"}]}`,
		`{"unimplemented": [{"capability": "preferences", "header": "prefer"}]}`)
	const (
		async       = `501 {"error":"not_implemented","message":"This server does not implement async.","capability":"async"}`
		preferences = `501 {"error":"not_implemented","message":"This server does not implement preferences.","capability":"preferences"}`
	)
	for _, tt := range []struct {
		name  string
		lines []string
		want  []string
	}{
		{"first of several lines", []string{"Respond-Async", "wait=10"}, []string{async, preferences}},
		{"last of several lines", []string{"", "wait=10", "return=minimal, respond-async"}, []string{async, preferences}},
		{"empty line", []string{""}, []string{"passed", preferences}},
		{"no line", nil, []string{"passed", "passed"}},
	} {
		rawhttp.OverEach(t, tt.name, func(t *testing.T, protocol rawhttp.Protocol) {
			request := rawhttp.Request{Method: "PUT", Path: "/"}
			for _, line := range tt.lines {
				request.Fields = append(request.Fields, rawhttp.Field{Name: "prefer", Value: line})
			}
			compare(t, protocol, addresses, request, tt.want...)
		})
	}
}
