// SPDX-License-Identifier: Apache-2.0

// Command notimplemented checks the configuration of the plugin of this name,
// explains what the plugin would answer, and writes a first configuration from
// OpenAPI documents or access logs. It is the plugin's own code that reads and
// decides.
package main

import (
	"bufio"
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
	exit := command{stdin, buffered, stderr}.run(args)
	if err := buffered.Flush(); err != nil {
		fmt.Fprintln(stderr, "notimplemented:", err)
		return exitTrouble
	}
	return exit
}

func (c command) run(args []string) int {
	if len(args) == 0 {
		c.help(c.stderr, "notimplemented")
		return exitTrouble
	}
	switch args[0] {
	case "check":
		return c.check(args[1:])
	case "explain":
		return c.explain(args[1:])
	case "from-openapi":
		return c.fromOpenAPI(args[1:])
	case "from-access-log":
		return c.fromAccessLog(args[1:])
	case "version", "-version", "--version":
		info, _ := debug.ReadBuildInfo() // absent only without modules
		fmt.Fprintln(c.stdout, version(info))
		return exitFine
	case "-h", "-help", "--help", "help":
		c.help(c.stdout, "notimplemented")
		return exitFine
	}
	return c.misused(fmt.Sprintf("unknown command %q", args[0]), "")
}

func (c command) help(w io.Writer, name string) {
	text, err := help.ReadFile("help/" + name + ".txt")
	if err != nil {
		panic(err) // a command without its help
	}
	_, _ = w.Write(text)
}

// parse reads flags; ok is false where the command is over, with this exit code.
func (c command) parse(flags *flag.FlagSet, args []string) (exit int, ok bool) {
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		c.help(c.stdout, flags.Name())
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
func (c command) read(file string) (*source.File, error) {
	if file == "-" {
		content, err := io.ReadAll(c.stdin)
		return source.New("stdin", content), err
	}
	content, err := os.ReadFile(file)
	return source.New(file, content), err
}

// orStdin returns the files given, else standard input.
func orStdin(files []string) []string {
	if len(files) == 0 {
		return []string{"-"}
	}
	return files
}

// version says which build this is.
func version(info *debug.BuildInfo) string {
	commit := "unknown commit"
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			commit = setting.Value
		case setting.Key == "vcs.modified" && setting.Value == "true":
			commit += " and changes"
		}
	}
	return fmt.Sprintf("notimplemented %s (%s, %s)", info.Main.Version, commit, info.GoVersion)
}
