// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"strings"

	"notimplemented/filter/answer"
	"notimplemented/filter/config"
	"notimplemented/filter/servers"
)

const explainUsage = `Usage: notimplemented explain [-X method] [-H 'name: value'] ... file [path]

Says what the plugin with the configuration in the file does with one request:
"passes", or status, header fields and body as the plugin hands them to the host,
which adds content-length. Standard error has what only a dry run keeps from being
answered, then the response code details.

The file is one that "notimplemented check" reads, with one configuration in it;
"-" is standard input. The path, with its query, is "/" if none is given; CONNECT
has none then.

  -X method         the method, GET if none is given
  -H 'name: value'  a header field, any number of times

Examples:

  notimplemented explain -X TRACE plugin.json
  notimplemented explain -H 'upgrade: websocket' envoy.yaml /chat
  notimplemented explain -X POST plugin.json '/bucket/key?uploads'
  notimplemented explain -X POST -H 'content-type: application/grpc' plugin.json /shop.Orders/Place

Exit codes: 0 the request is explained, whatever it gets; 1 mistakes in the file;
2 wrong usage, or a file that cannot be read.
`

// request is a request as lines of fields, in order, pseudo-headers among them.
type request [][2]string

// Set adds a field that the flag -H gives.
func (r *request) Set(field string) error {
	name, value, ok := strings.Cut(field, ":")
	if !ok || !servers.IsToken(name) {
		return errors.New(`want "name: value"`)
	}
	*r = append(*r, [2]string{strings.ToLower(name), strings.Trim(value, " \t")})
	return nil
}

func (r *request) String() string {
	return ""
}

func (c command) explain(args []string) int {
	flags := flag.NewFlagSet("explain", flag.ContinueOnError)
	method := flags.String("X", "GET", "")
	var fields request
	flags.Var(&fields, "H", "")
	if exit, ok := c.parse(flags, args, explainUsage); !ok {
		return exit
	}
	path := flags.Arg(1)
	switch {
	case flags.NArg() == 0:
		return c.misused("no file, want one with a configuration", flags.Name())
	case flags.NArg() > 2:
		return c.misused(fmt.Sprintf("unexpected argument %q, want flags before the file", flags.Arg(2)), flags.Name())
	case path != "" && path[0] != '/' && path != "*":
		return c.misused(fmt.Sprintf(`path %q, want one like "/orders?limit=1"`, path), flags.Name())
	case path == "" && *method != "CONNECT":
		path = "/"
	}
	r := request{{":method", *method}}
	if path != "" {
		r = append(r, [2]string{":path", path})
	}
	server, exit := c.only(flags.Arg(0))
	if server != nil {
		c.answer(server, append(r, fields...))
	}
	return exit
}

// only parses the one configuration of a file; without a server the exit code
// says why.
func (c command) only(file string) (*config.Config, int) {
	s, err := c.read(file)
	if err != nil {
		return nil, c.troubled(err)
	}
	configurations, err := c.find(s)
	if err != nil {
		return nil, exitMistakes
	}
	if len(configurations) > 1 {
		for _, configuration := range configurations {
			fmt.Fprintln(c.stdout, finding{configuration.at(start(configuration.json)), "one of several configurations, want a file with one"})
		}
		return nil, exitMistakes
	}
	server, ok := c.server(configurations[0])
	if !ok {
		return nil, exitMistakes
	}
	return server, exitFine
}

// answer prints what a request gets, and what the host does not send of it.
func (c command) answer(taken *config.Config, r request) {
	request := servers.Header(r)
	method, _ := request.First(":method")
	var d servers.Decision
	_ = taken.Servers.Decide(&d, method, request.Request()) // which has no error
	for _, missing := range d.DryRun {
		fmt.Fprintf(c.stderr, "dry run: %d %s\n", answer.Status, answer.AppendDetails(nil, missing))
	}
	if d.Missing == nil {
		fmt.Fprintln(c.stdout, "passes")
		return
	}
	reply, _ := taken.Formats[d.Server].HTTP(nil, d.Missing)
	if isGRPC, _ := answer.IsGRPC(method, request.Request()); isGRPC {
		reply, _ = answer.GRPC(nil, d.Missing)
	}
	fmt.Fprintf(c.stdout, "%d %s\n", answer.Status, http.StatusText(answer.Status))
	for _, field := range reply.Headers {
		fmt.Fprintf(c.stdout, "%s: %s\n", field[0], field[1])
	}
	fmt.Fprintf(c.stdout, "\n%s\n", reply.Body)
	fmt.Fprintf(c.stderr, "details: %s\n", reply.Details)
	if reply.GRPCStatus >= 0 {
		fmt.Fprintf(c.stderr, "gRPC: the host makes it 200 with grpc-status %d, and grpc-message of the body\n", reply.GRPCStatus)
	}
	if method == http.MethodHead {
		fmt.Fprintln(c.stderr, "HEAD: the host leaves the body out")
	}
}
