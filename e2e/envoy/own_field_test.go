// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"notimplemented/e2e/harness/rawhttp"
)

// ofEnvoy are the fields that Envoy has a use of its own for, and those of tracing.
var ofEnvoy = strings.Fields(`
	b3 baggage expect forwarded http2-settings te traceparent tracestate user-agent via
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
// drops before the plugin sees a request, and those that it adds to every one.
func TestFieldsOfEnvoy(t *testing.T) {
	var (
		always = strings.Fields(`
			x-envoy-expected-rq-timeout-ms x-envoy-force-trace x-envoy-hedge-on-per-try-timeout x-envoy-internal
			x-envoy-ip-tags x-envoy-max-retries x-envoy-original-url x-envoy-retriable-header-names
			x-envoy-retriable-status-codes x-envoy-retry-grpc-on x-envoy-retry-on x-envoy-upstream-alt-stat-name
			x-envoy-upstream-rq-per-try-timeout-ms x-envoy-upstream-rq-timeout-alt-response
			x-envoy-upstream-rq-timeout-ms x-forwarded-client-cert`)
		atTheEdge = strings.Fields(`
			x-envoy-decorator-operation x-envoy-downstream-service-cluster x-envoy-downstream-service-node
			x-envoy-original-host x-envoy-original-path`)
	)
	var servers []string
	for _, field := range ofEnvoy {
		servers = append(servers, fmt.Sprintf(`{"hosts": ["%[1]s.test"], "unimplemented": [{"capability": "field", "header": "%[1]s"}]}`, field))
	}
	configuration := `{"servers": [` + strings.Join(servers, ", ") + `]}`
	tests := []struct {
		name, patch    string
		dropped, added []string
	}{
		{"as it is", "", always, strings.Fields("x-forwarded-proto x-request-id")},
		{"at the edge", "[{op: add, path: /use_remote_address, value: true}]", slices.Concat(always, atTheEdge),
			strings.Fields("x-envoy-external-address x-forwarded-for x-forwarded-proto x-request-id")},
		{"with a name", "[{op: add, path: /via, value: tea}, {op: add, path: /add_user_agent, value: true}]", always,
			strings.Fields("user-agent via x-envoy-downstream-service-cluster x-forwarded-proto x-request-id")},
	}
	var managers []manager
	for _, tt := range tests {
		managers = append(managers, manager{configuration, tt.patch})
	}
	_, addresses := serveManagers(t, upstreamAddress(t), managers...)
	for i, tt := range tests {
		rawhttp.OverEach(t, tt.name, func(t *testing.T, protocol rawhttp.Protocol) {
			connection := protocol.Dial(t, addresses[i])
			status := func(field string, fields ...rawhttp.Field) int {
				return connection.Do(rawhttp.Request{Method: "GET", Path: "/", Host: field + ".test", Fields: fields})[0].Status
			}
			var dropped, added []string
			for _, field := range ofEnvoy {
				if status(field) == 501 {
					added = append(added, field)
				} else if status(field, rawhttp.Field{Name: field, Value: "trailers"}) != 501 {
					dropped = append(dropped, field)
				}
			}
			slices.Sort(tt.dropped)
			if !slices.Equal(dropped, tt.dropped) {
				t.Errorf("dropped %q\nwant %q", dropped, tt.dropped)
			}
			if !slices.Equal(added, tt.added) {
				t.Errorf("added %q\nwant %q", added, tt.added)
			}
		})
	}
}
