// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
)

// How many requests one sample takes: so few that a disturbance of the machine
// hits one sample and not a round.
const (
	aSample    = 4000
	fewASample = 1000 // where one may take long
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

// load is what is sent to a variant for one sample.
type load struct {
	requests int
	send     func(p *process, v variant) error
}

// compare takes one sample of every variant under every load in each round, in random
// order. It returns, by variant and load, the CPU time of Envoy's worker for a request,
// from the second variant on as the difference to the first one within the round.
func compare(ctx context.Context, variants []variant, loads []load, rounds int) (costs [][]spread, err error) {
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
		took := make(map[sample]float64)
		for _, s := range samples {
			if took[s], err = p.sample(variants[s.variant], loads[s.load], worker); err != nil {
				return nil, fmt.Errorf("%s: %w", variants[s.variant].name, err)
			}
		}
		for s, cost := range took {
			if s.variant > 0 {
				cost -= took[sample{0, s.load}]
			}
			if round >= 0 {
				differences[s] = append(differences[s], cost)
			}
		}
	}
	costs = make([][]spread, len(variants))
	for i := range variants {
		for j := range loads {
			costs[i] = append(costs[i], spreadOf(differences[sample{i, j}]))
		}
	}
	return costs, nil
}

// check makes sure that what is measured is what is meant.
func (p *process) check(v variant) error {
	for method, want := range map[string]int{"GET": 200, "TRACE": v.trace()} {
		status, err := p.send(v, method)
		if err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
		if status != want {
			return fmt.Errorf("%s: status %d for %s, want %d\n%s", v.name, status, method, want, p.Stderr)
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

// sample returns the CPU time of the worker for one request, in microseconds.
func (p *process) sample(v variant, l load, worker []int) (float64, error) {
	before, err := p.cpu(worker)
	if err != nil {
		return 0, err
	}
	if err := l.send(p, v); err != nil {
		return 0, err
	}
	after, err := p.cpu(worker)
	return float64((after - before).Nanoseconds()) / 1000 / float64(l.requests), err
}

// request is one that h2load sends.
type request struct {
	method, protocol string
	fields           [][2]string // in place of its own
}

func (r request) load(requests int) load {
	return load{requests, func(p *process, v variant) error {
		arguments := []string{"-n", fmt.Sprint(requests), "-c", "8", "-H", ":method: " + r.method, "-B", "unix:" + p.socket(v)}
		if r.protocol == "HTTP/1.1" {
			arguments = append(arguments, "--h1")
		}
		for _, field := range r.fields {
			arguments = append(arguments, "-H", field[0]+": "+field[1])
		}
		output, err := exec.Command("h2load", append(arguments, "http://bench/")...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("h2load: %w\n%s", err, output)
		}
		want := fmt.Sprintf("status codes: %d 2xx", requests)
		if r.method == "TRACE" && !v.passes {
			want = fmt.Sprintf("%d 5xx", requests)
		}
		if !strings.Contains(string(output), want) {
			return fmt.Errorf("want %s\n%s", want, output)
		}
		return nil
	}}
}

// added is the CPU time of Envoy's worker that a variant adds to a request.
type added struct {
	Variant  string `json:"variant"`
	Method   string `json:"method"`
	Protocol string `json:"protocol"`
	spread
}

var requests = []request{{method: "GET", protocol: "HTTP/1.1"}, {method: "TRACE", protocol: "HTTP/1.1"}, {method: "GET", protocol: "HTTP/2"}, {method: "TRACE", protocol: "HTTP/2"}}

func measureAdded(ctx context.Context, modules []module, rounds int) (all []added, err error) {
	var loads []load
	for _, r := range requests {
		loads = append(loads, r.load(aSample))
	}
	compared := variants(modules)
	costs, err := compare(ctx, compared, loads, rounds)
	for i := range costs {
		for j, r := range requests {
			all = append(all, added{compared[i].label, r.method, r.protocol, costs[i][j]})
		}
	}
	return all, err
}
