// SPDX-License-Identifier: Apache-2.0

// Package manifest reads the files of deploy/ for the tests, and asks the hosts
// that have them.
package manifest

import (
	"net"
	"os"
	"strings"
	"testing"

	"notimplemented/e2e/harness/envoy"
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

// Quickstart is the project's envoy.yaml on free ports, with the plugin of the
// tests, in front of a server of theirs, and with more changes in pairs.
func Quickstart(t testing.TB, host, port string, pairs ...string) []byte {
	t.Helper()
	plugin, err := envoy.Plugin()
	if err != nil {
		t.Fatal(err)
	}
	return []byte(Read(t, "../envoy.yaml", append(pairs,
		"port_value: 9901", "port_value: 0",
		"port_value: 10000", "port_value: 0",
		"port_value: 10001}}\n", "port_value: 0}}\n",
		"127.0.0.1, port_value: 10001}}}", host+", port_value: "+port+"}}}",
		"filename: build/plugin.wasm", "filename: "+plugin)...))
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
