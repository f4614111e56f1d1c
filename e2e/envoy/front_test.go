// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"notimplemented/e2e/harness/envoy"
	"notimplemented/e2e/harness/project"
	"notimplemented/e2e/harness/rawhttp"
)

// customResponse is the filter that gives errors another body, for what this matches.
func customResponse(place, input string) string {
	return filter(place, "custom_response", "CustomResponse", `custom_response_matcher: {matcher_list: {matchers: [`+input+`]}}`)
}

func match(input, value string) string {
	return `{predicate: {single_predicate: {input: {name: input, typed_config: {"@type": type.googleapis.com/envoy.type.matcher.v3.` + input +
		`}}, value_match: {exact: "` + value + `"}}}, on_match: {action: {name: sorry, typed_config:
		{"@type": type.googleapis.com/envoy.extensions.http.custom_response.local_response_policy.v3.LocalResponsePolicy, body: {inline_string: sorry}}}}}`
}

// TestCustomResponseFilter tests that this filter takes body and fields of a 501,
// wherever it is, unless it matches the statuses that it is for.
func TestCustomResponseFilter(t *testing.T) {
	const (
		configuration = `{"implemented_methods": ["GET"], "format": {"content_type": "text/plain", "body": "{message}"}}`
		answer        = "501 This server does not implement the TRACE method., cache-control no-store, not_implemented_method[TRACE]"
		replaced      = "501 sorry, cache-control , "
	)
	class, status := match("HttpResponseStatusCodeClassMatchInput", "5xx"), match("HttpResponseStatusCodeMatchInput", "503")
	for _, tt := range []struct{ name, patch, want string }{
		{"before, 5xx", customResponse("before", class), replaced},
		{"after, 5xx", customResponse("after", class), replaced},
		{"before, 503", customResponse("before", status), answer},
		{"after, 503", customResponse("after", status), answer},
	} {
		t.Run(tt.name, func(t *testing.T) {
			process, addresses := serveManagers(t, upstreamAddress(t), manager{configuration, tt.patch})
			response := rawhttp.HTTP1.Dial(t, addresses[0]).Do(rawhttp.Request{Method: "TRACE", Path: "/"})[0]
			stop(t, process)
			details := strings.Split(process.Stdout.String(), " ")[2] // which may be empty
			got := fmt.Sprintf("%d %s, cache-control %s, %s", response.Status, response.Body, response.Header["cache-control"], details)
			if got != tt.want {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestOutlierDetection tests which of its rules in a proxy in front take answers for
// failures of the endpoint that they come from. docs/behaviour.md names both.
func TestOutlierDetection(t *testing.T) {
	text := project.File(t, "docs/behaviour.md")
	_, addresses := serve(t, `{"implemented_methods": ["GET"]}`)
	const gateway = "enforcing_consecutive_5xx: 0, enforcing_consecutive_gateway_failure: 100"
	trace := rawhttp.Request{Method: "TRACE", Path: "/"}
	for _, tt := range []struct {
		name, detection string
		request         rawhttp.Request
		ejected         int
	}{
		{"501, as by default", "", trace, 1},
		{"gRPC, as by default", "", call, 1},
		{"501, by the statuses of a gateway", gateway, trace, 0},
		{"gRPC, by the statuses of a gateway", gateway, call, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, setting := range regexp.MustCompile(`\w+: \d+`).FindAllString(tt.detection, -1) {
				if !strings.Contains(text, "`"+setting+"`") {
					t.Errorf("docs/behaviour.md does not say %s", setting)
				}
			}
			front := envoy.Run(t, patch(t, bootstrap(t, addresses[0], manager{`{"unimplemented": [{"method": "BREW"}]}`, ""}), `
- {op: add, path: /static_resources/clusters/0/outlier_detection, value: {max_ejection_percent: 100, `+tt.detection+`}}
`))
			requests := slices.Repeat([]rawhttp.Request{tt.request}, 5)
			for _, response := range rawhttp.HTTP2.Dial(t, front.Address("0")).Do(requests...) {
				if response.Status != 501 && response.Header["grpc-status"] != "12" {
					t.Fatal(response)
				}
			}
			for stat, value := range map[string]int{"ejections_detected_consecutive_5xx": 1, "ejections_enforced_total": tt.ejected} {
				if err := front.AwaitStat("cluster.upstream.outlier_detection."+stat, value); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
