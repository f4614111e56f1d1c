// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"errors"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"notimplemented/cmd/notimplemented/source"
	"notimplemented/filter/config"
)

// Plugin is this plugin as a host loads it.
type Plugin struct {
	JSON []byte // what the host hands over, nil if nothing
	// Part is true where nothing is declared, since the rest of the configuration is
	// elsewhere: a patch.
	Part bool
	// CustomMethods is false where Envoy answers 400 to methods that it does not
	// know, before the plugin.
	CustomMethods bool
	// Skipped are the methods that Envoy's matcher keeps from the plugin.
	Skipped []string

	names    []string
	place    func(offset int) source.Position
	findings []source.Finding // what a host says of it whatever its configuration is
}

// Start returns where the JSON starts, or else the plugin.
func (p *Plugin) Start() source.Position {
	return p.place(len(p.JSON) - len(bytes.TrimLeft(p.JSON, " \t\r\n")))
}

// Of returns where the value that a JSON pointer names starts in the file.
func (p *Plugin) Of(pointer string) source.Position {
	decoder := jsontext.NewDecoder(bytes.NewReader(p.JSON))
	for {
		before := decoder.InputOffset()
		if _, err := decoder.ReadToken(); err != nil {
			return p.Start()
		}
		if decoder.StackPointer() != jsontext.Pointer(pointer) {
			continue
		}
		if kind, count := decoder.StackIndex(decoder.StackDepth()); kind == '{' && count%2 == 1 {
			before = decoder.InputOffset() // of the name
		}
		return p.place(len(p.JSON) - len(bytes.TrimLeft(p.JSON[before:], " \t\r\n:,")))
	}
}

// Read reads the configuration. Where it is wrong, or the host refuses it, document is
// nil and the findings say why.
func (p *Plugin) Read() (document *config.Document, findings []source.Finding) {
	findings = slices.Clone(p.findings)
	isRefused := slices.ContainsFunc(findings, source.Finding.IsError)
	if p.JSON == nil && isRefused {
		return nil, findings
	}
	document, err := config.Read(p.JSON)
	mistakes, _ := errors.AsType[config.Mistakes](err)
	for _, m := range mistakes {
		findings = append(findings, source.Finding{Position: p.place(m.Offset), Severity: source.Error, Pointer: m.Pointer, Message: m.Problem})
	}
	if isRefused {
		return nil, findings
	}
	return document, findings
}
