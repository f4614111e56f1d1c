// SPDX-License-Identifier: Apache-2.0

package filter_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"notimplemented/filter/config"
	"notimplemented/filter/config/configtest"
	"notimplemented/filter/contract"
	"notimplemented/filter/wasmtest"
)

// The compiled plugin keeps the contract, whatever is right of a configuration and of
// requests.
func FuzzPlugin(f *testing.F) {
	for _, seed := range contract.Seeds(1500) {
		f.Add([]byte(seed))
	}
	vm := newShared(f)
	f.Fuzz(func(t *testing.T, seed []byte) {
		choices := contract.Choices(seed)
		vm.compare(t, choices.Configuration(), func(promised contract.Contract) (requests []request) {
			for range 10 {
				requests = append(requests, choices.Request(promised))
			}
			return requests
		})
	})
}

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
	requests := slices.Concat(mix, []request{
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
	vm := newShared(f)
	f.Fuzz(func(t *testing.T, config, header string) {
		var r request
		for line := range strings.Lines(header) {
			name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
			r = append(r, [2]string{name, value})
		}
		vm.compare(t, config, func(promised contract.Contract) []request { return append(promised.Requests(), r) })
	})
}

// shared is one VM for many inputs, as in a host; but it must not grow up with them.
type shared struct {
	*wasmtest.VM
	wasm   []byte
	inputs int
}

func newShared(f *testing.F) *shared {
	s := &shared{wasm: checkedWasm(f)}
	f.Cleanup(s.close)
	return s
}

func (s *shared) close() {
	if s.VM != nil {
		_ = s.Close()
	}
	s.VM = nil
}

func (s *shared) compare(t *testing.T, json string, requests func(contract.Contract) []request) {
	t.Helper()
	if s.inputs++; s.inputs%1000 == 0 {
		s.close()
	}
	if s.VM == nil {
		var err error
		if s.VM, err = wasmtest.Start(wasmtest.Wazero, s.wasm); err != nil {
			t.Fatal(err)
		}
	}
	if err := compare(t, s.VM, json, requests); err != nil {
		s.close()
		t.Fatalf("%s\n%v", json, err)
	}
}

// compare runs a plugin from its beginning to its end; an error is the end of
// the VM.
func compare(t *testing.T, vm *wasmtest.VM, json string, requests func(contract.Contract) []request) error {
	t.Helper()
	plugin, ok, err := vm.Configure(json)
	if err != nil {
		return err
	}
	document, refused := config.ReadForLog([]byte(json))
	var want []string
	if refused != nil {
		want = []string{"critical: configuration refused: " + refused.Error()}
	} else {
		servers, level := document.Config().Servers, "info"
		if servers.IsDry() {
			level = "warn"
		}
		want = []string{level + ": notimplemented VERSION: " + servers.String()}
	}
	if log := taken(vm); ok != (refused == nil) || !slices.Equal(log, want) {
		t.Errorf("%s\ntaken %v, log %q, want %v, log %q", json, ok, log, refused == nil, want)
	}
	if !ok || refused != nil {
		return plugin.Delete()
	}
	promised := read(t, json)
	for _, r := range requests(promised) {
		clear(vm.Counters)
		stream, err := plugin.Open()
		if err != nil {
			return err
		}
		reply, err := stream.Request(r)
		if err != nil {
			return fmt.Errorf("request %q: %w", r, err)
		}
		wantReply, wantLog := expected(promised, r)
		got, log := describe(reply), slices.DeleteFunc(vm.Log(), isEmptyMethod)
		if got != wantReply || !slices.Equal(log, wantLog) {
			t.Errorf("%s\nrequest %q\n%s, log %q\nwant\n%s, log %q", json, r, got, log, wantReply, wantLog)
		}
		want := promised.Outcome(r)
		if !maps.Equal(vm.Counters, want.Counters) {
			t.Errorf("%s\nrequest %q\ncounters %v, want %v", json, r, vm.Counters, want.Counters)
		}
		first := want.DryRuns[:min(1, len(want.DryRuns))]
		if states := stream.Properties("not_implemented_dry_run"); !slices.Equal(states, first) {
			t.Errorf("%s\nrequest %q\nfilter state set to %q, want %q", json, r, states, first)
		}
		if err := stream.Close(); err != nil {
			return err
		}
	}
	return plugin.Delete()
}

// isEmptyMethod is about a host that gives nothing where there must be something.
func isEmptyMethod(line string) bool {
	return strings.HasSuffix(line, "request passes, cannot read :method: empty")
}
