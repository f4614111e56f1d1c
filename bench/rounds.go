// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"

	"notimplemented/bench/guest"
)

// How many requests one sample takes: so few that a disturbance of the machine
// hits one sample and not a round.
const (
	requests    = 4000
	fewRequests = 1000 // where one may take long
)

// spread is what paired differences show, in microseconds.
type spread struct {
	Median float64 `json:"median_us"`
	Low    float64 `json:"lower_quartile_us"`
	High   float64 `json:"upper_quartile_us"`
}

func spreadOf(values []float64) spread {
	slices.Sort(values)
	at := func(part float64) float64 { return values[int(part*float64(len(values)-1)+0.5)] }
	return spread{at(0.5), at(0.25), at(0.75)}
}

// added writes what is added by it.
func (s spread) added() string {
	return fmt.Sprintf("%+.1f (%+.1f … %+.1f)", s.Median, s.Low, s.High)
}

// added is the CPU time of Envoy's worker that a variant adds to a request.
type added struct {
	Variant  string `json:"variant"`
	Method   string `json:"method"`
	Protocol string `json:"protocol"`
	spread
}

// load is a request that is sent many times.
type load struct {
	method, protocol string
	query            string      // with its question mark
	fields           [][2]string // besides those of h2load
}

var loads = []load{{method: "GET", protocol: "HTTP/1.1"}, {method: "TRACE", protocol: "HTTP/1.1"}, {method: "GET", protocol: "HTTP/2"}, {method: "TRACE", protocol: "HTTP/2"}}

func measureAdded(ctx context.Context, modules []module, rounds int) ([]added, error) {
	return compare(ctx, variants(modules), loads, rounds, requests)
}

// compare takes one sample of every variant under every load in each round, in
// random order, and the difference to the first variant within the round.
func compare(ctx context.Context, variants []variant, loads []load, rounds, requests int) (all []added, err error) {
	p, err := startEnvoy(ctx, variants, 1)
	if err != nil {
		return nil, err
	}
	defer p.stop()
	for _, v := range variants {
		if err := p.check(v); err != nil {
			return nil, err
		}
	}
	worker, err := p.worker()
	if err != nil {
		return nil, err
	}
	type sample struct{ variant, load int }
	var samples []sample
	for i := range variants {
		for j := range loads {
			samples = append(samples, sample{i, j})
		}
	}
	differences := make(map[sample][]float64)
	for round := -1; round < rounds; round++ { // the first one lets V8 compile what is hot
		rand.Shuffle(len(samples), func(i, j int) { samples[i], samples[j] = samples[j], samples[i] })
		costs := make(map[sample]float64)
		for _, s := range samples {
			if costs[s], err = p.sample(variants[s.variant], loads[s.load], requests, worker); err != nil {
				return nil, fmt.Errorf("%s: %w", variants[s.variant].name, err)
			}
		}
		for s, cost := range costs {
			if round >= 0 && s.variant > 0 {
				cost -= costs[sample{0, s.load}]
			}
			if round >= 0 {
				differences[s] = append(differences[s], cost)
			}
		}
	}
	for i, v := range variants {
		for j, l := range loads {
			all = append(all, added{v.label, l.method, l.protocol, spreadOf(differences[sample{i, j}])})
		}
	}
	return all, nil
}

// check makes sure that what is measured is what is meant.
func (p *process) check(v variant) error {
	for _, tt := range []struct {
		method string
		status int
	}{{"GET", 200}, {"TRACE", v.trace()}} {
		status, err := p.send(v, tt.method)
		if err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
		if status != tt.status {
			return fmt.Errorf("%s: status %d for %s, want %d\n%s", v.name, status, tt.method, tt.status, p.Stderr)
		}
	}
	return nil
}

func (v variant) trace() int {
	if v.passes {
		return 200
	}
	return 501
}

// h2load is a command that sends a load.
func (p *process) h2load(v variant, l load, options ...string) *exec.Cmd {
	arguments := append(options, "-H", ":method: "+l.method, "-B", "unix:"+p.socket(v))
	if l.protocol == "HTTP/1.1" {
		arguments = append(arguments, "--h1")
	}
	for _, field := range l.fields {
		arguments = append(arguments, "-H", field[0]+": "+field[1])
	}
	return exec.Command("h2load", append(arguments, "http://bench/"+l.query)...)
}

// sample returns the CPU time of the worker for one request, in microseconds.
func (p *process) sample(v variant, l load, requests int, worker []int) (float64, error) {
	before, err := p.cpu(worker)
	if err != nil {
		return 0, err
	}
	output, err := p.h2load(v, l, "-n", fmt.Sprint(requests), "-c", "8").CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("h2load: %w\n%s", err, output)
	}
	after, err := p.cpu(worker)
	if err != nil {
		return 0, err
	}
	want := fmt.Sprintf("status codes: %d 2xx", requests)
	if l.method == "TRACE" && !v.passes {
		want = fmt.Sprintf("%d 5xx", requests)
	}
	if !strings.Contains(string(output), want) {
		return 0, fmt.Errorf("want %s\n%s", want, output)
	}
	return float64((after - before).Nanoseconds()) / 1000 / float64(requests), nil
}

// grown is what a GET that passes costs with a configuration of some size.
type grown struct {
	Plugin       string `json:"plugin"`
	What         string `json:"what"`
	Size         int    `json:"size"`
	Client       string `json:"client"`
	Instructions uint64 `json:"instructions"`
	spread
}

func measureGrowth(ctx context.Context, plugins []module, rounds int) (all []grown, err error) {
	compared := []variant{none}
	clients := []string{"h2load", "browser"}
	gets := []load{{method: "GET", protocol: "HTTP/1.1"}, {method: "GET", protocol: "HTTP/1.1", fields: browser}}
	configurations := growth()
	for _, plugin := range plugins {
		wasm, err := os.ReadFile(plugin.path)
		if err != nil {
			return nil, err
		}
		for _, what := range slices.Sorted(maps.Keys(configurations)) {
			for _, size := range sizes {
				config := configurations[what](size)
				vm, err := guest.Start(wasm, config)
				if err != nil {
					return nil, err
				}
				for i, l := range gets {
					count, _, err := typical(vm, 20, l.request())
					if err != nil {
						return nil, err
					}
					all = append(all, grown{Plugin: plugin.label, What: what, Size: size, Client: clients[i], Instructions: count})
				}
				name := fmt.Sprintf("%s-%s-%d", plugin.name, strings.ReplaceAll(what, " ", "-"), size)
				compared = append(compared, variant{name: name, passes: what != "methods", filters: []object{plugin.filter(name, config)}})
			}
		}
	}
	costs, err := compare(ctx, compared, gets, rounds, fewRequests)
	if err != nil {
		return nil, err
	}
	for i, cost := range costs[len(gets):] {
		all[i].spread = cost.spread
	}
	return all, nil
}
