// SPDX-License-Identifier: Apache-2.0

package main

import "testing"

func TestFromOpenAPI(t *testing.T) {
	t.Chdir("testdata")
	all := outcome{0, `{
  "implemented_methods": ["GET", "HEAD", "POST", "PUT", "OPTIONS", "COPY", "QUERY"],
  "dry_run": true
}
`, whyDryRun}
	for _, tt := range []struct {
		name, stdin string
		args        []string
		want        outcome
	}{
		{"one", "", []string{"customers.json"}, outcome{0, `{
  "implemented_methods": ["GET", "OPTIONS"],
  "dry_run": true
}
`, whyDryRun}},
		// References of every kind; no webhook, callback, extension or unused item.
		{"references", "", []string{"orders.yaml"}, outcome{0, `{
  "implemented_methods": ["GET", "HEAD", "POST", "PUT", "COPY", "QUERY"],
  "dry_run": true
}
`, whyDryRun}},
		{"several", "", []string{"customers.json", "orders.yaml"}, all},
		{"several, the other way round", "", []string{"orders.yaml", "customers.json"}, all},
		{"standard input", `{"openapi": "3.0.4", "paths": {"/": {"delete": {}, "trace": {}}}}`, nil, outcome{0, `{
  "implemented_methods": ["DELETE", "TRACE"],
  "dry_run": true
}
`, whyDryRun}},
		{"every method", `{"openapi": "3.2.0", "paths": {"/": {"get": {}, "put": {}, "post": {}, "delete": {}, "options": {}, "head": {}, "patch": {}, "trace": {}, "query": {}, "additionalOperations": {"LOCK": {}}}}}`, nil, outcome{0, `{
  "implemented_methods": ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "LOCK", "QUERY", "TRACE"],
  "dry_run": true
}
`, whyDryRun}},

		{"no operation", "openapi: 3.1.0\npaths: {/: {summary: none}}", nil, outcome{1, "", "stdin: no operation, want one in its paths\n"}},
		{"webhooks alone", "openapi: 3.1.0\nwebhooks: {a: {post: {}}}", nil, outcome{1, "", "stdin: no operation, want one in its paths\n"}},
		{"Swagger 2", `swagger: "2.0"`, nil, outcome{1, "", `stdin: "openapi" is "", want a version 3, like "3.1.0"` + "\n"}},
		{"no file of a reference", "openapi: 3.1.0\npaths: {/: {$ref: none.yaml}}", nil, outcome{1, "", "stdin: open none.yaml: no such file or directory\n"}},
		{"reference to a host", "openapi: 3.1.0\npaths: {/: {$ref: 'https://example.com/none.yaml'}}", nil, outcome{1, "", "stdin: reference to https://example.com/none.yaml, want a file\n"}},
		{"method in lower case", "openapi: 3.2.0\npaths: {/: {additionalOperations: {copy: {}}}}", nil, outcome{1, "", `/implemented_methods/0: "copy" is not COPY, methods are case-sensitive, want "COPY"
in the configuration:
{
  "implemented_methods": ["copy"],
  "dry_run": true
}
`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := runs(tt.stdin, append([]string{"from-openapi"}, tt.args...)...)
			expect(t, got, tt.want)
			if got.exit != 0 {
				return
			}
			if checked := runs(got.stdout, "check"); checked.exit != 0 {
				t.Errorf("check refuses it: %s", checked.stdout)
			}
		})
	}
}
