// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"notimplemented/cmd/notimplemented/openapi"
)

// methodSet is names of methods.
type methodSet map[string]bool

// draft is what has been found to be implemented.
type draft struct {
	methods methodSet            // whatever the host
	hosts   map[string]methodSet // by host
}

// add adds a method of some servers.
func (d draft) add(method string, servers []openapi.Server) {
	for _, server := range servers {
		methods := d.methods
		if server.Host != "" {
			if d.hosts[server.Host] == nil {
				d.hosts[server.Host] = methodSet{}
			}
			methods = d.hosts[server.Host]
		}
		methods[method] = true
	}
}

// text returns the configuration, in dry run. What is implemented whatever the host,
// each host does.
func (d draft) text() []byte {
	var b bytes.Buffer
	b.WriteString("{\n")
	if len(d.methods) > 0 {
		b.WriteString("  \"implemented_methods\": " + list(d.methods.sorted()) + ",\n")
	}
	if len(d.hosts) > 0 {
		b.WriteString("  \"servers\": [\n")
		for i, host := range slices.Sorted(maps.Keys(d.hosts)) {
			if i > 0 {
				b.WriteString(",\n")
			}
			methods := maps.Clone(d.methods)
			maps.Copy(methods, d.hosts[host])
			b.WriteString("    {\"hosts\": " + list([]string{host}) + ", \"implemented_methods\": " + list(methods.sorted()) + "}")
		}
		b.WriteString("\n  ],\n")
	}
	b.WriteString("  \"dry_run\": true\n}\n")
	return b.Bytes()
}

// usual is the order of most lists of methods.
var usual = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

// compareMethods orders methods as most lists of them do.
func compareMethods(a, b string) int {
	rank := func(method string) int {
		if i := slices.Index(usual, method); i >= 0 {
			return i
		}
		return len(usual)
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
}

func (m methodSet) sorted() []string {
	return slices.SortedFunc(maps.Keys(m), compareMethods)
}

func list(names []string) string {
	encoded, _ := json.Marshal(names) // strings have no reason to fail
	return strings.ReplaceAll(string(encoded), `","`, `", "`)
}
