// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"notimplemented/bench/guest"
)

// grown is what a configuration costs that has many of something.
type grown struct {
	Plugin       string `json:"plugin"`
	What         string `json:"what"`
	Size         int    `json:"size"`
	Instructions uint64 `json:"instructions"` // for a browser's GET that passes
	spread              // the same
	First        uint32 `json:"first_bytes"` // of linear memory
	Last         uint32 `json:"last_bytes"`  // after updates
}

// updates is how often a configuration follows another one.
const updates = 200

// growth are configurations: what they have many of, and one of it.
var growth = []struct{ what, before, one, after string }{
	{"methods", `{"implemented_methods":[`, `"MN"`, `]}`},
	{"hosts", `{"servers":[{"implemented_methods":["GET"],"hosts":[`, `"hostN.example"`, `]}]}`},
	{"header entries", `{"unimplemented":[`, `{"capability":"c","header":"x-field-N"}`, `]}`},
	{"query entries", `{"unimplemented":[`, `{"capability":"c","query":"nameN"}`, `]}`},
	{"path entries", `{"unimplemented":[`, `{"capability":"c","path":"/path/N/*"}`, `]}`},
}

func measureGrowth(ctx context.Context, plugins []module, rounds int) (all []grown, err error) {
	compared := []variant{none}
	get := request{"GET", "HTTP/1.1", browser}
	for _, plugin := range plugins {
		wasm, err := os.ReadFile(plugin.path)
		if err != nil {
			return nil, err
		}
		for i, many := range growth {
			for _, size := range []int{1, 4, 100, 1000} {
				config := many.before + list(size, many.one) + many.after
				g := grown{Plugin: plugin.label, What: many.what, Size: size}
				if err := g.count(wasm, config, get); err != nil {
					return nil, err
				}
				all = append(all, g)
				name := fmt.Sprintf("%s-%d-%d", plugin.name, i, size)
				compared = append(compared, variant{name: name, passes: many.what != "methods", filters: []object{plugin.filter(name, config)}})
			}
		}
	}
	costs, err := compare(ctx, compared, []load{get.load(fewASample)}, rounds)
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].spread = costs[1+i][0]
	}
	return all, nil
}

// count measures what needs no Envoy.
func (g *grown) count(wasm []byte, config string, r request) error {
	vm, err := guest.Start(wasm, config)
	if err != nil {
		return err
	}
	g.First = vm.Memory()
	if g.Instructions, _, err = typical(vm, 20, r.lines()); err != nil {
		return err
	}
	for range updates {
		if err := vm.Update(config); err != nil {
			return err
		}
	}
	g.Last = vm.Memory()
	return nil
}

// list is one member so many times, with its number for each N.
func list(size int, member string) string {
	members := make([]string, size)
	for i := range members {
		members[i] = strings.ReplaceAll(member, "N", fmt.Sprint(i))
	}
	return strings.Join(members, ",")
}
