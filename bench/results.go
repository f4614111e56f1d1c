// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"image/color"
	"io"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// results is everything that was measured.
type results struct {
	Rounds   int            `json:"rounds"`
	Requests int            `json:"requests_a_sample"`
	LeftOut  []string       `json:"left_out"` // peers that could not be built
	Added    []added        `json:"added_cpu"`
	Modules  []instructions `json:"wasm_instructions"`
	Growth   []grown        `json:"growth_of_a_get"`
	Hurt     []hurt         `json:"hostile_requests"`
	Suffered []suffered     `json:"hostile_connection"`
	Starts   []started      `json:"starts"`
	Updates  []updated      `json:"updates"`
}

// of returns the cells of one variant, in the order of the loads.
func (r results) of(variant string) (cells []added) {
	for _, a := range r.Added {
		if a.Variant == variant {
			cells = append(cells, a)
		}
	}
	return cells
}

func (r results) labels() (labels []string) {
	for i := 0; i < len(r.Added); i += len(loads) {
		labels = append(labels, r.Added[i].Variant)
	}
	return labels
}

// peers returns the labels of the other filters that are wasm.
func (r results) peers() (labels []string) {
	return slices.DeleteFunc(r.labels(), func(label string) bool {
		return !slices.ContainsFunc(peers, func(p peer) bool { return p.label == label })
	})
}

// table is one in Markdown.
type table struct{ strings.Builder }

func (t *table) row(cells ...string) { fmt.Fprintf(t, "| %s |\n", strings.Join(cells, " | ")) }

func (t *table) head(cells ...string) {
	t.row(cells...)
	t.row(slices.Repeat([]string{"---"}, len(cells))...)
}

// print writes the tables of what was measured.
func (r results) print(w io.Writer) error {
	var tables []string
	for _, t := range []struct {
		measured bool
		table    func() string
	}{
		{r.Added != nil, r.addedTable},
		{r.Modules != nil, r.modulesTable},
		{r.Growth != nil, r.growthTable},
		{r.Hurt != nil, r.hurtTable},
		{r.Suffered != nil, r.sufferedTable},
		{r.Starts != nil, r.startsTable},
		{r.Updates != nil, r.updatesTable},
	} {
		if t.measured {
			tables = append(tables, t.table())
		}
	}
	_, err := io.WriteString(w, strings.Join(tables, "\n"))
	return err
}

func (r results) addedTable() string {
	var b table
	fmt.Fprintf(&b, "CPU added to a request in Envoy's worker, µs: median (quartiles) of %d paired rounds of %d requests\n\n", r.Rounds, r.Requests)
	b.head("", "GET passes, HTTP/1.1", "501, HTTP/1.1", "GET passes, HTTP/2", "501, HTTP/2")
	for i, label := range r.labels() {
		cells := []string{bold(label)}
		for _, a := range r.of(label) {
			if i == 0 {
				cells = append(cells, fmt.Sprintf("(%.1f in all)", a.Median))
			} else {
				cells = append(cells, a.added())
			}
		}
		b.row(cells...)
	}
	for _, label := range r.peers() {
		cells := []string{"this plugin's part of " + label}
		for i, a := range r.of(label) {
			cells = append(cells, fmt.Sprintf("%.2f", r.of(pluginLabel)[i].Median/a.Median))
		}
		b.row(cells...)
	}
	if r.LeftOut != nil {
		fmt.Fprintf(&b, "\nNot built, so not measured: %s.\n", strings.Join(r.LeftOut, ", "))
	}
	return b.String()
}

func (r results) modulesTable() string {
	var b table
	b.head("module", "wasm instructions for a GET", "for a 501", "most for one of a mix", "linear memory, KiB", "file, KiB")
	for _, m := range r.Modules {
		b.row(bold(m.Name), fmt.Sprint(m.GET), fmt.Sprint(m.NotImpl), fmt.Sprint(m.Worst), fmt.Sprint(m.Memory>>10), fmt.Sprintf("%.1f", float64(m.Size)/1024))
	}
	return b.String()
}

func (r results) growthTable() string {
	var b table
	b.head("a GET that passes", "of", "with", "wasm instructions", "CPU added, µs")
	for _, g := range r.Growth {
		b.row(bold(g.Plugin), g.Client, fmt.Sprintf("%d %s", g.Size, g.What), fmt.Sprint(g.Instructions), g.added())
	}
	return b.String()
}

func (r results) hurtTable() string {
	var b table
	b.head("hostile request", "", "wasm instructions", "CPU without a filter, µs", "with it, µs", "times")
	for _, h := range r.Hurt {
		b.row(h.Attack, bold(h.Plugin), fmt.Sprint(h.Instructions), fmt.Sprintf("%.0f", h.Without), fmt.Sprintf("%.0f", h.With), fmt.Sprintf("%.1f", h.Times))
	}
	return b.String()
}

func (r results) sufferedTable() string {
	var b table
	b.head(fmt.Sprintf("beside a connection of %d hostile requests a second", attackRate), "worker busy", "others' median, ms", "their 99th percentile, ms")
	for _, s := range r.Suffered {
		b.row(s.Filter, fmt.Sprintf("%.0f %%", s.Busy), fmt.Sprintf("%.2f", s.Median), fmt.Sprintf("%.2f", s.P99))
	}
	return b.String()
}

func (r results) startsTable() string {
	var b table
	b.head("Envoy, started with", "plugins", "VMs a thread", "workers", "CPU, ms", "memory, MiB")
	for _, s := range r.Starts {
		b.row(bold(s.What), fmt.Sprint(s.Plugins), fmt.Sprint(s.VMs), fmt.Sprint(s.Workers), fmt.Sprintf("%.0f", s.CPU), fmt.Sprintf("%.1f", s.Memory))
	}
	return b.String()
}

func (r results) updatesTable() string {
	var b table
	b.head("linear memory, KiB, with", "", "at first", fmt.Sprintf("after %d updates", updates))
	for _, u := range r.Updates {
		b.row(u.What, bold(u.Plugin), fmt.Sprint(u.First>>10), fmt.Sprint(u.Last>>10))
	}
	return b.String()
}

func bold(label string) string {
	if label == pluginLabel {
		return "**" + label + "**"
	}
	return label
}

// points are the medians of one load, with the quartiles as errors.
type points struct {
	plotter.XYs
	plotter.XErrors
}

// plot draws what is added, as SVG.
func (r results) plot() ([]byte, error) {
	p := plot.New()
	p.Title.Text = "CPU added to a request in Envoy, HTTP/1.1"
	p.X.Label.Text = "µs, median and quartiles"
	p.Legend.Top = true
	labels := r.labels()[1:] // the first is what the others add to
	slices.Reverse(labels)   // from bottom to top
	for i, series := range []struct {
		name  string
		color color.Color
		shape draw.GlyphDrawer
	}{
		{"GET that passes", color.RGBA{0x1f, 0x77, 0xb4, 0xff}, draw.CircleGlyph{}},
		{"501", color.RGBA{0xd6, 0x27, 0x28, 0xff}, draw.BoxGlyph{}},
	} {
		var all points
		for y, label := range labels {
			a := r.of(label)[i]
			all.XYs = append(all.XYs, plotter.XY{X: a.Median, Y: float64(y) + 0.15 - 0.3*float64(i)})
			all.XErrors = append(all.XErrors, struct{ Low, High float64 }{a.Median - a.Low, a.High - a.Median})
		}
		medians, err := plotter.NewScatter(all)
		if err != nil {
			return nil, err
		}
		medians.Color, medians.Shape, medians.Radius = series.color, series.shape, vg.Points(3.5)
		quartiles, err := plotter.NewXErrorBars(all)
		if err != nil {
			return nil, err
		}
		quartiles.Color = series.color
		p.Add(quartiles, medians)
		p.Legend.Add(series.name, medians)
	}
	p.NominalY(labels...)
	p.Add(plotter.NewGrid())
	canvas, err := p.WriterTo(20*vg.Centimeter, 10*vg.Centimeter, "svg")
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	_, err = canvas.WriteTo(&b)
	return b.Bytes(), err
}
