// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"notimplemented/bench/guest"
)

// instructions is what a module executes for a request, all its callbacks.
type instructions struct {
	Name    string `json:"name"`
	GET     uint64 `json:"get"`
	NotImpl uint64 `json:"501"`
	Worst   uint64 `json:"worst_of_mix"`
	Memory  uint32 `json:"memory_bytes"`
	Size    int    `json:"file_bytes"`
}

// browser is the fields that a browser sends.
var browser = [][2]string{
	{"user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},
	{"accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
	{"accept-language", "en-US,en;q=0.5"},
	{"accept-encoding", "gzip, deflate, br, zstd"},
	{"referer", "https://bench.example/orders"},
	{"cookie", "session=0123456789abcdef0123456789abcdef; theme=dark"},
	{"upgrade-insecure-requests", "1"},
	{"sec-fetch-dest", "document"},
	{"sec-fetch-mode", "navigate"},
	{"sec-fetch-site", "same-origin"},
	{"sec-fetch-user", "?1"},
	{"priority", "u=0, i"},
	{"dnt", "1"},
	{"sec-gpc", "1"},
	{"if-none-match", `"0123456789abcdef"`},
}

// mix are requests that differ in everything that an answer depends on.
func mix() (all [][][2]string) {
	for _, contentType := range []string{"application/json", "application/grpc", "application/grpc-web", "application/grpc-web-text"} {
		for _, method := range []string{"GET", "TRACE", "POST", "BREW", `A'B`, strings.Repeat("M", 100)} {
			all = append(all, request{method: method, fields: [][2]string{{"content-type", contentType}}}.lines())
		}
	}
	return append(all, request{method: "GET", fields: browser}.lines())
}

// lines are the fields of the request as a plugin sees them.
func (r request) lines() [][2]string {
	lines := [][2]string{{":method", r.method}, {":path", "/"}, {":scheme", "http"}, {":authority", "bench"}}
	if r.fields == nil {
		return append(lines, [2]string{"user-agent", "h2load"})
	}
	return append(lines, r.fields...)
}

func countInstructions(modules []module) (counts []instructions, err error) {
	const times = 5000
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
		count.GET, _, err = typical(vm, times, request{method: "GET"}.lines())
		if err == nil {
			count.NotImpl, _, err = typical(vm, times, request{method: "TRACE"}.lines())
		}
		if err == nil {
			_, count.Worst, err = typical(vm, times, mix()...)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		count.Memory = vm.Memory()
		counts = append(counts, count)
	}
	return counts, nil
}

// typical sends the requests in turn, and returns the median and the highest count of
// so many. What a VM does for the first of a kind does not count.
func typical(vm *guest.VM, times int, requests ...[][2]string) (median, worst uint64, err error) {
	counts := make([]uint64, len(requests)+times)
	for i := range counts {
		if counts[i], _, err = vm.Send(requests[i%len(requests)]); err != nil {
			return 0, 0, err
		}
	}
	counts = counts[len(requests):]
	slices.Sort(counts)
	return counts[len(counts)/2], counts[len(counts)-1], nil
}
