// SPDX-License-Identifier: Apache-2.0

package filter_test

import (
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"notimplemented/filter/wasmtest"
)

// implementing is a configuration with one method besides GET and HEAD.
func implementing(method string) string {
	return fmt.Sprintf(`{"implemented_methods": [%q]}`, method)
}

func opened(t *testing.T, plugin *wasmtest.Plugin) *wasmtest.Stream {
	t.Helper()
	stream, err := plugin.Open()
	if err != nil {
		t.Fatal(err)
	}
	return stream
}

// checkStream checks what a request of this method comes to.
func checkStream(t *testing.T, stream *wasmtest.Stream, method string, implemented bool) {
	t.Helper()
	reply, err := stream.Request(request{{":method", method}})
	if err != nil {
		t.Fatal(err)
	}
	want := "501 not_implemented_method[" + method + "]"
	if implemented {
		want = passes
	}
	if got := describe(reply); !strings.HasPrefix(got, want) {
		t.Errorf("%s: %s, want %s", method, got, want)
	}
}

// Each stream is of its own plugin, in whatever order those of several plugins
// begin, send their headers, if they do, and end, while plugins come and go.
func TestStreamsOfPlugins(t *testing.T) {
	type open struct {
		*wasmtest.Stream
		plugin int
		sent   bool
	}
	vm := startVM(t)
	methods := []string{"PUT", "PATCH", "DELETE", "BREW"}
	plugins := make([]*wasmtest.Plugin, len(methods))
	for i, method := range methods {
		plugins[i] = configured(t, vm, implementing(method))
	}
	var streams []open
	random := rand.New(rand.NewSource(1))
	replaced := 0
	for range 20_000 {
		plugin := random.Intn(len(plugins))
		if len(streams) < 6 {
			streams = append(streams, open{opened(t, plugins[plugin]), plugin, false})
		}
		i := random.Intn(len(streams))
		if stream := &streams[i]; !stream.sent && random.Intn(4) > 0 {
			method := random.Intn(len(methods))
			checkStream(t, stream.Stream, methods[method], method == stream.plugin)
			stream.sent = true
		} else {
			if err := stream.Close(); err != nil {
				t.Fatal(err)
			}
			streams = slices.Delete(streams, i, i+1)
		}
		if !slices.ContainsFunc(streams, func(o open) bool { return o.plugin == plugin }) {
			if err := plugins[plugin].Delete(); err != nil {
				t.Fatal(err)
			}
			plugins[plugin] = configured(t, vm, implementing(methods[plugin]))
			replaced++
		}
	}
	if replaced == 0 {
		t.Error("no plugin was replaced")
	}
}

// A host starts a plugin again that it could not configure: it is one plugin, with
// the last configuration, and gone when it is deleted.
func TestStartAgain(t *testing.T) {
	vm := startVM(t)
	plugin, ok, err := vm.Configure(`{}`)
	if err != nil || ok {
		t.Fatalf("Configure = %v, %v, want it refused", ok, err)
	}
	for _, method := range []string{"PUT", "PATCH"} {
		if ok, err := plugin.Start(implementing(method)); err != nil || !ok {
			t.Fatalf("Start = %v, %v, log %q", ok, err, vm.Log())
		}
		for _, other := range []string{"PUT", "PATCH"} {
			checkStream(t, opened(t, plugin), other, other == method)
		}
	}
	// What is counted is of the last one, too.
	for _, json := range []string{
		`{"unimplemented": [{"query": "q", "capability": "a"}]}`,
		`{"unimplemented": [{"query": "q", "capability": "b"}, {"query": "r", "capability": "c"}]}`,
	} {
		if ok, err := plugin.Start(json); err != nil || !ok {
			t.Fatalf("Start = %v, %v, log %q", ok, err, vm.Log())
		}
		for _, r := range []request{{{":method", "GET"}, {":path", "/?q"}}, {{":method", "GET"}, {":path", "/?r"}}} {
			clear(vm.Counters)
			outcomeOf(t, vm, plugin, r)
			if want := read(t, json).Outcome(r).Counters; !maps.Equal(vm.Counters, want) {
				t.Errorf("%s counts %v, want %v", json, vm.Counters, want)
			}
		}
	}
}

// A host that cannot say which plugins are gone keeps what it has.
func TestPluginsOfASilentHost(t *testing.T) {
	vm := startVM(t)
	vm.Fail = func(call string) (wasmtest.Status, bool) {
		return wasmtest.Unimplemented, call == "proxy_set_effective_context"
	}
	first, second := configured(t, vm, implementing("PUT")), configured(t, vm, implementing("PATCH"))
	checkStream(t, opened(t, first), "PUT", true)
	checkStream(t, opened(t, first), "PATCH", false)
	checkStream(t, opened(t, second), "PUT", false)
}

// Streams of which nothing is heard again take nothing from others, some of which
// wait.
func TestWaitingStreams(t *testing.T) {
	vm := startVM(t)
	plugins := []*wasmtest.Plugin{configured(t, vm, implementing("PUT")), configured(t, vm, implementing("PATCH"))}
	for range 10_000 {
		opened(t, plugins[0])
	}
	var waiting []*wasmtest.Stream
	for i := range 100 {
		waiting = append(waiting, opened(t, plugins[i%2]))
	}
	for i, stream := range waiting {
		checkStream(t, stream, "PUT", i%2 == 0)
	}
}
