// SPDX-License-Identifier: Apache-2.0

package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
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

// write replaces the files that users read, all of them or none.
func (r results) write() error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	plot, err := r.plot()
	if err != nil {
		return err
	}
	text, err := r.document()
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile("results.json", append(data, '\n'), 0o644),
		os.WriteFile("results.svg", plot, 0o644),
		os.WriteFile(documentFile, []byte(text), 0o644))
}

// report is what the document asks the results for.
type report struct{ results }

func (r report) AddedTable() string    { return r.addedTable() }
func (r report) ModulesTable() string  { return r.modulesTable() }
func (r report) HurtTable() string     { return r.hurtTable() }
func (r report) SufferedTable() string { return r.sufferedTable() }
func (r report) StartsTable() string   { return r.startsTable() }
func (r report) UpdatesTable() string  { return r.updatesTable() }

// GrowthTable has what a GET costs with many of something, by how many.
func (r report) GrowthTable() string {
	type row struct{ what, client string }
	var rows []row
	head, cells := []string{"CPU added, µs, with"}, make(map[row][]string)
	for _, g := range r.Growth {
		if g.Plugin != pluginLabel {
			continue
		}
		if size := strconv.Itoa(g.Size); !slices.Contains(head, size) {
			head = append(head, size)
		}
		at := row{g.What, g.Client}
		if cells[at] == nil {
			rows = append(rows, at)
		}
		cells[at] = append(cells[at], fmt.Sprintf("%s, %d instructions", g.added(), g.Instructions))
	}
	var b table
	b.head(head...)
	for _, at := range rows {
		b.row(append([]string{at.what + ", " + at.client}, cells[at]...)...)
	}
	return b.String()
}

// Worst names the request that is sent beside others.
func (r report) Worst() string { return worst(r.Hurt).name }

// BrowserFields is how many fields a browser sends.
func (r report) BrowserFields() int { return len(browser) }

// memory returns how much more MiB the second start takes than the first one, for each
// of what it has more of.
func (r report) memory(first, second started, more int) (string, error) {
	var taken [2]float64
	for i, s := range []started{first, second} {
		j := slices.IndexFunc(r.Starts, func(have started) bool {
			return have.What == s.What && have.Plugins == s.Plugins && have.VMs == s.VMs && have.Workers == s.Workers
		})
		if j < 0 {
			return "", fmt.Errorf("a start was not measured: %+v", s)
		}
		taken[i] = r.Starts[j].Memory
	}
	return fmt.Sprintf("%.1f", (taken[1]-taken[0])/float64(more)), nil
}

var one = started{What: pluginLabel, Plugins: 1, VMs: 1, Workers: 1}

func (r report) FirstMiB() (string, error) {
	return r.memory(started{What: none.label, Workers: 1}, one, 1)
}

func (r report) FurtherMiB() (string, error) {
	return r.memory(one, started{What: pluginLabel, Plugins: mostVMs, VMs: mostVMs, Workers: 1}, mostVMs-1)
}

func (r report) SharedMiB() (string, error) {
	return r.memory(one, started{What: pluginLabel, Plugins: mostVMs, VMs: 1, Workers: 1}, mostVMs-1)
}

func (r report) WorkerMiB() (string, error) {
	return r.memory(one, started{What: pluginLabel, Plugins: 1, VMs: 1, Workers: mostWorkers}, mostWorkers-1)
}
