// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"slices"

	"notimplemented/bench/guest"
)

// instructions is what a module executes for a request, all its callbacks.
type instructions struct {
	Name    string `json:"name"`
	GET     uint64 `json:"get"`
	NotImpl uint64 `json:"501"`
	Worst   uint64 `json:"worst"` // of the GETs
	Memory  int    `json:"memory_bytes"`
	Size    int    `json:"file_bytes"`
}

func get(method string) guest.Request {
	return guest.Request{{":method", method}, {":path", "/"}, {":scheme", "http"}, {":authority", "bench"}, {"user-agent", "h2load"}}
}

func countInstructions(modules []module) (counts []instructions, err error) {
	for _, m := range modules {
		wasm, err := os.ReadFile(m.path)
		if err != nil {
			return nil, err
		}
		vm, err := guest.Start(wasm, rule)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		count := instructions{Name: m.label, Size: len(wasm)}
		for _, request := range []struct {
			method         string
			typical, worst *uint64
		}{{"GET", &count.GET, &count.Worst}, {"TRACE", &count.NotImpl, new(uint64)}} {
			if *request.typical, *request.worst, err = typical(vm, get(request.method), 5000); err != nil {
				return nil, fmt.Errorf("%s: %w", m.name, err)
			}
		}
		count.Memory = vm.Memory()
		counts = append(counts, count)
	}
	return counts, nil
}

// typical returns the median and the highest count of many requests.
func typical(vm *guest.VM, request guest.Request, times int) (median, worst uint64, err error) {
	counts := make([]uint64, times)
	for i := range counts {
		if counts[i], _, err = vm.Send(request); err != nil {
			return 0, 0, err
		}
	}
	slices.Sort(counts)
	return counts[len(counts)/2], counts[len(counts)-1], nil
}
