// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/coder/websocket"

	"notimplemented/e2e/harness/envoy"
	"notimplemented/e2e/harness/rawhttp"
)

func TestConnect(t *testing.T) {
	const (
		route      = "- {op: add, path: /route_config/virtual_hosts/0/routes/0, value: {match: {connect_matcher: {}}, route: {cluster: upstream}}}\n"
		upgrade    = "- {op: add, path: /upgrade_configs/-, value: {upgrade_type: CONNECT}}\n"
		missing    = `{"implemented_methods": ["GET"]}`
		notMissing = `{"implemented_methods": ["GET", "CONNECT"]}`
		answer     = `501 {"error":"not_implemented","message":"This server does not implement the CONNECT method.","method":"CONNECT"}`
	)
	_, addresses := serveManagers(t, upstreamAddress(t),
		manager{missing, ""},
		manager{notMissing, ""},
		manager{missing, route},
		manager{missing, route + upgrade},
		manager{notMissing, route + upgrade},
	)
	rawhttp.OverEach(t, "CONNECT", func(t *testing.T, protocol rawhttp.Protocol) {
		compare(t, protocol, addresses, rawhttp.Request{Method: "CONNECT", Path: "example.test:443"}, answer, "404 ", "403 ", answer, "passed")
	})
}

// protocols starts an Envoy whose listeners differ in what is missing, and in
// whether Envoy itself would upgrade to it.
func protocols(t *testing.T, upstream string) (addresses []string) {
	t.Helper()
	const (
		websocket = `{"unimplemented": [{"capability": "websocket", "header": "upgrade", "value": "websocket"}]}`
		tea       = `{"unimplemented": [{"capability": "tea", "header": "upgrade", "value": "tea"}]}`
		connect   = "- {op: add, path: /http2_protocol_options, value: {allow_connect: true}}\n"
		off       = "- {op: remove, path: /upgrade_configs}\n"
	)
	managers := []manager{{websocket, connect}, {tea, connect}, {websocket, connect + off}, {tea, connect + off}}
	// Go's server takes a WebSocket over HTTP/1.1 only.
	process := envoy.Run(t, patch(t, bootstrap(t, upstream, managers...),
		"- {op: remove, path: /static_resources/clusters/0/typed_extension_protocol_options}"))
	for i := range managers {
		addresses = append(addresses, process.Address(fmt.Sprint(i)))
	}
	return addresses
}

const missingWebSocket = `501 {"error":"not_implemented","message":"This server does not implement websocket.","capability":"websocket"}`

func TestUpgrade(t *testing.T) {
	// The server behind says hello to each WebSocket.
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connection, err := websocket.Accept(w, r, nil)
		if err != nil {
			return // it has answered by itself
		}
		defer connection.CloseNow()
		connection.Write(r.Context(), websocket.MessageText, []byte("hello"))
	}))
	defer server.Close()
	var got []string
	for _, address := range protocols(t, server.Listener.Addr().String()) {
		got = append(got, dialWebSocket(t, address))
	}
	if want := []string{missingWebSocket, "hello", "403 ", "403 "}; !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// dialWebSocket returns the first message, or the response.
func dialWebSocket(t *testing.T, address string) string {
	t.Helper()
	connection, response, err := websocket.Dial(t.Context(), "ws://"+address, nil)
	if err == nil {
		defer connection.CloseNow()
		_, message, err := connection.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return string(message)
	}
	if response == nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(response.StatusCode, " ", string(body))
}

var extendedConnect = rawhttp.Request{
	Method: "CONNECT", Path: "/", Protocol: "websocket", Unfinished: true,
	Fields: []rawhttp.Field{{Name: "sec-websocket-version", Value: "13"}},
}

func TestExtendedConnect(t *testing.T) {
	compare(t, rawhttp.HTTP2, protocols(t, upstreamAddress(t)), extendedConnect, missingWebSocket, "passed", "403 ", "403 ")
}

// Envoy closes the connection, whatever it is configured to upgrade to.
func TestExtendedConnectOnADefaultListener(t *testing.T) {
	_, addresses := serve(t, shop)
	_, quic := serveHTTP3(t, manager{configuration: shop})
	for _, connection := range []rawhttp.Conn{rawhttp.HTTP2.Dial(t, addresses[0]), rawhttp.HTTP3.Dial(t, quic[0])} {
		for _, request := range []rawhttp.Request{extendedConnect, {Method: "GET", Path: "/"}} {
			if got, err := connection.Try(request); err == nil {
				t.Errorf("%s: got %v, want no response", request.Method, got)
			}
		}
	}
}

// What Envoy drops never comes to the plugin; neither does an upgrade with filters
// of its own.
func TestUpgradeThatThePluginIsNotAsked(t *testing.T) {
	const (
		configuration = `{"unimplemented": [{"capability": "upgrade", "header": "upgrade"}]}`
		ignore        = "- {op: add, path: /http_protocol_options/ignore_http_11_upgrade, value: [{prefix: TLS/}]}\n"
		filters       = `
- op: add
  path: /upgrade_configs/0/filters
  value:
  - name: envoy.filters.http.router
    typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
`
		answer = `501 {"error":"not_implemented","message":"This server does not implement upgrade.","capability":"upgrade"}`
	)
	_, addresses := serveManagers(t, upstreamAddress(t),
		manager{configuration, ""}, manager{configuration, ignore}, manager{configuration, filters})
	for _, tt := range []struct {
		protocol string
		want     []string
	}{
		{"h2c", []string{"passed", "passed", "passed"}},
		{"TLS/1.2", []string{"403 ", "passed", "403 "}},
		{"websocket", []string{answer, answer, "passed"}},
	} {
		t.Run(tt.protocol, func(t *testing.T) {
			compare(t, rawhttp.HTTP1, addresses, rawhttp.Request{Method: "GET", Path: "/", Fields: []rawhttp.Field{
				{Name: "connection", Value: "upgrade, http2-settings"},
				{Name: "upgrade", Value: tt.protocol},
				{Name: "http2-settings", Value: "AAMAAABkAAQCAAAAAAIAAAAA"},
			}}, tt.want...)
		})
	}
}
