// SPDX-License-Identifier: Apache-2.0

// Package draft writes a first configuration of the plugin.
package draft

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Methods are names of methods.
type Methods map[string]bool

// Draft is what has been found to be implemented.
type Draft struct {
	Methods Methods            // whatever the host
	Hosts   map[string]Methods // by host
}

// JSON returns the configuration, in dry run.
func (d Draft) JSON() []byte {
	var b bytes.Buffer
	b.WriteString("{\n")
	if len(d.Methods) > 0 {
		b.WriteString("  \"implemented_methods\": " + list(d.Methods.sorted()) + ",\n")
	}
	if len(d.Hosts) > 0 {
		b.WriteString("  \"servers\": [\n")
		for i, host := range slices.Sorted(maps.Keys(d.Hosts)) {
			if i > 0 {
				b.WriteString(",\n")
			}
			b.WriteString("    {\"hosts\": " + list([]string{host}) + ", \"implemented_methods\": " + list(d.Hosts[host].sorted()) + "}")
		}
		b.WriteString("\n  ],\n")
	}
	b.WriteString("  \"dry_run\": true\n}\n")
	return b.Bytes()
}

// usual is the order of most lists of methods.
var usual = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

// Compare orders methods as most lists of them do.
func Compare(a, b string) int {
	rank := func(method string) int {
		if i := slices.Index(usual, method); i >= 0 {
			return i
		}
		return len(usual)
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
}

func (m Methods) sorted() []string {
	return slices.SortedFunc(maps.Keys(m), Compare)
}

func list(names []string) string {
	encoded, _ := json.Marshal(names) // strings have no reason to fail
	return strings.ReplaceAll(string(encoded), `","`, `", "`)
}
