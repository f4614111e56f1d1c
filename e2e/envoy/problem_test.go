// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"reflect"
	"testing"

	"notimplemented/e2e/harness/behaviour"
	"notimplemented/e2e/harness/rawhttp"
)

func TestProblem(t *testing.T) {
	_, addresses := serve(t, `{
		"unimplemented": [
			{"method": "PATCH", "alternatives": ["PUT"]},
			{"capability": "multipart upload", "query": "uploads"}
		],
		"format": "problem",
		"problem_type": "https://example.test/not-implemented"
	}`)
	for _, tt := range []struct{ method, path, body string }{
		{"PATCH", "/", `{"type":"https://example.test/not-implemented","title":"Not Implemented","status":501,"detail":"This server does not implement the PATCH method.","method":"PATCH","alternatives":["PUT"]}`},
		{"GET", "/?uploads", `{"type":"https://example.test/not-implemented","title":"Not Implemented","status":501,"detail":"This server does not implement multipart upload.","capability":"multipart upload"}`},
		{"HEAD", "/?uploads", `{"type":"https://example.test/not-implemented","title":"Not Implemented","status":501,"detail":"This server does not implement multipart upload.","capability":"multipart upload"}`},
	} {
		rawhttp.OverEach(t, tt.method, func(t *testing.T, protocol rawhttp.Protocol) {
			got := protocol.Dial(t, addresses[0]).Do(rawhttp.Request{Method: tt.method, Path: tt.path})[0]
			want := behaviour.Answer(tt.body, "content-type", "application/problem+json")
			if tt.method == "HEAD" {
				want.Body = ""
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got %v\nwant %v", got, want)
			}
		})
	}
}
