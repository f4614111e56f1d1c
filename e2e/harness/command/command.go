// SPDX-License-Identifier: Apache-2.0

// Package command runs servers that make has built for the tests.
package command

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

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
