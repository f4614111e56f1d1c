// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
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
	query  string
	fields [][2]string
}

func (a attack) load() load { return load{"GET", "HTTP/2", a.query, a.fields} }

// Of the 60 KiB of fields and 100 lines that Envoy takes.
const (
	pathSize   = 56_000
	lines      = 18
	lineSize   = 3_000 // which h2load puts into HPACK's dynamic table, and none that is longer
	manyLines  = 90
	shortLines = 600
)

// The first entries make the plugin look, the others match for another method.
var (
	byParameter = entries(`{"capability":"c","query":"a=c"},{"capability":"c","method":"POST","query":"a=b"}`, `"query":"p%d"`)
	byMember    = entries(`{"capability":"c","header":"x-f","value":"other"},{"capability":"d","header":"x-f","value":"another"}`, `"header":"x-f","value":"w%d"`)
)

var attacks = []attack{
	{"path of 56,000 bytes of `a=b&`", byParameter, "?" + fill("a=b&", pathSize), nil},
	{"path of 56,000 bytes of parameters that match for POST", byParameter, "?" + fill("p1&p2&p3&", pathSize), nil},
	{"path of 56,000 bytes of encoded names", byParameter, "?" + fill("%70%31&", pathSize), nil},
	{"18 lines of 3,000 bytes of `*,`", byMember, "", field(lines, "*,", lineSize)},
	{"18 lines of 3,000 bytes of members of weight 0", byMember, "", field(lines, "w0;q=0,", lineSize)},
	{"18 lines of 3,000 bytes of quoted strings", byMember, "", field(lines, `"",`, lineSize)},
	{"18 lines of 3,000 bytes of members that match for POST", byMember, "", field(lines, "w1,w2,w3,", lineSize)},
	{"90 lines of 600 bytes of members that match for POST", byMember, "", field(manyLines, "w1,w2,w3,", shortLines)},
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

// field has one value in each of its lines, which by HPACK is a byte each, from the
// second on.
func field(lines int, unit string, size int) [][2]string {
	return slices.Repeat([][2]string{{"x-f", fill(unit, size)}}, lines)
}

// fill repeats a unit as often as there is room for all of it.
func fill(unit string, size int) string { return strings.Repeat(unit, size/len(unit)) }

// variant is a plugin with the entries.
func (a attack) variant(plugin module) variant {
	name := plugin.name + "-entries"
	return variant{name: name, label: plugin.label + " with entries", passes: true, filters: []object{plugin.filter(name, a.config)}}
}

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
	count, _, err := typical(vm, 3, a.load().request())
	return count, err
}

// hurt is the CPU time of Envoy's worker for one request of an attack.
type hurt struct {
	Plugin       string  `json:"plugin"`
	Attack       string  `json:"attack"`
	Instructions uint64  `json:"instructions"`
	Without      float64 `json:"without_us"`
	With         float64 `json:"with_us"`
	Times        float64 `json:"times"`
}

func measureAttacks(ctx context.Context, plugins []module, rounds int) (all []hurt, err error) {
	for _, a := range attacks {
		variants := []variant{none}
		for _, plugin := range plugins {
			variants = append(variants, a.variant(plugin))
		}
		costs, err := compare(ctx, variants, []load{a.load()}, rounds, fewRequests)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.name, err)
		}
		without := costs[0].Median
		for i, plugin := range plugins {
			count, err := a.instructions(plugin)
			if err != nil {
				return nil, err
			}
			with := without + costs[1+i].Median
			all = append(all, hurt{plugin.label, a.name, count, without, with, with / without})
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

// suffered is what others get while one connection attacks.
type suffered struct {
	Filter string  `json:"filter"`
	Busy   float64 `json:"worker_busy_percent"`
	Median float64 `json:"others_median_ms"`
	P99    float64 `json:"others_p99_ms"`
}

const (
	attackRate    = 300 // requests a second
	attackSeconds = 4
	othersEvery   = 4 * time.Millisecond
	// attackOpen is how many requests wait for their answers; Envoy takes 100 streams.
	attackOpen = 90
)

func measureSuffering(ctx context.Context, plugins []module, a attack, rounds int) (all []suffered, err error) {
	variants := []variant{none}
	for _, plugin := range plugins {
		without := variant{name: plugin.name, label: plugin.label + " without entries", filters: []object{plugin.filter(plugin.name, rule)}}
		variants = append(variants, without, a.variant(plugin))
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
		all = append(all, suffered{v.label, spreadOf(busy[i]).Median, spreadOf(latencies[i]).Median, latencies[i][len(latencies[i])*99/100]})
	}
	return all, nil
}

// suffer returns the share of its time that the worker is busy, in percent, and
// the latencies of others, in milliseconds.
func (p *process) suffer(v variant, a attack, worker []int) (busy float64, latencies []float64, err error) {
	attacker := p.h2load(v, a.load(), "-D", fmt.Sprint(attackSeconds), "--rps", fmt.Sprint(attackRate), "-c", "1", "-m", fmt.Sprint(attackOpen))
	var output bytes.Buffer
	attacker.Stdout, attacker.Stderr = &output, &output
	before, err := p.cpu(worker)
	if err != nil {
		return 0, nil, err
	}
	begin := time.Now()
	if err := attacker.Start(); err != nil {
		return 0, nil, err
	}
	victim := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return p.dial(v) }}
	defer victim.CloseIdleConnections()
	for at := time.Duration(0); err == nil && at < attackSeconds*time.Second; at = max(at+othersEvery, time.Since(begin)) {
		time.Sleep(time.Until(begin.Add(at)))
		sent := time.Now()
		err = roundTrip(victim)
		latencies = append(latencies, float64(time.Since(sent).Microseconds())/1000)
	}
	after, cpuErr := p.cpu(worker)
	elapsed := time.Since(begin)
	if err = errors.Join(err, cpuErr, attacker.Wait()); err == nil && !strings.Contains(output.String(), " 2xx, 0 3xx, 0 4xx, 0 5xx") {
		err = errors.New(output.String())
	}
	return 100 * float64(after-before) / float64(elapsed), latencies, err
}

func roundTrip(transport *http.Transport) error {
	request, err := http.NewRequest("GET", "http://bench/", nil)
	if err != nil {
		return err
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, response.Body)
	return errors.Join(err, response.Body.Close())
}
