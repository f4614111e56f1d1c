// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"image/color"
	"io"
	"os"
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
	LeftOut  []string       `json:"left_out"`
	Added    []added        `json:"added_cpu"`
	Modules  []instructions `json:"wasm_instructions"`
	Growth   []grown        `json:"growth_of_a_get"`
	Starts   []started      `json:"starts"`
}

func (r results) save(path string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
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

// print writes the tables of the READMEs, here and above, in Markdown.
func (r results) print(w io.Writer) error {
	var b strings.Builder
	row := func(cells ...string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }

	fmt.Fprintf(&b, "CPU added to a request in Envoy's worker, µs: median (quartiles) of %d paired rounds of %d requests\n\n", r.Rounds, r.Requests)
	row("", "GET passes, HTTP/1.1", "501, HTTP/1.1", "GET passes, HTTP/2", "501, HTTP/2")
	row("---", "---", "---", "---", "---")
	for i, label := range r.labels() {
		cells := []string{bold(label)}
		for _, a := range r.of(label) {
			if i == 0 {
				cells = append(cells, fmt.Sprintf("(%.1f in all)", a.Median))
			} else {
				cells = append(cells, fmt.Sprintf("%+.1f (%+.1f … %+.1f)", a.Median, a.Low, a.High))
			}
		}
		row(cells...)
	}
	for _, m := range r.Modules {
		if m.Name == pluginLabel {
			continue
		}
		cells := []string{"this plugin's part of " + m.Name}
		for i, a := range r.of(m.Name) {
			cells = append(cells, fmt.Sprintf("%.2f", r.of(pluginLabel)[i].Median/a.Median))
		}
		row(cells...)
	}
	for _, left := range r.LeftOut {
		fmt.Fprintf(&b, "\nLeft out: %s\n", left)
	}

	b.WriteString("\n")
	row("module", "wasm instructions for a GET", "for a 501", "the worst GET", "linear memory, KiB", "file, KiB")
	row("---", "---", "---", "---", "---", "---")
	for _, m := range r.Modules {
		row(bold(m.Name), fmt.Sprint(m.GET), fmt.Sprint(m.NotImpl), fmt.Sprint(m.Worst), fmt.Sprint(m.Memory>>10), fmt.Sprintf("%.1f", float64(m.Size)/1024))
	}

	b.WriteString("\n")
	row("a GET that passes, with", "wasm instructions", "CPU added, µs")
	row("---", "---", "---")
	for _, g := range r.Growth {
		row(fmt.Sprintf("%d %s", g.Size, g.What), fmt.Sprint(g.Instructions), fmt.Sprintf("%+.1f (%+.1f … %+.1f)", g.Median, g.Low, g.High))
	}

	b.WriteString("\n")
	row("Envoy, started with", "plugins", "VMs a thread", "workers", "CPU, ms", "memory, MiB")
	row("---", "---", "---", "---", "---", "---")
	for _, s := range r.Starts {
		row(bold(s.What), fmt.Sprint(s.Plugins), fmt.Sprint(s.VMs), fmt.Sprint(s.Workers), fmt.Sprintf("%.0f", s.CPU), fmt.Sprintf("%.1f", s.Memory))
	}
	_, err := io.WriteString(w, b.String())
	return err
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

func (r results) plot(path string) error {
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
			return err
		}
		medians.Color, medians.Shape, medians.Radius = series.color, series.shape, vg.Points(3.5)
		quartiles, err := plotter.NewXErrorBars(all)
		if err != nil {
			return err
		}
		quartiles.Color = series.color
		p.Add(quartiles, medians)
		p.Legend.Add(series.name, medians)
	}
	p.NominalY(labels...)
	p.Add(plotter.NewGrid())
	return p.Save(20*vg.Centimeter, 10*vg.Centimeter, path)
}
