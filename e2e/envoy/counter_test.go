// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"path/filepath"
	"testing"

	"notimplemented/e2e/harness/rawhttp"
)

// Each worker has a VM of its own, and each connection one of two workers.
func TestCounterIsOneForAllWorkersAndConfigurations(t *testing.T) {
	path := filepath.Join(t.TempDir(), "listeners.json")
	discover(t, path, `{"implemented_methods": ["GET"]}`)
	process := runDiscovering(t, path)
	const connections = 20
	for i, configuration := range []string{
		`{"implemented_methods": ["GET", "PUT"]}`,
		`{"unimplemented": [{"method": "TRACE"}]}`,
	} {
		discover(t, path, configuration)
		if err := process.AwaitStat("listener_manager.lds.update_success", i+2); err != nil {
			t.Fatal(err)
		}
		for range connections {
			rawhttp.HTTP1.Dial(t, process.Address("discovered")).Do(rawhttp.Request{Method: "TRACE", Path: "/"})
		}
		const counter = "wasmcustom.wasm_filter.notimplemented.component.method.tag.TRACE;.not_implemented_total"
		if err := process.AwaitStat(counter, (i+1)*connections); err != nil {
			t.Error(err)
		}
	}
}
