// SPDX-License-Identifier: Apache-2.0

package filter_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"notimplemented/filter/config/configtest"
	"notimplemented/filter/wasmtest"
)

const example = `{
  "implemented_methods": ["GET", "HEAD", "POST"],
  "unimplemented": [
    {"method": "PATCH", "alternatives": ["POST"]},
    {"capability": "websocket", "header": "Upgrade", "value": "websocket"},
    {"capability": "uploads", "query": "uploads", "dry_run": true}
  ]
}`

func TestAnswer(t *testing.T) {
	headers := [][2]string{{"content-type", "application/json"}, {"cache-control", "no-store"}, {"x-content-type-options", "nosniff"}}
	vm := startVM(t)
	plugin := configured(t, vm, example)
	for _, tt := range []struct {
		name    string
		request request
		status  uint32
		details string
		headers [][2]string
		body    string
	}{
		{"method", request{{":method", "TRACE"}, {":path", "/"}}, 501, "not_implemented_method[TRACE]", headers,
			`{"error":"not_implemented","message":"This server does not implement the TRACE method.","method":"TRACE"}`},
		{"method with an alternative", request{{":method", "PATCH"}, {":path", "/"}}, 501, "not_implemented_method[PATCH]", headers,
			`{"error":"not_implemented","message":"This server does not implement the PATCH method.","method":"PATCH","alternatives":["POST"]}`},
		{"method without a path", request{{":method", "CONNECT"}}, 501, "not_implemented_method[CONNECT]", headers,
			`{"error":"not_implemented","message":"This server does not implement the CONNECT method.","method":"CONNECT"}`},
		{"capability", request{{":method", "GET"}, {":path", "/"}, {"upgrade", "h2c, websocket"}}, 501, "not_implemented_capability[websocket]", headers,
			`{"error":"not_implemented","message":"This server does not implement websocket.","capability":"websocket"}`},
		{"capability on a later line", request{{":method", "GET"}, {":path", "/"}, {"upgrade", "h2c"}, {"upgrade", "a,b"}, {"upgrade", "websocket"}}, 501, "not_implemented_capability[websocket]", headers,
			`{"error":"not_implemented","message":"This server does not implement websocket.","capability":"websocket"}`},
		{"gRPC", request{{":method", "POST"}, {":path", "/a.B/C"}, {"content-type", "application/grpc"}, {"upgrade", "websocket"}}, 200, "not_implemented_capability[websocket]",
			[][2]string{{"grpc-status", "12"}, {"grpc-message", "This server does not implement websocket."}, {"cache-control", "no-store"}}, ``},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, log := outcomeOf(t, vm, plugin, tt.request)
			want := describe(&wasmtest.Reply{Status: tt.status, Details: tt.details, Headers: tt.headers, Body: tt.body, GRPCStatus: 12})
			if got != want {
				t.Errorf("%q:\n%s\nwant\n%s", tt.request, got, want)
			}
			expectLog(t, log, "debug: 501 "+tt.details)
		})
	}
}

func TestPass(t *testing.T) {
	vm := startVM(t)
	plugin := configured(t, vm, example)
	for _, tt := range []struct {
		name    string
		request request
		log     []string
	}{
		{"method", request{{":method", "POST"}, {":path", "/"}}, nil},
		{"without the capability", request{{":method", "GET"}, {":path", "/"}, {"upgrade", "h2c"}, {"upgrade", "x"}}, nil},
		{"without a path", request{{":method", "GET"}}, nil},
		{"dry run", request{{":method", "GET"}, {":path", "/?uploads"}}, []string{"debug: dry run: 501 not_implemented_capability[uploads]"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, log := outcomeOf(t, vm, plugin, tt.request)
			if got != passes {
				t.Errorf("%q: %s, want that it passes", tt.request, got)
			}
			expectLog(t, log, tt.log...)
		})
	}
}

// An access log shows what the first dry run would have answered, once.
func TestDryRunProperty(t *testing.T) {
	vm := startVM(t)
	for _, tt := range []struct {
		name, config string
		request      request
		want         []string
	}{
		{"of an entry", oneDry, request{{":method", "GET"}, {":path", "/?a"}}, []string{"not_implemented_capability[1]"}},
		{"then an answer", oneDry, request{{":method", "GET"}, {":path", "/?a&b"}}, []string{"not_implemented_capability[1]"}},
		{"of everything", allDry, request{{":method", "GET"}, {":path", "/?a&b"}}, []string{"not_implemented_capability[1]"}},
		{"of a method, then a capability", methodDry, request{{":method", "PUT"}, {":path", "/?a"}}, []string{"not_implemented_method[PUT]"}},
		{"no match", oneDry, request{{":method", "GET"}, {":path", "/"}}, nil},
		{"no dry run", oneDry, request{{":method", "GET"}, {":path", "/?b"}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			stream := opened(t, configured(t, vm, tt.config))
			if _, err := stream.Request(tt.request); err != nil {
				t.Fatal(err)
			}
			if got := stream.Properties("not_implemented_dry_run"); !slices.Equal(got, tt.want) {
				t.Errorf("set to %q, want %q", got, tt.want)
			}
		})
	}
}

// A stream must not see what the one before it has left.
func TestStreamsAreApart(t *testing.T) {
	vm := startVM(t)
	plugin := configured(t, vm, example)
	for i, tt := range []struct {
		request request
		passes  bool
	}{
		{request{{":method", "GET"}, {"upgrade", "a"}, {"upgrade", "websocket"}}, false},
		{request{{":method", "GET"}, {"upgrade", "a"}, {"upgrade", "b"}}, true},
		{request{{":method", "TRACE"}}, false},
		{request{{":method", "GET"}}, true},
	} {
		if got, _ := outcomeOf(t, vm, plugin, tt.request); (got == passes) != tt.passes {
			t.Errorf("request %d %q: %s, want that it passes: %v", i, tt.request, got, tt.passes)
		}
	}
}

func TestConfigure(t *testing.T) {
	vm := startVM(t)
	for _, tt := range []struct{ name, config, want string }{
		{"in part a dry run", example, "warn: notimplemented VERSION: answers 501 to every method but GET, HEAD, POST; to websocket, uploads (dry run)"},
		{"no dry run", `{"unimplemented": [{"method": "TRACE"}]}`, "info: notimplemented VERSION: answers 501 to TRACE"},
		{"dry run", `{"implemented_methods": ["PUT"], "dry_run": true}`, "warn: notimplemented VERSION: dry run: would answer 501 to every method but GET, HEAD, PUT"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, ok, err := vm.Configure(tt.config); err != nil || !ok {
				t.Errorf("Configure(%s) = %v, %v", tt.config, ok, err)
			}
			expectLog(t, taken(vm), tt.want)
		})
	}
}

func TestConfigureRefuses(t *testing.T) {
	vm := startVM(t)
	for _, tt := range configtest.Refusals {
		t.Run(tt.Name, func(t *testing.T) {
			if _, ok, err := vm.Configure(tt.Config); err != nil || ok {
				t.Errorf("Configure(%.200s) = %v, %v, want it refused", tt.Config, ok, err)
			}
			expectLog(t, vm.Log(), "critical: configuration refused: "+tt.Want)
		})
	}
}

func expectLog(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("log %q, want %q", got, want)
	}
}

// For many fields, the header map as a whole must give the same answers.
func TestManyFields(t *testing.T) {
	entries := make([]string, 16)
	for i := range entries {
		entries[i] = fmt.Sprintf(`{"capability": "c%d", "header": "h%[1]d", "value": "v"}`, i)
	}
	vm := startVM(t)
	plugin := configured(t, vm, `{"unimplemented": [`+strings.Join(entries, ",")+`]}`)
	for i := range entries {
		for value, isMissing := range map[string]bool{"v": true, "w": false} {
			r := request{{":method", "GET"}, {"h0", "x"}, {fmt.Sprintf("h%d", i), value}}
			if got, _ := outcomeOf(t, vm, plugin, r); (got != passes) != isMissing {
				t.Errorf("%q: %s, want an answer: %v", r, got, isMissing)
			}
		}
	}
}
