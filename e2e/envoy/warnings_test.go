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

	"notimplemented/e2e/harness/behaviour"
	"notimplemented/e2e/harness/command"
	"notimplemented/e2e/harness/envoy"
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
	checked, _ := warned(t, "check", configuration)
	_, explained := warned(t, "explain", configuration)
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

// warned is what the command prints of a file.
func warned(t *testing.T, name, text string) (stdout, stderr string) {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "file.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, _ = command.Run(t, folder, name, "file.json")
	return stdout, stderr
}

// TestValuesOfEnvoy asks which values of a field Envoy drops, to see that the command
// warns of them.
func TestValuesOfEnvoy(t *testing.T) {
	for _, tt := range []struct{ name, value string }{
		{"te", "gzip"}, {"te", "trailers"}, {"expect", "100-continue"}, {"upgrade", "h2c"}, {"http2-settings", ""}, {"user-agent", "curl"},
	} {
		t.Run(tt.name+" "+tt.value, func(t *testing.T) {
			entry := `{"capability": "field", "header": "` + tt.name + `", "value": "` + tt.value + `"}`
			configuration := `{"unimplemented": [` + strings.Replace(entry, `, "value": ""`, "", 1) + `]}`
			fields := []rawhttp.Field{{Name: tt.name, Value: tt.value}}
			if tt.name == "upgrade" || tt.name == "http2-settings" {
				fields = []rawhttp.Field{{Name: "connection", Value: "upgrade, http2-settings"}, {Name: "upgrade", Value: "h2c"}, {Name: "http2-settings", Value: "AAMAAABkAAQAAP__"}}
			}
			_, addresses := serve(t, configuration)
			isDropped := rawhttp.HTTP1.Dial(t, addresses[0]).Do(rawhttp.Request{Method: "GET", Path: "/", Fields: fields})[0].Status != 501
			if output, _ := warned(t, "check", configuration); strings.Contains(output, "Envoy drops") != isDropped {
				t.Errorf("dropped: %t, and check says\n%s", isDropped, output)
			}
		})
	}
}

// TestMethodsOfEnvoy asks which methods Envoy refuses by itself, to see that the
// command warns of them.
func TestMethodsOfEnvoy(t *testing.T) {
	methods := slices.Concat(behaviour.RegisteredMethods[1:], strings.Fields("BREW MSEARCH M-SEARCH PURGE NOTIFY SOURCE SUBSCRIBE UNSUBSCRIBE COPY2"))
	minor, err := envoy.Minor()
	if err != nil {
		t.Fatal(err)
	}
	methods = slices.DeleteFunc(methods, func(method string) bool {
		return method == "CONNECT" || method == "QUERY" && minor < 40 // which has no path, and which Envoy knows since
	})
	without := manager{`{"implemented_methods": ["` + strings.Join(methods, `", "`) + `"]}`, "- {op: remove, path: /http_protocol_options}"}
	output, _ := warned(t, "check", without.json(t))
	_, unknown, _ := strings.Cut(output, "Envoy answers 400 to ")
	_, addresses := serveManagers(t, upstreamAddress(t), without)
	for _, method := range methods {
		// Envoy wants a type with QUERY.
		request := rawhttp.Request{Method: method, Path: "/", Fields: []rawhttp.Field{{Name: "content-type", Value: "text/plain"}}}
		refused := rawhttp.HTTP1.Dial(t, addresses[0]).Do(request)[0].Status == 400
		if got := strings.Contains(unknown, `"`+method+`"`); got != refused {
			t.Errorf("%s: warned: %t, refused: %t", method, got, refused)
		}
	}
}
