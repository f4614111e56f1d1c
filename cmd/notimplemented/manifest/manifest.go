// SPDX-License-Identifier: Apache-2.0

// Package manifest finds the plugin's configuration in the files that people
// keep: the JSON alone, a configuration of Envoy, resources of Istio and Envoy
// Gateway, and YAML that is a string in YAML.
package manifest

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"notimplemented/cmd/notimplemented/source"
)

// Plugin is this plugin as a host loads it.
type Plugin struct {
	JSON []byte // what the host hands over, nil if nothing
	// Part is true where a patch has a part of the configuration only.
	Part bool
	// CustomMethods is false where Envoy answers 400 to methods that it does not
	// know, before the plugin.
	CustomMethods bool

	names  []string
	place  func(offset int) source.Position
	errors []source.Finding
}

// At returns the position of a byte of the JSON.
func (p *Plugin) At(offset int) source.Position {
	return p.place(offset)
}

// Start returns where the JSON starts, or else the plugin.
func (p *Plugin) Start() source.Position {
	return p.place(len(p.JSON) - len(bytes.TrimLeft(p.JSON, " \t\r\n")))
}

// Errors are why a host refuses the plugin whatever its configuration says.
func (p *Plugin) Errors() []source.Finding {
	return p.errors
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
}

// In searches a file.
func (s Search) In(file *source.File) Found {
	f := &finder{Search: s}
	documents, err := file.Documents()
	other := func(message string) *source.Finding {
		return &source.Finding{Position: source.Position{File: file.Name, Line: 1, Column: 1}, Message: message}
	}
	if kind, ok := notForHosts(file, documents, err); ok {
		return Found{Other: other(kind)}
	}
	f.documents(file, file.Name, documents, err)
	if !f.candidates && s.isAlone(file, documents) {
		return Found{Plugins: []*Plugin{alone(file)}}
	}
	switch {
	case f.found.Plugins != nil || f.found.Other != nil || slices.ContainsFunc(f.found.Findings, source.Finding.IsError):
	case f.candidates && s.Name != "":
		f.found.Other = other("none of the wasm plugins is " + quoted(s.Name))
	case f.candidates:
		f.found.Other = other(`none of the wasm plugins is notimplemented, want "-plugin NAME" if one is`)
	default:
		f.found.Other = other(forHosts(documents))
	}
	return f.found
}

// alone is the plugin of a file that has nothing but its JSON.
func alone(file *source.File) *Plugin {
	p := &Plugin{JSON: file.Raw, CustomMethods: true, place: file.At}
	if file.Encoding != "" {
		p.JSON = nil
		p.errors = []source.Finding{{Position: file.At(0), Severity: source.Error,
			Message: file.Encoding + ", want UTF-8 without a byte order mark"}}
	}
	return p
}

func (s Search) isAlone(file *source.File, documents []*yaml.Node) bool {
	if !isJSON(file) || slices.ContainsFunc(documents, isForHost) {
		return false
	}
	if len(documents) == 0 {
		return !s.Several || speaks.MatchString(file.Text)
	}
	// Even a misspelt name tells it from somebody else's.
	return !s.Several || slices.ContainsFunc(source.Members(documents[0].Content[0]), func(m source.Member) bool {
		return strings.Contains(m.Name, "impl") || m.Name == "dry_run" || m.Name == "problem_type"
	})
}

// speaks finds out whether a text is about this plugin, even where a name is
// misspelt.
var speaks = regexp.MustCompile(itself + `|[A-Za-z_]*impl[A-Za-z_]*["']?[ \t]*:`)

func isJSON(file *source.File) bool {
	start := strings.TrimLeft(file.Text, " \t\r\n")
	return start == "" || start[0] == '{' || start[0] == '[' || strings.HasSuffix(file.Name, ".json")
}

// finder walks through the documents of a file.
type finder struct {
	Search
	found      Found
	candidates bool // there are some, whether or not it is one of them
}

// scope is what is known of the nodes around one.
type scope struct {
	file       *source.File
	converted  *converted // the document as Kubernetes reads it, nil in one of Envoy
	path       []string   // from the document
	resource   string     // name of the Kubernetes resource
	filter     string     // name of the HTTP filter or extension
	manager    *yaml.Node // the HTTP connection manager
	patch      bool       // of kustomize
	candidates *[]*candidate
}

func (s scope) at(names ...string) scope {
	s.path = append(slices.Clone(s.path), names...)
	return s
}

// candidate is a wasm plugin, this one or another.
type candidate struct {
	*Plugin
	declares bool // what no other plugin's configuration does
	node     *yaml.Node
	file     *source.File
	resource string
}

func (f *finder) documents(file *source.File, name string, documents []*yaml.Node, err error) {
	// What Envoy does with the documents behind the first.
	severity, problem := source.Note, "Envoy reads the first document of a file only"
	if isReadAsJSON(name) {
		severity, problem = source.Error, "something behind the JSON, with which Envoy refuses the file"
	}
	for i, document := range documents {
		if i > 0 && isEnvoy(documents[0]) {
			f.add(severity, file.Of(document), problem)
			continue
		}
		f.document(file, name, document)
	}
	if err, ok := err.(*source.SyntaxError); ok {
		switch {
		case len(documents) > 0 && isEnvoy(documents[0]):
			f.add(severity, err.Position, problem)
		case f.Several && !speaks.MatchString(file.Text):
			f.found.Other = &source.Finding{Position: err.Position, Message: err.Problem}
		default:
			f.add(source.Error, err.Position, err.Problem)
		}
	}
}

func (f *finder) document(file *source.File, name string, document *yaml.Node) {
	var candidates []*candidate
	s := scope{file: file, candidates: &candidates}
	if isKubernetes(document) {
		s.converted = &converted{text: file.Text[file.Offset(document):]}
	}
	f.walk(document.Content[0], s)
	count := len(f.found.Plugins)
	f.choose(candidates)
	if len(f.found.Plugins) == count {
		return
	}
	if s.converted == nil {
		f.found.Findings = append(f.found.Findings, refusedByEnvoy(file, name, document)...)
		return
	}
	at, problem, isRefused := repeated(file, document)
	if file.Encoding == "UTF-32" {
		at, problem, isRefused = file.At(0), "UTF-32, which Kubernetes cannot read, want UTF-8", true
	}
	if _, err := s.converted.convert(); err != nil {
		f.found.Plugins = f.found.Plugins[:count] // of which nothing is known
		if !isRefused {
			at, problem = file.Of(document.Content[0]), "no YAML: "+err.Error()
		}
		isRefused = true
	}
	if isRefused {
		f.add(source.Error, at, problem)
	}
}

func (f *finder) add(severity source.Severity, at source.Position, message string) {
	f.found.Findings = append(f.found.Findings, source.Finding{Position: at, Severity: severity, Message: message})
}

// walk finds the plugins wherever they stand: Envoy's messages also stand in an
// EnvoyFilter or an EnvoyPatchPolicy, and resources in a List.
func (f *finder) walk(n *yaml.Node, s scope) {
	switch n.Kind {
	case yaml.SequenceNode:
		for i, element := range n.Content {
			f.walk(element, s.at(strconv.Itoa(i)))
		}
		return
	case yaml.MappingNode:
	default:
		return
	}
	if f.resource(n, &s) || f.message(n, &s) {
		return
	}
	// Not by an alias: what it stands for is found where it is anchored.
	for i := 0; i+1 < len(n.Content); i += 2 {
		f.walk(n.Content[i+1], s.at(n.Content[i].Value))
	}
}

// choose takes the candidates that are this plugin. The name of a resource counts
// only where nothing nearer tells its plugins apart.
func (f *finder) choose(candidates []*candidate) {
	f.candidates = f.candidates || candidates != nil
	chosen := map[string]bool{}
	for _, c := range candidates {
		if f.isItself(c) {
			chosen[c.resource] = true
		}
	}
	for _, c := range candidates {
		byResource := c.resource != "" && !chosen[c.resource] && f.isNamed(c.resource)
		if f.isItself(c) || byResource {
			f.found.Plugins = append(f.found.Plugins, c.Plugin)
			continue
		}
		name, why := "without a name", "nothing says that it is notimplemented"
		names := append(slices.Clone(c.names), c.resource)
		if i := slices.IndexFunc(names, func(name string) bool { return name != "" }); i >= 0 {
			name = quoted(names[i])
		}
		switch {
		case f.Name != "":
			why = "it is not " + quoted(f.Name)
		case f.isNamed(c.resource):
			why = "another in this resource is notimplemented"
		}
		message := "wasm plugin " + name + " is passed over, " + why
		f.add(source.Note, c.file.Of(c.node), message)
	}
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

// isDeclaration reports whether no other plugin's configuration has a member of
// this name.
func isDeclaration(name string) bool {
	return name == "implemented_methods" || name == "unimplemented" || name == "servers"
}

// hasDeclaration reports whether a mapping has such a member.
func hasDeclaration(n *yaml.Node) bool {
	return slices.ContainsFunc(source.Merged(n), func(m source.Member) bool { return isDeclaration(m.Name) })
}

// declares reports whether the JSON has such a member.
func declares(text []byte) bool {
	var members map[string]json.RawMessage
	_ = json.Unmarshal(text, &members) // what is no object has no member
	for name := range members {
		if isDeclaration(name) {
			return true
		}
	}
	return false
}

func quoted(s string) string {
	encoded, _ := json.Marshal(s) // a string has no reason to fail
	return string(encoded)
}
