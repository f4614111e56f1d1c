// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"notimplemented/e2e/harness/envoy"
	"notimplemented/e2e/harness/rawhttp"
)

func TestUpdates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "listeners.json")
	discover(t, path, `{"implemented_methods": ["GET"]}`)
	process := runDiscovering(t, path)
	address := process.Address("discovered")
	clients := []http.RoundTripper{rawhttp.HTTP1.Transport(t), rawhttp.HTTP1.Transport(t), rawhttp.HTTP2.Transport(t), rawhttp.HTTP2.Transport(t)}
	for _, tt := range []struct {
		name, configuration string
		stat                string // listeners are counted when each of two workers has taken one
		value               int
		want                string
	}{
		{"good", `{"implemented_methods": ["GET", "PATCH"]}`, "listener_create_success", 4, "passed"},
		{"bad", `{"implemented_methods": ["GET", "get"]}`, "lds.update_rejected", 1, "passed"},
		{"good after bad", `{"unimplemented": [{"method": "TRACE"}, {"method": "PATCH"}]}`, "listener_create_success", 6,
			`501 {"error":"not_implemented","message":"This server does not implement the PATCH method.","method":"PATCH"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			during(t, clients, "http://"+address, func() {
				discover(t, path, tt.configuration)
				if err := process.AwaitStat("listener_manager."+tt.stat, tt.value); err != nil {
					t.Error(err)
				}
			})
			for _, protocol := range []rawhttp.Protocol{rawhttp.HTTP1, rawhttp.HTTP2} {
				if got := outcome(t, protocol, address, rawhttp.Request{Method: "PATCH", Path: "/"}); got != tt.want {
					t.Errorf("PATCH over %s: got %s, want %s", protocol.Name, got, tt.want)
				}
			}
		})
	}
	stop(t, process)
	got := slices.Compact(logged(process.Stderr.String(), "critical"))
	if want := []string{`configuration refused: /implemented_methods/1: "get" is not GET, methods are case-sensitive, want "GET"`}; !slices.Equal(got, want) {
		t.Errorf("logged\n%q, want\n%q", got, want)
	}
}

// runDiscovering starts an Envoy that has its listeners from this file.
func runDiscovering(t *testing.T, path string) *envoy.Process {
	t.Helper()
	return envoy.Run(t, patch(t, bootstrap(t, upstreamAddress(t)), `
- {op: add, path: /node, value: {id: test, cluster: test}}
- {op: add, path: /dynamic_resources, value: {lds_config: {path_config_source: {path: `+path+`}}}}
`))
}

// discover gives Envoy this listener, from now on.
func discover(t *testing.T, path, configuration string) {
	t.Helper()
	listeners := fmt.Sprintf(`{"resources": [{
		"@type": "type.googleapis.com/envoy.config.listener.v3.Listener",
		"name": "discovered",
		"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}},
		"filter_chains": [{"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": %s}]}]
	}]}`, manager{configuration: configuration}.json(t))
	// Envoy reads the file anew when another is moved to its place.
	if err := os.WriteFile(path+".new", []byte(listeners), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// during lets every client send requests for as long as the change takes, some
// at least.
func during(t *testing.T, clients []http.RoundTripper, url string, change func()) {
	t.Helper()
	var over atomic.Bool
	var wait sync.WaitGroup
	for _, client := range clients {
		wait.Go(func() {
			for i := 0; i < 20 || !over.Load(); i++ {
				for method, want := range map[string]int{"GET": 200, "TRACE": 501} {
					if got, err := send(client, method, url); err != nil || got != want {
						t.Errorf("%s: got %d, %v, want %d", method, got, err, want)
						return
					}
				}
			}
		})
	}
	change()
	over.Store(true)
	wait.Wait()
}

func send(client http.RoundTripper, method, url string) (status int, err error) {
	request, err := http.NewRequest(method, url, nil)
	if err != nil {
		return 0, err
	}
	response, err := client.RoundTrip(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, err
}
