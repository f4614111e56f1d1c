// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"strings"
	"testing"
)

// A description of more than the gateway knows stops a pipeline.
func TestCheckOpenAPI(t *testing.T) {
	const (
		config = `{"implemented_methods": ["GET", "POST", "OPTIONS"], "unimplemented": [
  {"capability": "multipart upload", "method": "POST", "query": "uploads"},
  {"capability": "summary", "query": "view"},
  {"capability": "push", "header": "Prefer", "value": "respond-async"},
  {"capability": "both", "header": "x-a", "query": "b c"},
  {"capability": "listing", "query": "list-type=2"},
  {"capability": "odd value", "query": "a b=c=é+d"},
  {"method": "COPY", "dry_run": true}
]}`
		answers = "plugin.json:1:1: note: answers 501 to every method but GET, HEAD, POST, OPTIONS; to COPY (dry run); to multipart upload, summary, push, both, listing, odd value\n"
	)
	for _, tt := range []struct {
		name, document, want string
	}{
		{"all is implemented", "openapi: 3.1.0\npaths: {/a: {get: {}, head: {}, post: {}}}", ""},
		{"a new operation", "openapi: 3.1.0\npaths:\n  /a/{id}:\n    get: {}\n    patch: {}\n",
			"api.yaml:5:5: error: PATCH /a/{id} is described here, but plugin.json:1:1 answers it with 501 (method PATCH)\n"},
		{"behind a reference", "openapi: 3.1.0\npaths:\n  /a: {$ref: '#/x'}\nx:\n  delete: {}\n",
			"api.yaml:5:3: error: DELETE /a is described here, but plugin.json:1:1 answers it with 501 (method DELETE)\n"},
		{"in a dry run", "openapi: 3.1.0\npaths: {/: {additionalOperations: {COPY: {}}}}",
			"api.yaml:2:36: error: COPY / is described here, but plugin.json:1:1 would answer it with 501 (method COPY, dry run)\n"},
		{"any method", "openapi: 3.1.0\npaths:\n  /:\n    x-amazon-apigateway-any-method: {}\n",
			"api.yaml:4:5: note: / takes any method, read as all registered ones but CONNECT, TRACE and PRI\n" +
				"api.yaml:4:5: error: any method of / is described here, but plugin.json:1:1 answers it with 501 (ACL, BASELINE-CONTROL, BIND, CHECKIN, CHECKOUT, COPY (dry run), DELETE, LABEL, LINK, LOCK, MERGE, MKACTIVITY, MKCALENDAR, MKCOL, MKREDIRECTREF, MKWORKSPACE, MOVE, ORDERPATCH, PATCH, PROPFIND, PROPPATCH, PUT, QUERY, REBIND, REPORT, SEARCH, UNBIND, UNCHECKOUT, UNLINK, UNLOCK, UPDATE, UPDATEREDIRECTREF, VERSION-CONTROL)\n"},
		{"query", "openapi: 3.1.0\npaths:\n  /:\n    parameters: [{$ref: '#/components/parameters/uploads'}]\n    get: {}\n    post: {}\ncomponents: {parameters: {uploads: {in: query, name: uploads}}}\n",
			"api.yaml:6:5: error: POST / with the query \"uploads\" is described here, but plugin.json:1:1 answers it with 501 (capability multipart upload)\n"},
		{"query of another case", "openapi: 3.1.0\npaths: {/: {post: {parameters: [{in: query, name: Uploads}]}}}", ""},
		{"header with an enum", "openapi: 3.1.0\npaths:\n  /:\n    get: {parameters: [{in: header, name: prefer, schema: {$ref: '#/p'}}]}\np: {enum: [wait, Respond-Async]}\n",
			"api.yaml:4:5: error: GET / with the header \"prefer: respond-async\" is described here, but plugin.json:1:1 answers it with 501 (capability push)\n"},
		{"header with a const", "openapi: 3.1.0\npaths:\n  /:\n    get: {parameters: [{in: header, name: prefer, schema: {const: respond-async}}]}\n",
			"api.yaml:4:5: error: GET / with the header \"prefer: respond-async\" is described here, but plugin.json:1:1 answers it with 501 (capability push)\n"},
		{"header of Swagger 2.0", "swagger: '2.0'\npaths:\n  /:\n    get: {parameters: [{in: header, name: prefer, type: string, enum: [respond-async]}]}\n",
			"api.yaml:4:5: error: GET / with the header \"prefer: respond-async\" is described here, but plugin.json:1:1 answers it with 501 (capability push)\n"},
		{"query with an enum", "openapi: 3.1.0\npaths:\n  /:\n    get: {parameters: [{in: query, name: list-type, schema: {enum: [1, 2]}}]}\n",
			"api.yaml:4:5: error: GET / with the query \"list-type=2\" is described here, but plugin.json:1:1 answers it with 501 (capability listing)\n"},
		{"query with a const", "openapi: 3.1.0\npaths:\n  /:\n    get: {parameters: [{in: query, name: list-type, schema: {$ref: '#/two'}}]}\ntwo: {const: 2}\n",
			"api.yaml:4:5: error: GET / with the query \"list-type=2\" is described here, but plugin.json:1:1 answers it with 501 (capability listing)\n"},
		{"query with an enum of Swagger 2.0", "swagger: '2.0'\npaths:\n  /:\n    parameters: [{in: query, name: list-type, type: string, enum: ['2']}]\n    get: {}\n",
			"api.yaml:5:5: error: GET / with the query \"list-type=2\" is described here, but plugin.json:1:1 answers it with 501 (capability listing)\n"},
		{"query of a value to encode", "openapi: 3.1.0\npaths:\n  /:\n    get: {parameters: [{in: query, name: a b, schema: {const: c=é+d}}]}\n",
			"api.yaml:4:5: error: GET / with the query \"a b=c=é+d\" is described here, but plugin.json:1:1 answers it with 501 (capability odd value)\n"},
		{"query of a value in another case", "openapi: 3.1.0\npaths: {/: {get: {parameters: [{in: query, name: a b, schema: {const: C=É+d}}]}}}", ""},
		{"query in the path", "openapi: 3.1.0\npaths:\n  /?list-type=2:\n    get: {}\n",
			"api.yaml:4:5: error: GET /?list-type=2 is described here, but plugin.json:1:1 answers it with 501 (capability listing)\n"},
		{"query in the path and a parameter", "openapi: 3.1.0\npaths:\n  /?a=1:\n    get: {parameters: [{in: query, name: view}]}\n",
			"api.yaml:4:5: error: GET /?a=1 with the query \"view\" is described here, but plugin.json:1:1 answers it with 501 (capability summary)\n"},
		{"header and query", "openapi: 3.1.0\npaths:\n  /:\n    parameters: [{in: header, name: X-A}]\n    get: {parameters: [{in: query, name: b c}]}\n",
			"api.yaml:5:5: error: GET / with the header \"x-a\" and the query \"b c\" is described here, but plugin.json:1:1 answers it with 501 (capability both)\n"},
		{"parameter that cannot be followed", "openapi: 3.1.0\npaths:\n  /: {get: {parameters: [{$ref: '#/none'}]}}\n", "api.yaml:3:33: error: reference \"#/none\" leads to nothing\n"},
		{"a parameter that no entry needs", "openapi: 3.1.0\npaths: {/: {get: {parameters: [{in: query, name: view-all, schema: {$ref: '#/none'}}], responses: {200: {$ref: 'https://a/'}}}}}\n", ""},
		{"a value that cannot be followed", "openapi: 3.1.0\npaths: {/: {get: {parameters: [{in: query, name: list-type, schema: {$ref: '#/none'}}]}}}\n", "api.yaml:2:76: error: reference \"#/none\" leads to nothing\n"},
		{"a broken document", "openapi: 3.1.0\npaths: {/: {$ref: none.yaml}}\n", "api.yaml:2:19: error: reference \"none.yaml\" leads to a file that cannot be read: open none.yaml: no such file or directory\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			write(t, map[string]string{"plugin.json": config, "api.yaml": tt.document})
			exit := 0
			if tt.want != "" {
				exit = 1
			}
			expect(t, runs("", "check", "-openapi", "api.yaml", "plugin.json"), outcome{exit, answers + tt.want, ""})
		})
	}
}

// A path is that of a request: the server's URL, then the operation's path, in which
// a parameter is one segment.
func TestCheckOpenAPIByPath(t *testing.T) {
	write(t, map[string]string{
		"plugin.json": `{"unimplemented": [{"capability": "bulk", "path": "/v2/Bulk"}, {"capability": "history", "method": "GET", "path": "*/history"}, {"capability": "one", "path": "/v2/a/*"}]}`,
		"api.yaml": `openapi: 3.1.0
servers: [{url: 'https://<hidden>/v2/'}, {url: 'https://api.example.com/v{n}', variables: {n: {enum: [1, 2]}}}]
paths:
  /Bulk:
    post: {}
  /{a/b}/history:
    get: {}
    put: {}
  /Bulk/{id}:
    post: {}
  /a/{id}:
    post: {servers: [{url: /v1}]}
    put: {}
`,
	})
	expect(t, runs("", "check", "-openapi", "api.yaml", "plugin.json"), outcome{exitMistakes, `plugin.json:1:1: note: answers 501 to bulk, history, one
api.yaml:5:5: error: POST /Bulk is described here, but plugin.json:1:1 answers it with 501 (capability bulk)
api.yaml:7:5: error: GET /{a/b}/history is described here, but plugin.json:1:1 answers it with 501 (capability history)
api.yaml:13:5: error: PUT /a/{id} is described here, but plugin.json:1:1 answers it with 501 (capability one)
`, ""})
}

// A reference matters to an entry of its method alone, HEAD's to one of GET, that asks
// for what a parameter can be.
func TestCheckOpenAPIReferences(t *testing.T) {
	write(t, map[string]string{
		"plugin.json": `{"unimplemented": [{"capability": "c", "method": "GET", "query": "q"}, {"capability": "d", "method": "POST", "path": "/d"}]}`,
		"api.yaml":    "openapi: 3.1.0\npaths:\n  /:\n    put: {parameters: [{$ref: '#/none'}]}\n    head: {parameters: [{$ref: '#/nothing'}]}\n    post: {parameters: [{$ref: '#/none'}]}\n",
	})
	expect(t, runs("", "check", "-openapi", "api.yaml", "plugin.json"), outcome{exitMistakes, `plugin.json:1:1: note: answers 501 to c, d
api.yaml:5:32: error: reference "#/nothing" leads to nothing
`, ""})
}

// What is answered is said before what only a dry run lets pass. What is wrong with a
// document is said once, however many configurations there are.
func TestCheckOpenAPIBySeveral(t *testing.T) {
	write(t, map[string]string{
		"dry.json": `{"unimplemented": [{"capability": "dry", "query": "a", "dry_run": true}, {"capability": "hard", "query": "a"}]}`,
		"all.json": `{"implemented_methods": ["GET"], "unimplemented": [{"method": "OPTIONS"}, {"capability": "b", "query": "b"}], "dry_run": true}`,
		"api.yaml": "openapi: 3.1.0\npaths:\n  /:\n    get: {parameters: [{in: query, name: a}, {$ref: '#/none'}]}\n    x-amazon-apigateway-any-method: {}\n",
	})
	got := runs("", "check", "-openapi", "api.yaml", "dry.json", "all.json")
	var errors []string
	for line := range strings.Lines(got.stdout) {
		if strings.Contains(line, ": error: ") {
			errors = append(errors, line)
		}
	}
	want := []string{
		"api.yaml:4:53: error: reference \"#/none\" leads to nothing\n",
		"api.yaml:4:5: error: GET / with the query \"a\" is described here, but dry.json:1:1 answers it with 501 (capability hard)\n",
	}
	if len(errors) != 3 || !slices.Equal(errors[:2], want) || !strings.Contains(errors[2], "any method of / is described here, but all.json:1:1 would answer it with 501 (ACL, ") || !strings.HasSuffix(errors[2], ", VERSION-CONTROL, dry run)\n") {
		t.Errorf("%s", got.stdout)
	}
}

// An operation is asked for where its document says that it is served.
func TestCheckOpenAPIByHost(t *testing.T) {
	const config = `{"implemented_methods": ["GET", "PUT", "OPTIONS"], "servers": [
  {"hosts": ["a.example.com", "*.a.example.com"], "implemented_methods": ["GET", "PATCH", "OPTIONS"]},
  {"hosts": ["b.example.com"], "implemented_methods": ["GET", "PUT", "OPTIONS"], "dry_run": true}
]}`
	for _, tt := range []struct {
		name, document, want string
	}{
		{"its own host", "openapi: 3.1.0\nservers: [{url: 'https://a.example.com'}]\npaths:\n  /:\n    put: {}\n    patch: {}\n",
			"api.yaml:5:5: error: PUT / is described here, but plugin.json:1:1 answers it with 501 at a.example.com (method PUT)\n"},
		{"a domain", "openapi: 3.1.0\nservers: [{url: 'https://{b}.a.example.com'}]\npaths:\n  /:\n    put: {}\n",
			"api.yaml:5:5: error: PUT / is described here, but plugin.json:1:1 answers it with 501 at *.a.example.com (method PUT)\n"},
		{"another host", "openapi: 3.1.0\nservers: [{url: 'https://c.example.com'}]\npaths: {/: {put: {}}}\n", ""},
		{"a dry run of a host", "swagger: '2.0'\nhost: b.example.com\npaths:\n  /:\n    patch: {}\n",
			"api.yaml:5:5: error: PATCH / is described here, but plugin.json:1:1 would answer it with 501 at b.example.com (method PATCH, dry run)\n"},
		{"no host", "openapi: 3.1.0\npaths:\n  /:\n    put: {}\n    patch: {}\n",
			"api.yaml:4:5: error: PUT / is described here, but plugin.json:1:1 answers it with 501 at a.example.com (method PUT)\n" +
				"api.yaml:5:5: error: PATCH / is described here, but plugin.json:1:1 answers it with 501 (method PATCH)\n" +
				"api.yaml:5:5: error: PATCH / is described here, but plugin.json:1:1 would answer it with 501 at b.example.com (method PATCH, dry run)\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			write(t, map[string]string{"plugin.json": config, "api.yaml": tt.document})
			got := runs("", "check", "-openapi", "api.yaml", "plugin.json")
			_, got.stdout, _ = strings.Cut(got.stdout, "\n") // what it answers
			exit := 0
			if tt.want != "" {
				exit = 1
			}
			expect(t, got, outcome{exit, tt.want, ""})
		})
	}
}
