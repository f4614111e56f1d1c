// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"os"

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
	for _, f := range problems {
		asText.print(c.stderr, f)
		if f.IsError() {
			exit = max(exit, exitMistakes)
		}
	}
	if exit != exitFine {
		return exit
	}
	d := draft{methods: methodSet{}, hosts: map[string]methodSet{}}
	for _, o := range operations {
		if !*byHost || o.Hosts == nil {
			d.methods[o.Method] = true
			continue
		}
		for _, host := range o.Hosts {
			if d.hosts[host] == nil {
				d.hosts[host] = methodSet{}
			}
			d.hosts[host][o.Method] = true
		}
	}
	if exit := c.write(d); exit != exitFine {
		return exit
	}
	fmt.Fprint(c.stderr, whyDryRun)
	return exitFine
}

// operations reads the operations of documents. The exit code is that of a file
// that cannot be read.
func (c command) operations(names []string) (operations []openapi.Operation, findings []source.Finding, exit int) {
	reader := &openapi.Reader{Read: readFile}
	add := func(at source.Position, severity source.Severity, message string) {
		findings = append(findings, source.Finding{Position: at, Severity: severity, Message: message})
	}
	for _, name := range names {
		file, err := c.read(name)
		if err != nil {
			exit = c.troubled(err)
			continue
		}
		found, wrong := reader.Operations(file)
		for _, err := range wrong {
			add(err.Position, source.Error, err.Problem)
		}
		if found == nil && wrong == nil {
			add(file.Start(), source.Error, "no operation, want one in its paths")
		}
		for i, o := range found {
			if o.Any && (i == 0 || !o.Is(found[i-1])) {
				add(o.At(), source.Note, o.Path+" takes any method, read as all registered ones but CONNECT, TRACE and PRI")
			}
		}
		operations = append(operations, found...)
	}
	return operations, findings, exit
}

func readFile(name string) (*source.File, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return source.New(name, content), nil
}

// write prints a configuration.
func (c command) write(d draft) int {
	text := d.text()
	// Names of methods are the document's own since OpenAPI 3.2.
	if _, err := config.Parse(text); err != nil {
		fmt.Fprintf(c.stderr, "%s\nin the configuration:\n%s", err, text)
		return exitMistakes
	}
	_, _ = c.stdout.Write(text) // which keeps its error
	return exitFine
}
