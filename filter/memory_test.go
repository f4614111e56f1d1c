// SPDX-License-Identifier: Apache-2.0

package filter_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"notimplemented/filter/config"
	"notimplemented/filter/contract"
	"notimplemented/filter/wasmtest"
)

const (
	kib = 1 << 10
	mib = 1 << 20
)

// within prints a figure beside its limit.
func within(t *testing.T, what string, bytes uint32, limit uint32) {
	t.Helper()
	report := t.Logf
	if bytes > limit {
		report = t.Errorf
	}
	report("%-60s %7d KiB, want at most %d", what, bytes/kib, limit/kib)
}

// mix is what passes and what is answered, in turn.
var mix = []request{
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

// readmeExample is the first configuration of the README.
func readmeExample(t *testing.T) string {
	t.Helper()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile(`(?s)value: \|\n( +\{.*?\n +\}\n)`).FindSubmatch(readme)
	if block == nil {
		t.Fatal("README.md has no configuration")
	}
	return string(block[1])
}

func permanent(t *testing.T, vm *wasmtest.VM) uint32 {
	t.Helper()
	bytes, err := vm.Permanent()
	if err != nil || bytes == 0 {
		t.Fatalf("Permanent() = %d, %v, want what the start took", bytes, err)
	}
	return bytes
}

func pass(t *testing.T, plugin *wasmtest.Plugin, requests []request) {
	t.Helper()
	for _, r := range requests {
		if _, err := plugin.Request(r); err != nil {
			t.Fatalf("request %.200q: %v", r, err)
		}
	}
}

// Whatever requests come, to whatever configurations, they take no memory that those
// before them did not: there is no collector that would give it back.
func TestRequestsTakeNothing(t *testing.T) {
	vm := started(t, checkedWasm(t))
	type load struct {
		plugin   *wasmtest.Plugin
		requests []request
	}
	var loads []load
	for _, seed := range contract.Seeds(300) {
		json := seed.Configuration()
		plugin, ok, err := vm.Configure(json)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			continue
		}
		promised := read(t, json)
		l := load{plugin, slices.Concat(mix, promised.Requests())}
		for range 10 {
			l.requests = append(l.requests, seed.Request(promised))
		}
		loads = append(loads, l)
	}
	requests, failures := 0, 0
	all := func() {
		for _, l := range loads {
			pass(t, l.plugin, l.requests)
			requests += len(l.requests)
			// Nor does a host that fails.
			vm.Fail = func(call string) (wasmtest.Status, bool) {
				failures++
				return wasmtest.InternalFailure, call != "proxy_log" && failures%7 == 0
			}
			pass(t, l.plugin, l.requests)
			vm.Fail = nil
		}
		vm.Log()
	}
	all()
	before, memory := permanent(t, vm), vm.Memory()
	all()
	if after := permanent(t, vm); after != before || vm.Memory() != memory || requests < 10_000 {
		t.Errorf("%d bytes that stay after as many of %d requests, want %d; linear memory of %d bytes, want %d",
			after, requests, before, vm.Memory(), memory)
	}
}

// Streams of which nothing is heard again, and those that never send their headers,
// take nothing.
func TestStreamsTakeNothing(t *testing.T) {
	vm := started(t, checkedWasm(t))
	plugin := configured(t, vm, example)
	pass(t, plugin, mix)
	before := permanent(t, vm)
	for i := range 5000 {
		if _, err := plugin.Open(); err != nil {
			t.Fatal(err)
		}
		pass(t, plugin, mix[i%len(mix):][:1])
	}
	if after := permanent(t, vm); after != before {
		t.Errorf("%d bytes that stay, want %d as before", after, before)
	}
}

// update replaces a plugin as hosts do, and sends its successor some requests.
func update(t *testing.T, vm *wasmtest.VM, old *wasmtest.Plugin, config string) *wasmtest.Plugin {
	t.Helper()
	plugin := configured(t, vm, config)
	if old != nil {
		if err := old.Delete(); err != nil {
			t.Fatal(err)
		}
	}
	pass(t, plugin, mix)
	vm.Log()
	return plugin
}

// A configuration that is gone, and one that was refused, leaves nothing behind, so that
// the memory is as flat after 100,000 as after these.
func TestUpdatesLeaveNothing(t *testing.T) {
	vm := started(t, checkedWasm(t))
	var plugin *wasmtest.Plugin
	all := func() {
		for _, seed := range contract.Seeds(150) {
			json := seed.Configuration()
			if _, err := config.Parse([]byte(json)); err == nil {
				plugin = update(t, vm, plugin, json)
				continue
			}
			refused, _, err := vm.Configure(json)
			if err != nil {
				t.Fatal(err)
			}
			if err := refused.Delete(); err != nil {
				t.Fatal(err)
			}
		}
	}
	all()
	before, memory := permanent(t, vm), vm.Memory()
	for range 3 {
		all()
	}
	if after := permanent(t, vm); after != before || vm.Memory() != memory {
		t.Errorf("%d bytes that stay after all updates again, want %d; linear memory of %d bytes, want %d", after, before, vm.Memory(), memory)
	}
}

// The largest configuration of every shape follows itself, and then all of them one
// another.
func TestLargestUpdates(t *testing.T) {
	const updates = 20
	shapes := largestConfigurations(t)
	cycle := func(t *testing.T, vm *wasmtest.VM, configs []string, times int) {
		var plugin *wasmtest.Plugin
		var warm uint32
		for i := range times {
			for _, json := range configs {
				plugin = update(t, vm, plugin, json)
			}
			if i == times/2 {
				warm = vm.Memory()
			}
		}
		within(t, fmt.Sprintf("%d updates", times*len(configs)), vm.Memory(), 4*mib)
		// Where chunks come to lie repeats, but perhaps not before a page more is taken.
		const page = 64 << 10
		if vm.Memory() > warm+page {
			t.Errorf("linear memory of %d bytes after %d times, want %d as after half of them, or a page more", vm.Memory(), times, warm)
		}
	}
	for _, shape := range slices.Sorted(maps.Keys(shapes)) {
		t.Run(shape, func(t *testing.T) { cycle(t, startVM(t), []string{shapes[shape]}, updates) })
	}
	t.Run("all", func(t *testing.T) {
		cycle(t, startVM(t), slices.Collect(maps.Values(shapes)), updates/4)
	})
}

// largestConfigurations returns for each part of a configuration, as contract.Choices
// makes them, the largest that is taken by having much of that part.
func largestConfigurations(t *testing.T) map[string]string {
	t.Helper()
	shapes := map[string]string{}
	for _, seed := range contract.Seeds(200) {
		text := seed.Configuration()
		if _, err := config.Parse([]byte(text)); err != nil {
			continue
		}
		var root any
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		if err := decoder.Decode(&root); err != nil {
			t.Fatal(err)
		}
		grow(root, "", func(shape string, large func(size int) string) {
			if shapes[shape] != "" {
				return
			}
			isTaken := func(size int) bool {
				_, err := config.Parse([]byte(large(size)))
				return err == nil
			}
			least, most := 0, 1<<16 // taken, and not taken
			for least+1 < most {
				if middle := (least + most) / 2; isTaken(middle) {
					least = middle
				} else {
					most = middle
				}
			}
			if least > 1 {
				shapes[shape] = large(least)
			}
		}, func() string { return marshal(t, root) })
	}
	for _, shape := range []string{"/implemented_methods", "/unimplemented", "/unimplemented/*/alternatives", "/servers", "/servers/*/hosts", "/format/body"} {
		if len(shapes[shape]) < 500 {
			t.Errorf("the largest of %s has %d bytes: %.200s", shape, len(shapes[shape]), shapes[shape])
		}
	}
	return shapes
}

func marshal(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// grow calls found for each part of a value with a way to make it larger; whole
// is the configuration with it.
func grow(value any, shape string, found func(shape string, large func(size int) string), whole func() string) {
	switch value := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			grown := shape + "/" + key
			if strings.Contains(shape, "/body") {
				grown = shape + "/*" // whatever it is called
			}
			member := value[key]
			grow(member, grown, found, whole)
			switch member := member.(type) {
			case []any:
				for _, varied := range variations(member) {
					found(grown, func(size int) string {
						value[key] = slices.Grow(member, size)[:len(member):len(member)]
						for i := range size {
							value[key] = append(value[key].([]any), varied(i))
						}
						defer func() { value[key] = member }()
						return whole()
					})
				}
			case string:
				found(grown, func(size int) string {
					value[key] = member + strings.Repeat("x", size)
					defer func() { value[key] = member }()
					return whole()
				})
			}
		}
	case []any:
		for _, element := range value {
			grow(element, shape+"/*", found, whole)
		}
	}
}

// variations are ways to have more of an array: each of its elements, with a number in
// some of its strings.
func variations(array []any) (all []func(i int) any) {
	constants := []string{"format", "problem_type", "content_type", "body", "implemented_methods"}
	for _, more := range [][]string{nil, {"method"}, {"method", "alternatives"}, {"method", "alternatives", "header"}} {
		for _, element := range array {
			all = append(all, func(i int) any { return numbered(element, i, slices.Concat(constants, more)) })
		}
	}
	return all
}

func numbered(value any, number int, constants []string) any {
	switch value := value.(type) {
	case string:
		return fmt.Sprint(value, number)
	case []any:
		var all []any
		for _, element := range value {
			all = append(all, numbered(element, number, constants))
		}
		return all
	case map[string]any:
		all := map[string]any{}
		for key, member := range value {
			if all[key] = member; !slices.Contains(constants, key) {
				all[key] = numbered(member, number, constants)
			}
		}
		return all
	}
	return value
}

// An update makes a configuration in the VM that those before it still are in, as
// long as their listeners drain.
func TestUpdatesThatDrain(t *testing.T) {
	const open = 5 // streams of each version
	vm := startVM(t)
	config := readmeExample(t)
	var old []*wasmtest.Plugin
	next := func() {
		plugin := configured(t, vm, config)
		for range open {
			if _, err := plugin.Open(); err != nil {
				t.Fatal(err)
			}
		}
		pass(t, plugin, mix)
		vm.Log()
		old = append(old, plugin)
	}
	for range 400 {
		next()
	}
	within(t, "400 updates while all the old ones drain", vm.Memory(), 2*mib)
	// They drain in ten minutes; then as many again take no more.
	full := vm.Memory()
	for range 400 {
		if err := old[0].Delete(); err != nil {
			t.Fatal(err)
		}
		old = old[1:]
		next()
	}
	within(t, "400 more, after the first ones drained", vm.Memory(), full)
}

// Each listener has a plugin of its own, in the VM of all.
func TestListeners(t *testing.T) {
	vm := startVM(t)
	config := readmeExample(t)
	const listeners = 128
	for range listeners {
		configured(t, vm, config)
	}
	within(t, fmt.Sprintf("%d listeners", listeners), vm.Memory(), mib)
}

// Requests as large as Envoy can be made to let in, in any order of sizes, take one
// block, whatever came before them.
func TestRaisedHeaderLimits(t *testing.T) {
	const (
		requests = 500
		largest  = 8 * mib
	)
	vm := startVM(t)
	// The fields are asked for one by one, or all at once.
	plugins := []*wasmtest.Plugin{
		configured(t, vm, `{"implemented_methods": ["POST"]}`),
		configured(t, vm, `{"unimplemented": [{"capability": "c", "header": "prefer", "value": "respond-async"}]}`),
		configured(t, vm, `{"unimplemented": [{"capability": "c", "method": "POST", "header": "prefer", "value": "respond-async"}]}`),
		configured(t, vm, `{"unimplemented": [{"capability": "c", "query": "uploads"}]}`),
	}
	padding := strings.Repeat("x", largest)
	places := []func(padding string) request{
		func(padding string) request { return request{{":method", padding}, {":path", "/"}} },
		func(padding string) request { return request{{":method", "POST"}, {":path", "/?" + padding}} },
		func(padding string) request { return request{{":method", "POST"}, {":path", "/"}, {"prefer", padding}} },
		func(padding string) request { return request{{":method", "GET"}, {":path", "/"}, {"x-other", padding}} },
		func(padding string) request {
			half := padding[:len(padding)/2]
			return request{{":method", "POST"}, {":path", half}, {"content-type", "application/grpc+" + half}}
		},
	}
	for i := range requests {
		// Each twice as large as the last, then those that grow slowly among all others.
		size := mib + i*7919%7000*kib
		switch {
		case i < 4:
			size = mib << i
		case i%2 == 0:
			size = min(mib+i*16*kib, largest)
		}
		pass(t, plugins[i/len(places)%len(plugins)], []request{places[i%len(places)](padding[:size-100])})
		vm.Log()
	}
	within(t, fmt.Sprintf("%d requests of 1 to 8 MiB", requests), vm.Memory(), 40*mib)
}
