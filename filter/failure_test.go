// SPDX-License-Identifier: Apache-2.0

package filter_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"notimplemented/filter/wasmtest"
)

// Once a call failed, the request passes whatever others would say.
func TestNothingAfterAFailure(t *testing.T) {
	const (
		entries = `{"unimplemented": [
			{"capability": "1", "query": "a"}, {"capability": "2", "header": "a", "dry_run": true}, {"capability": "3", "header": "b", "value": "b"},
			{"capability": "4", "query": "b", "dry_run": true}, {"capability": "5", "header": "c"}, {"capability": "6", "header": "b", "value": "c"}
		]}`
		posts = `{"implemented_methods": ["POST"], "unimplemented": [
			{"method": "POST", "capability": "1", "query": "a"}, {"method": "POST", "capability": "2", "header": "a", "dry_run": true},
			{"method": "POST", "capability": "3", "header": "b", "value": "b"}, {"method": "POST", "capability": "4", "header": "c"}
		]}`
	)
	for _, tt := range append(slices.Clone(faulty), []struct {
		name, config string
		request      request
	}{
		{"many entries", entries, request{{":method", "GET"}, {":path", "/?b"}, {"a", "a"}, {"b", "a"}, {"b", "c"}}},
		{"many entries of POST", posts, request{{":method", "POST"}, {":path", "/?b"}, {"a", "a"}, {"b", "a"}, {"b", "c"}, {"content-type", "application/grpc"}}},
	}...) {
		t.Run(tt.name, func(t *testing.T) {
			vm := startVM(t)
			plugin := configured(t, vm, tt.config)
			for i, failing := range asked(t, tt.config, tt.request) {
				for _, status := range failures {
					calls := 0 // that ask or send
					var after []string
					vm.Fail = func(call string) (wasmtest.Status, bool) {
						switch {
						case calls > i:
							after = append(after, call)
							return 0, false
						case isObserved(call):
							return 0, false
						}
						calls++
						return status, calls > i
					}
					outcomeOf(t, vm, plugin, tt.request)
					if want := []string{"proxy_log"}; !slices.Equal(after, want) {
						t.Errorf("after %s returned %d: %q, want %q", failing, status, after, want)
					}
				}
			}
		})
	}
}

// What a request does not need is not asked.
func TestCalls(t *testing.T) {
	const (
		method      = "proxy_get_header_map_value :method"
		authority   = "proxy_get_header_map_value :authority"
		path        = "proxy_get_header_map_value :path"
		contentType = "proxy_get_header_map_value content-type"
		all         = "proxy_get_header_map_pairs"
		send        = "proxy_send_local_response"
		hosts       = `{"implemented_methods": ["POST"], "servers": [{"hosts": ["a"], "unimplemented": [{"method": "PUT"}, {"method": "POST", "capability": "c", "query": "c"}]}]}`
	)
	var many = `{"unimplemented": [` + strings.TrimSuffix(strings.Repeat(`{"capability": "c", "header": "h%d"},`, 9), ",") + `]}`
	many = fmt.Sprintf(many, 0, 1, 2, 3, 4, 5, 6, 7, 8)
	post := func(target string) request {
		return request{{":method", "POST"}, {":authority", "a"}, {":path", target}, {"content-type", "application/grpc"}}
	}
	for _, tt := range []struct {
		name, config string
		request      request
		want         []string
	}{
		{"an implemented method", closed, post("/"), []string{method}},
		{"a method of all servers", hosts, request{{":method", "GET"}, {":authority", "a"}}, []string{method}},
		{"a method of one server", hosts, request{{":method", "PUT"}, {":authority", "a"}}, []string{method, authority, contentType, send}},
		{"a missing method", closed, request{{":method", "PATCH"}}, []string{method, contentType, send}},
		{"a missing method of gRPC", `{"unimplemented": [{"method": "POST"}]}`, post("/"), []string{contentType, method, path, send}},
		{"few entries that do not match", ordered, post("/"), []string{method, path, "proxy_get_header_map_value h"}},
		{"many entries that do not match", many, post("/"), []string{all, method}},
		{"a member that is there", websocket, append(post("/"), [2]string{"upgrade", "websocket"}), []string{all, method, "proxy_get_header_map_value upgrade", send}},
		{"a capability of gRPC", many, append(post("/"), [2]string{"h0", ""}), []string{all, method, send}},
		{"a capability of a server", hosts, post("/?c"), []string{method, authority, path, contentType, path, send}},
	} {
		got := asked(t, tt.config, tt.request)
		slices.Sort(got)
		slices.Sort(tt.want)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// A log has no room for thousands of mistakes, nor a line for what is as long as
// a configuration.
func TestMistakesInLog(t *testing.T) {
	const mistake = "number, want a method like \"GET\""
	numbers := func(count int) string {
		return `{"implemented_methods": [` + strings.TrimSuffix(strings.Repeat("1,", count), ",") + `]}`
	}
	lines := func(count int, more string) string {
		var b strings.Builder
		b.WriteString("configuration refused: ")
		for i := range count {
			b.WriteString("/implemented_methods/" + strconv.Itoa(i) + ": " + mistake + "\n")
		}
		return strings.TrimSuffix(b.String()+more, "\n")
	}
	blanks := strings.Repeat(" ", 127)
	for _, tt := range []struct{ name, config, want string }{
		{"as many as are logged", numbers(20), lines(20, "")},
		{"one more", numbers(21), lines(20, "and 1 more")},
		{"thousands", numbers(1000), lines(20, "and 980 more")},
		{"more than there can be", numbers(30_000), lines(20, "and 981 more")},
		{"a long value", `{"implemented_methods": ["G` + strings.Repeat(" ", 60_000) + `"]}`,
			`configuration refused: /implemented_methods/0: "G` + blanks + `…" is not a method, want one like "GET"`},
		{"a value of the greatest length", `{"implemented_methods": ["G` + blanks + `"]}`,
			`configuration refused: /implemented_methods/0: "G` + blanks + `" is not a method, want one like "GET"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			vm := startVM(t)
			_, ok, err := vm.Configure(tt.config)
			log := vm.Log()
			if want := []string{"critical: " + tt.want}; err != nil || ok || !slices.Equal(log, want) {
				t.Errorf("taken %v, %v, log\n%.3000q\nwant\n%.3000q", ok, err, log, want)
			}
		})
	}
}
