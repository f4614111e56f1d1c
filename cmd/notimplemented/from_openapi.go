// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"

	"notimplemented/cmd/notimplemented/openapi"
	"notimplemented/cmd/notimplemented/source"
	"notimplemented/filter/config"
)

const whyDryRun = `In dry run: a document says what is described, not all that is implemented.
OPTIONS for browsers, health checks and other servers of the listener may be missing.
Such requests pass and are counted. List what they show, then remove "dry_run".
`

func (c command) fromOpenAPI(args []string) int {
	flags := flag.NewFlagSet("from-openapi", flag.ContinueOnError)
	byHost := flags.Bool("servers", false, "")
	names, exit, ok := c.parse(flags, args)
	if !ok {
		return exit
	}
	operations, problems, exit := c.operations(orStdin(names))
	d := draft{methods: methodSet{}, hosts: map[string]methodSet{}}
	for _, o := range operations {
		servers := []openapi.Server{{}}
		if *byHost {
			var wrong []source.Finding
			servers, wrong = o.Servers()
			problems = append(problems, wrong...)
		}
		d.add(o.Method, servers)
	}
	for _, f := range once(problems) {
		asText.print(c.stderr, f)
		if f.IsError() {
			exit = max(exit, exitMistakes)
		}
	}
	if exit != exitFine {
		return exit
	}
	if exit := c.write(d); exit != exitFine {
		return exit
	}
	fmt.Fprint(c.stderr, whyDryRun)
	return exitFine
}

// operations reads the operations of documents, and of those in folders. The exit
// code is that of a file that cannot be read.
func (c command) operations(paths []string) (operations []openapi.Operation, findings []source.Finding, exit int) {
	reader := &openapi.Reader{Read: readFile}
	add := func(at source.Position, severity source.Severity, message string) {
		findings = append(findings, source.Finding{Position: at, Severity: severity, Message: message})
	}
	var without []int               // findings of documents without an operation
	documented := map[string]bool{} // folders
	all := inputs(paths)
	for _, in := range all {
		file := in.read(c.read)
		if file == nil {
			findings, documented[in.folder] = append(findings, *in.problem), true
			if in.problem.IsError() {
				exit = exitTrouble
			}
			continue
		}
		if in.folder != "" && !openapi.IsDocument(file) {
			continue
		}
		documented[in.folder] = true
		described, wrong := reader.Operations(file)
		findings = append(findings, wrong...)
		if described == nil && wrong == nil {
			without = append(without, len(findings))
			add(file.Start(), source.Note, "no operation, want one in its paths")
		}
		for i, o := range described {
			if o.Any && (i == 0 || !o.Is(described[i-1])) {
				add(o.At(), source.Note, o.Path+" takes any method, read as all registered ones but CONNECT, TRACE and PRI")
			}
		}
		operations = append(operations, described...)
	}
	for _, in := range all {
		if in.folder != "" && !documented[in.folder] {
			documented[in.folder] = true
			add(source.Position{File: in.folder, Line: 1, Column: 1}, source.Error, "no OpenAPI document in this folder")
		}
	}
	for _, i := range without {
		if operations == nil {
			findings[i].Severity = source.Error
		}
	}
	return operations, findings, exit
}

// write prints a configuration.
func (c command) write(d draft) int {
	text := d.text()
	// There can be too much of it.
	if _, err := config.Parse(text); err != nil {
		fmt.Fprintf(c.stderr, "%s\nin the configuration:\n%s", err, text)
		return exitMistakes
	}
	_, _ = c.stdout.Write(text) // which keeps its error
	return exitFine
}
