// SPDX-License-Identifier: Apache-2.0

// Package command runs servers that make has built for the tests.
package command

import (
	"bufio"
	"bytes"
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
// test, and returns the line by which it says that it is ready.
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
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		stop()
		t.Fatalf("%v: %v\n%s", command, err, stderr.Bytes())
	}
	t.Cleanup(func() {
		stop()
		if t.Failed() {
			t.Logf("%v:\n%s", command, stderr.Bytes())
		}
	})
	return strings.TrimSuffix(line, "\n")
}
