// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"compress/gzip"
	"io"
	"reflect"
	"strings"
	"testing"

	"notimplemented/e2e/harness/behaviour"
	"notimplemented/e2e/harness/rawhttp"
)

// What Envoy makes of the answer, where it is configured to; docs/behaviour.md has it in
// words.
func TestAroundTheAnswer(t *testing.T) {
	const (
		trace      = `{"error":"not_implemented","message":"This server does not implement the TRACE method.","method":"TRACE"}`
		problem    = `{"type":"about:blank","title":"Not Implemented","status":501,"detail":"This server does not implement the TRACE method.","method":"TRACE"}`
		json       = `{"implemented_methods": ["GET"]}`
		compressor = `
  value:
    name: envoy.filters.http.compressor
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.filters.http.compressor.v3.Compressor
      compressor_library:
        name: gzip
        typed_config: {"@type": type.googleapis.com/envoy.extensions.compression.gzip.compressor.v3.Gzip}
`
	)
	tests := []struct {
		name    string
		manager manager
		want    rawhttp.Response
	}{
		{
			name: "headers of the route",
			manager: manager{json, `
- op: add
  path: /route_config/virtual_hosts/0/routes/0/response_headers_to_add
  value:
  - {header: {key: cache-control, value: max-age=60}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}
  - {header: {key: x-served-by, value: edge}}
`},
			want: behaviour.Answer(trace, "cache-control", "max-age=60,no-store", "x-served-by", "edge"),
		},
		{
			name: "local reply of another status and text",
			manager: manager{json, `
- op: add
  path: /local_reply_config
  value:
    mappers:
    - filter: {status_code_filter: {comparison: {op: EQ, value: {default_value: 501, runtime_key: none}}}}
      status_code: 405
      body: {inline_string: "not here"}
`},
			want: rawhttp.Response{Status: 405, Header: map[string]string{
				"cache-control":          "no-store",
				"content-length":         "8",
				"content-type":           "text/plain",
				"server":                 "envoy",
				"x-content-type-options": "nosniff",
			}, Body: "not here"},
		},
		{
			name: "local reply in JSON",
			manager: manager{json, `
- {op: add, path: /local_reply_config, value: {body_format: {json_format: {text: "%LOCAL_REPLY_BODY%"}}}}
`},
			want: behaviour.Answer(`{"text":"` + strings.ReplaceAll(trace, `"`, `\"`) + "\"}\n"),
		},
		{
			name:    "compression",
			manager: manager{json, "- op: add\n  path: /http_filters/0" + compressor},
			want:    behaviour.Answer(trace, "content-encoding", "gzip", "content-length", "", "vary", "Accept-Encoding"),
		},
		{
			name:    "compression of a problem",
			manager: manager{`{"implemented_methods": ["GET"], "format": "problem"}`, "- op: add\n  path: /http_filters/0" + compressor},
			want:    behaviour.Answer(problem, "content-type", "application/problem+json"),
		},
		{
			name:    "compression after the plugin",
			manager: manager{json, "- op: add\n  path: /http_filters/1" + compressor},
			want:    behaviour.Answer(trace, "vary", "Accept-Encoding"),
		},
	}
	var managers []manager
	for _, tt := range tests {
		managers = append(managers, tt.manager)
	}
	_, addresses := serveManagers(t, upstreamAddress(t), managers...)
	for i, tt := range tests {
		rawhttp.OverEach(t, tt.name, func(t *testing.T, protocol rawhttp.Protocol) {
			got := protocol.Dial(t, addresses[i]).Do(rawhttp.Request{
				Method: "TRACE", Path: "/",
				Fields: []rawhttp.Field{{Name: "accept-encoding", Value: "gzip"}},
			})[0]
			if got.Header["content-encoding"] == "gzip" {
				got.Body = gunzip(t, got.Body)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %v\nwant %v", got, tt.want)
			}
		})
	}
}

func gunzip(t *testing.T, compressed string) string {
	t.Helper()
	reader, err := gzip.NewReader(strings.NewReader(compressed))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
