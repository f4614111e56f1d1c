// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what users read of results.json")

func read(t *testing.T) (r results) {
	t.Helper()
	text, err := os.ReadFile("results.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestDocument(t *testing.T) {
	r := read(t)
	if *update {
		if err := r.write(); err != nil {
			t.Fatal(err)
		}
	}
	want, err := r.document()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf(`%s is not what results.json says, want what "go -C bench test . -update" writes`, documentFile)
	}
}

// A machine that cannot build some of the peers measures the others.
func TestDocumentWithoutPeers(t *testing.T) {
	for count := range 1 << len(peers) {
		r := read(t)
		for i, p := range peers {
			if count>>i&1 == 0 {
				continue
			}
			r.LeftOut = append(r.LeftOut, p.label)
			r.Added = slices.DeleteFunc(r.Added, func(a added) bool { return a.Variant == p.label })
			r.Modules = slices.DeleteFunc(r.Modules, func(m instructions) bool { return m.Name == p.label })
			r.Starts = slices.DeleteFunc(r.Starts, func(s started) bool { return s.What == p.label })
		}
		text, err := r.document()
		if err != nil {
			t.Fatalf("without %q: %v", r.LeftOut, err)
		}
		for line := range strings.Lines(text) {
			for _, left := range r.LeftOut {
				if strings.HasPrefix(line, "|") && strings.Contains(line, left) {
					t.Errorf("without %q: %s", r.LeftOut, line)
				}
			}
		}
		if said := "Not built, so not measured: " + strings.Join(r.LeftOut, ", ") + "."; strings.Contains(text, said) != (count > 0) {
			t.Errorf("without %q:\n%s", r.LeftOut, text)
		}
	}
}
