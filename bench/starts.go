// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// started is what it costs to start an Envoy.
type started struct {
	What    string  `json:"what"`
	Plugins int     `json:"plugins"`
	VMs     int     `json:"vms"` // on each thread that has some
	Workers int     `json:"workers"`
	CPU     float64 `json:"cpu_ms"`
	Memory  float64 `json:"memory_mib"`
}

const (
	starts      = 3 // the median of which counts
	mostVMs     = 32
	mostWorkers = 9
)

func measureStarts(ctx context.Context, modules []module) (all []started, err error) {
	add := func(s started, m module) error {
		var variants []variant
		if s.Plugins == 0 {
			variants = []variant{{name: "none"}}
		}
		for i := range s.Plugins {
			name := fmt.Sprintf("v%d", i)
			config := fmt.Sprintf(`{"implemented_methods": ["GET", "M%d"]}`, i)
			variants = append(variants, variant{name: name, filters: []object{m.filter(fmt.Sprintf("vm%d", i%s.VMs), config)}})
		}
		if s.CPU, s.Memory, err = start(ctx, variants, s.Workers); err != nil {
			return fmt.Errorf("%s, %d plugins: %w", s.What, s.Plugins, err)
		}
		all = append(all, s)
		return nil
	}
	for _, workers := range []int{1, mostWorkers} {
		if err := add(started{What: none.label, Workers: workers}, module{}); err != nil {
			return nil, err
		}
	}
	for _, m := range modules {
		plans := []started{{Plugins: 1, VMs: 1, Workers: 1}, {Plugins: mostVMs, VMs: mostVMs, Workers: 1}, {Plugins: 1, VMs: 1, Workers: mostWorkers}}
		if m.name == "plugin" {
			for plugins := 2; plugins <= mostVMs; plugins *= 2 {
				plans = append(plans, started{Plugins: plugins, VMs: 1, Workers: 1})
			}
		}
		for _, plan := range plans {
			plan.What = m.label
			if err := add(plan, m); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// start returns the CPU time in milliseconds and the memory in MiB of an Envoy
// that answers on every listener.
func start(ctx context.Context, variants []variant, workers int) (cpu, memory float64, err error) {
	var cpus, memories []float64
	for range starts {
		p, err := startEnvoy(ctx, variants, workers)
		if err != nil {
			return 0, 0, err
		}
		threads, err := p.threads("")
		var ran time.Duration
		if err == nil {
			ran, err = p.cpu(threads)
		}
		var bytes int
		if err == nil {
			bytes, _, err = p.Memory()
		}
		p.stop()
		if err != nil {
			return 0, 0, err
		}
		cpus = append(cpus, float64(ran.Microseconds())/1000)
		memories = append(memories, float64(bytes)/(1<<20))
	}
	slices.Sort(cpus)
	slices.Sort(memories)
	return cpus[starts/2], memories[starts/2], nil
}
