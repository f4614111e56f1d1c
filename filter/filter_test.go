// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/proxytest"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"
)

// pluginWasm reads the compiled plugin. Tests of it fail where it is missing,
// since a plugin that only works as Go is of no use.
func pluginWasm(t testing.TB) []byte {
	t.Helper()
	path := os.Getenv("PLUGIN")
	if path == "" {
		t.Skip(`PLUGIN is unset; "make test" builds the plugin and sets it`)
	}
	wasm, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf(`%v; "make build" makes it`, err)
	}
	return wasm
}

// newVM makes a VM, for one host: what a host defines for a VM lasts.
type newVM func(t *testing.T) types.VMContext

// onBoth runs a test on the filter as Go and as the compiled plugin.
func onBoth(t *testing.T, test func(t *testing.T, newVM newVM)) {
	t.Run("go", func(t *testing.T) {
		test(t, func(*testing.T) types.VMContext { return &VM{} })
	})
	t.Run("wasm", func(t *testing.T) {
		wasm := pluginWasm(t)
		test(t, func(t *testing.T) types.VMContext {
			t.Helper()
			vm, err := proxytest.NewWasmVMContext(wasm)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = vm.Close() })
			return vm
		})
	})
}

// start returns a host that runs the plugin, and what configuring it returned.
func start(t *testing.T, vm types.VMContext, config string) (proxytest.HostEmulator, types.OnPluginStartStatus) {
	t.Helper()
	options := proxytest.NewEmulatorOption().WithVMContext(vm)
	if config != "" {
		options.WithPluginConfiguration([]byte(config))
	}
	host, reset := proxytest.NewHostEmulator(options)
	t.Cleanup(reset)
	return host, host.StartPlugin()
}

const example = `{
  "implemented_methods": ["GET", "HEAD", "POST"],
  "unimplemented": [
    {"method": "PATCH", "alternatives": ["POST"]},
    {"capability": "websocket", "header": "Upgrade", "value": "websocket"},
    {"capability": "uploads", "query": "uploads", "dry_run": true}
  ]
}`

func TestAnswer(t *testing.T) {
	onBoth(t, func(t *testing.T, newVM newVM) {
		headers := [][2]string{{"content-type", "application/json"}, {"cache-control", "no-store"}, {"x-content-type-options", "nosniff"}}
		for _, tt := range []struct {
			name       string
			request    request
			details    string
			headers    [][2]string
			body       string
			grpcStatus int32
		}{
			{"method", request{{":method", "TRACE"}, {":path", "/"}}, "not_implemented_method[TRACE]", headers,
				`{"error":"not_implemented","message":"This server does not implement the TRACE method.","method":"TRACE"}`, -1},
			{"method with an alternative", request{{":method", "PATCH"}, {":path", "/"}}, "not_implemented_method[PATCH]", headers,
				`{"error":"not_implemented","message":"This server does not implement the PATCH method.","method":"PATCH","alternatives":["POST"]}`, -1},
			{"method without a path", request{{":method", "CONNECT"}}, "not_implemented_method[CONNECT]", headers,
				`{"error":"not_implemented","message":"This server does not implement the CONNECT method.","method":"CONNECT"}`, -1},
			{"capability", request{{":method", "GET"}, {":path", "/"}, {"upgrade", "h2c, websocket"}}, "not_implemented_capability[websocket]", headers,
				`{"error":"not_implemented","message":"This server does not implement websocket.","capability":"websocket"}`, -1},
			{"capability on a later line", request{{":method", "GET"}, {":path", "/"}, {"upgrade", "h2c"}, {"upgrade", "a,b"}, {"upgrade", "websocket"}}, "not_implemented_capability[websocket]", headers,
				`{"error":"not_implemented","message":"This server does not implement websocket.","capability":"websocket"}`, -1},
			{"gRPC", request{{":method", "BREW"}, {":path", "/a.B/C"}, {"content-type", "application/grpc"}}, "not_implemented_method[BREW]", [][2]string{{"cache-control", "no-store"}},
				`This server does not implement the BREW method.`, 12},
		} {
			t.Run(tt.name, func(t *testing.T) {
				vm := newVM(t)
				host, _ := start(t, vm, example)
				stream := host.InitializeHttpContext()
				if action := host.CallOnRequestHeaders(stream, tt.request, true); action != types.ActionPause {
					t.Errorf("action %v, want a pause", action)
				}
				response := host.GetSentLocalResponse(stream)
				if response == nil {
					t.Fatal("no response")
				}
				// The SDK's own call, which stands in natively, passes no details.
				if _, isGo := vm.(*VM); !isGo && response.StatusCodeDetail != tt.details {
					t.Errorf("details %q, want %q", response.StatusCodeDetail, tt.details)
				}
				if response.StatusCode != 501 || response.GRPCStatus != tt.grpcStatus {
					t.Errorf("status %d, grpc-status %d, want 501, %d", response.StatusCode, response.GRPCStatus, tt.grpcStatus)
				}
				if !slices.Equal(response.Headers, tt.headers) {
					t.Errorf("headers %q, want %q", response.Headers, tt.headers)
				}
				if string(response.Data) != tt.body {
					t.Errorf("body\n%s\nwant\n%s", response.Data, tt.body)
				}
				expectLogs(t, "debug", host.GetDebugLogs(), "501 "+tt.details)
				expectLogs(t, "error", host.GetErrorLogs())
			})
		}
	})
}

func TestPass(t *testing.T) {
	onBoth(t, func(t *testing.T, newVM newVM) {
		for _, tt := range []struct {
			name    string
			request request
			debug   []string
		}{
			{"method", request{{":method", "POST"}, {":path", "/"}}, nil},
			{"without the capability", request{{":method", "GET"}, {":path", "/"}, {"upgrade", "h2c"}, {"upgrade", "x"}}, nil},
			{"without a path", request{{":method", "GET"}}, nil},
			{"dry run", request{{":method", "GET"}, {":path", "/?uploads"}}, []string{"dry run: 501 not_implemented_capability[uploads]"}},
		} {
			t.Run(tt.name, func(t *testing.T) {
				host, _ := start(t, newVM(t), example)
				stream := host.InitializeHttpContext()
				if action := host.CallOnRequestHeaders(stream, tt.request, true); action != types.ActionContinue {
					t.Errorf("action %v, want to continue", action)
				}
				if response := host.GetSentLocalResponse(stream); response != nil {
					t.Errorf("response %+v, want none", response)
				}
				expectLogs(t, "debug", host.GetDebugLogs(), tt.debug...)
				expectLogs(t, "error", host.GetErrorLogs())
			})
		}
	})
}

// A stream must not see what the one before it has left.
func TestStreamsAreApart(t *testing.T) {
	onBoth(t, func(t *testing.T, newVM newVM) {
		host, _ := start(t, newVM(t), example)
		for i, tt := range []struct {
			request request
			want    types.Action
		}{
			{request{{":method", "GET"}, {"upgrade", "a"}, {"upgrade", "websocket"}}, types.ActionPause},
			{request{{":method", "GET"}, {"upgrade", "a"}, {"upgrade", "b"}}, types.ActionContinue},
			{request{{":method", "TRACE"}}, types.ActionPause},
			{request{{":method", "GET"}}, types.ActionContinue},
		} {
			if got := host.CallOnRequestHeaders(host.InitializeHttpContext(), tt.request, true); got != tt.want {
				t.Errorf("request %d %q: action %v, want %v", i, tt.request, got, tt.want)
			}
		}
	})
}

func TestConfigure(t *testing.T) {
	onBoth(t, func(t *testing.T, newVM newVM) {
		for _, tt := range []struct {
			name, config         string
			info, warn, critical []string
		}{
			{name: "taken", config: example,
				warn: []string{"answers 501 to every method but GET, HEAD, POST; to websocket, uploads (dry run)"}},
			{name: "taken, no dry run", config: `{"unimplemented": [{"method": "TRACE"}]}`,
				info: []string{"answers 501 to TRACE"}},
			{name: "dry run", config: `{"implemented_methods": ["PUT"], "dry_run": true}`,
				warn: []string{"dry run: would answer 501 to every method but GET, HEAD, PUT"}},
		} {
			t.Run(tt.name, func(t *testing.T) {
				host, status := start(t, newVM(t), tt.config)
				if status != types.OnPluginStartStatusOK {
					t.Errorf("configuration refused: %q", host.GetCriticalLogs())
				}
				expectLogs(t, "info", host.GetInfoLogs(), tt.info...)
				expectLogs(t, "warn", host.GetWarnLogs(), tt.warn...)
			})
		}
	})
}

func TestConfigureRefuses(t *testing.T) {
	onBoth(t, func(t *testing.T, newVM newVM) {
		for _, tt := range refusals {
			t.Run(tt.name, func(t *testing.T) {
				host, status := start(t, newVM(t), tt.config)
				if status != types.OnPluginStartStatusFailed {
					t.Error("configuration taken")
				}
				expectLogs(t, "critical", host.GetCriticalLogs(), "configuration refused: "+tt.want)
			})
		}
	})
}

func expectLogs(t *testing.T, level string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s log %q, want %q", level, got, want)
	}
}

// Past maxAsked fields, the header map as a whole must give the same answers.
func TestManyFields(t *testing.T) {
	entries := make([]string, 2*maxAsked)
	for i := range entries {
		entries[i] = fmt.Sprintf(`{"capability": "c%d", "header": "h%[1]d", "value": "v"}`, i)
	}
	config := `{"unimplemented": [` + strings.Join(entries, ",") + `]}`
	onBoth(t, func(t *testing.T, newVM newVM) {
		host, _ := start(t, newVM(t), config)
		for i := range entries {
			name := fmt.Sprintf("h%d", i)
			for value, want := range map[string]types.Action{"v": types.ActionPause, "w": types.ActionContinue} {
				r := request{{":method", "GET"}, {"h0", "x"}, {name, value}}
				if got := host.CallOnRequestHeaders(host.InitializeHttpContext(), r, true); got != want {
					t.Errorf("%q: action %v, want %v", r, got, want)
				}
			}
		}
	})
}
