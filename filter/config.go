// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"bytes"
	"sort"
	"strconv"
	"strings"
)

// MaxConfigSize is the size of the largest configuration, in bytes.
const MaxConfigSize = 64 << 10

// Mistake is one thing wrong with a configuration.
type Mistake struct {
	Pointer string // JSON pointer (RFC 6901), empty for the whole document
	Offset  int    // of the value, or of the name that is wrong, in bytes from 0
	Problem string // what is wrong, want what
}

// String returns the mistake as it is logged.
func (m Mistake) String() string {
	if m.Pointer == "" {
		return m.Problem
	}
	return m.Pointer + ": " + m.Problem
}

// Mistakes is the error of [Parse]: all that is wrong, in document order.
type Mistakes []Mistake

// Error returns one mistake a line.
func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i := range m {
		lines[i] = m[i].String()
	}
	return strings.Join(lines, "\n")
}

// CheckSize refuses a configuration by its size in bytes, before it is read.
// Its error is of type [Mistakes].
func CheckSize(size int) error {
	if size > MaxConfigSize {
		return Mistakes{{Problem: "configuration is " + strconv.Itoa(size) + " bytes, want at most " + strconv.Itoa(MaxConfigSize>>10) + " KiB"}}
	}
	return nil
}

// Parse reads the plugin's JSON configuration. Its error is of type [Mistakes]:
// a violation of JSON alone, else everything that is wrong.
func Parse(config []byte) (*Server, error) {
	if err := CheckSize(len(config)); err != nil {
		return nil, err
	}
	if len(bytes.Trim(config, " \t\r\n")) == 0 {
		return nil, Mistakes{{Problem: `no configuration, want "implemented_methods" or "unimplemented"`}}
	}
	if err := checkSyntax(config); err != nil {
		return nil, err
	}
	d := readDeclaration(config)
	server := d.server()
	if len(d.mistakes) > 0 {
		sort.Stable(byOffset(d.mistakes))
		return nil, d.mistakes
	}
	return server, nil
}

// declaration is the configuration as it is written. What is absent is nil;
// what is there, however wrong, is not.
type declaration struct {
	*reader
	root                place
	implemented         []*text
	unimplemented       []*entryDeclaration
	format, problemType *text
	dryRun              bool

	methods          map[string]*entry // by name, nil where it is implemented
	implementedWrong bool              // a mistake in implemented is reported
}

type entryDeclaration struct {
	place
	method, header, value, query, capability *text
	alternatives                             []*text
	dryRun                                   bool
	wrong                                    bool // no object, or with an unknown key
}

const (
	wantMethod    = `a method like "GET"`
	wantField     = `a field name like "upgrade"`
	wantFormat    = `"json" or "problem"`
	wantReference = `one like "https://example.com/not-implemented"`
)

func readDeclaration(config []byte) *declaration {
	d := &declaration{reader: newReader(config), methods: map[string]*entry{}}
	d.root.offset = d.offset()
	keys := []string{"implemented_methods", "unimplemented", "format", "problem_type", "dry_run", "$schema"}
	ok := d.object(d.root, keys, func(key string, at place) {
		switch key {
		case "implemented_methods":
			d.implemented = d.methodList(at)
		case "unimplemented":
			d.unimplemented = d.entryList(at)
		case "format":
			d.format = d.text(at, wantFormat)
		case "problem_type":
			d.problemType = d.text(at, "a URI reference")
		case "dry_run":
			d.dryRun = d.boolean(at)
		case "$schema":
			d.text(at, "the address of a schema")
		}
	})
	if ok && d.implemented == nil && d.unimplemented == nil {
		d.mistake(d.root, `nothing is declared, want "implemented_methods" or "unimplemented"`)
	}
	return d
}

func (d *declaration) methodList(at place) (methods []*text) {
	ok := d.array(at, "an array of methods", func(at place) {
		methods = append(methods, d.text(at, wantMethod))
	})
	if ok && methods == nil {
		d.mistake(at, "empty, want at least one method")
	}
	if methods == nil {
		methods = []*text{{place: at, wrong: true}}
	}
	return methods
}

func (d *declaration) entryList(at place) (entries []*entryDeclaration) {
	ok := d.array(at, "an array of entries", func(at place) {
		entries = append(entries, d.entry(at))
	})
	if ok && entries == nil {
		d.mistake(at, "empty, want at least one entry")
	}
	if entries == nil {
		entries = []*entryDeclaration{{place: at, wrong: true}}
	}
	return entries
}

func (d *declaration) entry(at place) *entryDeclaration {
	e := &entryDeclaration{place: at}
	keys := []string{"method", "header", "value", "query", "capability", "alternatives", "dry_run"}
	ok := d.object(at, keys, func(key string, at place) {
		switch key {
		case "method":
			e.method = d.text(at, wantMethod)
		case "header":
			e.header = d.text(at, wantField)
		case "value":
			e.value = d.text(at, `a list member like "websocket"`)
		case "query":
			e.query = d.text(at, `a parameter name like "uploads"`)
		case "capability":
			e.capability = d.text(at, `a name like "websocket"`)
		case "alternatives":
			d.array(at, "an array of strings", func(at place) {
				e.alternatives = append(e.alternatives, d.text(at, "what to use instead"))
			})
		case "dry_run":
			e.dryRun = d.boolean(at)
		}
	})
	e.wrong = !ok
	return e
}
