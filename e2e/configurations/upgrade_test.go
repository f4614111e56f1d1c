// SPDX-License-Identifier: Apache-2.0

package configurations

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/coder/websocket"
	"golang.org/x/net/http2"

	"notimplemented/e2e/wire"
)

const (
	connectRoute = `
- {op: add, path: /route_config/virtual_hosts/0/routes/0, value: {match: {connect_matcher: {}}, route: {cluster: upstream}}}
`
	connectUpgrade = `
- {op: add, path: /upgrade_configs/-, value: {upgrade_type: CONNECT}}
`
	extendedConnect = `
- {op: add, path: /http2_protocol_options, value: {allow_connect: true}}
`
)

func TestConnect(t *testing.T) {
	const (
		missing    = `{"implemented_methods": ["GET"]}`
		notMissing = `{"implemented_methods": ["GET", "CONNECT"]}`
		answer     = `501 {"error":"not_implemented","message":"This server does not implement the CONNECT method.","method":"CONNECT"}`
	)
	_, addresses := serveManagers(t, upstreamAddress(t),
		manager{missing, ""},
		manager{notMissing, ""},
		manager{missing, connectRoute},
		manager{missing, connectRoute + connectUpgrade},
		manager{notMissing, connectRoute + connectUpgrade},
	)
	wire.OverEach(t, "CONNECT", func(t *testing.T, protocol wire.Protocol) {
		var got []string
		for _, address := range addresses {
			got = append(got, outcome(t, protocol, address, wire.Request{Method: "CONNECT", Path: "example.test:443"}))
		}
		if want := []string{answer, "404 ", "403 ", answer, "passed"}; !slices.Equal(got, want) {
			t.Errorf("got %q\nwant %q", got, want)
		}
	})
}

// hello is a server behind Envoy that says so to each WebSocket.
func hello(t *testing.T) (address string) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connection, err := websocket.Accept(w, r, nil)
		if err != nil {
			return // it has answered by itself
		}
		defer connection.CloseNow()
		connection.Write(r.Context(), websocket.MessageText, []byte("hello"))
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

func TestUpgrade(t *testing.T) {
	const (
		missing    = `{"unimplemented": [{"capability": "websocket", "header": "upgrade", "value": "websocket"}]}`
		notMissing = `{"unimplemented": [{"capability": "tea", "header": "upgrade", "value": "tea"}]}`
		off        = "- {op: remove, path: /upgrade_configs}\n"
		answer     = `501 {"error":"not_implemented","message":"This server does not implement websocket.","capability":"websocket"}`
	)
	managers := []manager{
		{missing, extendedConnect},
		{notMissing, extendedConnect},
		{missing, extendedConnect + off},
		{notMissing, extendedConnect + off},
	}
	// Go's server takes a WebSocket over HTTP/1.1 only.
	process := run(t, patch(t, bootstrap(t, hello(t), managers...),
		"- {op: remove, path: /static_resources/clusters/0/typed_extension_protocol_options}"))
	want := []string{answer, "hello", "403 ", "403 "}
	for _, tt := range []struct {
		name    string
		outcome func(t *testing.T, address string) string
	}{{"Upgrade", dialWebSocket}, {"extended CONNECT", connectWebSocket}} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for i := range managers {
				got = append(got, tt.outcome(t, process.Address(fmt.Sprint(i))))
			}
			if !slices.Equal(got, want) {
				t.Errorf("got %q\nwant %q", got, want)
			}
		})
	}
}

// dialWebSocket returns the first message, or the response.
func dialWebSocket(t *testing.T, address string) string {
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

// connectWebSocket is dialWebSocket over HTTP/2: RFC 8441.
func connectWebSocket(t *testing.T, address string) string {
	transport := http2.Transport{
		AllowHTTP: true,
		DialTLSContext: func(ctx context.Context, network, address string, _ *tls.Config) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
	}
	defer transport.CloseIdleConnections()
	body, end := io.Pipe()
	defer end.Close()
	request, err := http.NewRequestWithContext(t.Context(), "CONNECT", "http://"+address+"/", body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = http.Header{
		":protocol":             {"websocket"},
		"Sec-Websocket-Version": {"13"},
		"Sec-Websocket-Key":     {"dGhlIHNhbXBsZSBub25jZQ=="},
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK {
		frame := make([]byte, len("..hello")) // after the opcode and the length: RFC 6455, section 5.2
		if _, err := io.ReadFull(response.Body, frame); err != nil {
			t.Fatal(err)
		}
		return string(frame[2:])
	}
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(response.StatusCode, " ", string(text))
}
