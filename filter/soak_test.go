// SPDX-License-Identifier: Apache-2.0

package filter_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"notimplemented/filter/contract"
	"notimplemented/filter/wasmtest"
)

// soakRequests is how many requests a soak is; "make soak" says more.
func soakRequests(t *testing.T) int {
	text := os.Getenv("SOAK")
	if text == "" {
		return 20_000
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 10_000 {
		t.Fatalf("SOAK=%s, want a number of requests, at least 10000", text)
	}
	return n
}

const (
	openStreams = 64 // at a time, as in a host
	updates     = 1000
	// warmUp is how many requests or updates fill the heap for the first time.
	warmUp = 10
)

// soakMix is what passes and what is answered, in turn.
var soakMix = []request{
	{{":method", "GET"}, {":path", "/"}},
	{{":method", "TRACE"}, {":path", "/"}},
	{{":method", "GET"}, {":path", "/"}, {"upgrade", "h2c"}, {"upgrade", "websocket"}},
	{{":method", "POST"}, {":path", "/a?b=c"}, {"content-type", "application/json"}},
	{{":method", "PATCH"}, {":path", "/"}},
	{{":method", "HEAD"}, {":path", "/"}, {"upgrade", "h2c"}, {"upgrade", "a, b"}},
	{{":method", "BREW"}, {":path", "/a.B/C"}, {"content-type", "application/grpc"}},
	{{":method", "GET"}, {":path", "/?uploads"}},
	{{":method", strings.Repeat("M", 8000)}, {":path", "/"}},
	{{":method", "get"}},
}

// largeMix has headers of Envoy's greatest size, of which all lines are read.
var largeMix = []request{
	slices.Concat(request{{":method", "GET"}, {":path", "/"}, {"upgrade", "a"}},
		slices.Repeat(request{{"x-padding", strings.Repeat("x", 1<<10)}}, 58), request{{"upgrade", "websocket"}}),
	{{":method", "GET"}, {":path", "/"}},
	{{":method", "GET"}, {":path", "/"}, {"upgrade", strings.Repeat("x", 59<<10)}},
}

// A million requests leave the linear memory as large as the first ones did, and
// so do a thousand configurations after one another.
func TestSoak(t *testing.T) {
	vm := startVM(t)
	figures := []string{fmt.Sprintf("%-36s%9s%13s", "", "count", "memory, KiB")}
	figure := func(what string, count int) {
		figures = append(figures, fmt.Sprintf("%-36s%9d%13d", what, count, vm.Memory()>>10))
	}
	figure("started", 0)
	s := &soak{t: t, vm: vm, promised: read(t, example), plugin: configured(t, vm, example), mix: soakMix}
	flat := func(what string, count int, step func()) {
		for range count / warmUp {
			step()
		}
		figure(what+", the first", count/warmUp)
		warm := vm.Memory()
		for range count - count/warmUp {
			step()
		}
		figure(what, count)
		if vm.Memory() != warm {
			t.Errorf("%s: linear memory of %d bytes, want %d as after the first %d", what, vm.Memory(), warm, count/warmUp)
		}
	}
	requests := soakRequests(t)
	flat("requests", requests, s.request)
	flat("streams without a request", requests, s.open)
	flat("configuration updates", updates, s.update)
	s.mix = largeMix
	before := vm.Memory()
	for range requests / 10 {
		s.request()
	}
	figure("requests with headers of 60 KiB", requests/10)
	if vm.Memory() != before {
		t.Errorf("large headers: linear memory of %d bytes, want %d as before", vm.Memory(), before)
	}
	s.mix = soakMix
	flat("streams that are never deleted", requests, s.forget)
	t.Log("\n" + strings.Join(figures, "\n"))
}

// soak goes through a mix with many streams open.
type soak struct {
	t        *testing.T
	vm       *wasmtest.VM
	promised contract.Contract
	plugin   *wasmtest.Plugin
	streams  []*wasmtest.Stream // the oldest first
	mix      []request
	count    int
}

func (s *soak) request() {
	r := s.mix[s.count%len(s.mix)]
	s.count++
	stream, err := s.plugin.Open()
	if err != nil {
		s.t.Fatal(err)
	}
	reply, err := stream.Request(r)
	if err != nil {
		s.t.Fatal(err)
	}
	want, wantLog := expected(s.promised, r)
	if got, log := describe(reply), s.vm.Log(); got != want || !slices.Equal(log, wantLog) {
		s.t.Fatalf("request %.200q: %s, log %q, want %s, log %q", r, got, log, want, wantLog)
	}
	s.keep(stream)
}

// open opens a stream whose headers never come.
func (s *soak) open() {
	stream, err := s.plugin.Open()
	if err != nil {
		s.t.Fatal(err)
	}
	s.keep(stream)
}

// forget opens a stream of which nothing is heard again; the next one is as any.
func (s *soak) forget() {
	if _, err := s.plugin.Open(); err != nil {
		s.t.Fatal(err)
	}
	s.request()
}

func (s *soak) keep(stream *wasmtest.Stream) {
	s.streams = append(s.streams, stream)
	if len(s.streams) == openStreams {
		s.end(s.streams[0])
		s.streams = s.streams[1:]
	}
}

// update replaces the plugin; streams keep the one that they began with.
func (s *soak) update() {
	old, streams := s.plugin, s.streams
	s.plugin, s.streams = configured(s.t, s.vm, example), nil
	for range 2 * openStreams {
		s.request()
	}
	for _, stream := range streams {
		s.end(stream)
	}
	if err := old.Delete(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *soak) end(stream *wasmtest.Stream) {
	if err := stream.Close(); err != nil {
		s.t.Fatal(err)
	}
}
