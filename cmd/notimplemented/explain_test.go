// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/proxytest"
)

const (
	mixed = `{
  "implemented_methods": ["GET", "HEAD", "POST", "CONNECT"],
  "unimplemented": [
    {"method": "PATCH", "alternatives": ["POST"]},
    {"capability": "ranges", "header": "Range", "dry_run": true},
    {"capability": "web \"socket\"", "header": "Upgrade", "value": "websocket", "alternatives": ["server-sent events"]},
    {"capability": "uploads", "method": "POST", "query": "uploads"}
  ]
}`
	problem = `{"unimplemented": [{"method": "TRACE"}], "format": "problem", "problem_type": "/p"}`
	tunnel  = `{"unimplemented": [{"method": "CONNECT"}]}`
	dry     = `{"implemented_methods": ["GET"], "dry_run": true}`
)

// What is explained is what the compiled plugin sends and logs.
func TestExplainLikeThePlugin(t *testing.T) {
	path := os.Getenv("PLUGIN")
	if path == "" {
		t.Skip(`PLUGIN is unset; "make test" builds the plugin and sets it`)
	}
	wasm, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, config string
		args         []string // before the file and behind it
		path         []string
		request      [][2]string
	}{
		{"passes", mixed, nil, nil, [][2]string{{":method", "GET"}, {":path", "/"}}},
		{"method", mixed, []string{"-X", "TRACE"}, nil, [][2]string{{":method", "TRACE"}, {":path", "/"}}},
		{"method with an alternative", mixed, []string{"-X", "PATCH"}, []string{"/a?b"}, [][2]string{{":method", "PATCH"}, {":path", "/a?b"}}},
		{"method in lower case", mixed, []string{"-X", "get"}, nil, [][2]string{{":method", "get"}, {":path", "/"}}},
		{"method that is no token", mixed, []string{"-X", "ü/"}, nil, [][2]string{{":method", "ü/"}, {":path", "/"}}},
		{"long method", mixed, []string{"-X", strings.Repeat("M", 65)}, nil, [][2]string{{":method", strings.Repeat("M", 65)}, {":path", "/"}}},
		{"CONNECT", mixed, []string{"-X", "CONNECT", "-H", "Upgrade:websocket"}, nil, [][2]string{{":method", "CONNECT"}, {"upgrade", "websocket"}}},
		{"CONNECT without a path is no gRPC", tunnel, []string{"-X", "CONNECT", "-H", "content-type: application/grpc"}, nil, [][2]string{{":method", "CONNECT"}, {"content-type", "application/grpc"}}},
		{"CONNECT with a path", tunnel, []string{"-X", "CONNECT", "-H", "content-type: application/grpc"}, []string{"/"}, [][2]string{{":method", "CONNECT"}, {":path", "/"}, {"content-type", "application/grpc"}}},
		{"OPTIONS of everything", mixed, []string{"-X", "OPTIONS"}, []string{"*"}, [][2]string{{":method", "OPTIONS"}, {":path", "*"}}},
		{"field", mixed, []string{"-H", "upgrade: websocket"}, nil, [][2]string{{":method", "GET"}, {":path", "/"}, {"upgrade", "websocket"}}},
		{"field of another value", mixed, []string{"-H", "upgrade: h2c"}, nil, [][2]string{{":method", "GET"}, {":path", "/"}, {"upgrade", "h2c"}}},
		{"field of two lines", mixed, []string{"-H", "Upgrade: h2c", "-H", "upgrade: \t WebSocket "}, nil, [][2]string{{":method", "GET"}, {":path", "/"}, {"upgrade", "h2c"}, {"upgrade", "WebSocket"}}},
		{"query", mixed, []string{"-X", "POST"}, []string{"/?a&upl%6fads=1"}, [][2]string{{":method", "POST"}, {":path", "/?a&upl%6fads=1"}}},
		{"dry run of an entry", mixed, []string{"-H", "range: bytes=0-1"}, nil, [][2]string{{":method", "GET"}, {":path", "/"}, {"range", "bytes=0-1"}}},
		{"dry run of an entry, then an answer", mixed, []string{"-H", "range: a", "-H", "upgrade: websocket"}, nil, [][2]string{{":method", "GET"}, {":path", "/"}, {"range", "a"}, {"upgrade", "websocket"}}},
		{"HEAD", mixed, []string{"-X", "HEAD", "-H", "upgrade: websocket"}, nil, [][2]string{{":method", "HEAD"}, {":path", "/"}, {"upgrade", "websocket"}}},
		{"gRPC", mixed, []string{"-X", "PUT", "-H", "content-type: application/grpc+proto"}, []string{"/a.B/C"}, [][2]string{{":method", "PUT"}, {":path", "/a.B/C"}, {"content-type", "application/grpc+proto"}}},
		{"problem", problem, []string{"-X", "TRACE"}, nil, [][2]string{{":method", "TRACE"}, {":path", "/"}}},
		{"dry run", dry, []string{"-X", "TRACE"}, nil, [][2]string{{":method", "TRACE"}, {":path", "/"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			vm, err := proxytest.NewWasmVMContext(wasm) // for one host: what a host defines for a VM lasts
			if err != nil {
				t.Fatal(err)
			}
			defer vm.Close()
			host, reset := proxytest.NewHostEmulator(proxytest.NewEmulatorOption().WithVMContext(vm).WithPluginConfiguration([]byte(tt.config)))
			defer reset()
			host.StartPlugin()
			stream := host.InitializeHttpContext()
			host.CallOnRequestHeaders(stream, tt.request, true)

			want := outcome{exitFine, "passes\n", ""}
			for _, line := range host.GetDebugLogs() {
				if details, ok := strings.CutPrefix(line, "501 "); ok {
					line = "details: " + details
				}
				want.stderr += line + "\n"
			}
			if response := host.GetSentLocalResponse(stream); response != nil {
				want.stdout = fmt.Sprintln(response.StatusCode, http.StatusText(int(response.StatusCode)))
				for _, field := range response.Headers {
					want.stdout += field[0] + ": " + field[1] + "\n"
				}
				want.stdout += "\n" + string(response.Data) + "\n"
				if response.GRPCStatus >= 0 {
					want.stderr += fmt.Sprintf("gRPC: the host makes it 200 with grpc-status %d, and grpc-message of the body\n", response.GRPCStatus)
				}
				if tt.request[0][1] == "HEAD" {
					want.stderr += "HEAD: the host leaves the body out\n"
				}
			}
			expect(t, runs(tt.config, append(append(append([]string{"explain"}, tt.args...), "-"), tt.path...)...), want)
		})
	}
}

func TestExplain(t *testing.T) {
	two := "kind: WasmPlugin\nspec:\n  pluginConfig: " + dry + "\n---\nkind: WasmPlugin\nspec:\n  pluginConfig: " + dry + "\n"
	for _, tt := range []struct {
		name, stdin string
		args        []string
		want        outcome
	}{
		{"answered", mixed, []string{"-H", "range: a", "-H", "upgrade: websocket", "-"}, outcome{0, `501 Not Implemented
content-type: application/json
cache-control: no-store
x-content-type-options: nosniff

{"error":"not_implemented","message":"This server does not implement web \"socket\".","capability":"web \"socket\"","alternatives":["server-sent events"]}
`, `dry run: 501 not_implemented_capability[ranges]
details: not_implemented_capability[web_"socket"]
`}},
		{"dry run", dry, []string{"-X", "TRACE", "-"}, outcome{0, "passes\n", "dry run: 501 not_implemented_method[TRACE]\n"}},
		{"gRPC", dry[:len(dry)-len(`, "dry_run": true}`)] + "}", []string{"-X", "POST", "-H", "content-type: application/grpc", "-"}, outcome{0, `501 Not Implemented
cache-control: no-store

This server does not implement the POST method.
`, `details: not_implemented_method[POST]
gRPC: the host makes it 200 with grpc-status 12, and grpc-message of the body
`}},
		{"mistakes", `{"dryrun": true}`, []string{"-"}, outcome{1, `stdin:1:2: /dryrun: unknown key, want "dry_run"` + "\n", ""}},
		{"no configuration", "a: b", []string{"-"}, outcome{1, "stdin:1:1: " + wantConfiguration + "\n", ""}},
		{"two configurations", two, []string{"-"}, outcome{1, "stdin:3:17: one of several configurations, want a file with one\nstdin:7:17: one of several configurations, want a file with one\n", ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			expect(t, runs(tt.stdin, append([]string{"explain"}, tt.args...)...), tt.want)
		})
	}
}
