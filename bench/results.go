// SPDX-License-Identifier: Apache-2.0

package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/template"
)

// results is everything that was measured.
type results struct {
	Rounds   int            `json:"rounds"`
	Requests int            `json:"requests_a_sample"`
	LeftOut  []string       `json:"left_out"` // peers that could not be built
	Added    []added        `json:"added_cpu"`
	Modules  []instructions `json:"wasm_instructions"`
	Growth   []grown        `json:"growth"`
	Hostile  []hurt         `json:"hostile_requests"`
	Starts   []started      `json:"starts"`
}

// documentFile is what users read of the results.
const documentFile = "../docs/performance.md"

//go:embed performance.md
var documentText string

// document is that file, of what was measured. Every figure in it is one of the results'.
func (r results) document() (string, error) {
	t, err := template.New("performance.md").Parse(documentText)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, r)
	return b.String(), err
}

// write replaces the files that users read, all of them or none.
func (r results) write() error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	text, err := r.document()
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile("results.json", append(data, '\n'), 0o644),
		os.WriteFile(documentFile, []byte(text), 0o644))
}

// table is one in Markdown.
type table struct{ strings.Builder }

func (t *table) row(cells ...string) { fmt.Fprintf(t, "| %s |\n", strings.Join(cells, " | ")) }

func (t *table) head(cells ...string) {
	t.row(cells...)
	t.row(slices.Repeat([]string{"---"}, len(cells))...)
}

func bold(label string) string {
	if label == pluginLabel {
		return "**" + label + "**"
	}
	return label
}

// of returns the cells of one variant, in the order of the requests.
func (r results) of(variant string) (cells []added) {
	for _, a := range r.Added {
		if a.Variant == variant {
			cells = append(cells, a)
		}
	}
	return cells
}

func (r results) AddedTable() string {
	var b table
	var parts [][]string
	b.head("", "GET passes, HTTP/1.1", "501, HTTP/1.1", "GET passes, HTTP/2", "501, HTTP/2")
	for i := 0; i < len(r.Added); i += len(requests) {
		label := r.Added[i].Variant
		cells, part := []string{bold(label)}, []string{"this plugin's part of " + label}
		for j, a := range r.of(label) {
			if i == 0 {
				cells = append(cells, fmt.Sprintf("(%.1f in all)", a.Median))
			} else {
				cells = append(cells, a.added())
				part = append(part, fmt.Sprintf("%.2f", r.of(pluginLabel)[j].Median/a.Median))
			}
		}
		b.row(cells...)
		if slices.ContainsFunc(peers, func(p peer) bool { return p.label == label }) {
			parts = append(parts, part)
		}
	}
	for _, part := range parts {
		b.row(part...)
	}
	return b.String()
}

func (r results) ModulesTable() string {
	var b table
	b.head("module", "wasm instructions for a GET", "for a 501", "most for one of a mix", "linear memory, KiB", "file, KiB")
	for _, m := range r.Modules {
		b.row(bold(m.Name), fmt.Sprint(m.GET), fmt.Sprint(m.NotImpl), fmt.Sprint(m.Worst), fmt.Sprint(m.Memory>>10), fmt.Sprintf("%.1f", float64(m.Size)/1024))
	}
	return b.String()
}

func (r results) GrowthTable() string {
	var b table
	b.head("with", "number", "", "CPU added to a GET, µs", "wasm instructions", "linear memory, KiB", fmt.Sprintf("after %d updates", updates))
	for _, g := range r.Growth {
		b.row(g.What, fmt.Sprint(g.Size), bold(g.Plugin), g.added(), fmt.Sprint(g.Instructions), fmt.Sprint(g.First>>10), fmt.Sprint(g.Last>>10))
	}
	return b.String()
}

func (r results) HostileTable() string {
	var b table
	b.head("hostile request", "", "of, KiB", "CPU without a filter, µs", "with it, µs", "times")
	for _, h := range r.Hostile {
		b.row(h.Attack, bold(h.Plugin), fmt.Sprint(h.Limit), fmt.Sprintf("%.0f", h.Without), fmt.Sprintf("%.0f", h.With), fmt.Sprintf("%.1f", h.Times))
	}
	return b.String()
}

// Worst returns what costs this plugin most, over Envoy's own cost, within a limit.
func (r results) Worst(limit int) (worst hurt, err error) {
	for _, h := range r.Hostile {
		if h.Plugin == pluginLabel && h.Limit == limit && h.Times > worst.Times {
			worst = h
		}
	}
	if worst.Attack == "" {
		err = fmt.Errorf("nothing hostile was measured at %d KiB", limit)
	}
	return worst, err
}

func (r results) StartsTable() string {
	var b table
	b.head("Envoy, started with", "CPU, ms", "memory, MiB", "each further VM", "plugin in the VM", "worker")
	for i, s := range r.Starts {
		cells := []string{bold(s.What), fmt.Sprintf("%.0f", s.CPU), fmt.Sprintf("%.1f", s.First), "", "", ""}
		if i > 0 { // the first is without a filter
			for j, more := range []float64{s.VM, s.Plugin, s.Worker} {
				cells[3+j] = fmt.Sprintf("%+.1f", more)
			}
		}
		b.row(cells...)
	}
	return b.String()
}

// BrowserFields is how many fields a browser sends.
func (r results) BrowserFields() int { return len(browser) }
