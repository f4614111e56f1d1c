// SPDX-License-Identifier: Apache-2.0

package filter_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

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
	report("%-50s %7d KiB, want at most %d", what, bytes/kib, limit/kib)
}

// documented is the first configuration of docs/configuration.md.
func documented(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```json\n(\\{.*?)```").FindSubmatch(text)
	if block == nil {
		t.Fatal("docs/configuration.md has no configuration")
	}
	return string(block[1])
}

// addresses is what a collector that reads it takes for pointers into each 128 KiB
// of a GiB.
func addresses() string {
	var b []byte
	for address := uint32(0); len(b) < 33_000; address += 128 * kib {
		b = binary.LittleEndian.AppendUint32(b, address|0x1234)
	}
	return string(b)
}

// Requests as large as Envoy can be made to let in, in any order of sizes, take a
// block that is kept; whatever came before them.
func TestRaisedHeaderLimits(t *testing.T) {
	const (
		requests = 2000
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
	misleading := request{{":method", "POST"}, {":path", "/"}, {"prefer", addresses()}}
	for i := range requests {
		// Each twice as large as the last, then those that grow slowly among all others.
		size := mib + i*7919%7000*kib
		switch {
		case i < 4:
			size = mib << i
		case i%2 == 0:
			size = min(mib+i*4*kib, largest)
		}
		plugin := plugins[i/len(places)%len(plugins)]
		for _, r := range []request{misleading, places[i%len(places)](padding[:size-100])} {
			if _, err := plugin.Request(r); err != nil {
				t.Fatalf("request %d, with %d KiB of memory: %v", i, vm.Memory()/kib, err)
			}
		}
		vm.Log()
	}
	within(t, fmt.Sprintf("%d requests of 1 to 8 MiB", requests), vm.Memory(), 40*mib)
}

// An update makes a configuration in the VM that those before it still are in, as
// long as their listeners drain.
func TestUpdates(t *testing.T) {
	vm := startVM(t)
	config := documented(t)
	var old []*wasmtest.Plugin
	update := func() {
		plugin := configured(t, vm, config)
		for _, fields := range []request{
			{{":method", "GET"}, {":path", "/"}},
			{{":method", "TRACE"}, {":path", "/"}},
			{{":method", "PATCH"}, {":path", "/"}},
		} {
			if _, err := plugin.Request(fields); err != nil {
				t.Fatal(err)
			}
		}
		vm.Log()
		old = append(old, plugin)
	}
	for range 400 {
		update()
	}
	within(t, "400 updates while all the old ones drain", vm.Memory(), 4*mib)
	// They drain in ten minutes; then as many again take no more.
	full := vm.Memory()
	for range 400 {
		if err := old[0].Delete(); err != nil {
			t.Fatal(err)
		}
		old = old[1:]
		update()
	}
	within(t, "400 more, after the first ones drained", vm.Memory(), full)
}

// Each listener has a plugin of its own, in the VM of all.
func TestListeners(t *testing.T) {
	vm := startVM(t)
	config := documented(t)
	const listeners = 128
	for range listeners {
		configured(t, vm, config)
	}
	within(t, fmt.Sprintf("%d listeners", listeners), vm.Memory(), mib)
}

// The linear memory doubles, so that only many configurations tell what one takes.
func TestFurtherConfiguration(t *testing.T) {
	vm := startVM(t)
	config := documented(t)
	configured(t, vm, config)
	small := vm.Memory()
	var count uint32
	for vm.Memory() < 4*mib {
		configured(t, vm, config)
		count++
	}
	within(t, fmt.Sprintf("each of %d further configurations", count), (vm.Memory()/2-small)/count, 6*kib)
}
