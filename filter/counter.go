// SPDX-License-Identifier: Apache-2.0

package filter

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

// The counters of each outcome: of the methods that no entry names, then of each
// entry. Nothing that clients send adds one.
const (
	otherMethods    = 0
	firstRegistered = 1
)

var firstEntry = firstRegistered + len(registeredMethods)

// counterNumber is which counter counts what is missing.
func (m Missing) counterNumber() int {
	if m.entryCounter != 0 {
		return m.entryCounter
	}
	for i, registered := range registeredMethods {
		if m.Name == registered {
			return firstRegistered + i
		}
	}
	return otherMethods
}

// counterName returns the name of the counter with this number. It has the
// labels inside, where stock Istio looks for them: proxy-wasm has no other place.
func (m Missing) counterName(o outcome, number int) string {
	name := m.Name
	switch {
	case number == otherMethods:
		name = "OTHER"
	case number >= firstEntry:
		name = label(name)
	}
	return view(add(nil, "wasm_filter.notimplemented.component.", words[m.Kind].member, ".tag.", name, ";.", metrics[o]))
}

// label returns s with "_" for each character that may mean something to who
// reads metrics.
func label(s string) string {
	b, size := make([]byte, len(s)), 0
	for _, r := range s {
		b[size] = '_'
		if r == '-' || r <= '~' && isAlphanumeric(byte(r)) {
			b[size] = byte(r)
		}
		size++
	}
	return view(b[:size])
}

// counter is a metric of the host.
type counter struct {
	name    string
	id      uint32
	refused bool
}

// maxCounters bounds what a VM remembers, in case that configurations with ever
// new names follow one another.
const maxCounters = 32

// counter returns the counter of this name. Plugins that follow one another
// share it, since the host keeps all that a VM defines for as long as it lives.
func (vm *VM) counter(name string) (*counter, error) {
	for _, c := range vm.counters {
		if c.name == name {
			return c, nil
		}
	}
	if len(vm.counters) == maxCounters {
		vm.counters = nil
	}
	id, err := defineCounter(name)
	c := &counter{name, id, err != nil}
	vm.counters = append(vm.counters, c)
	return c, err
}

// count adds to the counter with this number, if the host has counters.
func (p *plugin) count(o outcome, number int, missing Missing) {
	c := p.counters[o][number]
	if c == nil {
		var err error
		if c, err = p.vm.counter(missing.counterName(o, number)); err != nil {
			p.logFailure("not counted, cannot define the counter", err)
		}
		p.counters[o][number] = c
	}
	if c.refused {
		return
	}
	if err := increment(c.id); err != nil {
		p.logFailure("not counted, cannot increment the counter", err)
	}
}
