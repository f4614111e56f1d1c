// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"notimplemented/e2e/harness/rawhttp"
)

const websocketAndUploads = `{
	"implemented_methods": ["GET", "HEAD", "POST"],
	"unimplemented": [
		{"capability": "websocket", "header": "upgrade", "value": "websocket"},
		{"capability": "multipart upload", "query": "uploads"}
	]
}`

// Who answered stands in the access log: the details, and the filter by name.
func TestDetails(t *testing.T) {
	process, addresses := serve(t, websocketAndUploads)
	websocket := []rawhttp.Field{{Name: "connection", Value: "upgrade"}, {Name: "upgrade", Value: "websocket"}}
	connection := rawhttp.HTTP1.Dial(t, addresses[0]) // one, to have the log in order
	var want strings.Builder
	for _, tt := range []struct {
		request rawhttp.Request
		want    string
	}{
		{rawhttp.Request{Method: "TRACE", Path: "/"}, "/ 501 not_implemented_method[TRACE] notimplemented"},
		{rawhttp.Request{Method: strings.Repeat("M", 65), Path: "/"}, "/ 501 not_implemented_method[" + strings.Repeat("M", 64) + "...] notimplemented"},
		{rawhttp.Request{Method: "GET", Path: "/?uploads"}, "/?uploads 501 not_implemented_capability[multipart_upload] notimplemented"},
		{rawhttp.Request{Method: "GET", Path: "/"}, "/ 200 via_upstream -"},
		{rawhttp.Request{Method: "GET", Path: "/501"}, "/501 501 via_upstream -"},
		{rawhttp.Request{Method: "GET", Path: "/", Fields: websocket}, "/ 501 not_implemented_capability[websocket] notimplemented"},
	} {
		connection.Do(tt.request)
		fmt.Fprintln(&want, tt.want)
	}
	stop(t, process)
	if got := process.Stdout.String(); got != want.String() {
		t.Errorf("the access log is\n%swant\n%s", got, &want)
	}
}

var version = regexp.MustCompile(` notimplemented (\(devel\)|v\d\S*): `)

func TestLog(t *testing.T) {
	for _, tt := range []struct {
		name, configuration string
		info, warn, debug   []string
	}{
		{
			name:          "answers",
			configuration: websocketAndUploads,
			info:          []string{"notimplemented VERSION: answers 501 to every method but GET, HEAD, POST; to websocket, multipart upload"},
			debug:         []string{"501 not_implemented_capability[multipart_upload]", "501 not_implemented_method[TRACE]"},
		},
		{
			name:          "dry run",
			configuration: `{"implemented_methods": ["GET", "HEAD"], "dry_run": true}`,
			warn:          []string{"notimplemented VERSION: dry run: would answer 501 to every method but GET, HEAD"},
			debug:         []string{"dry run: 501 not_implemented_method[TRACE]"},
		},
		{
			name: "dry run of an entry",
			configuration: `{"unimplemented": [
				{"method": "TRACE"},
				{"capability": "multipart upload", "query": "uploads", "dry_run": true}
			]}`,
			warn:  []string{"notimplemented VERSION: answers 501 to TRACE; to multipart upload (dry run)"},
			debug: []string{"dry run: 501 not_implemented_capability[multipart_upload]", "501 not_implemented_method[TRACE]"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			process, addresses := serve(t, tt.configuration)
			for _, request := range []rawhttp.Request{
				{Method: "GET", Path: "/"}, // nothing is logged for a request that passes
				{Method: "GET", Path: "/?uploads"},
				{Method: "TRACE", Path: "/"},
			} {
				rawhttp.HTTP1.Dial(t, addresses[0]).Do(request)
			}
			stop(t, process)
			for _, level := range []struct {
				name string
				want []string
			}{{"error", nil}, {"warning", tt.warn}, {"info", tt.info}, {"debug", tt.debug}} {
				// Each VM logs the configuration, so once a thread.
				log := version.ReplaceAllString(process.Stderr.String(), " notimplemented VERSION: ")
				if got := slices.Compact(logged(log, level.name)); !slices.Equal(got, level.want) {
					t.Errorf("logged at %s %q, want %q", level.name, got, level.want)
				}
			}
		})
	}
}
