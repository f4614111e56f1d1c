// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"notimplemented/filter/config"
	"notimplemented/filter/wasmtest"
)

const (
	mixed = `{
  "implemented_methods": ["GET", "HEAD", "POST", "CONNECT"],
  "unimplemented": [
    {"method": "PATCH", "alternatives": ["POST"]},
    {"capability": "ranges", "header": "Range", "dry_run": true},
    {"capability": "web \"socket\"", "header": "Upgrade", "value": "websocket", "alternatives": ["server-sent events"]},
    {"capability": "uploads", "method": "POST", "query": "uploads"}
  ]
}`
	templates = `{
  "implemented_methods": ["GET", "POST"],
  "format": {"content_type": "application/json; charset=utf-8", "body": {
    "z": 1.50, "error": {"message": "{message}{instead}", "kind": "{kind}", "name": "<{name}>"}, "a": ["{alternatives}", "{{{alternatives}}}", null, ""]
  }},
  "servers": [
    {"hosts": ["xml.example.com"], "unimplemented": [
      {"capability": "<tags> & \"lists\"", "query": "list-type=2", "alternatives": ["a'b", "c", "d"]}
    ], "format": {"content_type": "application/xml", "body": "<?xml version=\"1.0\"?>\n<Error n='{name}'>{message}{instead}</Error>\n"}},
    {"hosts": ["*.example.com"], "implemented_methods": ["GET", "PUT"], "format": {"content_type": "text/plain", "body": "{kind}: {name} & {alternatives}"}},
    {"hosts": ["problem.example.com"], "implemented_methods": ["GET"], "format": "problem"},
    {"hosts": ["dry.example.com"], "implemented_methods": ["GET"], "dry_run": true}
  ]
}`
	problem = `{"unimplemented": [{"method": "TRACE"}], "format": "problem", "problem_type": "/p"}`
	dry     = `{"implemented_methods": ["GET"], "dry_run": true}`
)

// What is explained is what the compiled plugin sends and logs.
func TestExplainLikeThePlugin(t *testing.T) {
	path := os.Getenv("PLUGIN")
	if path == "" {
		t.Fatal(`PLUGIN is unset; "make test" builds the plugin and sets it`)
	}
	wasm, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, config string
		args         []string // before the file and behind it
		path         []string
		request      [][2]string
	}{
		{"passes", mixed, nil, nil, [][2]string{{":method", "GET"}, {":path", "/"}}},
		{"method", mixed, []string{"-X", "TRACE"}, nil, [][2]string{{":method", "TRACE"}, {":path", "/"}}},
		{"method with an alternative", mixed, []string{"-X", "PATCH"}, []string{"/a?b"}, [][2]string{{":method", "PATCH"}, {":path", "/a?b"}}},
		{"method in lower case", mixed, []string{"-X", "get"}, nil, [][2]string{{":method", "get"}, {":path", "/"}}},
		{"long method", mixed, []string{"-X", strings.Repeat("M", 65)}, nil, [][2]string{{":method", strings.Repeat("M", 65)}, {":path", "/"}}},
		{"CONNECT", mixed, []string{"-X", "CONNECT", "-H", "Upgrade:websocket"}, nil, [][2]string{{":method", "CONNECT"}, {"upgrade", "websocket"}}},
		{"OPTIONS of everything", mixed, []string{"-X", "OPTIONS"}, []string{"*"}, [][2]string{{":method", "OPTIONS"}, {":path", "*"}}},
		{"field", mixed, []string{"-H", "upgrade: websocket"}, nil, [][2]string{{":method", "GET"}, {":path", "/"}, {"upgrade", "websocket"}}},
		{"field of another value", mixed, []string{"-H", "upgrade: h2c"}, nil, [][2]string{{":method", "GET"}, {":path", "/"}, {"upgrade", "h2c"}}},
		{"field of two lines", mixed, []string{"-H", "Upgrade: h2c", "-H", "upgrade: \t WebSocket "}, nil, [][2]string{{":method", "GET"}, {":path", "/"}, {"upgrade", "h2c"}, {"upgrade", "WebSocket"}}},
		{"query", mixed, []string{"-X", "POST"}, []string{"/?a&upl%6fads=1"}, [][2]string{{":method", "POST"}, {":path", "/?a&upl%6fads=1"}}},
		{"dry run of an entry", mixed, []string{"-H", "range: bytes=0-1"}, nil, [][2]string{{":method", "GET"}, {":path", "/"}, {"range", "bytes=0-1"}}},
		{"dry run of an entry, then an answer", mixed, []string{"-H", "range: a", "-H", "upgrade: websocket"}, nil, [][2]string{{":method", "GET"}, {":path", "/"}, {"range", "a"}, {"upgrade", "websocket"}}},
		{"HEAD", mixed, []string{"-X", "HEAD", "-H", "upgrade: websocket"}, nil, [][2]string{{":method", "HEAD"}, {":path", "/"}, {"upgrade", "websocket"}}},
		{"problem", problem, []string{"-X", "TRACE"}, nil, [][2]string{{":method", "TRACE"}, {":path", "/"}}},
		{"dry run", dry, []string{"-X", "TRACE"}, nil, [][2]string{{":method", "TRACE"}, {":path", "/"}}},

		{"template in JSON", templates, []string{"-X", "put"}, []string{"https://example.net/"}, [][2]string{{":method", "put"}, {":authority", "example.net"}, {":path", "/"}}},
		{"template in JSON, an alternative", templates, []string{"-X", "post"}, []string{"https://example.net/"}, [][2]string{{":method", "post"}, {":authority", "example.net"}, {":path", "/"}}},
		{"template in XML", templates, nil, []string{"https://xml.example.com/?list-type=2"}, [][2]string{{":method", "GET"}, {":authority", "xml.example.com"}, {":path", "/?list-type=2"}}},
		{"template in XML, another value", templates, nil, []string{"https://xml.example.com/?list-type=1"}, [][2]string{{":method", "GET"}, {":authority", "xml.example.com"}, {":path", "/?list-type=1"}}},
		{"template in XML to HEAD", templates, []string{"--request", "HEAD"}, []string{"https://xml.example.com/?list%2Dtype=%32"}, [][2]string{{":method", "HEAD"}, {":authority", "xml.example.com"}, {":path", "/?list%2Dtype=%32"}}},
		{"template in plain text", templates, []string{"-X", "POST"}, []string{"https://A.B.example.com:8443"}, [][2]string{{":method", "POST"}, {":authority", "A.B.example.com:8443"}, {":path", "/"}}},
		{"problem of one host", templates, []string{"-X", "POST"}, []string{"https://problem.example.com"}, [][2]string{{":method", "POST"}, {":authority", "problem.example.com"}, {":path", "/"}}},
		{"dry run of one host", templates, []string{"-X", "POST"}, []string{"https://dry.example.com"}, [][2]string{{":method", "POST"}, {":authority", "dry.example.com"}, {":path", "/"}}},

		{"gRPC", mixed, rpc("application/grpc+proto"), []string{"/a.B/C?uploads"}, asked("application/grpc+proto")},
		{"gRPC by a template", templates, append(rpc("application/grpc"), "-H", "host: a.example.com"), []string{"/a.B/C?uploads"}, append(asked("application/grpc"), [2]string{":authority", "a.example.com"})},
		{"gRPC-Web", mixed, rpc("application/grpc-web"), []string{"/a.B/C?uploads"}, asked("application/grpc-web")},
		{"gRPC-Web of a codec", mixed, rpc("application/grpc-web+proto"), []string{"/a.B/C?uploads"}, asked("application/grpc-web+proto")},
		{"gRPC-Web as text", mixed, rpc("application/grpc-web-text+x"), []string{"/a.B/C?uploads"}, asked("application/grpc-web-text+x")},
		{"no gRPC", mixed, rpc("application/grpc;charset=utf-8"), []string{"/a.B/C?uploads"}, asked("application/grpc;charset=utf-8")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			vm, err := wasmtest.Start(wasmtest.Wazero, wasm)
			if err != nil {
				t.Fatal(err)
			}
			defer vm.Close()
			plugin, ok, err := vm.Configure(tt.config)
			if err != nil || !ok {
				t.Fatalf("Configure = %v, %v", ok, err)
			}
			vm.Log()
			reply, err := plugin.Request(tt.request)
			if err != nil {
				t.Fatal(err)
			}
			want := outcome{exitFine, "passes\n", ""}
			for _, line := range vm.Log() {
				line = strings.TrimPrefix(line, "debug: ")
				if details, ok := strings.CutPrefix(line, "501 "); ok {
					line = "details: " + details
				}
				want.stderr += line + "\n"
			}
			if reply != nil {
				want.stdout = fmt.Sprintln(reply.Status, http.StatusText(int(reply.Status)))
				if reply.Status == 200 && reply.Body == "" {
					want.stdout += "content-type: application/grpc\n" // by the host
				}
				for _, field := range reply.Headers {
					want.stdout += field[0] + ": " + field[1] + "\n"
				}
				switch {
				case tt.request[0][1] == "HEAD" || reply.Body == "": // as the host
				case utf8.ValidString(reply.Body):
					want.stdout += "\n" + reply.Body + "\n"
				default:
					want.stdout += fmt.Sprintf("\n%q\n", reply.Body)
				}
			}
			expect(t, runs(tt.config, append(append(append([]string{"explain"}, tt.args...), "-"), tt.path...)...), want)
		})
	}
}

// rpc is the flags for a call, asked what the plugin gets of it.
func rpc(contentType string) []string {
	return []string{"-X", "POST", "-H", "Content-Type: " + contentType}
}

func asked(contentType string) [][2]string {
	return [][2]string{{":method", "POST"}, {":path", "/a.B/C?uploads"}, {"content-type", contentType}}
}

func TestExplain(t *testing.T) {
	two := "kind: WasmPlugin\nspec:\n  pluginConfig: " + dry + "\n---\nkind: WasmPlugin\nspec:\n  pluginConfig: " + dry + "\n"
	for _, tt := range []struct {
		name, stdin string
		args        []string
		want        outcome
	}{
		{"answered", mixed, []string{"-H", "range: a", "-H", "upgrade: websocket", "-"}, outcome{0, `501 Not Implemented
content-type: application/json
cache-control: no-store
x-content-type-options: nosniff

{"error":"not_implemented","message":"This server does not implement web \"socket\".","capability":"web \"socket\"","alternatives":["server-sent events"]}
`, `dry run: 501 not_implemented_capability[ranges]
details: not_implemented_capability[web_"socket"]
`}},
		{"dry run", dry, []string{"-X", "TRACE", "-"}, outcome{0, "passes\n", "dry run: 501 not_implemented_method[TRACE]\n"}},
		{"gRPC", dry[:len(dry)-len(`, "dry_run": true}`)] + "}", []string{"-X", "POST", "-H", "content-type: application/grpc", "-"}, outcome{0, `200 OK
content-type: application/grpc
grpc-status: 12
grpc-message: This server does not implement the POST method.
cache-control: no-store
`, "details: not_implemented_method[POST]\n"}},
		{"mistakes", `{"dryrun": true}`, []string{"-"}, outcome{1, `stdin:1:2: error: /dryrun: unknown key, want "dry_run"` + "\n", ""}},
		{"no configuration", "a: b", []string{"-"}, outcome{1, "stdin:1:1: error: no plugin configuration, want its JSON, or a file for Envoy, Istio or Envoy Gateway\n", ""}},
		{"two configurations", two, []string{"-"}, outcome{1, strings.ReplaceAll("stdin:3:17: X\nstdin:7:17: X\n", "X", `error: one of several configurations, want "-plugin NAME", or this location instead of the file`), ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			expect(t, runs(tt.stdin, append([]string{"explain"}, tt.args...)...), tt.want)
		})
	}
}

// A body in YAML comes out as the hosts pass it: members sorted, numbers as doubles.
func TestExplainBody(t *testing.T) {
	for kind, text := range manifests(body) {
		t.Run(kind, func(t *testing.T) {
			expect(t, runs(text, "explain", "-X", "TRACE", "-"), outcome{0, `501 Not Implemented
content-type: application/json
cache-control: no-store
x-content-type-options: nosniff

{"about":"a TRACE","code":501,"large":12345678901234567000,"ratio":1.5,"true":[null,"",{},1e+21,[]],"zeta":"This server does not implement the TRACE method."}
`, "details: not_implemented_method[TRACE]\n"})
		})
	}
}

// What docs/formats.md has is the same in a manifest, but for the order of members.
func TestFormatsInManifests(t *testing.T) {
	configs := blocks(readText(t, "../../docs/formats.md"), "json")
	if len(configs) < 10 {
		t.Fatalf("%d configurations, want more", len(configs))
	}
	for _, text := range configs {
		manifest := "kind: WasmPlugin\nspec:\n  pluginConfig:\n    " + strings.ReplaceAll(text, "\n", "\n    ")
		document, err := config.Read([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		entry := document.Declarations[0].Unimplemented[0]
		path := cmp.Or(strings.TrimPrefix(entry.Path, "*"), "/")
		args := []string{"explain", "-X", cmp.Or(entry.Method, "PUT"), "-", path + "?" + entry.Query.Name + "=" + entry.Query.Value}
		if entry.Header != "" {
			args = append(args, "-H", entry.Header+": "+entry.Value)
		}
		var answers [2]any
		for i, file := range []string{text, manifest} {
			if got := runs(file, "check"); got.exit != exitFine {
				t.Fatalf("%s\n%s", file, got.stdout)
			}
			got := runs(file, args...)
			head, body, ok := strings.Cut(got.stdout, "\n\n")
			if !ok {
				t.Fatalf("%s\n%q: %s%s", file, args, got.stdout, got.stderr)
			}
			answers[i] = body
			if strings.Contains(head, "json") {
				if err := json.Unmarshal([]byte(body), &answers[i]); err != nil {
					t.Errorf("%v\n%s", err, got.stdout)
				}
			}
		}
		if !reflect.DeepEqual(answers[0], answers[1]) {
			t.Errorf("%s\n%v\nwant\n%v", manifest, answers[1], answers[0])
		}
	}
}

func TestExplainOneOfSeveral(t *testing.T) {
	resource := func(name, config string) string {
		return "kind: WasmPlugin\nspec:\n  pluginName: " + name + "\n  pluginConfig: " + config + "\n---\n"
	}
	write(t, map[string]string{"two.yaml": resource("notimplemented-a", dry) + resource("notimplemented-b", problem)})
	passes := outcome{0, "passes\n", "dry run: 501 not_implemented_method[TRACE]\n"}
	answered := runs(problem, "explain", "-X", "TRACE", "-")
	for _, tt := range []struct {
		args []string
		want outcome
	}{
		{[]string{"-plugin", "notimplemented-a", "-X", "TRACE", "two.yaml"}, passes},
		{[]string{"-X", "TRACE", "two.yaml:4:17"}, passes},
		{[]string{"-plugin", "notimplemented-b", "-X", "TRACE", "two.yaml"}, answered},
		{[]string{"--request", "TRACE", "two.yaml:9"}, answered},
		{[]string{"two.yaml:3"}, outcome{1, strings.ReplaceAll("two.yaml:4:17: X\ntwo.yaml:9:17: X\n", "X", "error: a configuration starts here, none on line 3"), ""}},
		{[]string{"-plugin", "methods", "two.yaml"}, outcome{1, `two.yaml:1:1: error: none of the wasm plugins is "methods"
two.yaml:3:3: note: wasm plugin "notimplemented-a" is skipped, it is not "methods"
two.yaml:8:3: note: wasm plugin "notimplemented-b" is skipped, it is not "methods"
`, ""}},
	} {
		expect(t, runs("", append([]string{"explain"}, tt.args...)...), tt.want)
	}
}

func TestExplainTargets(t *testing.T) {
	const config = `{"unimplemented": [{"capability": "c", "header": "x", "query": "a"}, {"capability": "d", "header": "x-forwarded-proto", "value": "http"}, {"capability": "e", "header": "y", "path": "/"}]}`
	const hint = "no x-forwarded-proto, which Envoy sets; want -H 'x-forwarded-proto: …'\n"
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--header", "X: 1", "-", "https://api.example.com:8443/b?a=1#c"}, "details: not_implemented_capability[c]\n"},
		{[]string{"-H", "x: 1", "-", "https://api.example.com?a"}, "details: not_implemented_capability[c]\n"},
		{[]string{"-H", "x: 1", "-", "https://api.example.com#?a"}, ""},
		{[]string{"-H", "y: 1", "-", "https://api.example.com?a"}, "details: not_implemented_capability[e]\n"},
		{[]string{"-H", "y: 1", "-X", "CONNECT", "-"}, ""}, // which has no path
		{[]string{"-H", "x-forwarded-proto: http", "-", "/"}, "details: not_implemented_capability[d]\n"},
	} {
		got := runs(config, append([]string{"explain"}, tt.args...)...)
		want := tt.want
		if !strings.Contains(want, "[d]") {
			want = hint + want
		}
		if got.stderr != want {
			t.Errorf("%q: standard error\n%s\nwant\n%s", tt.args, got.stderr, want)
		}
	}
}

// Flags are as in curl, wherever they stand.
func TestExplainLikeCurl(t *testing.T) {
	const config = `{"implemented_methods": ["POST"], "unimplemented": [{"capability": "c", "method": "POST", "header": "x", "value": "y: z", "query": "u"}]}`
	want := runs(config, "explain", "-X", "POST", "-H", "x: y: z", "-", "/?u=https://a/")
	if !strings.Contains(want.stderr, "capability[c]") {
		t.Fatal(want)
	}
	for _, args := range [][]string{
		{"-XPOST", "-Hx: y: z", "-", "/?u=https://a/"},
		{"-", "-XPOST", "/?u=https://a/", "-HX:y: z"},
		{"-XPOST", "-Hx: y: z", "--", "-", "/?u=https://a/"},
		{"--request=POST", "--header", "x: y: z", "-", "/?u=https://a/"},
		{"-X", "POST", "-H", "x: y: z", "-", "https://user:pass@api.example.com?u"},
	} {
		expect(t, runs(config, append([]string{"explain"}, args...)...), want)
	}
	// What is behind "--" is no flag.
	if got := runs(config, "explain", "--", "-XPOST"); got.exit != exitTrouble || !strings.Contains(got.stderr, "open -XPOST:") {
		t.Error(got)
	}
}

func TestExplainHosts(t *testing.T) {
	const config = `{"servers": [{"hosts": ["a.example.com", "xn--bcher-kva.example"], "implemented_methods": ["GET"]}]}`
	const noHost = "no host, so the top-level configuration applies; want a URL, or -H 'host: …'\n"
	for _, tt := range []struct {
		args []string
		want string // on standard error
	}{
		{[]string{"-"}, noHost},
		{[]string{"-", "https://b.example.com"}, ""},
		{[]string{"-", "https://A.example.com:8443/"}, "details: not_implemented_method[PUT]\n"},
		{[]string{"-", "https://BÜCHER.example:8443/"}, "details: not_implemented_method[PUT]\n"},
		{[]string{"-H", "Host: a.example.com", "-"}, "details: not_implemented_method[PUT]\n"},
		{[]string{"-H", "Host: a.example.com", "-", "https://b.example.com"}, "details: not_implemented_method[PUT]\n"},
	} {
		got := runs(config, append([]string{"explain", "-X", "PUT"}, tt.args...)...)
		if got.stderr != tt.want || (got.stdout == "passes\n") == strings.HasPrefix(tt.want, "details") {
			t.Errorf("%q: %s\nstandard error\n%s\nwant\n%s", tt.args, got.stdout, got.stderr, tt.want)
		}
	}
}
