// SPDX-License-Identifier: Apache-2.0

package answer_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"notimplemented/filter/answer"
	"notimplemented/filter/config"
	"notimplemented/filter/servers"
)

type request = servers.Header

// answerTo returns the answer that a server with this configuration gives.
func answerTo(t testing.TB, buffer []byte, taken *config.Config, r request) (answer.Answer, []byte) {
	t.Helper()
	method, _ := r.First(":method")
	var d servers.Decision
	if err := taken.Servers.Decide(&d, method, r.Request()); err != nil || d.Missing == nil {
		t.Fatalf("nothing is missing for %q: %v", r, err)
	}
	if isGRPC, _ := answer.IsGRPC(method, r.Request()); isGRPC {
		return answer.GRPC(buffer, d.Missing)
	}
	return taken.Formats[d.Server].HTTP(buffer, d.Missing)
}

func parse(t testing.TB, json string) *config.Config {
	t.Helper()
	taken, err := config.Parse([]byte(json))
	if err != nil {
		t.Fatalf("Parse(%s): %v", json, err)
	}
	return taken
}

func TestAnswer(t *testing.T) {
	const (
		patch = `"implemented_methods": ["PUT"], "unimplemented": [
			{"method": "PATCH", "alternatives": ["PUT", "GET"]},
			{"capability": "web \"socket\" ü", "header": "upgrade", "alternatives": ["server-sent events", "\\"]}]`
		jsonConfig    = `{` + patch + `}`
		problemConfig = `{` + patch + `, "format": "problem"}`
		typedConfig   = `{` + patch + `, "format": "problem", "problem_type": "https://example.com/p?a=%20"}`
	)
	long := strings.Repeat("M", 65)
	plain := [][2]string{{"content-type", "application/json"}, {"cache-control", "no-store"}, {"x-content-type-options", "nosniff"}}
	problem := [][2]string{{"content-type", "application/problem+json"}, {"cache-control", "no-store"}, {"x-content-type-options", "nosniff"}}
	grpc := [][2]string{{"cache-control", "no-store"}}

	tests := []struct {
		name, config string
		request      request
		details      string
		headers      [][2]string
		body         string
		grpcStatus   int32
	}{
		{"method", jsonConfig, request{{":method", "TRACE"}}, "not_implemented_method[TRACE]", plain,
			`{"error":"not_implemented","message":"This server does not implement the TRACE method.","method":"TRACE"}`, -1},
		{"method with alternatives", jsonConfig, request{{":method", "PATCH"}}, "not_implemented_method[PATCH]", plain,
			`{"error":"not_implemented","message":"This server does not implement the PATCH method.","method":"PATCH","alternatives":["PUT","GET"]}`, -1},
		{"method in another case", jsonConfig, request{{":method", "get"}}, "not_implemented_method[get]", plain,
			`{"error":"not_implemented","message":"This server does not implement the get method.","method":"get","alternatives":["GET"]}`, -1},
		{"capability", jsonConfig, request{{":method", "GET"}, {"upgrade", "x"}}, "not_implemented_capability[web_\"socket\"___]", plain,
			`{"error":"not_implemented","message":"This server does not implement web \"socket\" ü.","capability":"web \"socket\" ü","alternatives":["server-sent events","\\"]}`, -1},
		{"no method", jsonConfig, request{{":method", ""}}, "not_implemented_method[]", plain,
			`{"error":"not_implemented","message":"This server does not implement the  method.","method":""}`, -1},
		{"64 bytes", jsonConfig, request{{":method", long[:64]}}, "not_implemented_method[" + long[:64] + "]", plain,
			`{"error":"not_implemented","message":"This server does not implement the ` + long[:64] + ` method.","method":"` + long[:64] + `"}`, -1},
		{"65 bytes", jsonConfig, request{{":method", long}}, "not_implemented_method[" + long[:64] + "...]", plain,
			`{"error":"not_implemented","message":"This server does not implement the ` + long[:64] + `… method.","method":"` + long[:64] + `…"}`, -1},
		{"bytes that are not visible ASCII", jsonConfig, request{{":method", "A \x00\x7f\x80ü\"\\<"}}, `not_implemented_method[A______"\<]`, plain,
			`{"error":"not_implemented","message":"This server does not implement the A______\"\\< method.","method":"A______\"\\<"}`, -1},

		{"problem", problemConfig, request{{":method", "TRACE"}}, "not_implemented_method[TRACE]", problem,
			`{"type":"about:blank","title":"Not Implemented","status":501,"detail":"This server does not implement the TRACE method.","method":"TRACE"}`, -1},
		{"problem with a type and alternatives", typedConfig, request{{":method", "PATCH"}}, "not_implemented_method[PATCH]", problem,
			`{"type":"https://example.com/p?a=%20","title":"Not Implemented","status":501,"detail":"This server does not implement the PATCH method.","method":"PATCH","alternatives":["PUT","GET"]}`, -1},

		{"gRPC", jsonConfig, request{{":method", "POST"}, {":path", "/"}, {"content-type", "application/grpc"}}, "not_implemented_method[POST]", grpc,
			`This server does not implement the POST method.`, 12},
		{"another method is no gRPC", jsonConfig, request{{":method", "TRACE"}, {":path", "/"}, {"content-type", "application/grpc"}}, "not_implemented_method[TRACE]", plain,
			`{"error":"not_implemented","message":"This server does not implement the TRACE method.","method":"TRACE"}`, -1},
		{"gRPC with a codec, capability, problem", `{"implemented_methods": ["POST"], "unimplemented": [{"capability": "web \"socket\" ü", "header": "upgrade"}], "format": "problem"}`, request{{":method", "POST"}, {":path", "/"}, {"upgrade", ""}, {"content-type", "application/grpc+proto"}}, "not_implemented_capability[web_\"socket\"___]", grpc,
			`This server does not implement web "socket" ü.`, 12},
		{"gRPC with parameters is HTTP to Envoy", problemConfig, request{{":method", "TRACE"}, {":path", "/"}, {"content-type", "application/grpc;charset=utf-8"}}, "not_implemented_method[TRACE]", problem,
			`{"type":"about:blank","title":"Not Implemented","status":501,"detail":"This server does not implement the TRACE method.","method":"TRACE"}`, -1},
		{"gRPC in capitals is HTTP to Envoy", jsonConfig, request{{":method", "T"}, {":path", "/"}, {"content-type", "Application/grpc"}}, "not_implemented_method[T]", plain,
			`{"error":"not_implemented","message":"This server does not implement the T method.","method":"T"}`, -1},
		{"gRPC-Web is HTTP to Envoy", jsonConfig, request{{":method", "T"}, {":path", "/"}, {"content-type", "application/grpc-web"}}, "not_implemented_method[T]", plain,
			`{"error":"not_implemented","message":"This server does not implement the T method.","method":"T"}`, -1},
		{"gRPC without a path is HTTP to Envoy", jsonConfig, request{{":method", "CONNECT"}, {"content-type", "application/grpc"}}, "not_implemented_method[CONNECT]", plain,
			`{"error":"not_implemented","message":"This server does not implement the CONNECT method.","method":"CONNECT"}`, -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			reply, _ := answerTo(t, nil, parse(t, tt.config), tt.request)
			if string(reply.Details) != tt.details {
				t.Errorf("details %q, want %q", reply.Details, tt.details)
			}
			if !slices.Equal(reply.Headers, tt.headers) {
				t.Errorf("headers %q, want %q", reply.Headers, tt.headers)
			}
			if string(reply.Body) != tt.body {
				t.Errorf("body\n%s\nwant\n%s", reply.Body, tt.body)
			}
			if reply.GRPCStatus != tt.grpcStatus {
				t.Errorf("grpc-status %d, want %d", reply.GRPCStatus, tt.grpcStatus)
			}
			if tt.grpcStatus < 0 && !json.Valid(reply.Body) {
				t.Errorf("body %q is no JSON", reply.Body)
			}
		})
	}
}

// A buffer must not answer with what it holds of another request, nor touch what
// it holds before.
func TestAnswerAfterAnswer(t *testing.T) {
	taken := parse(t, `{"implemented_methods": ["PUT"]}`)
	buffer := []byte("before ")
	for i, tt := range []struct {
		request request
		want    string
	}{
		{request{{":method", "TRACE"}}, `{"error":"not_implemented","message":"This server does not implement the TRACE method.","method":"TRACE"}`},
		{request{{":method", "POST"}, {":path", "/"}, {"content-type", "application/grpc"}}, `This server does not implement the POST method.`},
		{request{{":method", "BREW"}}, `{"error":"not_implemented","message":"This server does not implement the BREW method.","method":"BREW"}`},
		{request{{":method", ""}}, `{"error":"not_implemented","message":"This server does not implement the  method.","method":""}`},
	} {
		said, made := answerTo(t, buffer[:len("before ")], taken, tt.request)
		if string(said.Body) != tt.want || !strings.HasPrefix(string(made), "before not_implemented_method[") {
			t.Errorf("request %d %q: body\n%s\nwant\n%s\nmade %q", i, tt.request, said.Body, tt.want, made)
		}
		buffer = made
	}
}

// What fits into the buffer costs no allocation.
func TestAnswerAllocatesNothing(t *testing.T) {
	taken := parse(t, `{"implemented_methods": ["POST"]}`)
	var buffer []byte
	var d servers.Decision
	r := request{}.Request()
	allocations := testing.AllocsPerRun(100, func() {
		for _, method := range []string{"TRACE", "BREW", "get"} {
			_ = taken.Servers.Decide(&d, method, r)
			_, buffer = taken.Formats[0].HTTP(buffer[:0], d.Missing)
		}
	})
	if allocations != 0 {
		t.Errorf("%v allocations, want 0", allocations)
	}
}
