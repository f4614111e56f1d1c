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

// counterName returns the name of the counter of what is missing, until it is asked for
// the next one. It has the labels inside, where stock Istio looks for them: proxy-wasm
// has no other place.
func counterName(o outcome, missing *servers.Missing) []byte {
	b := append(append(lastName[:0], "wasm_filter.notimplemented.component."...), missing.Kind.String()...)
	b = append(b, ".tag."...)
	if missing.Label == 0 {
		b = append(b, "OTHER"...) // nothing that clients send makes a name
	} else {
		b = servers.AppendLabel(b, missing.Name)
	}
	lastName = append(append(b, ";."...), metrics[o]...)
	return lastName
}

var lastName []byte

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
		name []byte // used again by the next one
		counter
	}
	nextCounter int
)

// counterOf returns the counter of this name. It has an error when the host refuses
// it, which is not asked again.
func counterOf(name []byte) (counter, error) {
	for i := 0; i < len(latestCounters) && latestCounters[i].state != unused; i++ {
		if view(latestCounters[i].name) == view(name) {
			return latestCounters[i].counter, nil
		}
	}
	id, err := defineCounter(view(name))
	latest := &latestCounters[nextCounter]
	nextCounter = (nextCounter + 1) % len(latestCounters)
	latest.name, latest.counter = append(latest.name[:0], name...), counter{id, defined}
	if err != nil {
		latest.state = refused
	}
	return latest.counter, err
}

// count adds one for what is missing, if the host counts.
func (p *plugin) count(o outcome, missing *servers.Missing) {
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
