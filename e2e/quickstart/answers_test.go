// SPDX-License-Identifier: Apache-2.0

package quickstart

import (
	"crypto/rand"
	"encoding/json"
	"maps"
	"reflect"
	"strconv"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"notimplemented/e2e/harness/behaviour"
	"notimplemented/e2e/harness/rawhttp"
	"notimplemented/e2e/harness/upstream"
)

// exchange returns the response, and what of the request reached the upstream
// server.
func exchange(t *testing.T, protocol rawhttp.Protocol, request rawhttp.Request) (rawhttp.Response, []upstream.Request) {
	t.Helper()
	id := rand.Text()
	request.Fields = append([]rawhttp.Field{{Name: upstream.ID, Value: id}}, request.Fields...)
	response := protocol.Dial(t, envoyAddress).Do(request)[0]
	received, err := upstream.Received(upstreamAddress, id)
	if err != nil {
		t.Fatal(err)
	}
	return response, received
}

// missing sends a request that does not reach the upstream server.
func missing(t *testing.T, protocol rawhttp.Protocol, request rawhttp.Request, want rawhttp.Response) {
	t.Helper()
	got, received := exchange(t, protocol, request)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	if len(received) > 0 {
		t.Errorf("the upstream server received %v, want nothing", received)
	}
}

func TestMissing(t *testing.T) {
	connect(t)
	for _, tt := range []struct {
		name         string
		method, path string
		body         string
	}{
		{"registered method", "TRACE", "/",
			`{"error":"not_implemented","message":"This server does not implement the TRACE method.","method":"TRACE"}`},
		{"unknown method", "BREW", "/pot",
			`{"error":"not_implemented","message":"This server does not implement the BREW method.","method":"BREW"}`},
		{"method with alternatives", "PATCH", "/",
			`{"error":"not_implemented","message":"This server does not implement the PATCH method.","method":"PATCH","alternatives":["PUT"]}`},
		{"method on a resource that answers 405", "TRACE", "/405",
			`{"error":"not_implemented","message":"This server does not implement the TRACE method.","method":"TRACE"}`},
		{"query", "POST", "/bucket/key?uploads",
			`{"error":"not_implemented","message":"This server does not implement multipart upload.","capability":"multipart upload"}`},
	} {
		rawhttp.OverEach(t, tt.name, func(t *testing.T, protocol rawhttp.Protocol) {
			missing(t, protocol, rawhttp.Request{Method: tt.method, Path: tt.path}, behaviour.Answer(tt.body))
		})
	}
}

func TestGRPC(t *testing.T) {
	connect(t)
	connection, err := grpc.NewClient("passthrough:///"+envoyAddress,
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithNoProxy())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	err = connection.Invoke(t.Context(), "/shop.Orders/Place?uploads", &emptypb.Empty{}, &emptypb.Empty{})
	got, want := status.Convert(err), status.New(codes.Unimplemented, "This server does not implement multipart upload.")
	if got.String() != want.String() {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestGRPCByContentType(t *testing.T) {
	connect(t)
	const message = "This server does not implement multipart upload."
	grpc := func(protocol rawhttp.Protocol) rawhttp.Response {
		response := rawhttp.Response{
			Status: 200,
			Header: map[string]string{
				"cache-control": "no-store",
				"content-type":  "application/grpc",
				"grpc-message":  message,
				"grpc-status":   "12",
				"server":        "envoy",
			},
		}
		if protocol.Name == rawhttp.HTTP1.Name {
			response.Header["content-length"] = "0"
		}
		return response
	}
	web := func(protocol rawhttp.Protocol) rawhttp.Response {
		response := grpc(protocol)
		trailers := "grpc-status: 12\r\ngrpc-message: " + message + "\r\n"
		response.Body = "\x80\x00\x00\x00" + string(rune(len(trailers))) + trailers
		response.Header["content-type"] = "application/grpc-web"
		response.Header["content-length"] = strconv.Itoa(len(response.Body))
		return response
	}
	http := func(rawhttp.Protocol) rawhttp.Response {
		return behaviour.Answer(`{"error":"not_implemented","message":"` + message + `","capability":"multipart upload"}`)
	}
	for _, tt := range []struct {
		contentType string
		want        func(rawhttp.Protocol) rawhttp.Response
	}{
		{"application/grpc", grpc},
		{"application/grpc;charset=utf-8", http},
		{"application/grpc-web", web},
		{"Application/gRPC", http},
	} {
		rawhttp.OverEach(t, tt.contentType, func(t *testing.T, protocol rawhttp.Protocol) {
			missing(t, protocol, rawhttp.Request{
				Method: "POST", Path: "/shop.Orders/Place?uploads",
				Fields: []rawhttp.Field{{Name: "content-type", Value: tt.contentType}},
			}, tt.want(protocol))
		})
	}
}

func TestPasses(t *testing.T) {
	connect(t)
	for _, tt := range []struct {
		name    string
		request rawhttp.Request
	}{
		{"GET", rawhttp.Request{Method: "GET", Path: "/a?b=c"}},
		{"HEAD", rawhttp.Request{Method: "HEAD", Path: "/"}},
		{"POST", rawhttp.Request{Method: "POST", Path: "/", Body: "tea"}},
		{"PUT", rawhttp.Request{Method: "PUT", Path: "/", Body: "tea"}},
		{"trailers", rawhttp.Request{Method: "PUT", Path: "/", Body: "tea", Trailers: []rawhttp.Field{{Name: "x-checksum", Value: "1"}}}},
		{"DELETE", rawhttp.Request{Method: "DELETE", Path: "/"}},
		{"OPTIONS", rawhttp.Request{Method: "OPTIONS", Path: "/"}},
		{"query of another method", rawhttp.Request{Method: "GET", Path: "/?uploads"}},
	} {
		rawhttp.OverEach(t, tt.name, func(t *testing.T, protocol rawhttp.Protocol) {
			passes(t, protocol, tt.request)
		})
	}
}

// passes sends a request that reaches the upstream server and is answered by it.
func passes(t *testing.T, protocol rawhttp.Protocol, request rawhttp.Request) {
	t.Helper()
	response, received := exchange(t, protocol, request)
	if len(received) != 1 {
		t.Fatalf("the upstream server received %v, want one request\n%v", received, response)
	}
	got := rawhttp.Request{Method: received[0].Method, Path: received[0].Target, Body: received[0].Body}
	want := rawhttp.Request{Method: request.Method, Path: request.Path, Body: request.Body}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the upstream server received %v, want %v", got, want)
	}
	if want := echo(t, request.Method, received[0]); !reflect.DeepEqual(response, want) {
		t.Errorf("got %v\nwant %v", response, want)
	}
}

// echo is the response of the upstream server, whole.
func echo(t *testing.T, method string, request upstream.Request) rawhttp.Response {
	body, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	body = append(body, '\n')
	response := rawhttp.Response{
		Status: 200,
		Header: map[string]string{
			"content-length": strconv.Itoa(len(body)),
			"content-type":   "application/json",
			"server":         "envoy",
		},
		Body: string(body),
	}
	if method == "HEAD" {
		response.Body = ""
	}
	return response
}

func TestUpstreamAnswersArriveUntouched(t *testing.T) {
	connect(t)
	for _, tt := range []struct {
		path string
		want rawhttp.Response
	}{
		{"/405", rawhttp.Response{Status: 405, Header: map[string]string{"allow": "GET, HEAD"}, Body: "not on this resource\n"}},
		{"/501", rawhttp.Response{Status: 501, Header: map[string]string{"retry-after": "120"}, Body: "the server's own words\n"}},
	} {
		maps.Copy(tt.want.Header, map[string]string{
			"content-length": strconv.Itoa(len(tt.want.Body)),
			"content-type":   "text/plain",
			"server":         "envoy",
		})
		rawhttp.OverEach(t, tt.path, func(t *testing.T, protocol rawhttp.Protocol) {
			got, received := exchange(t, protocol, rawhttp.Request{Method: "PUT", Path: tt.path})
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %v\nwant %v", got, tt.want)
			}
			if len(received) != 1 {
				t.Errorf("the upstream server received %v, want one request", received)
			}
		})
	}
}
