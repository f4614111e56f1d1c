// SPDX-License-Identifier: Apache-2.0

// Package behaviour has what becomes of requests that a host, too, has a say in.
// docs/behaviour.md has it in words.
package behaviour

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"notimplemented/e2e/harness/rawhttp"
	"notimplemented/e2e/harness/upstream"
)

// What a host does with a request, if not its own status.
const (
	passes  = "passes"            // to the server
	missing = "501 of the plugin" // or its status 12 of gRPC
	nothing = "no response"       // but the end of the connection or the stream
)

// Host is a host that is configured as in deploy/.
type Host int

// Envoy is one without a control plane.
const (
	Envoy Host = iota
	Istio
	EnvoyGateway
)

// Entries are what the plugin must have in "unimplemented" for this, beside what
// deploy/ gives it. They are YAML as well as JSON.
const Entries = `{"capability": "upgrade", "header": "upgrade"}, {"capability": "expectations", "header": "expect", "method": "PUT"}, {"capability": "uploads", "query": "uploads"}`

var (
	http1 = []rawhttp.Protocol{rawhttp.HTTP1}
	http2 = []rawhttp.Protocol{rawhttp.HTTP2}
	both  = []rawhttp.Protocol{rawhttp.HTTP1, rawhttp.HTTP2}
)

var cases = []struct {
	name      string
	protocols []rawhttp.Protocol
	request   rawhttp.Request
	want      []string // of each Host
}{
	{"GET with a body", both, rawhttp.Request{Method: "GET", Path: "/", Body: "tea"}, everywhere(passes)},
	{"half a body", both, rawhttp.Request{Method: "PATCH", Path: "/", Body: "[", Unfinished: true}, everywhere(missing)},
	{"the server's own 405", both, rawhttp.Request{Method: "PUT", Path: "/405"}, everywhere(passes)},
	{"the server's own 501", both, rawhttp.Request{Method: "PUT", Path: "/501"}, everywhere(passes)},
	{"gRPC", both, rawhttp.Request{Method: "POST", Path: "/shop.Orders/Place?uploads", Fields: fields("content-type", "application/grpc")}, everywhere(missing)},
	{"QUERY", both, rawhttp.Request{Method: "QUERY", Path: "/", Fields: fields("content-type", "text/plain")}, everywhere(missing)},
	{"QUERY without a content type", both, rawhttp.Request{Method: "QUERY", Path: "/"}, everywhere("400")},
	{"lower case", both, rawhttp.Request{Method: "get", Path: "/"}, everywhere(missing)},
	{"CONNECT", both, rawhttp.Request{Method: "CONNECT", Path: "example.test:443"}, []string{missing, missing, "404"}},
	{"OPTIONS *", both, rawhttp.Request{Method: "OPTIONS", Path: "*"}, everywhere("404")},
	{"Upgrade: websocket", http1, upgrade("websocket"), []string{"403", missing, missing}},
	{"Upgrade: irc", http1, upgrade("irc"), everywhere("403")},
	{"Upgrade: h2c", http1, upgrade("h2c"), everywhere(passes)},
	{"Upgrade: TLS/1.2", http1, upgrade("TLS/1.2"), everywhere("403")},
	{"extended CONNECT", http2, rawhttp.Request{Method: "CONNECT", Path: "/", Protocol: "websocket", Unfinished: true}, everywhere(nothing)},
	{"Expect: 100-continue, missing", both, rawhttp.Request{Method: "PATCH", Path: "/", Unfinished: true, Fields: fields("expect", "100-continue")}, everywhere(missing)},
	{"Expect: 100-continue, by an entry", both, rawhttp.Request{Method: "PUT", Path: "/", Body: "tea", Fields: fields("expect", "100-continue")}, everywhere(missing)},
	{"unknown transfer coding", http1, rawhttp.Request{Method: "PUT", Path: "/", Fields: fields("transfer-encoding", "gzip")}, everywhere("501")},
	{"HTTP/1.0", []rawhttp.Protocol{rawhttp.HTTP10}, rawhttp.Request{Method: "TRACE", Path: "/", Fields: fields("host", "example.test")}, everywhere("426")},
	{"field with an underscore", http1, rawhttp.Request{Method: "TRACE", Path: "/", Fields: fields("x_y", "1")}, []string{missing, missing, "400"}},
	{"field with an underscore", http2, rawhttp.Request{Method: "TRACE", Path: "/", Fields: fields("x_y", "1")}, []string{missing, missing, nothing}},
	{"encoded slash", both, rawhttp.Request{Method: "TRACE", Path: "/a%2Fb"}, []string{missing, missing, "307"}},
}

// paths are what the plugin and the server see of a path: a host may change it, or
// answer with a status of its own.
var paths = []struct {
	sent string
	want []string // of each Host
}{
	{"/a/./b/../c", []string{"/a/./b/../c", "/a/c", "/a/c"}},
	{"/a/%2E%2e/c", []string{"/a/%2E%2e/c", "/c", "/c"}},
	{"/a/..;/c", []string{"/a/..;/c", "/c", "/c"}},
	{"/a//b", []string{"/a//b", "/a//b", "/a/b"}},
	{"/%41/%7Eb", []string{"/%41/%7Eb", "/A/~b", "/A/~b"}},
	{"/%24batch", everywhere("/%24batch")},
	{"/a%2Fb", []string{"/a%2Fb", "/a%2Fb", "307"}},
	{`/a\b`, []string{`/a\b`, "/a/b", "/a/b"}},
	{"/a?b=/../c", everywhere("/a?b=/../c")},
}

func everywhere(want string) []string { return []string{want, want, want} }

func fields(pairs ...string) (fields []rawhttp.Field) {
	for i := 0; i < len(pairs); i += 2 {
		fields = append(fields, rawhttp.Field{Name: pairs[i], Value: pairs[i+1]})
	}
	return fields
}

func upgrade(protocol string) rawhttp.Request {
	return rawhttp.Request{Method: "GET", Path: "/", Fields: fields("connection", "upgrade", "upgrade", protocol)}
}

// Compare asks the host at the address, without TLS.
func Compare(t *testing.T, host Host, address string) {
	for _, tt := range cases {
		for _, protocol := range tt.protocols {
			t.Run(tt.name+" over "+protocol.Name, func(t *testing.T) {
				response, err := protocol.Dial(t, address).Try(tt.request)
				if got := outcome(response, err); got != tt.want[host] {
					t.Errorf("%s, want %s\n%v, %v", got, tt.want[host], response, err)
				}
			})
		}
	}
	for _, tt := range paths {
		rawhttp.OverEach(t, tt.sent, func(t *testing.T, protocol rawhttp.Protocol) {
			response := protocol.Dial(t, address).Do(rawhttp.Request{Method: "GET", Path: tt.sent})[0]
			if got := target(t, response); got != tt.want[host] {
				t.Errorf("got %s, want %s", got, tt.want[host])
			}
		})
	}
}

// target is what the server received, or the status of the host.
func target(t *testing.T, response rawhttp.Response) string {
	t.Helper()
	if response.Status != 200 {
		return strconv.Itoa(response.Status)
	}
	var received upstream.Request
	if err := json.Unmarshal([]byte(response.Body), &received); err != nil {
		t.Fatalf("%v\n%v", err, response)
	}
	return received.Target
}

func outcome(response rawhttp.Response, err error) (outcome string) {
	if err != nil {
		return nothing
	}
	for _, status := range response.Interim {
		outcome += strconv.Itoa(status) + ", "
	}
	switch {
	case response.Header["x-content-type-options"] == "nosniff", response.Header["grpc-status"] == "12":
		return outcome + missing
	case strings.Contains(response.Body, `"target":`), response.Header["retry-after"] != "", response.Header["allow"] != "":
		return outcome + passes
	}
	return outcome + strconv.Itoa(response.Status)
}
