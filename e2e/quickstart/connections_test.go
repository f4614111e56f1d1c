// SPDX-License-Identifier: Apache-2.0

package quickstart

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/coder/websocket"

	"notimplemented/e2e/harness/behaviour"
	"notimplemented/e2e/harness/rawhttp"
)

func TestMissingBeforeTheEndOfTheRequest(t *testing.T) {
	connect(t)
	for _, tt := range []struct {
		name    string
		request rawhttp.Request
		want    rawhttp.Response
	}{
		{"body", rawhttp.Request{Method: "PATCH", Path: "/", Body: "[]"}, missingMethod("PATCH", `["PUT"]`)},
		{"half a body", rawhttp.Request{Method: "PATCH", Path: "/", Body: "[", Unfinished: true}, missingMethod("PATCH", `["PUT"]`)},
		{"body held back", rawhttp.Request{
			Method: "PATCH", Path: "/", Unfinished: true,
			Fields: []rawhttp.Field{{Name: "expect", Value: "100-continue"}},
		}, missingMethod("PATCH", `["PUT"]`)},
		{"trailers", rawhttp.Request{
			Method: "PATCH", Path: "/", Body: "[]", Trailers: []rawhttp.Field{{Name: "x-checksum", Value: "1"}},
		}, missingMethod("PATCH", `["PUT"]`)},
		{"no path", rawhttp.Request{Method: "CONNECT", Path: "example.test:443"}, missingMethod("CONNECT", "")},
	} {
		rawhttp.OverEach(t, tt.name, func(t *testing.T, protocol rawhttp.Protocol) {
			if protocol.Name == rawhttp.HTTP1.Name {
				tt.want.Header["connection"] = "close"
			} else {
				delete(tt.want.Header, "connection")
			}
			missing(t, protocol, tt.request, tt.want)
		})
	}
}

func TestPassesAfterContinue(t *testing.T) {
	connect(t)
	rawhttp.OverEach(t, "expect", func(t *testing.T, protocol rawhttp.Protocol) {
		request := rawhttp.Request{
			Method: "POST", Path: "/", Body: "tea",
			Fields: []rawhttp.Field{{Name: "expect", Value: "100-continue"}},
		}
		got, received := exchange(t, protocol, request)
		if len(received) != 1 || received[0].Body != "tea" {
			t.Fatalf("the upstream server received %v, want one request with the body\n%v", received, got)
		}
		want := echo(t, request.Method, received[0])
		want.Interim = []int{http.StatusContinue} // of the server
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %v\nwant %v", got, want)
		}
	})
}

// TestUpload tests the client that has much to send: it asks first, and the answer
// comes in place of a 100.
func TestUpload(t *testing.T) {
	connect(t)
	rawhttp.OverEach(t, "PATCH", func(t *testing.T, protocol rawhttp.Protocol) {
		const size = 64 << 20
		body := &io.LimitedReader{R: endless{}, N: size}
		transport := protocol.Transport(t)
		transport.ExpectContinueTimeout = time.Hour // it would send the body after that
		continued := false
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: func() { continued = true }})
		request, err := http.NewRequestWithContext(ctx, "PATCH", "http://"+envoyAddress, body)
		if err != nil {
			t.Fatal(err)
		}
		request.ContentLength = size
		request.Header.Set("expect", "100-continue")
		response, err := transport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusNotImplemented || continued || body.N != size {
			t.Errorf("status %d, 100 before: %t, %d bytes sent; want 501, no 100 and nothing", response.StatusCode, continued, size-body.N)
		}
	})
}

// endless is a body that is in flight until nobody wants it any more.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestAnswerWhileABodyIsInFlight(t *testing.T) {
	connect(t)
	rawhttp.OverEach(t, "PATCH", func(t *testing.T, protocol rawhttp.Protocol) {
		request, err := http.NewRequestWithContext(t.Context(), "PATCH", "http://"+envoyAddress, endless{})
		if err != nil {
			t.Fatal(err)
		}
		response, err := protocol.Transport(t).RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprint(response.StatusCode, " ", string(body))
		if want := "501 " + missingMethod("PATCH", `["PUT"]`).Body; got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	})
}

func TestConnectionServesOnAfterAnAnswer(t *testing.T) {
	connect(t)
	rawhttp.OverEach(t, "at once and one by one", func(t *testing.T, protocol rawhttp.Protocol) {
		connection := protocol.Dial(t, envoyAddress)
		var got []int
		// Envoy ends an HTTP/1.1 connection where its own response, even a
		// direct_response, is neither the first nor the last of a pipeline.
		for _, methods := range [][]string{{"TRACE", "GET", "POST"}, {"BREW"}, {"GET", "TRACE"}, {"PUT"}} {
			var requests []rawhttp.Request
			for _, method := range methods {
				requests = append(requests, rawhttp.Request{Method: method, Path: "/"})
			}
			for _, response := range connection.Do(requests...) {
				got = append(got, response.Status)
			}
		}
		if want := []int{501, 200, 200, 501, 200, 501, 200}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestHTTP2ConnectionServesOnAfterHalfARequest(t *testing.T) {
	connect(t)
	connection := rawhttp.HTTP2.Dial(t, envoyAddress)
	var got []int
	for _, request := range []rawhttp.Request{
		{Method: "PATCH", Path: "/", Body: "[", Unfinished: true},
		{Method: "CONNECT", Path: "example.test:443"},
		{Method: "PUT", Path: "/", Body: "tea"},
	} {
		got = append(got, connection.Do(request)[0].Status)
	}
	if want := []int{501, 501, 200}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestWebSocket(t *testing.T) {
	connect(t)
	want := behaviour.Answer(`{"error":"not_implemented","message":"This server does not implement websocket.","capability":"websocket","alternatives":["server-sent events"]}`)
	want.Header["connection"] = "close"
	missing(t, rawhttp.HTTP1, upgrade("GET", "websocket"), want)
	missing(t, rawhttp.HTTP1, upgrade("GET", "WebSocket"), want)
	want.Body = ""
	missing(t, rawhttp.HTTP1, upgrade("HEAD", "websocket"), want)
}

func upgrade(method, protocol string) rawhttp.Request {
	return rawhttp.Request{Method: method, Path: "/chat", Fields: []rawhttp.Field{
		{Name: "Connection", Value: "Upgrade"},
		{Name: "Upgrade", Value: protocol},
		{Name: "Sec-WebSocket-Version", Value: "13"},
		{Name: "Sec-WebSocket-Key", Value: "dGhlIHNhbXBsZSBub25jZQ=="},
	}}
}

func TestWebSocketClient(t *testing.T) {
	connect(t)
	_, response, err := websocket.Dial(t.Context(), "ws://"+envoyAddress+"/chat", nil)
	if response == nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(response.StatusCode, " ", string(body))
	want := `501 {"error":"not_implemented","message":"This server does not implement websocket.","capability":"websocket","alternatives":["server-sent events"]}`
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestUpgradeThatEnvoyIsNotConfiguredFor(t *testing.T) {
	connect(t)
	want := rawhttp.Response{Status: 403, Header: map[string]string{
		"connection":     "close",
		"content-length": "0",
		"server":         "envoy",
	}}
	missing(t, rawhttp.HTTP1, upgrade("GET", "irc"), want)
}
