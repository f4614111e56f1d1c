// SPDX-License-Identifier: Apache-2.0

package configurations

import (
	"crypto/rand"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"notimplemented/e2e/envoy"
	"notimplemented/e2e/upstream"
	"notimplemented/e2e/wire"
)

// outcome is the response in a line: "passed", or status and body.
func outcome(t *testing.T, protocol wire.Protocol, address string, request wire.Request) string {
	t.Helper()
	id := rand.Text()
	request.Fields = append([]wire.Field{{Name: upstream.ID, Value: id}}, request.Fields...)
	response := protocol.Dial(t, address).Do(request)[0]
	received, err := upstream.Received(upstreamAddress(t), id)
	switch {
	case err != nil:
		t.Fatal(err)
	case response.Status == 200 && len(received) == 1:
		return "passed"
	case len(received) > 0:
		t.Errorf("the upstream server received %v, want nothing", received)
	}
	return fmt.Sprintf("%d %s", response.Status, response.Body)
}

func TestRefusedConfigurationStopsEnvoy(t *testing.T) {
	for _, tt := range []struct {
		name, configuration string
		want                string
	}{
		{"none", "", `no configuration, want "implemented_methods" or "unimplemented"`},
		{"syntax", `{"implemented_methods": ["GET",]}`, `syntax error at offset 30: invalid character ',' at start of value`},
		{"too long", strings.Repeat(" ", 70000), `configuration is 70000 bytes, want at most 64 KiB`},
		{"every mistake", `{
			"implemented_methods": ["GET", "HEAD", "GE T", "post"],
			"unimplemented": [
				{"methd": "PATCH"},
				{"method": "GET"},
				{"capability": "websocket", "value": "websocket"}
			],
			"format": "xml"
		}`, strings.Join([]string{
			`/implemented_methods/2: "GE T" is not a method token, want one like "GET"`,
			`/implemented_methods/3: "post" is not POST, methods are case-sensitive, want "POST"`,
			`/unimplemented/0/methd: unknown key, want "method"`,
			`/unimplemented/1/method: "GET" is always implemented, want another method, or "header" or "query" beside it`,
			`/unimplemented/2/value: needs "header", want both or neither`,
			`/format: "xml" is unknown, want "json" or "problem"`,
		}, "\n")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			process, err := envoy.Start(bootstrap(t, upstreamAddress(t), manager{configuration: tt.configuration}))
			refused, ok := errors.AsType[*envoy.Refused](err)
			if !ok {
				if err == nil {
					err = process.Stop()
				}
				t.Fatalf("Envoy started: %v", err)
			}
			got, want := logged(refused.Stderr, "critical"), []string{"configuration refused: " + tt.want}
			if !slices.Equal(got, want) {
				t.Errorf("logged\n%q, want\n%q", got, want)
			}
		})
	}
}

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
		wire.OverEach(t, tt.method, func(t *testing.T, protocol wire.Protocol) {
			got := protocol.Dial(t, addresses[0]).Do(wire.Request{Method: tt.method, Path: tt.path})[0]
			want := wire.Response{
				Status: 501,
				Header: map[string]string{
					"cache-control":          "no-store",
					"content-length":         fmt.Sprint(len(tt.body)),
					"content-type":           "application/problem+json",
					"server":                 "envoy",
					"x-content-type-options": "nosniff",
				},
				Body: tt.body,
			}
			if tt.method == "HEAD" {
				want.Body = ""
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got %v\nwant %v", got, want)
			}
		})
	}
}

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
		{"one line", []string{"respond-async"}, []string{async, preferences}},
		{"first of several lines", []string{"Respond-Async", "wait=10"}, []string{async, preferences}},
		{"last of several lines", []string{"", "wait=10", "return=minimal, respond-async"}, []string{async, preferences}},
		{"parts of other members", []string{"respond-asynchronously", "no-respond-async"}, []string{"passed", preferences}},
		{"empty line", []string{""}, []string{"passed", preferences}},
		{"no line", nil, []string{"passed", "passed"}},
	} {
		wire.OverEach(t, tt.name, func(t *testing.T, protocol wire.Protocol) {
			request := wire.Request{Method: "PUT", Path: "/"}
			for _, line := range tt.lines {
				request.Fields = append(request.Fields, wire.Field{Name: "prefer", Value: line})
			}
			var got []string
			for _, address := range addresses {
				got = append(got, outcome(t, protocol, address, request))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q\nwant %q", got, tt.want)
			}
		})
	}
}

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
	websocket := []wire.Field{{Name: "connection", Value: "upgrade"}, {Name: "upgrade", Value: "websocket"}}
	connection := wire.HTTP1.Dial(t, addresses[0]) // one, to have the log in order
	var want strings.Builder
	for _, tt := range []struct {
		request wire.Request
		want    string
	}{
		{wire.Request{Method: "TRACE", Path: "/"}, "/ 501 not_implemented_method[TRACE] notimplemented"},
		{wire.Request{Method: strings.Repeat("M", 65), Path: "/"}, "/ 501 not_implemented_method[" + strings.Repeat("M", 64) + "...] notimplemented"},
		{wire.Request{Method: "GET", Path: "/?uploads"}, "/?uploads 501 not_implemented_capability[multipart_upload] notimplemented"},
		{wire.Request{Method: "GET", Path: "/"}, "/ 200 via_upstream -"},
		{wire.Request{Method: "GET", Path: "/501"}, "/501 501 via_upstream -"},
		{wire.Request{Method: "GET", Path: "/", Fields: websocket}, "/ 501 not_implemented_capability[websocket] notimplemented"},
	} {
		connection.Do(tt.request)
		fmt.Fprintln(&want, tt.want)
	}
	stop(t, process)
	if got := process.Stdout.String(); got != want.String() {
		t.Errorf("the access log is\n%swant\n%s", got, &want)
	}
}

func TestLog(t *testing.T) {
	for _, tt := range []struct {
		name, configuration string
		info, warn, debug   []string
	}{
		{
			name:          "answers",
			configuration: websocketAndUploads,
			info:          []string{"answers 501 to every method but GET, HEAD, POST; to websocket, multipart upload"},
			debug:         []string{"501 not_implemented_capability[multipart_upload]", "501 not_implemented_method[TRACE]"},
		},
		{
			name:          "dry run",
			configuration: `{"implemented_methods": ["GET", "HEAD"], "dry_run": true}`,
			warn:          []string{"dry run: would answer 501 to every method but GET, HEAD"},
			debug:         []string{"dry run: 501 not_implemented_method[TRACE]"},
		},
		{
			name: "dry run of an entry",
			configuration: `{"unimplemented": [
				{"method": "TRACE"},
				{"capability": "multipart upload", "query": "uploads", "dry_run": true}
			]}`,
			warn:  []string{"answers 501 to TRACE; to multipart upload (dry run)"},
			debug: []string{"dry run: 501 not_implemented_capability[multipart_upload]", "501 not_implemented_method[TRACE]"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			process, addresses := serve(t, tt.configuration)
			for _, request := range []wire.Request{
				{Method: "GET", Path: "/"}, // nothing is logged for a request that passes
				{Method: "GET", Path: "/?uploads"},
				{Method: "TRACE", Path: "/"},
			} {
				wire.HTTP1.Dial(t, addresses[0]).Do(request)
			}
			stop(t, process)
			for _, level := range []struct {
				name string
				want []string
			}{{"error", nil}, {"warning", tt.warn}, {"info", tt.info}, {"debug", tt.debug}} {
				// Each VM logs the configuration, so once a thread.
				if got := slices.Compact(logged(process.Stderr.String(), level.name)); !slices.Equal(got, level.want) {
					t.Errorf("logged at %s %q, want %q", level.name, got, level.want)
				}
			}
		})
	}
}

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
