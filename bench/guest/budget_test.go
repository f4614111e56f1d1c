// SPDX-License-Identifier: Apache-2.0

package guest

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/bytecodealliance/wasmtime-go/v35"
)

const config = `{"implemented_methods": ["GET", "HEAD", "POST"]}`

// A byte that each request left behind would already be seen in the memory.
const requests = 100_000

func with(method string) Request {
	return Request{":method": method, ":path": "/", ":scheme": "http", ":authority": "example.com", "user-agent": "curl/8", "accept": "*/*"}
}

func pluginWasm(t *testing.T) []byte {
	t.Helper()
	path := os.Getenv("PLUGIN")
	if path == "" {
		t.Skip(`PLUGIN is unset; "make test" builds the plugin and sets it`)
	}
	wasm, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf(`%v; "make build" makes it`, err)
	}
	return wasm
}

func start(t *testing.T, config string) *VM {
	t.Helper()
	vm, err := Start(pluginWasm(t), config)
	if err != nil {
		t.Fatal(err)
	}
	return vm
}

// within prints a figure beside its budget.
func within(t *testing.T, what string, figure, budget uint64) {
	t.Helper()
	report := t.Logf
	if figure > budget {
		report = t.Errorf
	}
	report("%-45s %7d of %7d", what, figure, budget)
}

func TestModuleBudget(t *testing.T) {
	wasm := pluginWasm(t)
	module, err := wasmtime.NewModule(wasmtime.NewEngine(), wasm)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "bytes of plugin.wasm", uint64(len(wasm)), 160<<10)
	within(t, "exports", uint64(len(module.Exports())), 10)
}

func TestRequestBudget(t *testing.T) {
	for _, tt := range []struct {
		name, method string
		answered     bool
		budget       uint64
	}{
		{"a GET that passes", "GET", false, 1500},
		{"a 501", "TRACE", true, 2500},
		{"a 501 to a method that is not registered", "BREW", true, 4000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			vm := start(t, config)
			request := with(tt.method)
			costs := make([]uint64, requests)
			var memory int
			for i := range costs {
				cost, answered, err := vm.Send(request)
				if err != nil {
					t.Fatal(err)
				}
				if answered != tt.answered {
					t.Fatalf("request %d: answered %v, want %v", i, answered, tt.answered)
				}
				costs[i] = cost
				if i == 0 {
					memory = vm.Memory()
				}
			}
			slices.Sort(costs)
			typical := costs[len(costs)/2]
			within(t, "wasm instructions", typical, tt.budget)
			within(t, fmt.Sprintf("wasm instructions, worst of %d", requests), costs[len(costs)-1], 2*typical)
			within(t, "bytes of memory", uint64(vm.Memory()), 256<<10)
			if vm.Memory() != memory {
				t.Errorf("%d bytes of memory after the first request, %d after %d, want the same", memory, vm.Memory(), requests)
			}
		})
	}
}

// New configurations in a VM that goes on must not fill it.
func TestReconfigurationBudget(t *testing.T) {
	vm := start(t, config)
	for i := range 1000 {
		method := fmt.Sprintf("M%d", i)
		if err := vm.Configure(fmt.Sprintf(`{"unimplemented": [{"method": %q}, {"capability": "c", "query": "q%d"}]}`, method, i)); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			method   string
			answered bool
		}{{method, true}, {"GET", false}} {
			if _, answered, err := vm.Send(with(tt.method)); err != nil || answered != tt.answered {
				t.Fatalf("configuration %d: %s answered %v, %v, want %v", i, tt.method, answered, err, tt.answered)
			}
		}
	}
	within(t, "bytes of memory after 1000 configurations", uint64(vm.Memory()), 256<<10)
}
