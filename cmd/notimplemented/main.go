// SPDX-License-Identifier: Apache-2.0

// Command notimplemented checks the configuration of the plugin of this name,
// explains what the plugin would answer, and writes a first configuration from
// OpenAPI documents or access logs. It is the plugin's own code that reads and
// decides.
package main

import (
	"bufio"
	"cmp"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"notimplemented/cmd/notimplemented/source"
)

// The exit codes, as the help states them.
const (
	exitFine     = 0
	exitMistakes = 1
	exitTrouble  = 2
)

// help has the text of each command's help, and of the help without a command.
//
//go:embed help
var help embed.FS

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// command is one run of a command, whose name is out of the arguments already.
type command struct {
	stdin          io.Reader
	stdout, stderr io.Writer
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	// A bufio.Writer keeps its first error, so that each print need not be asked.
	buffered := bufio.NewWriter(stdout)
	exit := command{stdin, buffered, inOrder{stderr, buffered}}.run(args)
	if err := buffered.Flush(); err != nil {
		fmt.Fprintln(stderr, "notimplemented:", err)
		return exitTrouble
	}
	return exit
}

// inOrder is standard error behind what has been printed to standard output: a
// terminal shows both.
type inOrder struct {
	io.Writer
	before *bufio.Writer
}

func (w inOrder) Write(p []byte) (int, error) {
	_ = w.before.Flush() // which keeps its error
	return w.Writer.Write(p)
}

func (c command) run(args []string) int {
	if len(args) == 0 {
		c.help(c.stderr, "notimplemented")
		return exitTrouble
	}
	name, args := args[0], args[1:]
	switch name {
	case "-h", "-help", "--help", "help":
		if len(args) == 0 {
			c.help(c.stdout, "notimplemented")
			return exitFine
		}
		name, args = args[0], []string{"-h"}
	}
	switch name {
	case "check":
		return c.check(args)
	case "explain":
		return c.explain(args)
	case "from-openapi":
		return c.fromOpenAPI(args)
	case "from-access-log":
		return c.fromAccessLog(args)
	case "verify":
		return c.verify(args)
	case "version", "-version", "--version":
		return c.version(args)
	}
	return c.misused(fmt.Sprintf("unknown command %q", name), "")
}

func (c command) help(w io.Writer, name string) {
	text, err := help.ReadFile("help/" + name + ".txt")
	if err != nil {
		panic(err) // a command without its help
	}
	_, _ = w.Write(text)
}

// parse reads flags, wherever they stand, and returns the other arguments. ok is
// false where the command is over, with this exit code.
func (c command) parse(flags *flag.FlagSet, args []string) (others []string, exit int, ok bool) {
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	for {
		err := flags.Parse(args)
		switch {
		case errors.Is(err, flag.ErrHelp):
			c.help(c.stdout, flags.Name())
			return nil, exitFine, false
		case err != nil:
			return nil, c.misused(err.Error(), flags.Name()), false
		}
		rest := flags.Args()
		if len(rest) == 0 || len(rest) < len(args) && args[len(args)-len(rest)-1] == "--" {
			return append(others, rest...), exitFine, true
		}
		others, args = append(others, rest[0]), rest[1:]
	}
}

func (c command) misused(problem, name string) int {
	help := strings.Join(strings.Fields("notimplemented "+name+" -h"), " ")
	fmt.Fprintf(c.stderr, "notimplemented: %s; run %q for help\n", problem, help)
	return exitTrouble
}

func (c command) troubled(err error) int {
	fmt.Fprintln(c.stderr, "notimplemented:", err)
	return exitTrouble
}

// read reads a file; "-" is standard input.
func (c command) read(file string) (*source.File, error) {
	if file == "-" {
		content, err := io.ReadAll(c.stdin)
		return source.New("stdin", content), err
	}
	return readFile(file)
}

func readFile(name string) (*source.File, error) {
	content, err := os.ReadFile(name)
	return source.New(name, content), err
}

// orStdin returns the files given, else standard input.
func orStdin(files []string) []string {
	if len(files) == 0 {
		return []string{"-"}
	}
	return files
}

func (c command) version(args []string) int {
	others, exit, ok := c.parse(flag.NewFlagSet("version", flag.ContinueOnError), args)
	switch {
	case !ok:
		return exit
	case others != nil:
		return c.misused(fmt.Sprintf("unexpected argument %q", others[0]), "version")
	}
	info, _ := debug.ReadBuildInfo() // absent only without modules
	fmt.Fprintln(c.stdout, build(info))
	return exitFine
}

// tag is that of a release, which the linker sets. Go would look for a tag of this
// module alone, such as cmd/notimplemented/v1.2.3.
var tag string

// build says which build this is.
func build(info *debug.BuildInfo) string {
	commit := "unknown commit"
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			commit = setting.Value
		case setting.Key == "vcs.modified" && setting.Value == "true":
			commit += " and changes"
		}
	}
	return fmt.Sprintf("notimplemented %s (%s, %s)", cmp.Or(tag, info.Main.Version), commit, info.GoVersion)
}
