// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"notimplemented/e2e/harness/behaviour"
	"notimplemented/e2e/harness/envoy"
	"notimplemented/e2e/harness/rawhttp"
)

// serveHTTP3 is serveManagers over QUIC.
func serveHTTP3(t *testing.T, managers ...manager) (process *envoy.Process, addresses []string) {
	t.Helper()
	for i := range managers {
		managers[i].patch += "- {op: add, path: /codec_type, value: HTTP3}\n"
	}
	socket := quicSocket(t)
	operations := "- {op: add, path: /static_resources/clusters/0/circuit_breakers, value: {thresholds: [{max_requests: 4096}]}}"
	for i := range managers {
		listener := fmt.Sprintf("/static_resources/listeners/%d/", i)
		operations += `
- {op: add, path: ` + listener + `address/socket_address/protocol, value: UDP}
- {op: add, path: ` + listener + `udp_listener_config, value: {quic_options: {quic_protocol_options: {max_concurrent_streams: 2000}}}}
- {op: add, path: ` + listener + `filter_chains/0/transport_socket, value: ` + socket + `}
`
	}
	process = envoy.Run(t, patch(t, bootstrap(t, upstreamAddress(t), managers...), operations))
	for i := range managers {
		addresses = append(addresses, process.Address(fmt.Sprint(i)))
	}
	return process, addresses
}

// tlsContext is Envoy's CommonTlsContext with a certificate.
func tlsContext(chain, key string) map[string]any {
	return map[string]any{"tls_certificates": []any{map[string]any{
		"certificate_chain": map[string]string{"inline_string": chain}, "private_key": map[string]string{"inline_string": key},
	}}}
}

// quicSocket is the transport socket of QUIC, with a certificate of its own.
func quicSocket(t *testing.T) string {
	t.Helper()
	socket, err := json.Marshal(map[string]any{
		"name": "envoy.transport_sockets.quic",
		"typed_config": map[string]any{
			"@type":                  "type.googleapis.com/envoy.extensions.transport_sockets.quic.v3.QuicDownstreamTransport",
			"downstream_tls_context": map[string]any{"common_tls_context": tlsContext(envoy.Certificate(t, "example.test"))},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(socket)
}

// shop is what most tests here configure.
const shop = `{
	"implemented_methods": ["GET", "HEAD", "POST", "PUT", "OPTIONS"],
	"unimplemented": [
		{"method": "PATCH", "alternatives": ["PUT"]},
		{"capability": "uploads", "query": "uploads"},
		{"capability": "websocket", "header": "upgrade", "value": "websocket"}
	]
}`

// notImplemented is the answer to a request, as rawhttp writes it.
func notImplemented(body string) string { return behaviour.Answer(body).String() }

func TestHTTP3(t *testing.T) {
	_, addresses := serveHTTP3(t, manager{configuration: shop})
	const (
		patch   = `{"error":"not_implemented","message":"This server does not implement the PATCH method.","method":"PATCH","alternatives":["PUT"]}`
		uploads = `{"error":"not_implemented","message":"This server does not implement uploads.","capability":"uploads"}`
	)
	method := func(method string) string {
		return `{"error":"not_implemented","message":"This server does not implement the ` + method + ` method.","method":"` + method + `"}`
	}
	checksum := []rawhttp.Field{{Name: "x-checksum", Value: "1"}}
	for _, tt := range []struct {
		name    string
		request rawhttp.Request
		want    string
	}{
		{"registered method", rawhttp.Request{Method: "TRACE", Path: "/"}, notImplemented(method("TRACE"))},
		{"unknown method", rawhttp.Request{Method: "BREW", Path: "/"}, notImplemented(method("BREW"))},
		{"CONNECT", rawhttp.Request{Method: "CONNECT", Path: "example.test:443"}, notImplemented(method("CONNECT"))},
		{"query", rawhttp.Request{Method: "GET", Path: "/?a=b&upl%6Fads"}, notImplemented(uploads)},
		{"HEAD", rawhttp.Request{Method: "HEAD", Path: "/?uploads"}, strings.TrimSuffix(notImplemented(uploads), uploads)},
		{"body", rawhttp.Request{Method: "PATCH", Path: "/", Body: "[]"}, notImplemented(patch)},
		{"trailers", rawhttp.Request{Method: "PATCH", Path: "/", Body: "[]", Trailers: checksum}, notImplemented(patch)},
		{"half a body", rawhttp.Request{Method: "PATCH", Path: "/", Body: "[", Unfinished: true}, notImplemented(patch)},
		{"body held back", rawhttp.Request{Method: "PATCH", Path: "/", Unfinished: true, Fields: []rawhttp.Field{
			{Name: "expect", Value: "100-continue"},
		}}, "100\n" + notImplemented(patch)},
		{"gRPC", rawhttp.Request{Method: "POST", Path: "/shop.Orders/Place?uploads", Fields: []rawhttp.Field{
			{Name: "content-type", Value: "application/grpc"},
		}}, rawhttp.Response{Status: 200, Header: map[string]string{
			"cache-control": "no-store",
			"content-type":  "application/grpc",
			"grpc-message":  "This server does not implement uploads.",
			"grpc-status":   "12",
			"server":        "envoy",
		}}.String()},
		{"the server's own", rawhttp.Request{Method: "PUT", Path: "/501"}, rawhttp.Response{Status: 501, Header: map[string]string{
			"content-length": "23",
			"content-type":   "text/plain",
			"retry-after":    "120",
			"server":         "envoy",
		}, Body: "the server's own words\n"}.String()},
		{"OPTIONS *", rawhttp.Request{Method: "OPTIONS", Path: "*"}, "404\nserver: envoy\n\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := rawhttp.HTTP3.Dial(t, addresses[0]).Do(tt.request)[0].String(); got != tt.want {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
		})
	}
	for _, request := range []rawhttp.Request{
		{Method: "GET", Path: "/a?b=c"},
		{Method: "GET", Path: "/", Body: "tea"},
		{Method: "HEAD", Path: "/"},
		{Method: "PUT", Path: "/", Body: "tea", Trailers: checksum},
		{Method: "OPTIONS", Path: "/"},
	} {
		t.Run(fmt.Sprintf("%s %s %s passes", request.Method, request.Path, request.Body), func(t *testing.T) {
			if got := outcome(t, rawhttp.HTTP3, addresses[0], request); got != "passed" {
				t.Errorf("got %s", got)
			}
		})
	}
}

// orders are requests to a server with the configuration of shop, and the
// statuses that come back.
func orders(n int) (requests []rawhttp.Request, statuses []int) {
	for i := range n {
		switch i % 4 {
		case 0:
			requests, statuses = append(requests, rawhttp.Request{Method: "GET", Path: "/"}), append(statuses, 200)
		case 1:
			requests, statuses = append(requests, rawhttp.Request{Method: "TRACE", Path: "/"}), append(statuses, 501)
		case 2:
			requests, statuses = append(requests, rawhttp.Request{Method: "PUT", Path: "/", Body: "tea"}), append(statuses, 200)
		case 3:
			requests, statuses = append(requests, rawhttp.Request{Method: "POST", Path: "/?uploads", Body: "tea"}), append(statuses, 501)
		}
	}
	return requests, statuses
}

// serves sends the requests at once and compares what comes back.
func serves(t *testing.T, connection rawhttp.Conn, requests []rawhttp.Request, want []int) {
	t.Helper()
	var got []int
	for _, response := range connection.Do(requests...) {
		got = append(got, response.Status)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

// Beside a thousand streams that stay open on the same connection.
func TestHTTP3ThousandStreams(t *testing.T) {
	const streams = 1000
	process, addresses := serveHTTP3(t, manager{configuration: shop})
	connection := rawhttp.HTTP3.Dial(t, addresses[0])
	var wait sync.WaitGroup
	for range streams {
		wait.Go(func() { connection.Try(rawhttp.Request{Method: "PUT", Path: "/", Body: "te", Unfinished: true}) })
	}
	if err := process.AwaitStat("http.all.downstream_rq_active", streams); err != nil {
		t.Fatal(err)
	}
	requests, statuses := orders(streams)
	serves(t, connection, requests, statuses)
	connection.Close()
	wait.Wait()
	if err := process.AwaitStat("http.all.downstream_rq_active", 0); err != nil {
		t.Fatal(err)
	}
	serves(t, rawhttp.HTTP3.Dial(t, addresses[0]), requests[:8], statuses[:8])
}

// Each connection with requests that the server waits for, and others that are
// answered before their end.
func TestHTTP3ConnectionCut(t *testing.T) {
	const connections, streams = 20, 20
	process, addresses := serveHTTP3(t, manager{configuration: shop})
	for range connections {
		connection := rawhttp.HTTP3.Dial(t, addresses[0])
		var wait sync.WaitGroup
		for range streams {
			wait.Go(func() { connection.Try(rawhttp.Request{Method: "PUT", Path: "/", Body: "te", Unfinished: true}) })
			if got := connection.Do(rawhttp.Request{Method: "PATCH", Path: "/", Body: "[", Unfinished: true})[0].Status; got != 501 {
				t.Errorf("PATCH: got %d, want 501", got)
			}
		}
		if err := process.AwaitStat("http.all.downstream_rq_active", streams); err != nil {
			t.Fatal(err)
		}
		connection.Close()
		wait.Wait()
		if err := process.AwaitStat("http.all.downstream_rq_active", 0); err != nil {
			t.Fatal(err)
		}
	}
	requests, statuses := orders(100)
	serves(t, rawhttp.HTTP3.Dial(t, addresses[0]), requests, statuses)
	const counter = "wasmcustom.wasm_filter.notimplemented.component.method.tag.PATCH;.not_implemented_total"
	if err := process.AwaitStat(counter, connections*streams); err != nil {
		t.Error(err)
	}
}

func TestHTTP3ExtendedConnect(t *testing.T) {
	const (
		allow = "- {op: add, path: /http3_protocol_options, value: {allow_extended_connect: true}}\n"
		off   = "- {op: remove, path: /upgrade_configs}\n"
	)
	_, addresses := serveHTTP3(t, manager{shop, allow}, manager{shop, allow + off})
	compare(t, rawhttp.HTTP3, addresses, extendedConnect, missingWebSocket, "403 ")
}
