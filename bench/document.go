// SPDX-License-Identifier: Apache-2.0

package main

import (
	_ "embed"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/template"
)

// documentFile is what users read of the results.
const documentFile = "../docs/performance.md"

//go:embed performance.md
var documentText string

// document is that file, of these results. Every figure in it is one of theirs.
func (r results) document() (string, error) {
	t, err := template.New("performance.md").Parse(documentText)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, report{r})
	return b.String(), err
}

func (r results) write(path string) error {
	text, err := r.document()
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// report is what the document asks the results for.
type report struct{ results }

func (r report) AddedTable() string    { return r.addedTable() }
func (r report) ModulesTable() string  { return r.modulesTable() }
func (r report) HurtTable() string     { return r.hurtTable() }
func (r report) SufferedTable() string { return r.sufferedTable() }
func (r report) StartsTable() string   { return r.startsTable() }

// GrowthTable has what a GET costs with many of something, by how many.
func (r report) GrowthTable() string {
	var b table
	head := []string{"CPU added, µs, with"}
	for _, size := range sizes {
		head = append(head, strconv.Itoa(size))
	}
	b.head(head...)
	for _, what := range slices.Sorted(maps.Keys(growth())) {
		cells := []string{what}
		for _, g := range r.Growth {
			if g.Plugin == pluginLabel && g.What == what {
				cells = append(cells, g.added())
			}
		}
		b.row(cells...)
	}
	return b.String()
}

// Part is this plugin's cost of a method, of what another one's is: over the
// protocols the least and the most.
func (r report) Part(label, method string) (string, error) {
	var parts []float64
	for i, a := range r.of(label) {
		if a.Method == method {
			parts = append(parts, r.of(pluginLabel)[i].Median/a.Median)
		}
	}
	if len(parts) == 0 {
		return "", fmt.Errorf("%s was not measured", label)
	}
	low, high := fmt.Sprintf("%.2f", slices.Min(parts)), fmt.Sprintf("%.2f", slices.Max(parts))
	if low == high {
		return low, nil
	}
	return low + " to " + high, nil
}

// module returns the counts of a module.
func (r report) module(label string) (instructions, error) {
	i := slices.IndexFunc(r.Modules, func(m instructions) bool { return m.Name == label })
	if i < 0 {
		return instructions{}, fmt.Errorf("%s was not measured", label)
	}
	return r.Modules[i], nil
}

func (r report) MemoryKiB() (int, error) {
	m, err := r.module(pluginLabel)
	return m.Memory >> 10, err
}

// goLabel is the peer that a start is compared with.
const goLabel = "official Go, its SDK"

func (r report) SizeTimes() (string, error) {
	plugin, err := r.module(pluginLabel)
	if err != nil {
		return "", err
	}
	peer, err := r.module(goLabel)
	return fmt.Sprintf("%.0f", float64(peer.Size)/float64(plugin.Size)), err
}

// start returns the start of an Envoy with so much of something.
func (r report) start(what string, vms, workers int) (started, error) {
	i := slices.IndexFunc(r.Starts, func(s started) bool {
		return s.What == what && s.Plugins == vms && s.VMs == vms && s.Workers == workers
	})
	if i < 0 {
		return started{}, fmt.Errorf("no start with %s was measured", what)
	}
	return r.Starts[i], nil
}

// more returns how much more the second start takes than the first one.
func (r report) more(what string, vms, workers int, thanWhat string, thanVMs, thanWorkers int) (cpu, memory float64, err error) {
	than, err := r.start(thanWhat, thanVMs, thanWorkers)
	if err != nil {
		return 0, 0, err
	}
	s, err := r.start(what, vms, workers)
	return s.CPU - than.CPU, s.Memory - than.Memory, err
}

func (r report) FirstMiB() (string, error) {
	_, memory, err := r.more(pluginLabel, 1, 1, none.label, 0, 1)
	return fmt.Sprintf("%.0f", memory), err
}

func (r report) FurtherMiB() (string, error) {
	_, memory, err := r.more(pluginLabel, mostVMs, 1, pluginLabel, 1, 1)
	return fmt.Sprintf("%.1f", memory/(mostVMs-1)), err
}

func (r report) WorkerMiB() (string, error) {
	_, memory, err := r.more(pluginLabel, 1, mostWorkers, pluginLabel, 1, 1)
	return fmt.Sprintf("%.1f", memory/(mostWorkers-1)), err
}

func (r report) StartTimes() (string, error) {
	plugin, _, err := r.more(pluginLabel, 1, 1, none.label, 0, 1)
	if err != nil {
		return "", err
	}
	peer, _, err := r.more(goLabel, 1, 1, none.label, 0, 1)
	return fmt.Sprintf("%.0f", peer/plugin), err
}
