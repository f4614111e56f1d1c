// SPDX-License-Identifier: Apache-2.0

package filter_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"notimplemented/filter/wasmtest"
)

const (
	inAnswers = ";.not_implemented_total"
	inDryRuns = ";.not_implemented_dry_run_total"

	ofMethods      = "wasm_filter.notimplemented.component.method.tag."
	ofCapabilities = "wasm_filter.notimplemented.component.capability.tag."
)

// remembered is how many counters a VM keeps in mind.
const remembered = 32

const defineMetric = "proxy_define_metric"

func TestCounters(t *testing.T) {
	type counters map[string]int64
	with := func(method string) request { return request{{":method", method}, {":path", "/?a&b"}} }
	for _, tt := range []struct {
		name, config string
		requests     []request
		want         counters
	}{
		{"nothing for what passes", closed, []request{with("GET"), with("PUT")}, counters{}},
		{"registered methods", closed, []request{with("PATCH"), with("TRACE"), with("PATCH"), with("VERSION-CONTROL"), with("ACL")}, counters{
			ofMethods + "PATCH" + inAnswers: 2, ofMethods + "TRACE" + inAnswers: 1, ofMethods + "VERSION-CONTROL" + inAnswers: 1, ofMethods + "ACL" + inAnswers: 1,
		}},
		{"any other method", closed, []request{with("BREW"), with("BREW"), with("trace"), with("TRACE;.x"), with("PATC"), with("")}, counters{
			ofMethods + "OTHER" + inAnswers: 5, // a request has a method
		}},
		{"a method that an entry names", open, []request{with("brew"), with("PATCH"), with("brew")}, counters{
			ofMethods + "brew" + inAnswers: 2, ofMethods + "PATCH" + inAnswers: 1,
		}},
		{"a method that another server names", `{"implemented_methods": ["PUT"], "servers": [{"hosts": ["a"], "implemented_methods": ["brew"]}]}`, []request{with("brew"), with("BREW")}, counters{
			ofMethods + "brew" + inAnswers: 1, ofMethods + "OTHER" + inAnswers: 1,
		}},
		{"a method that means something to others", `{"unimplemented": [{"method": "A.B|C_d"}]}`, []request{with("A.B|C_d")}, counters{
			ofMethods + "A_B_C_d" + inAnswers: 1,
		}},
		{"capabilities", ordered, []request{with("GET"), {{":method", "HEAD"}, {":path", "/?b"}}}, counters{
			ofCapabilities + "2" + inAnswers: 1, ofCapabilities + "3" + inAnswers: 1,
		}},
		{"a capability of many characters", `{"unimplemented": [{"capability": "Größe: ~x-1_\"", "query": "a"}]}`, []request{with("GET")}, counters{
			ofCapabilities + "Gr__e___x-1__" + inAnswers: 1,
		}},
		{"a capability of two entries", `{"unimplemented": [{"capability": "c", "query": "a"}, {"capability": "c", "query": "c"}]}`,
			[]request{with("GET"), {{":method", "GET"}, {":path", "/?c"}}}, counters{ofCapabilities + "c" + inAnswers: 2}},
		{"gRPC", closed, []request{append(with("PATCH"), [2]string{"content-type", "application/grpc"}), append(with("BREW"), [2]string{"content-type", "application/grpc"})}, counters{
			ofMethods + "PATCH" + inAnswers: 1, ofMethods + "OTHER" + inAnswers: 1,
		}},
		{"a dry run", allDry, []request{with("GET"), with("PUT"), with("BREW")}, counters{
			ofCapabilities + "1" + inDryRuns: 1, ofCapabilities + "2" + inDryRuns: 1, ofMethods + "PUT" + inDryRuns: 1, ofMethods + "OTHER" + inDryRuns: 1,
		}},
		{"a dry run of an entry", oneDry, []request{with("GET"), with("GET")}, counters{
			ofCapabilities + "1" + inDryRuns: 2, ofCapabilities + "2" + inAnswers: 2,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			vm := startVM(t)
			plugin := configured(t, vm, tt.config)
			for _, r := range tt.requests {
				outcomeOf(t, vm, plugin, r)
			}
			if !maps.Equal(vm.Counters, tt.want) {
				t.Errorf("%q of %s: counters %v, want %v", tt.requests, tt.config, vm.Counters, tt.want)
			}
		})
	}
}

// The host keeps what a VM defines, so that a name is not defined again and again;
// but the VM remembers the latest ones only: PATCH is forgotten twice.
func TestCountersOfManyPlugins(t *testing.T) {
	for _, tt := range []struct {
		name    string
		config  func(i int) string
		defined int
	}{
		{"the same", func(int) string { return open }, 1},
		{"new names", func(i int) string {
			return fmt.Sprintf(`{"unimplemented": [{"method": "PATCH"}, {"method": "M%d"}]}`, i)
		}, 99},
	} {
		t.Run(tt.name, func(t *testing.T) {
			vm := startVM(t)
			defined := 0
			vm.Fail = func(call string) (wasmtest.Status, bool) {
				if call == defineMetric {
					defined++
				}
				return 0, false
			}
			plugins := 3 * remembered
			for i := range plugins {
				plugin := configured(t, vm, tt.config(i))
				outcomeOf(t, vm, plugin, request{{":method", "PATCH"}})
				outcomeOf(t, vm, plugin, request{{":method", fmt.Sprint("M", i)}})
				if err := plugin.Delete(); err != nil {
					t.Fatal(err)
				}
			}
			if got := vm.Counters[ofMethods+"PATCH"+inAnswers]; got != int64(plugins) {
				t.Errorf("%d requests counted, want %d", got, plugins)
			}
			if defined != tt.defined {
				t.Errorf("%d counters defined, want %d", defined, tt.defined)
			}
		})
	}
}

// A host that does not count gets the same answers, and one line that says so.
func TestCounterFails(t *testing.T) {
	for _, tt := range []struct {
		call, want string
		lines      int // of each request
	}{
		{defineMetric, "not counted, cannot define the counter: host status ", 0},
		{"proxy_increment_metric", "not counted, cannot increment the counter: host status ", 1},
	} {
		for _, config := range []string{closed, allDry} {
			for _, status := range failures {
				vm := startVM(t)
				vm.Fail = func(call string) (wasmtest.Status, bool) { return status, call == tt.call }
				plugin := configured(t, vm, config)
				r := request{{":method", "PATCH"}}
				want, wantLog := expected(read(t, config), r)
				for i, failed := range []string{"error: ", "debug: ", "debug: "} {
					got, log := outcomeOf(t, vm, plugin, r)
					rest := slices.DeleteFunc(slices.Clone(log), func(line string) bool {
						return line == fmt.Sprint(failed, tt.want, status)
					})
					wantLines := tt.lines
					if i == 0 {
						wantLines = 1
					}
					if got != want || !slices.Equal(rest, wantLog) || len(log)-len(rest) != wantLines {
						t.Errorf("%s returns %d to request %d: %s, log %q, want %s and %d lines %s%s", tt.call, status, i, got, log, want, wantLines, failed, tt.want)
					}
				}
			}
		}
	}
}

// A request that passes since the host fails would not be answered without the dry
// run either.
func TestDryRunAfterFailure(t *testing.T) {
	vm := startVM(t)
	plugin := configured(t, vm, oneDry)
	vm.Fail = func(call string) (wasmtest.Status, bool) {
		return wasmtest.InternalFailure, call == "proxy_send_local_response"
	}
	got, log := outcomeOf(t, vm, plugin, request{{":method", "GET"}, {":path", "/?a&b"}})
	want := []string{"error: request passes, cannot send the response: host status 10"}
	if got != passes || !slices.Equal(log, want) || len(vm.Counters) != 0 {
		t.Errorf("%s, log %q, counters %v, want that it passes, log %q and no counter", got, log, vm.Counters, want)
	}
}
