// SPDX-License-Identifier: Apache-2.0

package clients

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	grpchealth "google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"
)

// All that is called here has a content type. The capability is one that
// grpc-message has to encode.
const (
	noHealth  = `{"unimplemented": [{"capability": "naïve checks (100 %)", "header": "content-type", "alternatives": ["GET /healthz"]}]}`
	noMessage = "This server does not implement naïve checks (100 %). Use GET /healthz."
)

// healthy starts a server of grpc.health.v1.Health.
func healthy(t *testing.T) server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	grpc_health_v1.RegisterHealthServer(server, grpchealth.NewServer())
	go server.Serve(listener)
	t.Cleanup(server.Stop)
	return newServer(t, listener.Addr().String(), true)
}

func filter(name, message, fields string) string {
	return `{name: envoy.filters.http.` + name + `, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.` +
		name + `.v3.` + message + fields + `}}`
}

var (
	grpcWeb       = filter("grpc_web", "GrpcWeb", "")
	connectBridge = filter("connect_grpc_bridge", "FilterConfig", "")
)

// transcoder makes JSON over HTTP of Health.
func transcoder(t *testing.T, fields string) string {
	t.Helper()
	descriptor, err := proto.Marshal(&descriptorpb.FileDescriptorSet{File: []*descriptorpb.FileDescriptorProto{
		protodesc.ToFileDescriptorProto(grpc_health_v1.File_grpc_health_v1_health_proto)}})
	if err != nil {
		t.Fatal(err)
	}
	return filter("grpc_json_transcoder", "GrpcJsonTranscoder", ", services: [grpc.health.v1.Health], auto_mapping: true, proto_descriptor_bin: "+
		base64.StdEncoding.EncodeToString(descriptor)+fields)
}

var (
	unary  = []string{"Check"}
	stream = []string{"Watch"}
	both   = []string{"Check", "Watch"}
)

// TestGRPC tests each client with Envoy's grpc_web filter before the plugin,
// after it and absent. An answer without a body serves gRPC, and gRPC-Web behind
// that filter; the other clients of gRPC-Web read its trailers in the body.
func TestGRPC(t *testing.T) {
	const alone, behind, before = "alone", "behind-grpc-web", "before-grpc-web"
	chains := []listener{{Name: alone}, {Name: behind, Before: []string{grpcWeb}}, {Name: before, After: []string{grpcWeb}}}
	proxy := serve(t, twice(healthy(t), chains...)...)
	var (
		everywhere = []string{alone, behind, before}
		web        = []string{behind, before}
	)
	for _, tt := range []struct {
		client  string
		call    call
		methods []string
		passing []string // the listeners through which the server can be reached
		code    string
	}{
		{"grpc-go", grpcGo, both, everywhere, "Unimplemented"},
		{"connect-go, gRPC", connectGo(true, connect.WithGRPC()), both, everywhere, "unimplemented"},
		{"connect-go, gRPC-Web", connectGo(false, connect.WithGRPCWeb()), both, web, "unimplemented"},
		{"connect-node, gRPC", health, both, everywhere, "Unimplemented"},
		{"connect-node, gRPC-Web", health, both, web, "Unimplemented"},
		{"connect-web, gRPC-Web", health, both, web, "Unimplemented"},
		{"grpc-web, text", health, unary, web, "UNIMPLEMENTED"},
		{"grpc-web, text", health, stream, nil, "UNIMPLEMENTED"}, // in Node.js it reads no stream until that ends
		{"grpc-web, binary", health, unary, web, "UNIMPLEMENTED"},
		{"@improbable-eng/grpc-web", health, both, web, "Unimplemented"},
	} {
		for _, method := range tt.methods {
			t.Run(tt.client+" "+method, func(t *testing.T) {
				for _, chain := range chains {
					proxy.test(t, chain.Name, tt.client, method, tt.call, tt.code+": "+noMessage)
				}
				for _, name := range tt.passing {
					proxy.test(t, name+passing, tt.client, method, tt.call, "serving")
				}
			})
		}
	}
}

// TestConnectBridge tests clients of Connect behind the filter that makes gRPC of
// it. That filter does not decode grpc-message, and calls the end of a stream
// binary even where JSON was asked for, which connect-go and connect-web refuse.
func TestConnectBridge(t *testing.T) {
	const encoded = "This server does not implement na%C3%AFve checks (100 %25). Use GET /healthz."
	chain := listener{Name: "bridge", Before: []string{connectBridge}}
	proxy := serve(t, twice(healthy(t), chain)...)
	get := connectGo(false, connect.WithHTTPGet(), connect.WithIdempotency(connect.IdempotencyNoSideEffects))
	json := connectGo(false, connect.WithProtoJSON())
	for _, tt := range []struct {
		client  string
		call    call
		methods []string
		binary  bool // so that the server, which has no JSON, knows it
		want    string
	}{
		{"connect-go", connectGo(false), both, true, "unimplemented: " + encoded},
		{"connect-go, GET", get, unary, true, "unimplemented: " + encoded},
		{"connect-go, JSON", json, unary, false, "unimplemented: " + encoded},
		{"connect-go, JSON", json, stream, false, `internal: invalid content-type: "application/connect+proto"; expecting "application/connect+json"`},
		{"connect-node, binary", health, both, true, "Unimplemented: " + encoded},
		{"connect-node", health, both, false, "Unimplemented: " + encoded},
		{"connect-web", health, unary, false, "Unimplemented: " + encoded},
		{"connect-web", health, stream, false, "Internal: unsupported content type application/connect+proto"},
	} {
		for _, method := range tt.methods {
			t.Run(tt.client+" "+method, func(t *testing.T) {
				proxy.test(t, chain.Name, tt.client, method, tt.call, tt.want)
				if tt.binary {
					proxy.test(t, chain.Name+passing, tt.client, method, tt.call, "serving")
				}
			})
		}
	}
}

// TestTranscoder tests JSON behind the filter that makes gRPC of it. It answers as
// it does for a server of gRPC: with a body only if it is told to convert.
func TestTranscoder(t *testing.T) {
	const plain, converting = "transcoder", "converting"
	proxy := serve(t, twice(healthy(t),
		listener{Name: plain, Before: []string{transcoder(t, "")}},
		listener{Name: converting, Before: []string{transcoder(t, ", convert_grpc_status: true")}})...)
	for name, want := range map[string]string{
		plain:           `501, grpc-message "This server does not implement na%C3%AFve checks (100 %25). Use GET /healthz."`,
		converting:      `501 application/json {"code":12,"message":"` + noMessage + `"}`,
		plain + passing: `200 application/json {"status":"SERVING"}`,
	} {
		proxy.test(t, name, "net/http", "Check", postJSON, want)
	}
	proxy.test(t, plain, "grpc-go", "Check", grpcGo, "Unimplemented: "+noMessage)
	proxy.test(t, plain+passing, "grpc-go", "Check", grpcGo, "serving")
}

const passing = "-passing"

// twice is the listeners in front of the server, and each once more with a plugin
// that lets everything pass which is called here.
func twice(server server, chains ...listener) (listeners []listener) {
	for _, l := range chains {
		l.Server = server
		l.Configuration = noHealth
		listeners = append(listeners, l)
		l.Name += passing
		l.Configuration = `{"unimplemented": [{"method": "PATCH"}]}`
		listeners = append(listeners, l)
	}
	return listeners
}

// call calls a method of Health, and returns what the client reports.
type call func(t *testing.T, client, method, address string) string

func (p proxy) test(t *testing.T, listener, client, method string, call call, want string) {
	t.Helper()
	before := p.count(t, listener, "downstream_rq_total")
	if got := call(t, client, method, p.Address(listener)); got != want {
		t.Errorf("%s, %s: got %s\nwant %s", client, listener, got, want)
	}
	if requests := p.count(t, listener, "downstream_rq_total") - before; requests != 1 {
		t.Errorf("%s, %s: %d requests, want 1", client, listener, requests)
	}
}

type (
	request  = grpc_health_v1.HealthCheckRequest
	response = grpc_health_v1.HealthCheckResponse
)

func grpcGo(t *testing.T, _, method, address string) string {
	t.Helper()
	connection, err := grpc.NewClient("passthrough:///"+address,
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithNoProxy())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	client := grpc_health_v1.NewHealthClient(connection)
	var received *response
	if method == "Check" {
		received, err = client.Check(t.Context(), nil)
	} else {
		updates, broken := client.Watch(t.Context(), nil)
		if broken != nil {
			t.Fatal(broken)
		}
		received, err = updates.Recv()
	}
	if err != nil {
		return status.Code(err).String() + ": " + status.Convert(err).Message()
	}
	return strings.ToLower(received.GetStatus().String())
}

func connectGo(http2 bool, options ...connect.ClientOption) call {
	return func(t *testing.T, _, method, address string) string {
		t.Helper()
		transport := &http.Transport{Protocols: new(http.Protocols)}
		transport.Protocols.SetHTTP1(!http2)
		transport.Protocols.SetUnencryptedHTTP2(http2)
		defer transport.CloseIdleConnections()
		client := connect.NewClient[request, response](&http.Client{Transport: transport},
			"http://"+address+"/grpc.health.v1.Health/"+method, options...)
		received, err := checkOrWatch(t, client, method)
		if e, ok := errors.AsType[*connect.Error](err); ok {
			return e.Code().String() + ": " + e.Message()
		}
		if err != nil {
			t.Fatal(err)
		}
		return strings.ToLower(received.GetStatus().String())
	}
}

func checkOrWatch(t *testing.T, client *connect.Client[request, response], method string) (*response, error) {
	if method == "Check" {
		checked, err := client.CallUnary(t.Context(), connect.NewRequest(&request{}))
		if err != nil {
			return nil, err
		}
		return checked.Msg, nil
	}
	updates, err := client.CallServerStream(t.Context(), connect.NewRequest(&request{}))
	if err != nil {
		return nil, err
	}
	defer updates.Close()
	updates.Receive()
	return updates.Msg(), updates.Err()
}

// health calls with a client of javascript/health.js.
func health(t *testing.T, client, method, address string) string {
	t.Helper()
	return node(t, "health.js", client, method, "http://"+address)
}

// postJSON returns what there is to read for a client of JSON.
func postJSON(t *testing.T, _, method, address string) string {
	t.Helper()
	response, err := http.Post("http://"+address+"/grpc.health.v1.Health/"+method, "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if len(body) == 0 {
		return fmt.Sprintf("%d, grpc-message %q", response.StatusCode, response.Header.Get("grpc-message"))
	}
	return fmt.Sprintf("%d %s %s", response.StatusCode, response.Header.Get("content-type"), body)
}
