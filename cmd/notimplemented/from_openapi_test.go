// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func methods(list string) outcome {
	return outcome{0, "{\n  \"implemented_methods\": [" + list + "],\n  \"dry_run\": true\n}\n", whyDryRun}
}

// A path item's reference can lead to another, in any layout of files.
func TestChainedReferences(t *testing.T) {
	document := func(reference string) string {
		return "openapi: 3.0.4\npaths: {'/a b/{c}': {$ref: '" + reference + "'}}\nx-put: {put: {}}\nx-again: {$ref: '#/x-put'}\nx-out: {$ref: 'other/b.yaml#/patch'}\nx-same: {$ref: other/same.yaml}\n"
	}
	files := map[string]string{
		"other/a.yaml":     "$ref: b.yaml#/put",
		"other/b.yaml":     "put: {put: {}}\npatch: {$ref: './c/d.json'}\npaths: {$ref: 'paths.yaml'}\n",
		"other/c/d.json":   `{"$ref": "../b.yaml#/put"}`,
		"other/paths.yaml": "'/a b/{c}': {put: {}}\n",
		"other/same.yaml":  "$ref: '#/x-same'\nx-same: {put: {}}\n",
	}
	absolute := filepath.Join(t.TempDir(), "absolute.yaml")
	if err := os.WriteFile(absolute, []byte("put: {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, reference := range []string{"#/x-again", "#/x-same", absolute, "file://" + absolute, "other/a.yaml", "#/x-out", "other/b.yaml#/paths/~1a%20b~1%7Bc%7D"} {
		t.Run(reference, func(t *testing.T) {
			files["api.yaml"] = document(reference)
			write(t, files)
			expect(t, runs("", "from-openapi", "api.yaml"), methods(`"PUT"`))
		})
	}
}

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
		{"standard input", `{"openapi": "3.0.4", "paths": {"/": {"delete": {}, "trace": {}}}}`, nil, outcome{0, `{
  "implemented_methods": ["DELETE", "TRACE"],
  "dry_run": true
}
`, whyDryRun}},
		{"versions that are numbers", "swagger: 2.0\npaths: {/: {put: {}}}\n---\nopenapi: 3.1\npaths: {/: {patch: {}}}", nil, methods(`"PUT", "PATCH"`)},
		{"a path twice", `{"openapi": "3.0.4", "paths": {"/": {"get": {}}, "/": {"put": {}}}}`, nil, methods(`"GET", "PUT"`)},
		{"a path twice in YAML", "openapi: 3.0.4\npaths:\n  /: {get: {}}\n  /: {put: {}}\n", nil, methods(`"GET", "PUT"`)},
		{"methods beside a reference", "openapi: 3.0.4\npaths: {/: {$ref: '#/x-item', get: {}}}\nx-item: {put: {}}\n", nil, methods(`"GET", "PUT"`)},
		{"aliases and merges", "openapi: 3.0.4\nx-item: &item {put: {}}\npaths: {/a: *item, /b: {<<: *item, patch: {}}}\n", nil, methods(`"PUT", "PATCH"`)},
		{"aliases of what is elsewhere", "openapi: 3.0.4\nx:\n  item: &item\n    put: {}\npaths:\n  /a: *item\n  /b:\n    <<: *item\n    patch: {}\n  /c:\n    <<:\n    - *item\n    - {delete: {}}\n", nil, methods(`"PUT", "PATCH", "DELETE"`)},
		{"aliases below keys", "openapi: 3.0.4\npaths:\n  /:\n    get: &a\n      summary: a\n    put: *a\n", nil, methods(`"GET", "PUT"`)},
		{"a merge without an alias", "openapi: 3.0.4\npaths:\n  /:\n    <<:\n      get: {}\n    put: {}\n", nil, methods(`"GET", "PUT"`)},
		{"text in quotes that is not indented", "openapi: 3.0.4\ninfo:\n  title: \"\npaths:\n  /: {put: {}}\n\"\npaths:\n  /:\n    get: {}\n", nil, methods(`"GET"`)},
		{"a key in quotes, a comment behind it", "\"openapi\": 3.0.4\n\"paths\": # all\n  '/': # one\n    'get': {}\n", nil, methods(`"GET"`)},
		{"braces over lines that are not indented", "openapi: 3.0.4\npaths: {\n/a:\n  {get: {}}\n}\n", nil, methods(`"GET"`)},
		{"lists as far as their key", "openapi: 3.0.4\ntags:\n- name:\n    a\npaths:\n  /:\n    parameters:\n    - in: query\n    get: {}\n", nil, methods(`"GET"`)},
		{"broken parts that it does not need", `openapi: 3.0.4
paths:
  /:
    get:
      responses:
       ]
# why

        ]
      callbacks:
      - ]
      -
       ]
      examples: [
        ]]
      ]
components:
  "schemas": {
    ]
  }
`, nil, methods(`"GET"`)},
		{"a part that ends on the line of what is needed", "openapi: 3.0.4\npaths: {/: {\n  responses:\n    {}, put: {}\n}}\n", nil, methods(`"PUT"`)},
		{"an alias beside a broken part", "openapi: 3.0.4\npaths:\n  /:\n    get: &a {}\n    put: *a\ncomponents:\n  schemas: ]\n", nil, outcome{1, "", "stdin:7:12: error: not valid YAML: did not find expected node content\n"}},
		{"line breaks of two kinds", "openapi: 3.0.4\rpaths:\r  /:\r    get: {}\r    put:\r", nil, outcome{1, "", "stdin:5:5: error: \"put\" is not an object; write {} if there is nothing to describe\n"}},
		{"a line break of another kind in what it does not need", "openapi: 3.0.4\npaths:\n  /:\n    get:\n      responses:\n        a: 1\r    put: {}\n", nil, methods(`"GET", "PUT"`)},
		{"bytes that are no text in what it does not need", "openapi: 3.0.4\npaths:\n  /:\n    get:\n      responses:\n        a: \xff\n", nil, outcome{1, "", "stdin:6:12: error: not valid UTF-8, want UTF-8\n"}},
		{"line breaks of Windows", "openapi: 3.0.4\r\npaths:\r\n  /:\r\n    get: {}\r\n    put:\r\n", nil, outcome{1, "", "stdin:5:5: error: \"put\" is not an object; write {} if there is nothing to describe\n"}},
		{"parts that it does not need", `openapi: 3.0.4
info: {version: 1, title: [no, title]}
tags: {description: 7}
paths:
  /:
    get:
      responses: {200: {$ref: 'https://example.com/none'}}
      parameters: [{$ref: '#/none'}]
components:
  schemas: {a: {$ref: none.yaml}, b: {type: 7, example: {openapi: 9}}}
`, nil, methods(`"GET"`)},
		{"any method", "openapi: 3.0.4\npaths:\n  /a:\n    x-amazon-apigateway-any-method: {}\n", nil, outcome{0, "{\n  \"implemented_methods\": [" +
			`"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "ACL", "BASELINE-CONTROL", "BIND", "CHECKIN", "CHECKOUT", "COPY", "LABEL", "LINK", "LOCK", "MERGE", "MKACTIVITY", "MKCALENDAR", "MKCOL", "MKREDIRECTREF", "MKWORKSPACE", "MOVE", "ORDERPATCH", "PROPFIND", "PROPPATCH", "QUERY", "REBIND", "REPORT", "SEARCH", "UNBIND", "UNCHECKOUT", "UNLINK", "UNLOCK", "UPDATE", "UPDATEREDIRECTREF", "VERSION-CONTROL"` +
			"],\n  \"dry_run\": true\n}\n", "stdin:4:5: note: /a takes any method, read as all registered ones but CONNECT, TRACE and PRI\n" + whyDryRun}},

		{"no operation", "openapi: 3.1.0\npaths: {/: {summary: none}}", nil, outcome{1, "", "stdin:1:1: error: no operation, want one in its paths\n"}},
		{"webhooks alone", "openapi: 3.1.0\nwebhooks: {a: {post: {}}}", nil, outcome{1, "", "stdin:1:1: error: no operation, want one in its paths\n"}},
		{"no document", "kind: Service", nil, outcome{1, "", `stdin:1:1: error: no "openapi" or "swagger", want an OpenAPI document` + "\n"}},
		{"nothing", "", nil, outcome{1, "", "stdin:1:1: error: empty, want an OpenAPI document\n"}},
		{"second document that is none", "openapi: 3.1.0\npaths: {/: {get: {}}}\n---\na: b", nil, outcome{1, "", `stdin:4:1: error: no "openapi" or "swagger", want an OpenAPI document` + "\n"}},
		{"second document that is not valid YAML", "openapi: 3.1.0\npaths: {/: {get: {}}}\n---\n]", nil, outcome{1, "", "stdin:4:1: error: not valid YAML: did not find expected node content\n"}},
		{"an old version", `{"swagger": "1.2"}`, nil, outcome{1, "", `stdin:1:13: error: "swagger" is "1.2", want "2.0"` + "\n"}},
		{"a new version", `openapi: "4.0.0"`, nil, outcome{1, "", `stdin:1:10: error: "openapi" is "4.0.0", want a version 3, like "3.1.0"` + "\n"}},
		{"no file of a reference", "openapi: 3.1.0\npaths: {/: {$ref: none.yaml}}", nil, outcome{1, "", `stdin:2:19: error: reference "none.yaml" leads to a file that cannot be read: open none.yaml: no such file or directory` + "\n"}},
		{"an empty document", "openapi: 3.1.0\npaths: {/: {get: {}}}\n---\n---\n# none\n", nil, methods(`"GET"`)},
		{"no element of a list", "openapi: 3.1.0\npaths: {/: {$ref: '#/x/-1'}}\nx: [{get: {}}]", nil, outcome{1, "", `stdin:2:19: error: reference "#/x/-1" leads to nothing` + "\n"}},
		{"no target of a reference", "openapi: 3.1.0\npaths: {/: {$ref: '#/a/b'}}", nil, outcome{1, "", `stdin:2:19: error: reference "#/a/b" leads to nothing` + "\n"}},
		{"reference into a broken part", "openapi: 3.1.0\npaths: {/: {$ref: '#/components/schemas/a'}}\ncomponents:\n  schemas:\n    ]\n", nil, outcome{1, "", `stdin:2:19: error: reference "#/components/schemas/a" leads to a file that cannot be read: stdin:5:5: not valid YAML: did not find expected node content` + "\n"}},
		{"reference to itself", "openapi: 3.1.0\npaths: {/: {$ref: '#/a'}}\na: {$ref: '#/a'}", nil, outcome{1, "", `stdin:3:11: error: reference "#/a" leads back to itself` + "\n"}},
		{"reference through itself", "openapi: 3.1.0\npaths: {/: {$ref: '#/a/b'}}\na: {$ref: '#/a/c'}", nil, outcome{1, "", `stdin:3:11: error: reference "#/a/c" leads back to itself` + "\n"}},
		{"reference to a host", "openapi: 3.1.0\npaths: {/: {$ref: 'https://example.com/none.yaml'}}", nil, outcome{1, "", `stdin:2:19: error: reference "https://example.com/none.yaml" leads to another host, want a file` + "\n"}},
		{"methods in the wrong case", "openapi: 3.2.0\npaths:\n  /:\n    Get: {}\n    DELETE: {}\n    propfind: {}\n    additionalOperations: {copy: {}}\n    AdditionalOperations: {}\n", nil, outcome{1, "", `stdin:4:5: error: "Get" is not an operation of a path, want "get"
stdin:5:5: error: "DELETE" is not an operation of a path, want "delete"
stdin:6:5: error: "propfind" is not an operation of a path, want "PROPFIND" in "additionalOperations"
stdin:7:28: error: "copy" is not COPY, methods are case-sensitive, want "COPY"
stdin:8:5: error: "AdditionalOperations" is not an operation of a path, want "additionalOperations"
`}},
		{"operations that are none", `{"openapi": "3.1.0", "paths": {"/": {"get": null, "put": [], "additionalOperations": {"COPY": null}, "x-amazon-apigateway-any-method": null}}}`, nil, outcome{1, "", `stdin:1:38: error: "get" is not an object; write {} if there is nothing to describe
stdin:1:51: error: "put" is not an object; write {} if there is nothing to describe
stdin:1:87: error: "COPY" is not an object; write {} if there is nothing to describe
stdin:1:102: error: "x-amazon-apigateway-any-method" is not an object; write {} if there is nothing to describe
`}},
		{"paths twice", "openapi: 3.1.0\npaths: {/: {get: {}}}\ninfo: {}\npaths: {/: {put: {}}}\n", nil, outcome{1, "", `stdin:4:1: error: duplicate "paths", first on line 2` + "\n"}},
		{"hosts that are none", "openapi: 3.1.0\nservers: [{url: 'https://<hidden>/v1'}, {url: 'https://{{host}}'}]\npaths: {/: {get: {}}}\n", nil, methods(`"GET"`)},
		{"a file in a URL", "openapi: 3.1.0\npaths: {/: {$ref: 'file:or%64ers.yaml#/paths/~1orders'}}\n", nil, methods(`"GET", "POST", "QUERY"`)},
		{"a file in a URL of a host", "openapi: 3.1.0\npaths: {/: {$ref: 'file://host/orders.yaml'}}\n", nil, outcome{1, "", `stdin:2:19: error: reference "file://host/orders.yaml" leads to another host, want a file` + "\n"}},
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

// Each host that the documents name is a server of its own, which implements what
// the documents without a host describe, too.
func TestFromOpenAPIByHost(t *testing.T) {
	const document = `openapi: 3.1.0
servers:
- url: https://API.example.com:8443/v1
- {url: 'https://{region}.example.net./', variables: {region: {enum: [&eu eu, us], default: eu}}}
- {url: 'https://{any}/'}
- {url: /v1}
paths:
  /a: {get: {}, put: {servers: [{url: 'http://[2001:db8::1]:80'}]}}
  /b: {servers: [{url: //b.example.com}], $ref: '#/b'}
  /c: {servers: [{url: 'https://{r}.example.net', variables: {r: {enum: [*eu]}}}], head: {}}
b: {post: {}}
---
swagger: '2.0'
host: old.example.com:80
paths: {/: {patch: {}}}
---
openapi: 3.1.0
paths: {/: {delete: {}}}
`
	expect(t, runs(document, "from-openapi", "-servers"), outcome{0, `{
  "implemented_methods": ["DELETE"],
  "servers": [
    {"hosts": ["[2001:db8::1]"], "implemented_methods": ["PUT", "DELETE"]},
    {"hosts": ["api.example.com"], "implemented_methods": ["GET", "DELETE"]},
    {"hosts": ["b.example.com"], "implemented_methods": ["POST", "DELETE"]},
    {"hosts": ["eu.example.net"], "implemented_methods": ["GET", "HEAD", "DELETE"]},
    {"hosts": ["old.example.com"], "implemented_methods": ["PATCH", "DELETE"]},
    {"hosts": ["us.example.net"], "implemented_methods": ["GET", "DELETE"]}
  ],
  "dry_run": true
}
`, whyDryRun})
	expect(t, runs(document, "from-openapi"), methods(`"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"`))
}

// Where hosts matter, what can be none is an error at its place, said once.
func TestHostsOfDocuments(t *testing.T) {
	const characters = ` has characters other than letters, digits, "-", "_" and ".", want ASCII, like "xn--bcher-kva.example"` + "\n"
	numbers := strings.Repeat("1, ", 999) + "1000"
	for _, tt := range []struct{ url, variables, want string }{
		{"https://<Hidden>/v1", "", `"<hidden>"` + characters},
		{"https://{{host}}/v1", "", `"{{host}}"` + characters},
		{"https://{n}.example.com", "n: {enum: [" + numbers + "]}", ""},
		{"https://{n}.{m}.example.com", "n: {enum: [" + numbers + "]}, m: {enum: [a, b]}", "the variables make more than 1,000 URLs, want fewer\n"},
	} {
		document := "openapi: 3.1.0\nservers:\n- variables: {" + tt.variables + "}\n  url: '" + tt.url + "'\npaths: {/: {get: {}, put: {}}}\n"
		got := runs(document, "from-openapi", "-servers")
		want := outcome{exitMistakes, "", "stdin:4:8: error: " + tt.want}
		if tt.want == "" {
			want = outcome{exitFine, got.stdout, whyDryRun}
		}
		expect(t, got, want)
	}
}

// A folder is searched, each file is read once, and a document without operations
// matters only where it is alone.
func TestSeveralDocuments(t *testing.T) {
	write(t, map[string]string{
		"get.yaml":           "openapi: 3.1.0\npaths: {/: {get: {}}}\n",
		"apis/put.YML":       "swagger: '2.0'\npaths: {/: {put: {}}}\n",
		"apis/parts/a.yaml":  "get: {}\n",
		"apis/helm.yaml":     "a: {{ .b }}\n",
		"apis/old.json":      `{"swagger": "1.2"}`,
		"apis/broken.json":   `{"openapi": "3.1.0", "paths": `,
		"none/service.yaml":  "kind: Service\n",
		"hooks.yaml":         "openapi: 3.1.0\nwebhooks: {a: {post: {}}}\n",
		"twice/a.yaml":       "openapi: 3.1.0\npaths: {/: {Get: {}}}\n",
		"elsewhere/api.yaml": "openapi: 3.1.0\npaths: {/: {patch: {}}}\n",
	})
	if err := os.Symlink("a.yaml", "twice/b.yaml"); err != nil {
		t.Fatal(err)
	}
	none := "hooks.yaml:1:1: note: no operation, want one in its paths\n"
	expect(t, runs("", "from-openapi", "get.yaml", "hooks.yaml", "elsewhere"), outcome{exitFine, methods(`"GET", "PATCH"`).stdout, none + whyDryRun})
	expect(t, runs("", "from-openapi", "hooks.yaml"), outcome{exitMistakes, "", strings.Replace(none, "note", "error", 1)})
	expect(t, runs("", "from-openapi", "none", "get.yaml"), outcome{exitMistakes, "", "none:1:1: error: no OpenAPI document in this folder\n"})
	expect(t, runs("", "from-openapi", "twice/b.yaml", "./twice/a.yaml", "twice"), outcome{exitMistakes, "", `twice/b.yaml:2:13: error: "Get" is not an operation of a path, want "get"` + "\n"})
	expect(t, runs(`{"unimplemented": [{"method": "PUT"}]}`, "check", "-openapi", "apis", "-openapi", "none"), outcome{exitMistakes, `stdin:1:1: note: answers 501 to PUT
apis/broken.json:1:31: error: not valid YAML: did not find expected node content
apis/old.json:1:13: error: "swagger" is "1.2", want "2.0"
none:1:1: error: no OpenAPI document in this folder
apis/put.YML:2:13: error: PUT / is described here, but stdin:1:1 answers it with 501 (method PUT)
`, ""})
}
