// SPDX-License-Identifier: Apache-2.0

package answer_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"notimplemented/filter/answer"
	"notimplemented/filter/config"
	"notimplemented/filter/contract"
	"notimplemented/filter/servers"
)

type request = servers.Header

// answerTo returns the answer that a server with this configuration gives.
func answerTo(t testing.TB, buffer *answer.Buffer, taken *config.Config, r request) answer.Answer {
	t.Helper()
	method, _ := r.First(":method")
	var d servers.Decision
	if err := taken.Servers.Decide(&d, method, r.Request()); err != nil || d.Missing == nil {
		t.Fatalf("nothing is missing for %q: %v", r, err)
	}
	protocol, _ := answer.ProtocolOf(r.Request())
	return answer.Make(buffer, taken.Formats[d.Server], protocol, d.Missing)
}

func parse(t testing.TB, json string) *config.Config {
	t.Helper()
	taken, err := config.Parse([]byte(json))
	if err != nil {
		t.Fatalf("Parse(%s): %v", json, err)
	}
	return taken
}

func TestAnswer(t *testing.T) {
	const (
		patch = `"implemented_methods": ["PUT"], "unimplemented": [
			{"method": "PATCH", "alternatives": ["PUT", "GET"]},
			{"capability": "web \"socket\" ü", "header": "upgrade", "alternatives": ["server-sent events", "\\"]}]`
		jsonConfig    = `{` + patch + `}`
		problemConfig = `{` + patch + `, "format": "problem"}`
		typedConfig   = `{` + patch + `, "format": "problem", "problem_type": "https://example.com/p?a=%20"}`
	)
	long := strings.Repeat("M", 65)
	plain := [][2]string{{"content-type", "application/json"}, {"cache-control", "no-store"}, {"x-content-type-options", "nosniff"}}
	problem := [][2]string{{"content-type", "application/problem+json"}, {"cache-control", "no-store"}, {"x-content-type-options", "nosniff"}}

	tests := []struct {
		name, config string
		request      request
		details      string
		headers      [][2]string
		body         string
	}{
		{"method", jsonConfig, request{{":method", "TRACE"}}, "not_implemented_method[TRACE]", plain,
			`{"error":"not_implemented","message":"This server does not implement the TRACE method.","method":"TRACE"}`},
		{"method with alternatives", jsonConfig, request{{":method", "PATCH"}}, "not_implemented_method[PATCH]", plain,
			`{"error":"not_implemented","message":"This server does not implement the PATCH method.","method":"PATCH","alternatives":["PUT","GET"]}`},
		{"method in another case", jsonConfig, request{{":method", "get"}}, "not_implemented_method[get]", plain,
			`{"error":"not_implemented","message":"This server does not implement the get method.","method":"get","alternatives":["GET"]}`},
		{"capability", jsonConfig, request{{":method", "GET"}, {"upgrade", "x"}}, "not_implemented_capability[web_\"socket\"___]", plain,
			`{"error":"not_implemented","message":"This server does not implement web \"socket\" ü.","capability":"web \"socket\" ü","alternatives":["server-sent events","\\"]}`},
		{"no method", jsonConfig, request{{":method", ""}}, "not_implemented_method[]", plain,
			`{"error":"not_implemented","message":"This server does not implement the  method.","method":""}`},
		{"64 bytes", jsonConfig, request{{":method", long[:64]}}, "not_implemented_method[" + long[:64] + "]", plain,
			`{"error":"not_implemented","message":"This server does not implement the ` + long[:64] + ` method.","method":"` + long[:64] + `"}`},
		{"65 bytes", jsonConfig, request{{":method", long}}, "not_implemented_method[" + long[:64] + "...]", plain,
			`{"error":"not_implemented","message":"This server does not implement the ` + long[:64] + `… method.","method":"` + long[:64] + `…"}`},
		{"bytes that are not visible ASCII", jsonConfig, request{{":method", "A \x00\x7f\x80ü\"\\<"}}, `not_implemented_method[A______"\<]`, plain,
			`{"error":"not_implemented","message":"This server does not implement the A______\"\\< method.","method":"A______\"\\<"}`},

		{"problem", problemConfig, request{{":method", "TRACE"}}, "not_implemented_method[TRACE]", problem,
			`{"type":"about:blank","title":"Not Implemented","status":501,"detail":"This server does not implement the TRACE method.","method":"TRACE"}`},
		{"problem with a type and alternatives", typedConfig, request{{":method", "PATCH"}}, "not_implemented_method[PATCH]", problem,
			`{"type":"https://example.com/p?a=%20","title":"Not Implemented","status":501,"detail":"This server does not implement the PATCH method.","method":"PATCH","alternatives":["PUT","GET"]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			reply := answerTo(t, new(answer.Buffer), parse(t, tt.config), tt.request)
			if string(reply.Details()) != tt.details {
				t.Errorf("details %q, want %q", reply.Details(), tt.details)
			}
			if !slices.Equal(reply.Headers, tt.headers) {
				t.Errorf("headers %q, want %q", reply.Headers, tt.headers)
			}
			if string(reply.Body) != tt.body {
				t.Errorf("body\n%s\nwant\n%s", reply.Body, tt.body)
			}
			if reply.Status != 501 {
				t.Errorf("status %d, want 501", reply.Status)
			}
			if !json.Valid(reply.Body) {
				t.Errorf("body %q is no JSON", reply.Body)
			}
			checkContract(t, tt.config, tt.request, reply)
		})
	}
}

// checkContract checks that the contract has the same answer.
func checkContract(t *testing.T, config string, r request, got answer.Answer) {
	t.Helper()
	promised, err := contract.Read(config)
	if err != nil {
		t.Fatal(err)
	}
	if method, _ := r.First(":method"); method == "" {
		return // which the plugin lets pass
	}
	want := contract.Answer{Status: uint32(got.Status), Details: string(got.Details()), Headers: got.Headers, Body: string(got.Body), GRPCStatus: answer.Unimplemented}
	if answer := promised.Outcome(r).Answer; !reflect.DeepEqual(answer, &want) {
		t.Errorf("%q gets %v, want %v as by the contract", r, want, answer)
	}
}

func TestTemplate(t *testing.T) {
	const entries = `"unimplemented": [
		{"method": "PATCH", "alternatives": ["PUT", "POST", "DELETE"]}, {"method": "LOCK", "alternatives": ["PUT"]}, {"method": "MOVE", "alternatives": ["PUT", "COPY"]},
		{"capability": "a<\"&'> \u00fc", "query": "c", "alternatives": ["<x>", "\""]}]`
	type answers map[string]string // by method and query
	for _, tt := range []struct {
		name, contentType, body string
		want                    answers
	}{
		{"S3", "application/xml", `"<Error><Code>NotImplemented</Code><Message>{message}{instead}</Message></Error>"`, answers{
			"TRACE /":   "<Error><Code>NotImplemented</Code><Message>This server does not implement the TRACE method.</Message></Error>",
			"LOCK /":    "<Error><Code>NotImplemented</Code><Message>This server does not implement the LOCK method. Use PUT.</Message></Error>",
			"MOVE /":    "<Error><Code>NotImplemented</Code><Message>This server does not implement the MOVE method. Use PUT or COPY.</Message></Error>",
			"PATCH /":   "<Error><Code>NotImplemented</Code><Message>This server does not implement the PATCH method. Use PUT, POST or DELETE.</Message></Error>",
			"GET /?c":   "<Error><Code>NotImplemented</Code><Message>This server does not implement a&lt;&quot;&amp;&apos;&gt; ü. Use &lt;x&gt; or &quot;.</Message></Error>",
			"A&\"'<> /": "<Error><Code>NotImplemented</Code><Message>This server does not implement the A&amp;&quot;&apos;&lt;&gt; method.</Message></Error>",
		}},
		{"every placeholder in JSON", "application/json", ` { "a" : [ "{message}|{instead}|{name}|{kind}|{alternatives}", 1.50, -0, 1e400, true, null, {}, [ ] ] , "kind": "{alternatives}" , "s" : "{{{name}}}\t" } `, answers{
			"TRACE /": `{"a":["This server does not implement the TRACE method.||TRACE|method|",1.50,-0,1e400,true,null,{},[]],"kind":[],"s":"{TRACE}\t"}`,
			"MOVE /":  `{"a":["This server does not implement the MOVE method.| Use PUT or COPY.|MOVE|method|PUT, COPY",1.50,-0,1e400,true,null,{},[]],"kind":["PUT","COPY"],"s":"{MOVE}\t"}`,
			"GET /?c": `{"a":["This server does not implement a<\"&'> ü.| Use <x> or \".|a<\"&'> ü|capability|<x>, \"",1.50,-0,1e400,true,null,{},[]],"kind":["<x>","\""],"s":"{a<\"&'> ü}\t"}`,
		}},
		{"text", "text/plain", `"{{}} {name}: {alternatives}\n"`, answers{
			"PATCH /": "{} PATCH: PUT, POST, DELETE\n",
			"GET /?c": "{} a<\"&'> ü: <x>, \"\n",
		}},
		{"HTML", "text/html; charset=utf-8", `"<p title='{name}'>"`, answers{
			"GET /?c": "<p title='a&lt;&quot;&amp;&#39;&gt; ü'>",
		}},
		{"nothing of the request", "text/plain", `"no"`, answers{"TRACE /": "no", "GET /?c": "no"}},
		{"an array", "application/x+json", `["{alternatives}", "{{alternatives}}"]`, answers{"TRACE /": `[[],"{alternatives}"]`, "LOCK /": `[["PUT"],"{alternatives}"]`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			config := fmt.Sprintf(`{"implemented_methods": ["POST", "PUT", "DELETE", "COPY"], %s, "format": {"content_type": %q, "body": %s}}`, entries, tt.contentType, tt.body)
			taken := parse(t, config)
			for line, want := range tt.want {
				method, path, _ := strings.Cut(line, " ")
				got := answerTo(t, new(answer.Buffer), taken, request{{":method", method}, {":path", path}})
				headers := [][2]string{{"content-type", tt.contentType}, {"cache-control", "no-store"}, {"x-content-type-options", "nosniff"}}
				checkContract(t, config, request{{":method", method}, {":path", path}}, got)
				if string(got.Body) != want || got.Status != 501 || !slices.Equal(got.Headers, headers) {
					t.Errorf("%s: %d %q\n%s\nwant\n%s", line, got.Status, got.Headers, got.Body, want)
				}
			}
		})
	}
}

func TestFormatSize(t *testing.T) {
	for _, body := range []string{`"{message}{instead}{name}{kind}{alternatives}x"`, `["{alternatives}", "{instead}"]`} {
		contentType := "text/xml"
		if body[0] == '[' {
			contentType = "application/json"
		}
		taken := parse(t, fmt.Sprintf(`{"implemented_methods": ["PUT"], "format": {"content_type": %q, "body": %s}}`, contentType, body))
		for _, format := range []*answer.Format{taken.Formats[0], answer.JSON()} {
			for count := range 4 {
				missing := servers.Missing{Kind: servers.Capability, Name: "c<\"ü", Alternatives: []string{"&", "b\"", "c", "d"}[:count]}
				got := answer.Make(new(answer.Buffer), format, answer.HTTP, &missing)
				if size := format.Size(new(answer.Buffer), &missing); size != len(got.Body) {
					t.Errorf("size %d, of %q, which is %d bytes", size, got.Body, len(got.Body))
				}
			}
		}
	}
}

func TestProtocolOf(t *testing.T) {
	for contentType, want := range map[string]answer.Protocol{
		"":                                  answer.HTTP,
		"application/json":                  answer.HTTP,
		"application/grpc":                  answer.GRPC,
		"application/grpc+proto":            answer.GRPC,
		"application/grpc+":                 answer.GRPC,
		"application/grpc;charset=utf-8":    answer.HTTP, // as in Envoy
		"Application/grpc":                  answer.HTTP,
		"application/grpcx":                 answer.HTTP,
		"application/grpc-web":              "application/grpc-web",
		"application/grpc-web+proto":        "application/grpc-web+proto",
		"application/grpc-web+json":         "application/grpc-web+json",
		"application/grpc-web+thrift":       "application/grpc-web+thrift",
		"application/grpc-web+<script>":     "application/grpc-web",
		"application/grpc-webx":             answer.HTTP,
		"application/grpc-web-text":         "application/grpc-web-text",
		"application/grpc-web-text+proto":   "application/grpc-web-text+proto",
		"application/grpc-web-text+json":    "application/grpc-web-text+json",
		"application/grpc-web-text+thrift":  "application/grpc-web-text+thrift",
		"application/grpc-web-text+x":       "application/grpc-web-text",
		"application/grpc-web;charset=utf8": answer.HTTP,
	} {
		r := request{{":path", "/"}, {"content-type", contentType}}
		if got, err := answer.ProtocolOf(r.Request()); got != want || err != nil {
			t.Errorf("%q: %q, %v, want %q", contentType, got, err, want)
		}
	}
	r := request{{"content-type", "application/grpc"}}
	if got, err := answer.ProtocolOf(r.Request()); got != answer.HTTP || err != nil {
		t.Errorf("without a path: %q, %v, want plain HTTP", got, err)
	}
}

func TestAnswerToGRPC(t *testing.T) {
	const message = "This server does not implement 100%25 %C3%BC. Use a or b."
	missing := servers.Missing{Kind: servers.Capability, Name: "100% ü", Alternatives: []string{"a", "b"}}
	frame := "\x80\x00\x00\x00\x5agrpc-status: 12\r\ngrpc-message: " + message + "\r\n"
	for protocol, body := range map[answer.Protocol]string{
		answer.GRPC:                      "",
		"application/grpc-web+proto":     frame,
		"application/grpc-web-text":      base64.StdEncoding.EncodeToString([]byte(frame)),
		"application/grpc-web-text+json": base64.StdEncoding.EncodeToString([]byte(frame)),
	} {
		headers := [][2]string{{"grpc-status", "12"}, {"grpc-message", message}, {"cache-control", "no-store"}}
		if protocol != answer.GRPC {
			headers = append(headers, [2]string{"content-type", string(protocol)})
		}
		var b answer.Buffer
		b.Put("before ")
		got := answer.Make(&b, answer.JSON(), protocol, &missing)
		made := b.From(0)
		if got.Status != 200 || string(got.Details()) != "not_implemented_capability[100%___]" || !slices.Equal(got.Headers, headers) || string(got.Body) != body {
			t.Errorf("%s: %d %s %q\n%q\nwant %q\n%q", protocol, got.Status, got.Details(), got.Headers, got.Body, headers, body)
		}
		if !strings.HasPrefix(string(made), "before 501 not_implemented_capability[") {
			t.Errorf("%s: made %q", protocol, made)
		}
	}
}

// The size of a frame has more than one byte.
func TestLongAnswerToGRPCWeb(t *testing.T) {
	config := fmt.Sprintf(`{"unimplemented": [{"capability": "c", "query": "q", "alternatives": [%s"a"]}]}`, strings.Repeat(`"`+strings.Repeat("\u00fc", 128)+`", `, 15))
	for _, contentType := range []string{"application/grpc-web", "application/grpc-web-text"} {
		r := request{{":method", "POST"}, {":path", "/?q"}, {"content-type", contentType}}
		checkContract(t, config, r, answerTo(t, new(answer.Buffer), parse(t, config), r))
	}
}

// A buffer must not answer with what it holds of another request, nor touch what
// it holds before.
func TestAnswerAfterAnswer(t *testing.T) {
	taken := parse(t, `{"implemented_methods": ["PUT"]}`)
	var buffer answer.Buffer
	for i, tt := range []struct {
		request request
		want    string
	}{
		{request{{":method", "TRACE"}}, `{"error":"not_implemented","message":"This server does not implement the TRACE method.","method":"TRACE"}`},
		{request{{":method", "POST"}, {":path", "/"}, {"content-type", "application/grpc"}}, ``},
		{request{{":method", "BREW"}}, `{"error":"not_implemented","message":"This server does not implement the BREW method.","method":"BREW"}`},
		{request{{":method", ""}}, `{"error":"not_implemented","message":"This server does not implement the  method.","method":""}`},
	} {
		buffer.Reset()
		buffer.Put("before ")
		said := answerTo(t, &buffer, taken, tt.request)
		made := buffer.From(0)
		if string(said.Body) != tt.want || !strings.HasPrefix(string(made), "before 501 "+string(said.Details())) || !strings.HasSuffix(string(made), tt.want) {
			t.Errorf("request %d %q: body\n%s\nwant\n%s\nmade %q", i, tt.request, said.Body, tt.want, made)
		}
	}
}

// What fits into the buffer costs no allocation, whatever is asked and in whatever
// protocol.
func TestAnswerAllocatesNothing(t *testing.T) {
	taken := parse(t, `{"implemented_methods": ["POST"], "unimplemented": [{"query": "q", "capability": "<\"100%\"> ü", "alternatives": ["a", "<b>", "\\"]}],
		"format": {"content_type": "text/html", "body": "{message}{instead}{name}{kind}{alternatives}"},
		"servers": [{"hosts": ["json"], "implemented_methods": ["POST"], "format": "json"}]}`)
	var buffer answer.Buffer
	var d servers.Decision
	var requests []request
	for _, method := range []string{"TRACE", "BREW", "post", "POST", "<\"%\x80\">", strings.Repeat("M", 65)} {
		for _, contentType := range []string{"", "application/grpc", "application/grpc-web+proto", "application/grpc-web-text"} {
			for _, host := range []string{"", "json"} {
				requests = append(requests, request{{":method", method}, {":authority", host}, {":path", "/?q"}, {"content-type", contentType}})
			}
		}
	}
	for _, r := range requests {
		asked := r.Request()
		allocations := testing.AllocsPerRun(10, func() {
			if err := taken.Servers.Decide(&d, r[0][1], asked); err != nil || d.Missing == nil {
				return
			}
			protocol, _ := answer.ProtocolOf(asked)
			buffer.Reset()
			answer.Make(&buffer, taken.Formats[d.Server], protocol, d.Missing)
		})
		if allocations != 0 {
			t.Errorf("%q: %v allocations, want 0", r, allocations)
		}
	}
}
