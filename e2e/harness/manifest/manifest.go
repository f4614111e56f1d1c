// SPDX-License-Identifier: Apache-2.0

// Package manifest reads the files of deploy/ for the tests, and asks the hosts
// that have them.
package manifest

import (
	"net"
	"os"
	"strings"
	"testing"

	"notimplemented/e2e/harness/upstream"
)

// Read returns a file of deploy/, each second text of pairs in place of the
// first: what users choose, and where the plugin is. The first must be there
// exactly once.
func Read(t testing.TB, name string, pairs ...string) string {
	t.Helper()
	file, err := os.ReadFile("../../deploy/" + name) // as the packages with the tests see it
	if err != nil {
		t.Fatal(err)
	}
	text := string(file)
	for i := 0; i < len(pairs); i += 2 {
		if n := strings.Count(text, pairs[i]); n != 1 {
			t.Fatalf("%s: %q is there %d times, want once:\n%s", name, pairs[i], n, text)
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

// Pin is how the manifests write the digest that a release fills in.
const Pin = `"0000000000000000000000000000000000000000000000000000000000000000"`

// Server starts what a host with such a file passes requests on to.
func Server(t testing.TB) (host, port string) {
	t.Helper()
	address, err := upstream.Start()
	if err != nil {
		t.Fatal(err)
	}
	if host, port, err = net.SplitHostPort(address); err != nil {
		t.Fatal(err)
	}
	return host, port
}
