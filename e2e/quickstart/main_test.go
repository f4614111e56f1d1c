// SPDX-License-Identifier: Apache-2.0

// Package quickstart tests the Envoy of envoy.yaml as it stands: what comes back
// for every method and kind of request. It runs against the Envoy and the
// upstream server at ENVOY_ADDRESS and UPSTREAM_ADDRESS, or else starts both.
package quickstart

import (
	"fmt"
	"net"
	"os"
	"sync"
	"testing"

	"notimplemented/e2e/harness/envoy"
	"notimplemented/e2e/harness/manifest"
)

var (
	envoyAddress, upstreamAddress string
	process                       *envoy.Process // nil if this package did not start it
)

func TestMain(m *testing.M) {
	code := m.Run()
	if process != nil {
		if err := process.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// connect sets the addresses, by the first test: go test would reuse the
// results of another plugin if TestMain were the one to look for it.
func connect(t *testing.T) {
	t.Helper()
	connecting.Do(func() {
		envoyAddress, upstreamAddress = os.Getenv("ENVOY_ADDRESS"), os.Getenv("UPSTREAM_ADDRESS")
		switch {
		case envoyAddress == "" && upstreamAddress == "":
			start(t)
		case envoyAddress == "" || upstreamAddress == "":
			t.Fatal("only one of ENVOY_ADDRESS and UPSTREAM_ADDRESS is set, want both or none")
		}
	})
	if envoyAddress == "" || upstreamAddress == "" {
		t.Fatal("no addresses, see the first test")
	}
}

var connecting sync.Once

func start(t *testing.T) {
	t.Helper()
	host, port := manifest.Server(t)
	var err error
	if process, err = envoy.Start(envoy.Quickstart(t, envoy.OtherServer(host, port)...)); err != nil {
		t.Fatal(err)
	}
	envoyAddress, upstreamAddress = process.Address("main"), net.JoinHostPort(host, port)
}
