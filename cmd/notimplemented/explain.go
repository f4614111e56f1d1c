// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"

	"notimplemented/cmd/notimplemented/manifest"
	"notimplemented/cmd/notimplemented/request"
	"notimplemented/cmd/notimplemented/source"
	"notimplemented/filter/answer"
	"notimplemented/filter/config"
	"notimplemented/filter/servers"
)

func (c command) explain(args []string) int {
	flags := flag.NewFlagSet("explain", flag.ContinueOnError)
	method := "GET"
	var fields request.Request
	for _, name := range []string{"X", "request"} {
		flags.StringVar(&method, name, method, "")
	}
	for _, name := range []string{"H", "header"} {
		flags.Func(name, "", func(text string) error {
			field, err := request.Field(text)
			fields = append(fields, field)
			return err
		})
	}
	plugin := flags.String("plugin", "", "")
	others, exit, ok := c.parse(flags, apart(args))
	target := ""
	switch {
	case !ok:
		return exit
	case len(others) == 0:
		return c.misused("no file, want one with a configuration", flags.Name())
	case len(others) > 2:
		return c.misused(fmt.Sprintf("unexpected argument %q, want a file and a path or URL", others[2]), flags.Name())
	case len(others) == 2:
		target = others[1]
	}
	r, err := request.New(method, target)
	if err != nil {
		return c.misused(err.Error(), flags.Name())
	}
	_, document, exit := c.only(others[0], *plugin)
	if document == nil {
		return exit
	}
	if fields.Has(":authority") { // which curl takes before the URL's
		r = slices.DeleteFunc(r, func(field [2]string) bool { return field[0] == ":authority" })
	}
	c.answer(document, append(r, fields...))
	return exitFine
}

// apart separates curl's flags of one letter from a value that is joined to them.
func apart(args []string) (all []string) {
	for i, arg := range args {
		switch {
		case arg == "--":
			return append(all, args[i:]...)
		case len(arg) > 2 && (arg[:2] == "-X" || arg[:2] == "-H"):
			all = append(all, arg[:2], arg[2:])
		default:
			all = append(all, arg)
		}
	}
	return all
}

// place is a line, and a column perhaps, behind the name of a file.
var place = regexp.MustCompile(`^(.+?):([0-9]+)(?::[0-9]+)?$`)

// only reads the one configuration of a file that is meant; without it the exit
// code says why.
func (c command) only(name, plugin string) (*manifest.Plugin, *config.Document, int) {
	line := 0
	if match := place.FindStringSubmatch(name); match != nil {
		if _, err := os.Stat(name); err != nil {
			name = match[1]
			line, _ = strconv.Atoi(match[2])
		}
	}
	file, err := c.read(name)
	if err != nil {
		return nil, nil, c.troubled(err)
	}
	found := manifest.Search{Name: plugin}.In(file)
	chosen := found.Plugins
	if line > 0 {
		chosen = slices.DeleteFunc(slices.Clone(chosen), func(p *manifest.Plugin) bool { return p.Start().Line != line })
	}
	problems := slices.DeleteFunc(slices.Clone(found.Findings), func(f source.Finding) bool { return !f.IsError() })
	switch {
	case len(problems) > 0:
	case found.Other != nil:
		found.Other.Severity = source.Error
		problems = append([]source.Finding{*found.Other}, found.Findings...)
	case len(chosen) != 1:
		message := `one of several configurations, want "-plugin NAME", or this location instead of the file`
		if line > 0 && len(chosen) == 0 {
			message = fmt.Sprintf("a configuration starts here, none on line %d", line)
		}
		for _, p := range found.Plugins {
			problems = append(problems, source.Finding{Position: p.Start(), Severity: source.Error, Message: message})
		}
	default:
		document, findings := chosen[0].Read()
		if document != nil {
			return chosen[0], document, exitFine
		}
		problems = findings
	}
	for _, f := range problems {
		asText.print(c.stdout, f)
	}
	return nil, nil, exitMistakes
}

// asks reports whether an entry concerns a field.
func asks(declared []servers.Declaration, field string) bool {
	return slices.ContainsFunc(declared, func(d servers.Declaration) bool {
		return slices.ContainsFunc(d.Unimplemented, func(e servers.Entry) bool { return e.Header == field })
	})
}

// answer prints what a request gets over the wire.
func (c command) answer(document *config.Document, r request.Request) {
	parsed, declared := document.Config(), document.Declarations
	if !r.Has(":authority") && len(declared) > 1 {
		fmt.Fprintln(c.stderr, "no host, so the top-level configuration applies; want a URL, or -H 'host: …'")
	}
	for _, field := range r.SetByEnvoy() {
		if asks(declared, field) {
			fmt.Fprintf(c.stderr, "no %s, which Envoy sets; want -H '%s: …'\n", field, field)
		}
	}
	decision := r.Decide(parsed)
	for _, missing := range decision.DryRun {
		fmt.Fprintf(c.stderr, "dry run: 501 %s\n", request.Details(missing))
	}
	if decision.Missing == nil {
		fmt.Fprintln(c.stdout, "passes")
		return
	}
	sent, protocol := r.Answer(parsed, decision)
	headers := sent.Headers
	if protocol == answer.GRPC {
		headers = append([][2]string{{"content-type", string(protocol)}}, headers...) // which Envoy sets
	}
	fmt.Fprintf(c.stdout, "%d %s\n", sent.Status, http.StatusText(sent.Status))
	for _, field := range headers {
		fmt.Fprintf(c.stdout, "%s: %s\n", field[0], field[1])
	}
	switch {
	case sent.Body == nil || r.Method() == http.MethodHead:
	case utf8.Valid(sent.Body):
		fmt.Fprintf(c.stdout, "\n%s\n", sent.Body)
	default: // a frame of gRPC-Web
		fmt.Fprintf(c.stdout, "\n%q\n", sent.Body)
	}
	fmt.Fprintf(c.stderr, "details: %s\n", sent.Details())
}
