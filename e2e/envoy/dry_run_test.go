// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"cmp"
	"fmt"
	"strings"
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
			compare(t, protocol, addresses, tt.request, tt.want...)
		})
	}
}

// The access log shows what the first dry run would have answered, and whether
// something else was.
func TestDryRunInAccessLog(t *testing.T) {
	const loggers = `
- op: replace
  path: /access_log
  value:
  - name: envoy.access_loggers.stdout
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog
      log_format:
        text_format_source: {inline_string: "%REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE_DETAILS% %FILTER_STATE(wasm.not_implemented_dry_run:PLAIN)%\n"}
  - name: envoy.access_loggers.stdout
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog
      log_format:
        json_format: {dry_run: "%FILTER_STATE(wasm.not_implemented_dry_run:PLAIN)%"}
`
	rawhttp.OverEach(t, "log", func(t *testing.T, protocol rawhttp.Protocol) {
		process, addresses := serveManagers(t, upstreamAddress(t), manager{`{
			"unimplemented": [
				{"capability": "object tagging", "query": "tagging", "dry_run": true},
				{"capability": "uploads", "query": "uploads"},
				{"method": "PATCH", "dry_run": true}
			],
			"servers": [{"hosts": ["dry.test"], "implemented_methods": ["GET"], "dry_run": true}]
		}`, loggers})
		connection := protocol.Dial(t, addresses[0]) // one, to have the log in order
		var want strings.Builder
		for _, tt := range []struct {
			request      rawhttp.Request
			details, dry string
		}{
			{rawhttp.Request{Method: "GET", Path: "/?tagging"}, "via_upstream", "not_implemented_capability[object_tagging]"},
			{rawhttp.Request{Method: "GET", Path: "/"}, "via_upstream", ""},
			{rawhttp.Request{Method: "PATCH", Path: "/?tagging"}, "via_upstream", "not_implemented_method[PATCH]"},
			{rawhttp.Request{Method: "GET", Path: "/?tagging&uploads"}, "not_implemented_capability[uploads]", "not_implemented_capability[object_tagging]"},
			{rawhttp.Request{Method: "GET", Path: "/?uploads"}, "not_implemented_capability[uploads]", ""},
			{rawhttp.Request{Method: "BREW", Path: "/", Host: "dry.test"}, "via_upstream", "not_implemented_method[BREW]"},
			{rawhttp.Request{Method: "BREW", Path: "/"}, "via_upstream", ""},
		} {
			connection.Do(tt.request)
			fmt.Fprintf(&want, "%s %s %s %s\n", tt.request.Method, tt.request.Path, tt.details, cmp.Or(tt.dry, "-"))
			if tt.dry == "" {
				want.WriteString(`{"dry_run":null}` + "\n")
			} else {
				fmt.Fprintf(&want, `{"dry_run":"%s"}`+"\n", tt.dry)
			}
		}
		stop(t, process)
		if got := process.Stdout.String(); got != want.String() {
			t.Errorf("the access log is\n%swant\n%s", got, &want)
		}
	})
}
