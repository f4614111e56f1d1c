// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"maps"
	"os"
	"slices"

	"notimplemented/bench/guest"
)

// updates is how often a configuration follows another one.
const updates = 200

// updated is the linear memory of a VM, in bytes.
type updated struct {
	What   string `json:"what"` // the configuration has many of
	Plugin string `json:"plugin"`
	First  uint32 `json:"first_bytes"`
	Last   uint32 `json:"last_bytes"`
}

func measureUpdates(plugins []module) (all []updated, err error) {
	size := slices.Max(sizes)
	configurations := growth()
	for _, what := range slices.Sorted(maps.Keys(configurations)) {
		for _, plugin := range plugins {
			wasm, err := os.ReadFile(plugin.path)
			if err != nil {
				return nil, err
			}
			config := configurations[what](size)
			vm, err := guest.Start(wasm, config)
			if err != nil {
				return nil, err
			}
			u := updated{What: fmt.Sprintf("%d %s", size, what), Plugin: plugin.label, First: vm.Memory()}
			for range updates {
				if err := vm.Update(config); err != nil {
					return nil, err
				}
			}
			u.Last = vm.Memory()
			all = append(all, u)
		}
	}
	return all, nil
}
