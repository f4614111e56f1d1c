// SPDX-License-Identifier: Apache-2.0

// Package check says what is wrong with a configuration of the plugin, what is
// probably not meant, and what it answers.
package check

import (
	"bytes"
	"errors"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"notimplemented/cmd/notimplemented/manifest"
	"notimplemented/cmd/notimplemented/source"
	"notimplemented/filter/config"
)

// Parse reads the configuration of a plugin. Where it is wrong, or the host
// refuses it, parsed is nil and the findings say why.
func Parse(plugin *manifest.Plugin) (parsed *config.Config, findings []source.Finding) {
	findings = slices.Clone(plugin.Findings())
	if plugin.JSON == nil && slices.ContainsFunc(findings, source.Finding.IsError) {
		return nil, findings
	}
	parsed, err := config.Parse(plugin.JSON)
	if mistakes, ok := errors.AsType[config.Mistakes](err); ok {
		for _, m := range mistakes {
			findings = append(findings, source.Finding{Position: plugin.At(m.Offset), Severity: source.Error, Pointer: m.Pointer, Message: m.Problem})
		}
	}
	if slices.ContainsFunc(findings, source.Finding.IsError) {
		return nil, findings
	}
	return parsed, findings
}

// Plugin checks the configuration of a plugin.
func Plugin(plugin *manifest.Plugin) []source.Finding {
	declared := Declared(plugin.JSON)
	if plugin.Part && len(declared) == 0 {
		return []source.Finding{{Position: plugin.Start(), Severity: source.Note, Message: `part of a configuration, want what "kustomize build" makes of it`}}
	}
	parsed, findings := Parse(plugin)
	if parsed == nil {
		return findings
	}
	answers := source.Finding{Position: plugin.Start(), Severity: source.Note, Message: parsed.Servers.String()}
	findings = append(findings, answers)
	if plugin.Part {
		return findings // what is not meant can be elsewhere
	}
	return append(findings, warnings(plugin, declared)...)
}

// Offset returns where the value that a JSON pointer names starts.
func Offset(text []byte, pointer string) int {
	decoder := jsontext.NewDecoder(bytes.NewReader(text))
	for {
		before := decoder.InputOffset()
		if _, err := decoder.ReadToken(); err != nil {
			return 0
		}
		if decoder.StackPointer() != jsontext.Pointer(pointer) {
			continue
		}
		if kind, count := decoder.StackIndex(decoder.StackDepth()); kind == '{' && count%2 == 1 {
			before = decoder.InputOffset() // of the name
		}
		return len(text) - len(bytes.TrimLeft(text[before:], " \t\r\n:,"))
	}
}
