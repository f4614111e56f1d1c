// SPDX-License-Identifier: Apache-2.0

// Package command runs the project's command, and servers that make has built for
// the tests.
package command

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Variable names the project's command where it is built already.
const Variable = "NOTIMPLEMENTED"

// Build compiles the project's command, for the tests of one package alone: another
// one may run its own meanwhile.
var Build = sync.OnceValues(func() (path string, err error) {
	if path := os.Getenv(Variable); path != "" {
		return path, nil
	}
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	path, err = filepath.Abs("../../build/notimplemented-" + filepath.Base(folder))
	if err != nil {
		return "", err
	}
	output, err := exec.Command("go", "build", "-C", "../../cmd/notimplemented", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, output)
	}
	return path, nil
})

// Run runs the project's command in a folder.
func Run(t testing.TB, folder string, args ...string) (stdout, stderr string, exit int) {
	t.Helper()
	path, err := Build()
	if err != nil {
		t.Fatal(err)
	}
	var out, errors strings.Builder
	command := exec.Command(path, args...)
	command.Dir, command.Stdout, command.Stderr = folder, &out, &errors
	if err := command.Run(); command.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), errors.String(), command.ProcessState.ExitCode()
}

// Path is the file that the environment variable names.
func Path(t testing.TB, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf(`%s=%q: %v; "make help" lists the targets that set it`, variable, path, err)
	}
	return path
}

// Start runs the file that the environment variable names, for the time of the
// test, and returns what follows "ready" in the line by which it says so.
func Start(t testing.TB, variable, stdin string, args ...string) string {
	t.Helper()
	var stderr bytes.Buffer
	command := exec.Command(Path(t, variable), args...)
	command.Stdin, command.Stderr = strings.NewReader(stdin), &stderr
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	stop := func() {
		command.Process.Kill()
		command.Wait()
	}
	var ready string
	for lines := bufio.NewScanner(stdout); ready == "" && lines.Scan(); {
		if answer, ok := strings.CutPrefix(lines.Text(), "ready "); ok {
			ready = answer
		}
	}
	if ready == "" {
		stop()
		t.Fatalf("%v ended before it was ready\n%s", command, stderr.Bytes())
	}
	t.Cleanup(func() {
		stop()
		if t.Failed() {
			t.Logf("%v:\n%s", command, stderr.Bytes())
		}
	})
	go io.Copy(io.Discard, stdout)
	return ready
}
