// SPDX-License-Identifier: Apache-2.0

// Package manifest finds the plugin's configuration in the files that people
// keep: wherever it stands in YAML or JSON, or in a string in that.
package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v4"

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

// Search is what to look for.
type Search struct {
	Name    string // of the plugin, or empty
	Several bool   // the file is one of several
}

// Found is what a file has.
type Found struct {
	Plugins  []*Plugin
	Findings []source.Finding // of other plugins, and of what nobody can read
	Other    *source.Finding  // what the file is instead, where it has no plugin
	// Speaks is true where the file is about the plugin all the same, so that it is
	// worth a line wherever it was found.
	Speaks bool
}

// In searches a file.
func (s Search) In(file *source.File) Found {
	f := &finder{Search: s}
	documents, err := file.Documents()
	if kind := notForHosts(file, documents, err); kind != "" {
		f.other(file, kind)
	} else {
		f.stream(documents, err, scope{file: file, key: file.Name, resource: &resource{}})
		if !f.hasCandidates && !s.Several && isJSON(file) && !slices.ContainsFunc(documents, isForHost) && (len(documents) < 2 || err != nil) {
			return Found{Plugins: []*Plugin{alone(file)}}
		}
	}
	switch {
	case f.found.Plugins != nil || f.found.Other != nil || slices.ContainsFunc(f.found.Findings, source.Finding.IsError):
	case f.hasCandidates && s.Name != "":
		f.other(file, "none of the wasm plugins is "+quoted(s.Name))
	case f.hasCandidates:
		f.other(file, `none of the wasm plugins is notimplemented, want "-plugin NAME" if one is`)
	default:
		f.other(file, forHosts(documents))
	}
	f.found.Speaks = f.found.Other != nil && s.Speaks(file.Text) &&
		slices.Contains([]string{ofHelm, ofEnvsubst, inYAML}, f.found.Other.Message)
	return f.found
}

// finder walks through a file.
type finder struct {
	Search
	found         Found
	candidates    []*candidate // in the document
	hasCandidates bool         // whether or not it is one of them
}

// other says what a file is instead. What its parts are does not matter.
func (f *finder) other(file *source.File, what string) {
	if f.found.Other == nil {
		f.found.Other = &source.Finding{Position: source.Position{File: file.Name, Line: 1, Column: 1}, Message: what}
	}
}

func (f *finder) add(severity source.Severity, at source.Position, message string) {
	f.found.Findings = append(f.found.Findings, source.Finding{Position: at, Severity: severity, Message: message})
}

// candidate is a wasm plugin, this one or another.
type candidate struct {
	*Plugin
	declares bool // what no other plugin's configuration does
	node     *yaml.Node
	file     *source.File
	resource *resource
}

func (s scope) candidate(n *yaml.Node, names ...string) *candidate {
	place := func(int) source.Position { return s.file.Of(n) }
	return &candidate{&Plugin{CustomMethods: true, names: names, place: place}, false, n, s.file, s.resource}
}

func (c *candidate) refuse(n *yaml.Node, message string) {
	c.findings = append(c.findings, source.Finding{Position: c.file.Of(n), Severity: source.Error, Message: message})
}

// stream looks into the documents of a file, or of a string that is one.
func (f *finder) stream(documents []*yaml.Node, err error, s scope) {
	if isObject(s.file.Text) && isOwn(documents, err, s.file) {
		f.hasCandidates = true
		f.found.Plugins = append(f.found.Plugins, alone(s.file))
		return
	}
	// What Envoy does with the documents behind the first.
	severity, problem := source.Note, "Envoy reads only the first document of a file"
	if isReadAsJSON(s.key) {
		severity, problem = source.Error, "unexpected content after the JSON, which Envoy refuses"
	}
	for i, document := range documents {
		if i > 0 && (isEnvoy(documents[0]) || isEnvoy(document)) {
			f.add(severity, s.file.Of(document), problem)
			continue
		}
		end := len(s.file.Text)
		if i+1 < len(documents) {
			end = s.file.Offset(documents[i+1])
		}
		f.document(document, end, s)
	}
	if err, ok := err.(*source.SyntaxError); ok {
		switch {
		case len(documents) > 0 && isEnvoy(documents[0]):
			f.add(severity, err.Position, problem)
		case f.Several && !f.Speaks(s.file.Text):
			f.found.Other = &source.Finding{Position: err.Position, Message: err.Problem}
		default:
			f.add(source.Error, err.Position, err.Problem)
		}
	}
}

// isJSON reports whether a file that nothing is found in can be meant to be the
// plugin's configuration.
func isJSON(file *source.File) bool {
	start := strings.TrimLeft(file.Text, " \t\r\n")
	return start == "" || start[0] == '{' || start[0] == '[' || strings.HasSuffix(file.Name, ".json")
}

// alone returns the plugin of a text that has nothing but its JSON.
func alone(file *source.File) *Plugin {
	p := &Plugin{JSON: file.Raw, CustomMethods: true, place: file.At}
	if file.Encoding != "" {
		p.JSON = nil
		p.findings = []source.Finding{{Position: file.At(0), Severity: source.Error,
			Message: file.Encoding + ", want UTF-8 without a byte order mark"}}
	}
	return p
}

func (f *finder) document(document *yaml.Node, end int, s scope) {
	switch {
	case isKubernetes(document):
		s.reader = kubernetes
	case isEnvoy(document):
		s.reader = envoy
	}
	before := len(f.candidates)
	f.walk(document.Content[0], s)
	chosen := f.choose(f.candidates[before:])
	f.hasCandidates = f.hasCandidates || len(f.candidates) > before
	f.candidates = f.candidates[:before]
	if chosen == nil {
		return
	}
	switch {
	case s.reader == envoy:
		f.refusedByEnvoy(document, s)
	case s.reader == kubernetes && f.refusedByKubernetes(document, end, s.file):
		return // nothing is known of the plugins
	}
	for _, c := range chosen {
		if kind := ofTemplate(string(c.JSON)); kind != "" {
			if _, err := config.Read(c.JSON); err != nil {
				f.other(s.file, kind)
				continue
			}
		}
		c.Part = c.Part && !c.declares
		f.found.Plugins = append(f.found.Plugins, c.Plugin)
	}
}

// choose returns the candidates that are this plugin. The name of a resource counts
// only where nothing nearer tells its plugins apart.
func (f *finder) choose(candidates []*candidate) (chosen []*candidate) {
	isNear := map[*resource]bool{}
	for _, c := range candidates {
		if f.isItself(c) {
			isNear[c.resource] = true
		}
	}
	for _, c := range candidates {
		isNamed := f.isNamed(c.resource.name)
		if f.isItself(c) || isNamed && !isNear[c.resource] {
			chosen = append(chosen, c)
			continue
		}
		name, why := "without a name", "nothing identifies it as notimplemented"
		names := append(slices.Clone(c.names), c.resource.name)
		if i := slices.IndexFunc(names, func(name string) bool { return name != "" }); i >= 0 {
			name = quoted(names[i])
		}
		switch {
		case f.Name != "":
			why = "it is not " + quoted(f.Name)
		case isNamed:
			why = "another in this resource is notimplemented"
		}
		f.add(source.Note, c.file.Of(c.node), "wasm plugin "+name+" is skipped, "+why)
	}
	return chosen
}

// itself is the name by which a plugin is known for this one.
const itself = "notimplemented"

func (f *finder) isNamed(name string) bool {
	if f.Name != "" {
		return name == f.Name
	}
	return strings.Contains(name, itself)
}

func (f *finder) isItself(c *candidate) bool {
	return slices.ContainsFunc(c.names, f.isNamed) || f.Name == "" && c.declares
}

func quoted(s string) string {
	encoded, _ := json.Marshal(s) // a string has no reason to fail
	return string(encoded)
}
