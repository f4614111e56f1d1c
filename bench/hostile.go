// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"notimplemented/bench/guest"
)

// attack is a request that is cheap to send and much to read, to a configuration
// whose entries ask for what it has much of.
type attack struct {
	name     string
	entries  string // of what kind
	sizes    []int
	protocol string
	path     string
	fields   [][2]string
}

const (
	tableValue  = 4000 // bytes; HPACK's dynamic table has room for one such field
	tableTimes  = 14   // Envoy takes 60 KiB of fields
	http1Header = 59 << 10
)

var (
	few  = []int{1, 10, 1000}
	many = []int{1000}
)

var attacks = []attack{
	{"14 × 4,000 commas", "values", few, "HTTP/2", "/", referred(",")},
	{"14 × 4,000 bytes of members that nearly match", "values", few, "HTTP/2", "/", referred("wx,w9x,w99x,")},
	{"14 × 4,000 bytes of members of weight 0", "values", few, "HTTP/2", "/", referred("w0;q=0,")},
	{"14 × 4,000 bytes of quoted strings", "values", few, "HTTP/2", "/", referred(`"",`)},
	{"14 × 4,000 bytes of members that match for another method", "values of POST", few, "HTTP/2", "/", referred("w1,w2,w3,w4,w5,w6,w7,w8,w9,")},
	{"4,000 &", "parameters", few, "HTTP/2", "/?" + fill("&", tableValue), nil},
	{"4,000 bytes of parameters that nearly match", "parameters", few, "HTTP/2", "/?" + fill("px&p9x&p99x&", tableValue), nil},
	{"59 KiB of commas", "values", many, "HTTP/1.1", "/", [][2]string{{"x-f", fill(",", http1Header)}}},
	{"59 KiB of &", "parameters", many, "HTTP/1.1", "/?" + fill("&", http1Header), nil},
}

// referred has one value many times, which is a byte each on the wire.
func referred(unit string) [][2]string {
	return slices.Repeat([][2]string{{"x-f", fill(unit, tableValue)}}, tableTimes)
}

// fill repeats a unit as often as there is room for all of it.
func fill(unit string, size int) string { return strings.Repeat(unit, size/len(unit)) }

func (a attack) connect(conn net.Conn) (client, error) {
	if a.protocol == "HTTP/2" {
		return newHTTP2(conn, a.path, a.fields)
	}
	return newHTTP1(conn, a.path, a.fields), nil
}

// open is how many requests wait for their answers at a time.
func (a attack) open() int {
	if a.protocol == "HTTP/2" {
		return 8
	}
	return 1
}

// instructions counts what a plugin executes for one request.
func (a attack) instructions(plugin module, entries int) (uint64, error) {
	wasm, err := os.ReadFile(plugin.path)
	if err != nil {
		return 0, err
	}
	vm, err := guest.Start(wasm, attacked(a.entries, entries))
	if err != nil {
		return 0, err
	}
	request := get("GET")
	request[1][1] = a.path
	count, _, err := typical(vm, append(request, a.fields...), 3)
	return count, err
}

// attacked is the configuration that has so many entries.
func attacked(kind string, size int) string {
	entries := make([]string, size)
	for i := range entries {
		entries[i] = fmt.Sprintf(map[string]string{
			"values":         `{"capability":"c","header":"x-f","value":"w%d"}`,
			"values of POST": `{"capability":"c","method":"POST","header":"x-f","value":"w%d"}`,
			"parameters":     `{"capability":"c","query":"p%d"}`,
		}[kind], i)
	}
	if kind == "values of POST" {
		// So that the field is read for GET too.
		entries[0] = `{"capability":"c","header":"x-f","value":"other"}`
	}
	return `{"unimplemented":[` + strings.Join(entries, ",") + `]}`
}

// hurt is the CPU time of Envoy's worker for one request of an attack.
type hurt struct {
	Plugin       string  `json:"plugin"`
	Attack       string  `json:"attack"`
	Entries      int     `json:"entries"`
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
	variantOf := make(map[string]variant)
	name := func(plugin module, kind string, size int) string {
		return fmt.Sprintf("%s-%s-%d", plugin.name, strings.ReplaceAll(kind, " ", "-"), size)
	}
	for _, a := range attacks {
		for _, plugin := range plugins {
			for _, size := range a.sizes {
				name := name(plugin, a.entries, size)
				if _, ok := variantOf[name]; !ok {
					variantOf[name] = variant{name: name, filters: []object{plugin.filter(name, attacked(a.entries, size))}}
					variants = append(variants, variantOf[name])
				}
			}
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
	for _, a := range attacks {
		without, err := p.attacker(none, a, worker)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.name, err)
		}
		with := make([]*attacker, 0, len(plugins)*len(a.sizes))
		for _, plugin := range plugins {
			for _, size := range a.sizes {
				attacker, err := p.attacker(variantOf[name(plugin, a.entries, size)], a, worker)
				if err != nil {
					return nil, fmt.Errorf("%s, %d entries: %w", a.name, size, err)
				}
				count, err := a.instructions(plugin, size)
				if err != nil {
					return nil, err
				}
				with = append(with, attacker)
				all = append(all, hurt{Plugin: plugin.label, Attack: a.protocol + ", " + a.name, Entries: size, Instructions: count})
			}
		}
		times := make([][]float64, len(with))
		for range rounds {
			base, err := without.sample()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", a.name, err)
			}
			for _, i := range rand.Perm(len(with)) {
				cost, err := with[i].sample()
				if err != nil {
					return nil, fmt.Errorf("%s: %w", a.name, err)
				}
				times[i] = append(times[i], cost/base)
			}
		}
		for i, h := range all[len(all)-len(with):] {
			h.Without, h.With, h.Times = median(without.costs), median(with[i].costs), median(times[i])
			all[len(all)-len(with)+i] = h
		}
	}
	return all, nil
}

func median(values []float64) float64 { return spreadOf(values).Median }

// attacker is an attack on one variant.
type attacker struct {
	client  client
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
	client, err := a.connect(conn)
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
	} else if cost*float64(a.open()) < float64(attackTime.Microseconds()) {
		attacker.open = a.open()
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

func measureSuffering(ctx context.Context, plugins []module, rounds int) (all []suffered, err error) {
	variants := []variant{none}
	for _, plugin := range plugins {
		for _, v := range []struct{ name, label, config string }{
			{plugin.name + "-0", plugin.label + " without entries", rule},
			{plugin.name + "-10", plugin.label + ", ten entries", attacked("values", 10)},
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
			share, others, err := p.suffer(variants[i], worker)
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
func (p *process) suffer(v variant, worker []int) (busy float64, latencies []float64, err error) {
	conn, err := p.dial(v)
	if err != nil {
		return 0, nil, err
	}
	attacker, err := attacks[0].connect(conn)
	if err != nil {
		return 0, nil, err
	}
	other, err := p.dial(v)
	if err != nil {
		return 0, nil, err
	}
	defer other.Close()
	victim := newHTTP1(other, "/", nil)

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
