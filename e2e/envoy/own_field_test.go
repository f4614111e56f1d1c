// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"notimplemented/e2e/harness/command"
	"notimplemented/e2e/harness/rawhttp"
)

// ofEnvoy are the fields that Envoy has a use of its own for, and those of tracing.
var ofEnvoy = strings.Fields(`
	b3 baggage expect forwarded te traceparent tracestate via
	x-b3-traceid x-client-trace-id x-envoy-attempt-count x-envoy-decorator-operation x-envoy-degraded
	x-envoy-downstream-service-cluster x-envoy-downstream-service-node x-envoy-expected-rq-timeout-ms
	x-envoy-external-address x-envoy-force-trace x-envoy-hedge-on-per-try-timeout x-envoy-immediate-health-check-fail
	x-envoy-internal x-envoy-ip-tags x-envoy-is-timeout-retry x-envoy-max-retries x-envoy-original-dst-host
	x-envoy-original-host x-envoy-original-method x-envoy-original-path x-envoy-original-url x-envoy-overloaded
	x-envoy-peer-metadata x-envoy-peer-metadata-id x-envoy-ratelimited x-envoy-retriable-header-names
	x-envoy-retriable-status-codes x-envoy-retry-grpc-on x-envoy-retry-on x-envoy-upstream-alt-stat-name
	x-envoy-upstream-canary x-envoy-upstream-healthchecked-cluster x-envoy-upstream-rq-per-try-timeout-ms
	x-envoy-upstream-rq-timeout-alt-response x-envoy-upstream-rq-timeout-ms x-envoy-upstream-service-time
	x-forwarded-client-cert x-forwarded-for x-forwarded-host x-forwarded-port
	x-forwarded-proto x-ot-span-context x-real-ip x-request-id
`)

// TestFieldsOfEnvoy asks Envoy which fields an entry cannot ask for: those that it
// drops before the plugin sees a request, and those that it sets in every one. The
// command warns of each of them, and of no other.
func TestFieldsOfEnvoy(t *testing.T) {
	var servers []string
	for _, field := range ofEnvoy {
		servers = append(servers, fmt.Sprintf(`{"hosts": ["%[1]s.test"], "unimplemented": [{"capability": "field", "header": "%[1]s"}]}`, field))
	}
	configuration := `{"servers": [` + strings.Join(servers, ", ") + `]}`
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "plugin.json"), []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	checked, _, _ := command.Run(t, folder, "check", "plugin.json")
	_, explained, _ := command.Run(t, folder, "explain", "plugin.json")
	named := func(output, pattern string) (fields []string) {
		for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(output, -1) {
			fields = append(fields, match[1])
		}
		slices.Sort(fields)
		return fields
	}
	_, addresses := serveManagers(t, upstreamAddress(t),
		manager{configuration, ""},
		manager{configuration, "[{op: add, path: /use_remote_address, value: true}]"},
		manager{configuration, "[{op: add, path: /via, value: tea}, {op: add, path: /add_user_agent, value: true}]"})
	rawhttp.OverEach(t, "fields", func(t *testing.T, protocol rawhttp.Protocol) {
		set, dropped := map[string]bool{}, map[string]bool{}
		for _, address := range addresses {
			connection := protocol.Dial(t, address)
			status := func(field string, fields ...rawhttp.Field) int {
				return connection.Do(rawhttp.Request{Method: "GET", Path: "/", Host: field + ".test", Fields: fields})[0].Status
			}
			for _, field := range ofEnvoy {
				if status(field) == 501 {
					set[field] = true
				} else if status(field, rawhttp.Field{Name: field, Value: "trailers"}) != 501 {
					dropped[field] = true
				}
			}
		}
		maps.DeleteFunc(dropped, func(field string, _ bool) bool { return set[field] })
		for _, tt := range []struct {
			what    string
			warned  []string
			byEnvoy map[string]bool
		}{
			{"sets", named(checked, `Envoy itself sets "(.*?)"`), set},
			{"sets", named(explained, `no (.*), which Envoy sets`), set},
			{"drops", named(checked, `Envoy drops "(.*?)"`), dropped},
		} {
			if want := slices.Sorted(maps.Keys(tt.byEnvoy)); !slices.Equal(tt.warned, want) {
				t.Errorf("the command says that Envoy %s %q\nit does so to %q", tt.what, tt.warned, want)
			}
		}
	})
}
