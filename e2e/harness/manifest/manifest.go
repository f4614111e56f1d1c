// SPDX-License-Identifier: Apache-2.0

// Package manifest asks the hosts that have the files of deploy/.
package manifest

import (
	"net"
	"testing"

	"notimplemented/e2e/harness/upstream"
)

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
