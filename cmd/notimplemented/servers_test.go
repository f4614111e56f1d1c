// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
)

// What the documents say of each host is what a request to it gets, whichever
// host's file the configuration is put into.
func TestServersFromDocumentsToAnswers(t *testing.T) {
	inside := func(file, from, to string) func(config string) string {
		text := readText(t, "../../"+file) + "---\n"
		before, rest, ok := strings.Cut(text, from)
		_, after, hasEnd := strings.Cut(rest, to)
		if !ok || !hasEnd {
			t.Fatalf("%s has no %q, or no %q behind it", file, from, to)
		}
		return func(config string) string { return before + from + config + "\n" + to + after }
	}
	files := map[string]func(config string) string{
		"plugin.json":     func(config string) string { return config },
		"wasmplugin.yaml": inside("deploy/istio/wasmplugin.yaml", "  pluginConfig: ", "---"),
		"extension.yaml":  inside("deploy/istio/trafficextension.yaml", "    pluginConfig: ", "---"),
		"policy.yaml":     inside("deploy/envoy-gateway/envoyextensionpolicy.yaml", "      config: ", "---"),
	}
	envoy := inside("envoy.yaml", "StringValue\n                          value: ", "                  - name: envoy.filters.http.router")
	files["envoy.yaml"] = func(config string) string { return envoy("'" + config + "'") }

	documents := map[string]string{
		"orders.yaml":  "openapi: 3.1.0\nservers: [{url: https://orders.example.com/v1}]\npaths: {/orders: {get: {}, post: {}, options: {}}}\n",
		"tenants.yaml": "openapi: 3.1.0\nservers: [{url: 'https://{tenant}.example.com'}]\npaths: {/: {put: {}, options: {}}}\n",
		"legacy.json":  `{"swagger": "2.0", "host": "legacy.example.net:8080", "paths": {"/": {"delete": {}, "options": {}}}}`,
		"all.yaml":     "openapi: 3.1.0\npaths: {/health: {get: {}, options: {}}}\n",
		"new.yaml":     "openapi: 3.1.0\nservers: [{url: https://orders.example.com/v1}]\npaths:\n  /orders:\n    patch: {}\n",
	}
	write(t, documents)
	draft := runs("", "from-openapi", "-servers", "orders.yaml", "tenants.yaml", "legacy.json")
	expect(t, draft, outcome{exitFine, `{
  "servers": [
    {"hosts": ["*.example.com"], "implemented_methods": ["PUT", "OPTIONS"]},
    {"hosts": ["legacy.example.net"], "implemented_methods": ["DELETE", "OPTIONS"]},
    {"hosts": ["orders.example.com"], "implemented_methods": ["GET", "POST", "OPTIONS"]}
  ],
  "dry_run": true
}
`, whyDryRun})
	enforced := strings.Replace(strings.ReplaceAll(draft.stdout, "\n", " "), `,   "dry_run": true`, "", 1)
	// The format of one host, to be seen there and nowhere else.
	enforced = strings.Replace(enforced, `["legacy.example.net"]`, `["legacy.example.net"], "format": {"content_type": "text/plain", "body": "{message}"}`, 1)

	for name, file := range files {
		t.Run(name, func(t *testing.T) {
			documents[name] = file(enforced)
			write(t, documents)
			const answers = ": note: answers 501 for *.example.com: every method but GET, HEAD, PUT, OPTIONS | " +
				"legacy.example.net: every method but GET, HEAD, DELETE, OPTIONS | orders.example.com: every method but GET, HEAD, POST, OPTIONS\n"
			fine := runs("", "check", "-openapi", "orders.yaml", "-openapi", "tenants.yaml", "-openapi", "legacy.json", "-openapi", "all.yaml", name)
			place, _, ok := strings.Cut(fine.stdout, answers)
			if !ok || fine.exit != exitFine || strings.Contains(fine.stdout, ": error: ") {
				t.Errorf("exit code %d, standard output\n%s\nwant 0 and\n%s", fine.exit, fine.stdout, answers)
			}
			stale := runs("", "check", "-openapi", "new.yaml", name)
			want := "new.yaml:5:5: error: PATCH /orders is described here, but " + place + " answers it with 501 at orders.example.com (method PATCH)\n"
			if stale.exit != exitMistakes || !strings.HasSuffix(stale.stdout, want) {
				t.Errorf("exit code %d, standard output\n%s\nwant 1 and at the end\n%s", stale.exit, stale.stdout, want)
			}
			for _, tt := range []struct{ method, url, want string }{
				{"POST", "https://orders.example.com/v1/orders", "passes\n"},
				{"PUT", "https://orders.example.com/v1/orders", `"method":"PUT"}`},
				{"PUT", "https://one.example.com/", "passes\n"},
				{"POST", "https://one.example.com/", `"method":"POST"}`},
				{"DELETE", "http://legacy.example.net:8080/", "passes\n"},
				{"POST", "http://legacy.example.net:8080/", "content-type: text/plain\n"},
				{"BREW", "https://other.example.net/", "passes\n"},
			} {
				if got := runs("", "explain", "-X", tt.method, name, tt.url); got.exit != exitFine || !strings.Contains(got.stdout, tt.want) {
					t.Errorf("%s %s: exit code %d\n%s%s\nwant %q", tt.method, tt.url, got.exit, got.stdout, got.stderr, tt.want)
				}
			}
		})
	}
}
