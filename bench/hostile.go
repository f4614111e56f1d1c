// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"notimplemented/bench/guest"
)

// attack is a request that is cheap to send and expensive to read, by a configuration
// whose entries make the plugin read it. It passes.
type attack struct {
	name   string
	config string
	path   string
	fields [][2]string
}

// Of the 60 KiB of fields and 100 lines that Envoy takes.
const (
	pathSize   = 56_000
	lines      = 14
	lineSize   = 4_000 // HPACK's dynamic table has room for one such field
	manyLines  = 90
	shortLines = 600
)

// The first entry makes the plugin look, the others match for another method.
var (
	byParameter = entries(`{"capability":"c","query":"a=c"},{"capability":"c","method":"POST","query":"a=b"}`, `"query":"p%d"`)
	byMember    = entries(`{"capability":"c","header":"x-f","value":"other"}`, `"header":"x-f","value":"w%d"`)
)

var attacks = []attack{
	{"path of 56,000 bytes of <code>a=b&amp;</code>", byParameter, "/?" + fill("a=b&", pathSize), nil},
	{"path of 56,000 bytes of parameters that match for POST", byParameter, "/?" + fill("p1&p2&p3&", pathSize), nil},
	{"path of 56,000 bytes of encoded names", byParameter, "/?" + fill("%70%31&", pathSize), nil},
	{"14 lines of 4,000 bytes of <code>*,</code>", byMember, "/", field(lines, "*,", lineSize)},
	{"14 lines of 4,000 bytes of members of weight 0", byMember, "/", field(lines, "w0;q=0,", lineSize)},
	{"14 lines of 4,000 bytes of quoted strings", byMember, "/", field(lines, `"",`, lineSize)},
	{"14 lines of 4,000 bytes of members that match for POST", byMember, "/", field(lines, "w1,w2,w3,", lineSize)},
	{"90 lines of 600 bytes of members that match for POST", byMember, "/", field(manyLines, "w1,w2,w3,", shortLines)},
}

// entries returns a configuration with as many entries as it may have.
func entries(first, condition string) string {
	const most = 1000
	all := []string{first}
	for i := range most - 2 {
		all = append(all, fmt.Sprintf(`{"capability":"c","method":"POST",`+condition+`}`, i))
	}
	return `{"unimplemented":[` + strings.Join(all, ",") + `]}`
}

// field has one value in each of its lines, which by HPACK is a byte each.
func field(lines int, unit string, size int) [][2]string {
	return slices.Repeat([][2]string{{"x-f", fill(unit, size)}}, lines)
}

// fill repeats a unit as often as there is room for all of it.
func fill(unit string, size int) string { return strings.Repeat(unit, size/len(unit)) }

// attackOpenAtOnce is how many requests of a sample wait for their answers at a time,
// unless one alone is expensive enough.
const attackOpenAtOnce = 8

// instructions counts what a plugin executes for one request.
func (a attack) instructions(plugin module) (uint64, error) {
	wasm, err := os.ReadFile(plugin.path)
	if err != nil {
		return 0, err
	}
	vm, err := guest.Start(wasm, a.config)
	if err != nil {
		return 0, err
	}
	request := get("GET")
	request[1][1] = a.path
	count, _, err := typical(vm, 3, append(request, a.fields...))
	return count, err
}

// variant is the plugin with what the attack is for.
func (a attack) variant(plugin module, i int) variant {
	name := fmt.Sprintf("%s-%d", plugin.name, i)
	return variant{name: name, filters: []object{plugin.filter(name, a.config)}}
}

// hurt is the CPU time of Envoy's worker for one request of an attack.
type hurt struct {
	Plugin       string  `json:"plugin"`
	Attack       string  `json:"attack"`
	Instructions uint64  `json:"instructions"`
	Without      float64 `json:"without_us"`
	With         float64 `json:"with_us"`
	Times        float64 `json:"times"` // the median of what they are in each round
}

// A sample takes as many requests as this CPU time is enough for, and at most so
// many.
const (
	attackTime     = 20 * time.Millisecond
	attackRequests = 320
	// warmUpTime is enough for V8 to compile what is hot.
	warmUpTime = 10 * attackTime
)

func measureAttacks(ctx context.Context, plugins []module, rounds int) (all []hurt, err error) {
	variants := []variant{none}
	for i, a := range attacks {
		for _, plugin := range plugins {
			variants = append(variants, a.variant(plugin, i))
		}
	}
	p, err := startEnvoy(ctx, variants, 1)
	if err != nil {
		return nil, err
	}
	defer p.stop()
	worker, err := p.worker()
	if err != nil {
		return nil, err
	}
	for i, a := range attacks {
		without, err := p.attacker(none, a, worker)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.name, err)
		}
		with, times := make([]*attacker, len(plugins)), make([][]float64, len(plugins))
		for j, plugin := range plugins {
			if with[j], err = p.attacker(a.variant(plugin, i), a, worker); err != nil {
				return nil, fmt.Errorf("%s, %s: %w", a.name, plugin.name, err)
			}
		}
		for range rounds {
			base, err := without.sample()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", a.name, err)
			}
			for _, j := range rand.Perm(len(plugins)) {
				cost, err := with[j].sample()
				if err != nil {
					return nil, fmt.Errorf("%s: %w", a.name, err)
				}
				times[j] = append(times[j], cost/base)
			}
		}
		for j, plugin := range plugins {
			count, err := a.instructions(plugin)
			if err != nil {
				return nil, err
			}
			all = append(all, hurt{plugin.label, a.name, count, median(without.costs), median(with[j].costs), median(times[j])})
		}
	}
	return all, nil
}

// worst returns the attack that costs this plugin most, over Envoy's own cost.
func worst(all []hurt) attack {
	ours := slices.DeleteFunc(slices.Clone(all), func(h hurt) bool { return h.Plugin != pluginLabel })
	most := slices.MaxFunc(ours, func(a, b hurt) int { return cmp.Compare(a.Times, b.Times) })
	return attacks[slices.IndexFunc(attacks, func(a attack) bool { return a.name == most.Attack })]
}

func median(values []float64) float64 { return spreadOf(values).Median }

// attacker is an attack on one variant.
type attacker struct {
	client  *client
	process *process
	worker  []int
	open    int
	costs   []float64 // a request, in microseconds
}

// attacker connects, and returns when V8 has compiled what is hot.
func (p *process) attacker(v variant, a attack, worker []int) (*attacker, error) {
	conn, err := p.dial(v)
	if err != nil {
		return nil, err
	}
	client, err := newClient(conn, a.path, a.fields)
	if err != nil {
		return nil, err
	}
	attacker := &attacker{client: client, process: p, worker: worker, open: 1}
	for spent := time.Duration(0); spent < warmUpTime; {
		_, took, err := attacker.send()
		if err != nil {
			return nil, err
		}
		spent += took
	}
	if cost, err := attacker.sample(); err != nil {
		return nil, err
	} else if cost*attackOpenAtOnce < float64(attackTime.Microseconds()) {
		attacker.open = attackOpenAtOnce
	}
	attacker.costs = nil
	return attacker, nil
}

// send takes a sample.
func (a *attacker) send() (requests int, took time.Duration, err error) {
	before, err := a.process.cpu(a.worker)
	if err != nil {
		return 0, 0, err
	}
	for took < attackTime && requests < attackRequests {
		for range a.open {
			err = errors.Join(err, a.client.send())
		}
		for range a.open {
			err = errors.Join(err, a.client.receive())
		}
		after, cpuErr := a.process.cpu(a.worker)
		if err = errors.Join(err, cpuErr); err != nil {
			return 0, 0, err
		}
		requests += a.open
		took = after - before
	}
	return requests, took, nil
}

func (a *attacker) sample() (cost float64, err error) {
	requests, took, err := a.send()
	if err != nil {
		return 0, err
	}
	cost = float64(took.Nanoseconds()) / 1000 / float64(requests)
	a.costs = append(a.costs, cost)
	return cost, nil
}

// suffered is what others get while one connection attacks.
type suffered struct {
	Filter string  `json:"filter"`
	Busy   float64 `json:"worker_busy_percent"`
	Median float64 `json:"others_median_ms"`
	P99    float64 `json:"others_p99_ms"`
}

const (
	attackRate  = 300 // requests a second
	attackFor   = 4 * time.Second
	othersEvery = 4 * time.Millisecond
	// attackOpen is how many requests wait for their answers; Envoy takes 100 streams.
	attackOpen = 90
)

func measureSuffering(ctx context.Context, plugins []module, a attack, rounds int) (all []suffered, err error) {
	variants := []variant{none}
	for _, plugin := range plugins {
		for _, v := range []struct{ name, label, config string }{
			{plugin.name + "-0", plugin.label + " without entries", rule},
			{plugin.name + "-entries", plugin.label + " with entries", a.config},
		} {
			variants = append(variants, variant{name: v.name, label: v.label, filters: []object{plugin.filter(v.name, v.config)}})
		}
	}
	p, err := startEnvoy(ctx, variants, 1)
	if err != nil {
		return nil, err
	}
	defer p.stop()
	worker, err := p.worker()
	if err != nil {
		return nil, err
	}
	busy, latencies := make([][]float64, len(variants)), make([][]float64, len(variants))
	for range rounds {
		for _, i := range rand.Perm(len(variants)) {
			share, others, err := p.suffer(variants[i], a, worker)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", variants[i].name, err)
			}
			busy[i], latencies[i] = append(busy[i], share), append(latencies[i], others...)
		}
	}
	for i, v := range variants {
		slices.Sort(latencies[i])
		all = append(all, suffered{v.label, median(busy[i]), median(latencies[i]), latencies[i][len(latencies[i])*99/100]})
	}
	return all, nil
}

// suffer returns the share of its time that the worker is busy, in percent, and
// the latencies of others, in milliseconds.
func (p *process) suffer(v variant, a attack, worker []int) (busy float64, latencies []float64, err error) {
	conn, err := p.dial(v)
	if err != nil {
		return 0, nil, err
	}
	attacker, err := newClient(conn, a.path, a.fields)
	if err != nil {
		return 0, nil, err
	}
	other, err := p.dial(v)
	if err != nil {
		return 0, nil, err
	}
	defer other.Close()
	victim, err := newClient(other, "/", nil)
	if err != nil {
		return 0, nil, err
	}

	open := make(chan struct{}, attackOpen)
	failed := make(chan error, 2)
	before, err := p.cpu(worker)
	if err != nil {
		return 0, nil, err
	}
	begin := time.Now()
	go func() {
		defer close(open)
		for i := 0; ; i++ {
			at := time.Duration(i) * time.Second / attackRate
			if at >= attackFor {
				failed <- nil
				return
			}
			time.Sleep(time.Until(begin.Add(at)))
			open <- struct{}{}
			if err := attacker.send(); err != nil {
				failed <- err
				return
			}
		}
	}()
	go func() {
		for range open {
			if err := attacker.receive(); err != nil {
				failed <- err
				conn.Close() // ends the other one too
				for range open {
				}
				return
			}
		}
		failed <- nil
	}()
	for at := time.Duration(0); at < attackFor; at = max(at+othersEvery, time.Since(begin)) {
		time.Sleep(time.Until(begin.Add(at)))
		sent := time.Now()
		if err = errors.Join(victim.send(), victim.receive()); err != nil {
			break
		}
		latencies = append(latencies, float64(time.Since(sent).Microseconds())/1000)
	}
	after, cpuErr := p.cpu(worker)
	elapsed := time.Since(begin)
	err = errors.Join(err, cpuErr, <-failed, <-failed)
	conn.Close()
	return 100 * float64(after-before) / float64(elapsed), latencies, err
}
