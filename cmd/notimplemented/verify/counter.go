// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"notimplemented/filter/servers"
)

// Counters are Envoy's counters of the plugin's dry runs, by name.
type Counters map[string]int

// ReadCounters asks the admin interface at this URL.
func ReadCounters(admin *url.URL, timeout time.Duration) (Counters, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	address := admin.JoinPath("stats")
	address.RawQuery = "filter=not_implemented_dry_run_total&format=json"
	asked, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(asked)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var read struct {
		Stats []struct {
			Name  string
			Value int
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&read); err != nil || response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: got %s, want the statistics of Envoy's admin interface", address, status(response.StatusCode))
	}
	counters := Counters{}
	for _, s := range read.Stats {
		counters[s.Name] = s.Value
	}
	return counters, nil
}

// Counter is the name of the counter of what a dry run lets pass.
func (p Probe) Counter() string {
	label := "OTHER"
	if p.Missing.Label != 0 {
		label = string(servers.AppendLabel(nil, p.Missing.Name))
	}
	return "wasmcustom.wasm_filter.notimplemented.component." + p.Missing.Kind.String() + ".tag." + label + ";.not_implemented_dry_run_total"
}
