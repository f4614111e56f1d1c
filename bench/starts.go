// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// started is what it costs to start an Envoy with a filter, and with more of it.
type started struct {
	What   string  `json:"what"`
	CPU    float64 `json:"cpu_ms"`
	First  float64 `json:"first_mib"`  // in all
	VM     float64 `json:"vm_mib"`     // for each further one, in a VM of its own
	Plugin float64 `json:"plugin_mib"` // for each further one in a VM
	Worker float64 `json:"worker_mib"` // for each further one
}

const (
	starts      = 3 // the median of which counts
	mostPlugins = 32
	mostWorkers = 9
)

func measureStarts(ctx context.Context, modules []module) (all []started, err error) {
	cpu, memory, err := start(ctx, []variant{{name: "none"}}, 1)
	if err != nil {
		return nil, err
	}
	all = append(all, started{What: none.label, CPU: cpu, First: memory})
	for _, m := range modules {
		s := started{What: m.label}
		if s.CPU, s.First, err = start(ctx, m.many(1, 1), 1); err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		for _, more := range []struct {
			of                    *float64
			plugins, vms, workers int
		}{{&s.VM, mostPlugins, mostPlugins, 1}, {&s.Plugin, mostPlugins, 1, 1}, {&s.Worker, 1, 1, mostWorkers}} {
			_, memory, err := start(ctx, m.many(more.plugins, more.vms), more.workers)
			if err != nil {
				return nil, fmt.Errorf("%s, %d plugins: %w", m.name, more.plugins, err)
			}
			*more.of = (memory - s.First) / float64(more.plugins+more.workers-2)
		}
		all = append(all, s)
	}
	return all, nil
}

// many is so many plugins of different configurations in so many VMs.
func (m module) many(plugins, vms int) (all []variant) {
	for i := range plugins {
		config := fmt.Sprintf(`{"implemented_methods": ["GET", "M%d"]}`, i)
		all = append(all, variant{name: fmt.Sprintf("v%d", i), filters: []object{m.filter(fmt.Sprintf("vm%d", i%vms), config)}})
	}
	return all
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
