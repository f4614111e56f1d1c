// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"notimplemented/e2e/harness/rawhttp"
)

func TestPluginsOfOneVMStayApart(t *testing.T) {
	const vm = "- {op: add, path: /http_filters/0/typed_config/config/vm_config/vm_id, value: one}\n"
	process, addresses := serveManagers(t, upstreamAddress(t),
		manager{`{"implemented_methods": ["GET", "POST"]}`, vm},
		manager{`{"unimplemented": [{"method": "POST"}], "format": "problem"}`, vm},
		manager{`{"implemented_methods": ["GET"], "dry_run": true}`, vm})
	rawhttp.OverEach(t, "POST and TRACE", func(t *testing.T, protocol rawhttp.Protocol) {
		var got []string
		for _, method := range []string{"POST", "TRACE"} {
			for _, address := range addresses {
				got = append(got, outcome(t, protocol, address, rawhttp.Request{Method: method, Path: "/"}))
			}
		}
		want := []string{
			"passed",
			`501 {"type":"about:blank","title":"Not Implemented","status":501,"detail":"This server does not implement the POST method.","method":"POST"}`,
			"passed",
			`501 {"error":"not_implemented","message":"This server does not implement the TRACE method.","method":"TRACE"}`,
			"passed",
			"passed",
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q\nwant %q", got, want)
		}
	})
	// One for each of two workers, one for the main thread, and the one that all are cloned from.
	if err := process.AwaitStat("wasm.envoy.wasm.runtime.v8.active", 4); err != nil {
		t.Error(err)
	}
}

// trap is a plugin that traps on a request of more than 16 fields:
//
//	(module
//	  (memory (export "memory") 1)
//	  (func (export "proxy_abi_version_0_2_1"))
//	  (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 0)
//	  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
//	    (if (i32.gt_u (local.get 1) (i32.const 16)) (then unreachable))
//	    i32.const 0))
const trap = "\x00asm\x01\x00\x00\x00" +
	"\x01\x10\x03" + "\x60\x00\x00" + "\x60\x01\x7f\x01\x7f" + "\x60\x03\x7f\x7f\x7f\x01\x7f" +
	"\x03\x04\x03\x00\x01\x02" +
	"\x05\x03\x01\x00\x01" +
	"\x07\x5a\x04" +
	"\x06memory\x02\x00" +
	"\x17proxy_abi_version_0_2_1\x00\x00" +
	"\x18proxy_on_memory_allocate\x00\x01" +
	"\x18proxy_on_request_headers\x00\x02" +
	"\x0a\x17\x03" +
	"\x02\x00\x0b" +
	"\x04\x00\x41\x00\x0b" +
	"\x0d\x00\x20\x01\x41\x10\x4b\x04\x40\x00\x0b\x41\x00\x0b"

// failing is the patch of a manager that has this plugin and policy.
func failing(t *testing.T, policy, base string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "trap.wasm")
	if err := os.WriteFile(path, []byte(trap), 0o600); err != nil {
		t.Fatal(err)
	}
	const config = "/http_filters/0/typed_config/config"
	return `
- {op: replace, path: ` + config + `/vm_config/code/local/filename, value: ` + path + `}
- {op: add, path: ` + config + `/failure_policy, value: ` + policy + `}
- {op: add, path: ` + config + `/reload_config, value: {backoff: {base_interval: ` + base + `}}}
`
}

// passing and trapping are requests to that plugin.
func passing() rawhttp.Request { return rawhttp.Request{Method: "GET", Path: "/"} }

func trapping() rawhttp.Request {
	request := passing()
	for i := range 17 {
		request.Fields = append(request.Fields, rawhttp.Field{Name: fmt.Sprint("x-test-", i), Value: "tea"})
	}
	return request
}

// The project's plugin never traps; this is what one that does means to users,
// on the worker where it happened and so on this connection.
func TestFailurePolicy(t *testing.T) {
	for _, tt := range []struct {
		policy string
		want   []int
	}{
		{"UNSPECIFIED", []int{200, 503, 503, 503}},
		{"FAIL_CLOSED", []int{200, 503, 503, 503}},
		{"FAIL_OPEN", []int{200, 503, 200, 200}},
		{"FAIL_RELOAD", []int{200, 503, 503, 503}},
	} {
		rawhttp.OverEach(t, tt.policy, func(t *testing.T, protocol rawhttp.Protocol) {
			_, addresses := serveManagers(t, upstreamAddress(t), manager{patch: failing(t, tt.policy, "3600s")})
			connection := protocol.Dial(t, addresses[0])
			var got []int
			for _, request := range []rawhttp.Request{passing(), trapping(), passing(), trapping()} {
				got = append(got, connection.Do(request)[0].Status)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestFailurePolicyReloads(t *testing.T) {
	rawhttp.OverEach(t, "FAIL_RELOAD", func(t *testing.T, protocol rawhttp.Protocol) {
		_, addresses := serveManagers(t, upstreamAddress(t), manager{patch: failing(t, "FAIL_RELOAD", "0.01s")})
		connection := protocol.Dial(t, addresses[0])
		for range 3 {
			if got := connection.Do(trapping())[0].Status; got != 503 {
				t.Fatalf("got %d, want 503", got)
			}
			// Until the interval is over; if it never were, the connection would end.
			for connection.Do(passing())[0].Status != 200 {
			}
		}
	})
}
