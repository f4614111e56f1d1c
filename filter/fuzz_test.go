// SPDX-License-Identifier: Apache-2.0

package filter_test

import (
	"slices"
	"strings"
	"testing"

	"notimplemented/filter/config"
	"notimplemented/filter/config/configtest"
	"notimplemented/filter/servers"
	"notimplemented/filter/wasmtest"
)

// The compiled plugin does what the Go core does, whatever the configuration and
// the request; the header is one field a line, "name: value".
func FuzzModule(f *testing.F) {
	header := func(r request) (header string) {
		for _, field := range r {
			header += field[0] + ": " + field[1] + "\n"
		}
		return header
	}
	for _, tt := range configtest.Refusals {
		f.Add(tt.Config, header(request{{":method", "PUT"}, {":path", "/"}}))
	}
	requests := slices.Concat(soakMix, []request{
		{{":method", "PUT"}, {":path", "/?q&uploads"}, {"a", "x, b;q=0"}, {"a", "B"}},
		{{":method", strings.Repeat("M", 64)}, {":path", "/"}},
		{{":method", strings.Repeat("M", 65)}, {":path", "/"}},
		{{":method", "\x80\"\\\x00 "}, {":path", "/"}},
		{{":path", "/"}},
	})
	for _, tt := range configtest.Acceptances {
		for _, r := range requests {
			f.Add(tt.Config, header(r))
		}
	}
	for _, tt := range faulty {
		f.Add(tt.config, header(tt.request))
		f.Add(tt.config, header(slices.Concat(tt.request, request{{"content-type", "application/grpc+proto"}})))
	}
	wasm := pluginWasm(f)
	var vm *wasmtest.VM
	closeVM := func() {
		if vm != nil {
			_ = vm.Close()
		}
		vm = nil
	}
	f.Cleanup(closeVM)
	inputs := 0
	f.Fuzz(func(t *testing.T, config, header string) {
		// One VM for many inputs, as in a host; but it must not grow up with them.
		if inputs++; inputs%1000 == 0 {
			closeVM()
		}
		if vm == nil {
			var err error
			if vm, err = wasmtest.Start(wasm); err != nil {
				t.Fatal(err)
			}
		}
		var r request
		for line := range strings.Lines(header) {
			name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
			r = append(r, [2]string{servers.LowerCase(name), value})
		}
		if err := compare(t, vm, config, r); err != nil {
			closeVM()
			t.Fatalf("configuration %q, request %q: %v", config, r, err)
		}
	})
}

// compare runs a plugin from its beginning to its end; an error is the end of
// the VM.
func compare(t *testing.T, vm *wasmtest.VM, json string, r request) error {
	plugin, ok, err := vm.Configure(json)
	if err != nil {
		return err
	}
	taken, refused := config.ParseForLog([]byte(json))
	var want []string
	switch {
	case refused != nil:
		want = []string{"critical: configuration refused: " + refused.Error()}
	case taken.Servers.IsDry():
		want = []string{"warn: " + taken.Servers.String()}
	default:
		want = []string{"info: " + taken.Servers.String()}
	}
	if log := vm.Log(); ok != (refused == nil) || !slices.Equal(log, want) {
		t.Errorf("configuration %q: taken %v, log %q, want %v, log %q", json, ok, log, refused == nil, want)
	}
	if ok && refused == nil {
		clear(vm.Counters)
		reply, err := plugin.Request(r)
		if err != nil {
			return err
		}
		wantReply, wantLog := passes, []string(nil)
		if method, ok := r.First(":method"); method != "" {
			wantReply, wantLog = expected(taken, r)
		} else if ok {
			wantLog = []string{"error: request passes, cannot read :method: empty"}
		}
		if got, log := describe(reply), vm.Log(); got != wantReply || !slices.Equal(log, wantLog) {
			t.Errorf("configuration %q, request %q: %s, log %q, want %s, log %q", json, r, got, log, wantReply, wantLog)
		}
		checkCounters(t, json, vm.Counters, wantLog)
	}
	return plugin.Delete()
}
