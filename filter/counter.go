// SPDX-License-Identifier: Apache-2.0

//go:build tinygo

package filter

import "notimplemented/filter/servers"

// outcome is what became of a request for what is missing.
type outcome int

const (
	answered outcome = iota
	passed           // in a dry run
	outcomes
)

// metrics are what is counted of each outcome.
var metrics = [outcomes]string{
	answered: "not_implemented_total",
	passed:   "not_implemented_dry_run_total",
}

// counterName returns the name of the counter of what is missing. It has the labels
// inside, where stock Istio looks for them: proxy-wasm has no other place.
func counterName(o outcome, missing *servers.Missing) string {
	name := "OTHER" // nothing that clients send makes a name
	if missing.Label != 0 {
		name = view(servers.AppendLabel(nil, missing.Name))
	}
	b := make([]byte, 0, 128)
	b = append(append(b, "wasm_filter.notimplemented.component."...), missing.Kind.String()...)
	b = append(append(b, ".tag."...), name...)
	return view(append(append(b, ";."...), metrics[o]...))
}

// counter is a metric of the host; the zero value is one that is not used yet.
type counter struct {
	id    uint32
	state counterState
}

type counterState uint8

const (
	unused counterState = iota
	defined
	refused
)

// latestCounters are those that the VM has defined last. The host keeps all of them
// for as long as the VM lives, so that plugins that follow one another share them;
// but not without end, if there are ever new names.
var (
	latestCounters [32]struct {
		name string
		counter
	}
	nextCounter int
)

// counterOf returns the counter of this name. It has an error when the host refuses
// it, which is not asked again.
func counterOf(name string) (counter, error) {
	for i := 0; i < len(latestCounters) && latestCounters[i].state != unused; i++ {
		if latestCounters[i].name == name {
			return latestCounters[i].counter, nil
		}
	}
	id, err := defineCounter(name)
	latest := &latestCounters[nextCounter]
	nextCounter = (nextCounter + 1) % len(latestCounters)
	latest.name, latest.counter = name, counter{id, defined}
	if err != nil {
		latest.state = refused
	}
	return latest.counter, err
}

// count adds one for what is missing, if the host counts.
func (p *plugin) count(o outcome, missing *servers.Missing) {
	if p.counters[o] == nil {
		p.counters[o] = make([]counter, p.config.Servers.Labels())
	}
	c := &p.counters[o][missing.Label]
	if c.state == unused {
		var err error
		if *c, err = counterOf(counterName(o, missing)); err != nil {
			p.log("not counted, cannot define the counter", err)
		}
	}
	if c.state == refused {
		return
	}
	if err := increment(c.id); err != nil {
		p.log("not counted, cannot increment the counter", err)
	}
}
