// SPDX-License-Identifier: Apache-2.0

// Command notimplemented checks the configuration of the plugin of this name,
// explains what the plugin would answer, and writes a first configuration from
// OpenAPI documents. It is the plugin's own code that reads and decides.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

// The exit codes, as the help states them.
const (
	exitFine     = 0
	exitMistakes = 1
	exitTrouble  = 2
)

const usage = `Usage:

  notimplemented check [file ...]
  notimplemented explain [-X method] [-H 'name: value'] ... file [path]
  notimplemented from-openapi [file ...]

check         says what is wrong with a configuration, or what it answers
explain       says what one request gets
from-openapi  writes a first configuration from OpenAPI documents

Examples:

  notimplemented check plugin.json envoy.yaml
  notimplemented explain -X TRACE -H 'upgrade: websocket' plugin.json /path
  notimplemented from-openapi api.yaml > plugin.json

"notimplemented command -h" says more about a command.

Exit codes: 0 fine, 1 mistakes in a file, 2 wrong usage, or a file that cannot be read.
`

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// command is one run of a command, whose name is out of the arguments already.
type command struct {
	stdin          io.Reader
	stdout, stderr io.Writer
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	c := command{stdin, stdout, stderr}
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return exitTrouble
	}
	switch args[0] {
	case "check":
		return c.check(args[1:])
	case "explain":
		return c.explain(args[1:])
	case "from-openapi":
		return c.fromOpenAPI(args[1:])
	case "-h", "-help", "--help":
		fmt.Fprint(stdout, usage)
		return exitFine
	}
	return c.misused(fmt.Sprintf("unknown command %q", args[0]), "")
}

// parse reads flags; ok is false where the command is over, with this exit code.
func (c command) parse(flags *flag.FlagSet, args []string, usage string) (exit int, ok bool) {
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(c.stdout, usage)
		return exitFine, false
	case err != nil:
		return c.misused(err.Error(), flags.Name()), false
	}
	return exitFine, true
}

func (c command) misused(problem, name string) int {
	help := strings.Join(strings.Fields("notimplemented "+name+" -h"), " ")
	fmt.Fprintf(c.stderr, "notimplemented: %s; %q says more\n", problem, help)
	return exitTrouble
}

func (c command) troubled(err error) int {
	fmt.Fprintln(c.stderr, "notimplemented:", err)
	return exitTrouble
}

// read reads a file; "-" is standard input.
func (c command) read(file string) (source, error) {
	if file == "-" {
		text, err := io.ReadAll(c.stdin)
		return source{"stdin", string(text)}, err
	}
	text, err := os.ReadFile(file)
	return source{file, string(text)}, err
}

// orStdin returns the files given, else standard input.
func orStdin(files []string) []string {
	if len(files) == 0 {
		return []string{"-"}
	}
	return files
}
