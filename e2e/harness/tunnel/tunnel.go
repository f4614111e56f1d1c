// SPDX-License-Identifier: Apache-2.0

// Package tunnel leads plain clients to a server that wants TLS, or more.
package tunnel

import (
	"io"
	"net"
	"sync"
	"testing"
)

// Start listens for the time of the test. What each of its connections sends goes
// over one of dial, and back.
func Start(t testing.TB, dial func() (io.ReadWriteCloser, error)) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			go serve(t, near, dial)
		}
	}()
	return listener.Addr().String()
}

func serve(t testing.TB, near net.Conn, dial func() (io.ReadWriteCloser, error)) {
	defer near.Close()
	far, err := dial()
	if err != nil {
		t.Error(err)
		return
	}
	defer far.Close()
	var sent sync.WaitGroup
	sent.Go(func() {
		io.Copy(far, near)
		far.Close()
	})
	io.Copy(near, far)
	near.Close()
	sent.Wait()
}
