// SPDX-License-Identifier: Apache-2.0

package filter_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"notimplemented/filter/wasmtest"
)

// faulty is a request of each kind.
var faulty = []struct {
	name, config string
	request      request
}{
	{"an implemented method", closed, request{{":method", "PUT"}, {":path", "/"}}},
	{"a missing method", closed, request{{":method", "PATCH"}, {":path", "/"}}},
	{"a missing method without a path", closed, request{{":method", "CONNECT"}}},
	{"a missing method of gRPC", closed, request{{":method", "BREW"}, {":path", "/"}, {"content-type", "application/grpc"}}},
	{"a field that is there", presence, request{{":method", "GET"}, {":path", "/"}, {"range", "bytes=0-1"}}},
	{"a field that is not there", presence, request{{":method", "GET"}, {":path", "/"}}},
	{"a member of the first line", websocket, request{{":method", "GET"}, {":path", "/"}, {"upgrade", "websocket"}}},
	{"a member of a later line", websocket, request{{":method", "GET"}, {":path", "/"}, {"upgrade", "h2c"}, {"upgrade", ""}, {"upgrade", "websocket"}}},
	{"a member of no line", websocket, request{{":method", "GET"}, {":path", "/"}, {"upgrade", "h2c"}, {"upgrade", "x"}}},
	{"a query", uploads, request{{":method", "POST"}, {":path", "/?uploads"}}},
	{"two entries", ordered, request{{":method", "GET"}, {":path", "/?b"}, {"h", ""}}},
	{"a dry run", allDry, request{{":method", "PUT"}, {":path", "/?b"}}},
	{"a dry run, then an answer", oneDry, request{{":method", "GET"}, {":path", "/?a&b"}}},
}

// failures are the statuses that are no answer; 99 stands for those that no
// version of the ABI has.
var failures = []wasmtest.Status{
	wasmtest.BadArgument, wasmtest.InvalidMemoryAccess, wasmtest.Empty, wasmtest.InternalFailure, wasmtest.Unimplemented, 99,
}

// asked returns the calls of the host in a request of a plugin of its own, but
// not those that only tell others what happens.
func asked(t *testing.T, config string, r request) (calls []string) {
	vm := startVM(t)
	plugin := configured(t, vm, config)
	vm.Fail = func(call string) (wasmtest.Status, bool) {
		if !isObserved(call) {
			calls = append(calls, call)
		}
		return 0, false
	}
	outcomeOf(t, vm, plugin, r)
	return calls
}

// isObserved reports whether a call only tells others what happens.
func isObserved(call string) bool {
	return call == "proxy_log" || call == "proxy_set_property" || strings.HasSuffix(call, "_metric")
}

// If the host cannot be asked, the request passes, and the next one is right.
func TestCallFails(t *testing.T) {
	for _, tt := range faulty {
		t.Run(tt.name, func(t *testing.T) {
			vm := startVM(t)
			want, wantLog := expected(read(t, tt.config), tt.request)
			for i, call := range asked(t, tt.config, tt.request) {
				for _, status := range failures {
					plugin := configured(t, vm, tt.config)
					for _, level := range []string{"error", "debug", "debug"} {
						n := 0
						vm.Fail = func(call string) (wasmtest.Status, bool) {
							if isObserved(call) {
								return 0, false
							}
							n++
							return status, n == i+1
						}
						got, log := outcomeOf(t, vm, plugin, tt.request)
						log = slices.DeleteFunc(log, func(line string) bool { return strings.HasPrefix(line, "debug: dry run: ") })
						if got != passes || len(log) != 1 || !strings.HasPrefix(log[0], level+": request passes, cannot ") {
							t.Errorf("%s returns %d: %s, log %q, want that it passes, and one line at %s", call, status, got, log, level)
						}
						vm.Fail = nil
						if got, log := outcomeOf(t, vm, plugin, tt.request); got != want || !slices.Equal(log, wantLog) {
							t.Errorf("after %s returned %d: %s, log %q, want %s, log %q", call, status, got, log, want, wantLog)
						}
					}
					if err := plugin.Delete(); err != nil {
						t.Fatal(err)
					}
				}
			}
		})
	}
}

// "Not found" is an answer; and no value is an empty one, as hosts give it.
func TestCallReturnsNothing(t *testing.T) {
	const value = "proxy_get_header_map_value "
	for _, tt := range faulty {
		t.Run(tt.name, func(t *testing.T) {
			vm := startVM(t)
			plugin := configured(t, vm, tt.config)
			promised := read(t, tt.config)
			calls := asked(t, tt.config, tt.request)
			for _, call := range calls {
				field, isValue := strings.CutPrefix(call, value)
				if !isValue {
					continue
				}
				// All lines of a field that is there are read with all others.
				isReadAgain := !strings.HasPrefix(field, ":") && slices.Contains(calls, "proxy_get_header_map_pairs")
				for status, lines := range map[wasmtest.Status]request{wasmtest.NotFound: nil, wasmtest.OK: {{field, ""}}} {
					outcomeOf(t, vm, plugin, tt.request) // of which nothing must be left
					vm.Fail = func(other string) (wasmtest.Status, bool) { return status, other == call }
					got, log := outcomeOf(t, vm, plugin, tt.request)
					vm.Fail = nil

					want, wantLog := passes, []string(nil)
					switch {
					case status == wasmtest.OK && isReadAgain:
						want, wantLog = expected(promised, tt.request)
					case field != ":method":
						want, wantLog = expected(promised, replaceFirst(tt.request, field, lines))
					case status == wasmtest.OK: // there is no empty method
						wantLog = []string{"error: request passes, cannot read :method: empty"}
					}
					if got != want || !slices.Equal(log, wantLog) {
						t.Errorf("%s returns %d and nothing: %s, log %q, want %s, log %q", call, status, got, log, want, wantLog)
					}
				}
			}
		})
	}
}

// replaceFirst replaces the first line of a field; without a replacement, the
// field is gone altogether.
func replaceFirst(r request, field string, lines request) request {
	first := slices.IndexFunc(r, func(line [2]string) bool { return line[0] == field })
	switch {
	case lines == nil:
		return slices.DeleteFunc(slices.Clone(r), func(line [2]string) bool { return line[0] == field })
	case first < 0:
		return slices.Concat(r, lines)
	default:
		return slices.Concat(r[:first], lines, r[first+1:])
	}
}

// All fields are always there, so that none of them is no answer.
func TestNoFields(t *testing.T) {
	vm := startVM(t)
	r := request{{":method", "GET"}, {"upgrade", "h2c"}, {"upgrade", "websocket"}}
	for _, status := range []wasmtest.Status{wasmtest.OK, wasmtest.NotFound} {
		plugin := configured(t, vm, websocket)
		outcomeOf(t, vm, plugin, r) // of which nothing must be left
		vm.Fail = func(call string) (wasmtest.Status, bool) { return status, call == "proxy_get_header_map_pairs" }
		got, log := outcomeOf(t, vm, plugin, r)
		if got != passes || len(log) != 1 || !strings.HasPrefix(log[0], "error: request passes, cannot read the request: ") {
			t.Errorf("status %d: %s, log %q, want that it passes, and one line", status, got, log)
		}
		vm.Fail = nil
		if got, _ := outcomeOf(t, vm, plugin, r); got == passes {
			t.Errorf("after status %d the request passes", status)
		}
	}
}

// Nobody need be listening.
func TestObserverFails(t *testing.T) {
	for _, tt := range faulty {
		t.Run(tt.name, func(t *testing.T) {
			for _, status := range append(failures, wasmtest.NotFound, wasmtest.OK) {
				vm := startVM(t)
				vm.Fail = func(call string) (wasmtest.Status, bool) { return status, isObserved(call) }
				plugin := configured(t, vm, tt.config)
				want, _ := expected(read(t, tt.config), tt.request)
				if got, log := outcomeOf(t, vm, plugin, tt.request); got != want || log != nil {
					t.Errorf("status %d: %s, log %q, want %s and no log", status, got, log, want)
				}
			}
		})
	}
}

// Each plugin of a VM is loud once.
func TestFailureOfEachPlugin(t *testing.T) {
	vm := startVM(t)
	a, b := configured(t, vm, closed), configured(t, vm, closed)
	vm.Fail = func(call string) (wasmtest.Status, bool) { return wasmtest.InternalFailure, call != "proxy_log" }
	for i, tt := range []struct {
		plugin *wasmtest.Plugin
		level  string
	}{{a, "error"}, {b, "error"}, {a, "debug"}, {b, "debug"}} {
		got, log := outcomeOf(t, vm, tt.plugin, request{{":method", "PATCH"}})
		if got != passes || len(log) != 1 || !strings.HasPrefix(log[0], tt.level+": request passes, cannot read :method: ") {
			t.Errorf("request %d: %s, log %q, want that it passes, and one line at %s", i, got, log, tt.level)
		}
	}
}

func TestConfigurationFails(t *testing.T) {
	const getConfiguration = "proxy_get_buffer_bytes"
	fails := func(status wasmtest.Status) func(string) (wasmtest.Status, bool) {
		return func(call string) (wasmtest.Status, bool) { return status, call == getConfiguration }
	}
	const none = `critical: configuration refused: no configuration, want "implemented_methods" or "unimplemented"`
	tests := []struct {
		name, config string
		fail         func(string) (wasmtest.Status, bool)
		want         string // how the log begins
	}{
		{"absent", "", nil, none},
		{"not found", closed, fails(wasmtest.NotFound), none},
		{"nothing given", closed, fails(wasmtest.OK), none},
		{"over 64 KiB", strings.Repeat(" ", 70000-len(closed)) + closed, func(call string) (wasmtest.Status, bool) {
			if call == getConfiguration {
				t.Error("a configuration that is too large is fetched")
			}
			return 0, false
		}, "critical: configuration refused: configuration is 70000 bytes, want at most 64 KiB"},
	}
	for _, status := range failures {
		tests = append(tests, tests[0])
		last := &tests[len(tests)-1]
		last.name, last.config, last.fail, last.want = fmt.Sprintf("status %d", status), closed, fails(status), "critical: configuration refused: "
	}
	vm := startVM(t)
	other := configured(t, vm, closed)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			vm.Fail = tt.fail
			plugin, ok, err := vm.Configure(tt.config)
			vm.Fail = nil
			if log := vm.Log(); err != nil || ok || len(log) != 1 || !strings.HasPrefix(log[0], tt.want) {
				t.Fatalf("taken %v, %v, log %q, want it refused, and one line %q", ok, err, log, tt.want)
			}
			for name, p := range map[string]*wasmtest.Plugin{passes: plugin, `501`: other} {
				if got, _ := outcomeOf(t, vm, p, request{{":method", "PATCH"}}); !strings.HasPrefix(got, name) {
					t.Errorf("request: %s, want %s", got, name)
				}
			}
			if err := plugin.Delete(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A header of any size is read to its end. Envoy's own limit is 60 KiB and 100
// lines, where nobody raises it.
func TestHeaderSizes(t *testing.T) {
	vm := startVM(t)
	plugin := configured(t, vm, websocket)
	promised := read(t, websocket)
	for _, size := range []struct{ lines, bytes int }{
		{0, 0}, {1, 0}, {1, 1}, {1, 60 << 10}, {1, 1 << 20}, {60, 1 << 10}, {100, 600}, {61, 1 << 10}, {20000, 1}, {5000, 1 << 10}, {1000, 4 << 10},
	} {
		for _, last := range []string{"websocket", "h2c", ""} {
			r := request{{":method", "GET"}, {":path", "/"}}
			for i := range size.lines {
				name := "x-" + strings.Repeat("x", i%7)
				if i%2 == 0 {
					name = "upgrade"
				}
				r = append(r, [2]string{name, strings.Repeat("a", size.bytes)})
			}
			if last != "" {
				r = append(r, [2]string{"upgrade", last})
			}
			want, wantLog := expected(promised, r)
			if got, log := outcomeOf(t, vm, plugin, r); got != want || !slices.Equal(log, wantLog) {
				t.Errorf("%d lines of %d bytes, then %q: %s, log %q, want %s, log %q", size.lines, size.bytes, last, got, log, want, wantLog)
			}
		}
	}
	t.Logf("linear memory of %d KiB", vm.Memory()>>10)
}

// The method is kept while the header is read: whatever the size of both, nothing else
// is overwritten.
func TestMethodSizes(t *testing.T) {
	vm := startVM(t)
	configs := []string{websocket, uploads, example}
	var plugins []*wasmtest.Plugin
	for _, config := range configs {
		plugins = append(plugins, configured(t, vm, config))
	}
	for size := 1; size < 300_000; size = size*5/4 + 1 {
		requests := []request{
			{{":method", strings.Repeat("M", size)}, {":path", "/?uploads"}, {"upgrade", "websocket"}},
			{{":method", strings.Repeat("M", size)}, {":path", "/"}, {"upgrade", "h2c"}},
			{{":method", "POST"}, {":path", "/?uploads"}, {"upgrade", "websocket"}, {"content-type", "application/grpc"}},
		}
		for i, plugin := range plugins {
			for _, r := range requests {
				want, wantLog := expected(read(t, configs[i]), r)
				if got, log := outcomeOf(t, vm, plugin, r); got != want || !slices.Equal(log, wantLog) {
					t.Fatalf("after a method of %d bytes, %.100q: %s, log %q, want %s, log %q", size, r, got, log, want, wantLog)
				}
			}
		}
	}
}
