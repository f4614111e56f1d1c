// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"notimplemented/e2e/harness/command"
	"notimplemented/e2e/harness/envoy"
)

// verify runs the command on a configuration, and returns all that it prints.
func verify(t *testing.T, configuration string, args ...string) (output string, exit int) {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "plugin.json"), []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, exit := command.Run(t, folder, append([]string{"verify"}, args...)...)
	return stdout + stderr, exit
}

const verified = `{
  "unimplemented": [
    {"method": "BREW"},
    {"capability": "websocket", "header": "upgrade", "value": "websocket"}
  ]
}`

// entries is verified with an entry of each kind.
const entries = `{
  "implemented_methods": ["GET", "POST"],
  "unimplemented": [
    {"capability": "value", "header": "x-f", "value": "a b"},
    {"capability": "field", "header": "x-f"},
    {"capability": "parameter with a value", "method": "POST", "query": "a b=c+d=e"},
    {"capability": "parameter", "query": "ä/?"},
    {"capability": "path", "path": "/a b/c+d"},
    {"capability": "beginning", "path": "/ä/*"},
    {"capability": "end", "path": "*/$end", "header": "x-g"},
    {"capability": "head", "method": "HEAD", "query": "head"},
    {"capability": "coding", "header": "accept-encoding"},
    {"capability": "read", "method": "GET", "header": "x-w"},
    {"capability": "written", "header": "x-w"},
    {"capability": "agent", "header": "user-agent"},
    {"capability": "late", "header": "x-h"}
  ]
}`

// What is asked for that configuration.
const (
	brew      = "plugin.json:3:5: error: /unimplemented/0: BREW http://ENVOY/ over HTTP/1.1"
	webSocket = "plugin.json:4:5: error: /unimplemented/1: GET http://ENVOY/ with upgrade: websocket over HTTP/1.1"
	expect    = "plugin.json:3:5: error: /unimplemented/0: BREW http://ENVOY/ with expect: 100-continue over HTTP/1.1"
	get       = "plugin.json:1:1: error: GET http://ENVOY/ over HTTP/1.1"
	get2      = "plugin.json:1:1: error: GET http://ENVOY/ over HTTP/2"
	brew2     = "plugin.json:3:5: error: /unimplemented/0: BREW http://ENVOY/ over HTTP/2"
)

// Each way in which a gateway can be wrong, and the cause that is named.
func TestVerify(t *testing.T) {
	const (
		continues = "- {op: add, path: /proxy_100_continue, value: true}\n"
		reply501  = "filter: {status_code_filter: {comparison: {op: EQ, value: {default_value: 501, runtime_key: none}}}}"
		status    = ", want 501 Not Implemented: "
		answered  = "the server answered, so the plugin is not on this listener, or has another configuration"
		localText = `got content-type "text/plain", want "application/json": `
		localJSON = `got another body, "{\"text\":\"{\\\"error\\\":\\\"not_implemented\\\",\\\"message\\\":\\\"This server does not implement `
		local     = "local_reply_config has rewritten the answer"
		other     = "the plugin there has another configuration or version"
		otherBrew = `got another body, "{\"error\":\"not_implemented\",\"message\":\"This server does not implement the BREW method.\",\"method\":\"BRE…": ` + other
	)
	each := func(problem string) map[string]string {
		return map[string]string{brew: problem, webSocket: problem, expect: problem, brew2: problem}
	}
	// answers is a manager without the plugin whose route answers itself.
	answers := func(response string) manager {
		return manager{verified, continues + "- {op: remove, path: /http_filters/0}\n" +
			"- {op: replace, path: /route_config/virtual_hosts/0/routes/0, value: {match: {prefix: /}, direct_response: {" + response + "}}}\n"}
	}
	careful := answers("status: 200")
	careful.patch += "- {op: add, path: /route_config/response_headers_to_add, value: [{header: {key: cache-control, value: no-store}}, {header: {key: x-content-type-options, value: nosniff}}]}"
	tests := []struct {
		name    string
		manager manager
		want    map[string]string // problems, by request
	}{
		{"right", manager{verified, continues}, nil},
		{"no allow_custom_methods", manager{verified, continues + "- {op: remove, path: /http_protocol_options}"}, map[string]string{
			brew:   "got 400 Bad Request" + status + "Envoy itself refuses methods that it does not know without allow_custom_methods",
			expect: "got 400 Bad Request" + status + "Envoy itself refuses methods that it does not know without allow_custom_methods",
		}},
		{"no upgrade_configs", manager{verified, continues + "- {op: remove, path: /upgrade_configs}"}, map[string]string{
			webSocket: "got 403 Forbidden" + status + "Envoy itself refuses upgrades that upgrade_configs does not name",
		}},
		{"no proxy_100_continue", manager{verified, ""}, map[string]string{
			expect: "got 100 Continue first, so clients send their uploads in vain: proxy_100_continue is not set",
		}},
		{"no plugin", manager{verified, continues + "- {op: remove, path: /http_filters/0}"}, each("got 200 OK" + status + answered)},
		{"no plugin and no route", manager{verified, continues + "- {op: remove, path: /http_filters/0}\n- {op: remove, path: /route_config/virtual_hosts/0/routes/0}"},
			each("got 404 Not Found" + status + "no route for this path, and some hosts run the plugin on routes only: try another path")},
		{"an own 400", answers("status: 400"), map[string]string{
			brew:      "got 400 Bad Request" + status + "Envoy itself refuses methods that it does not know without allow_custom_methods",
			expect:    "got 400 Bad Request" + status + "Envoy itself refuses methods that it does not know without allow_custom_methods",
			webSocket: "got 400 Bad Request" + status + answered,
			brew2:     "got 400 Bad Request" + status + answered,
		}},
		{"a 404 of the server", answers("status: 404, body: {inline_string: nothing upstream}"), each("got 404 Not Found" + status + answered)},
		{"a server with the plugin's fields", careful, each("got 200 OK" + status + answered)},
		{"an own 500", answers("status: 500"), each("got 500 Internal Server Error" + status + "the plugin was refused or could not be downloaded; the proxy's log says why")},
		{"an own 503", answers("status: 503"), each("got 503 Service Unavailable" + status + "the plugin was refused or could not be downloaded; the proxy's log says why")},
		{"no server", answers("status: 503, body: {inline_string: upstream connect error}"),
			each("got 503 Service Unavailable" + status + "the server behind the gateway was asked, and is down, so the plugin is not on this listener, or has another configuration")},
		{"another configuration", manager{`{"unimplemented": [{"method": "BREW", "alternatives": ["POST"]}, {"capability": "everything", "header": "user-agent"}]}`, continues}, map[string]string{
			get:  "got the plugin's own 501 Not Implemented, want the server's response: " + other,
			get2: "got the plugin's own 501 Not Implemented, want the server's response: " + other,
			brew: otherBrew, expect: otherBrew, brew2: otherBrew,
			webSocket: `got another body, "{\"error\":\"not_implemented\",\"message\":\"This server does not implement everything.\",\"capability\":\"ever…": ` + other,
		}},
		{"a field of the route", manager{verified, continues +
			"- {op: add, path: /route_config/response_headers_to_add, value: [{header: {key: cache-control, value: max-age=60}}]}"},
			each(`got cache-control "max-age=60,no-store", want "no-store": a route's response_headers_to_add adds to this field`)},
		{"text of local_reply_config", manager{verified, continues +
			"- {op: add, path: /local_reply_config, value: {mappers: [{" + reply501 + ", body: {inline_string: not here}}]}}"}, each(localText + local)},
		{"status of local_reply_config", manager{verified, continues +
			"- {op: add, path: /local_reply_config, value: {mappers: [{" + reply501 + ", status_code: 405}]}}"}, each("got 405 Method Not Allowed" + status + local)},
		{"JSON of local_reply_config", manager{verified, continues +
			`- {op: add, path: /local_reply_config, value: {body_format: {json_format: {text: "%LOCAL_REPLY_BODY%"}}}}`}, map[string]string{
			brew: localJSON + `the BREW method…": ` + local, expect: localJSON + `the BREW method…": ` + local, brew2: localJSON + `the BREW method…": ` + local,
			webSocket: localJSON + `websocket.\\\",\\\"…": ` + local,
		}},
		{"custom_response", manager{verified, continues + filter("before", "custom_response", "CustomResponse", `
      custom_response_matcher: {matcher_list: {matchers: [{
        predicate: {single_predicate: {
          input: {name: status, typed_config: {"@type": type.googleapis.com/envoy.type.matcher.v3.HttpResponseStatusCodeMatchInput}},
          value_match: {exact: "501"}}},
        on_match: {action: {name: text, typed_config: {
          "@type": type.googleapis.com/envoy.extensions.http.custom_response.local_response_policy.v3.LocalResponsePolicy,
          body: {inline_string: oops}}}}}]}}`)},
			each(localText + "something has rewritten the answer, such as custom_response (responseOverride in Envoy Gateway)")},
		{"a filter that answers first", manager{verified, continues + filter("before", "rbac", "RBAC", "rules: {policies: {}}")},
			each("got 403 Forbidden" + status + "something before the plugin refused it, such as RBAC; Istio does so while it cannot pull the plugin")},
		{"dry run", manager{strings.Replace(verified, "{", `{"dry_run": true,`, 1), continues}, each("got 200 OK" + status + answered)},
	}
	var managers []manager
	for _, tt := range tests {
		managers = append(managers, tt.manager)
	}
	_, addresses := serveManagers(t, upstreamAddress(t), managers...)
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want, exit := "", 0
			for _, request := range []string{get, brew, webSocket, expect, get2, brew2} {
				if problem, ok := tt.want[request]; ok {
					want, exit = want+request+": "+problem+"\n", 1
				}
			}
			want += fmt.Sprintf("%d of 6 requests answered as plugin.json:1:1 says\n", 6-len(tt.want))
			checkVerified(t, exit, want, addresses[i], verified, "-http2", "plugin.json", "http://"+addresses[i]+"/")
		})
	}
}

// checkVerified runs the command, and compares all that it prints.
func checkVerified(t *testing.T, wantExit int, want, address, configuration string, args ...string) {
	t.Helper()
	got, exit := verify(t, configuration, args...)
	if got = strings.ReplaceAll(got, address, "ENVOY"); got != want || exit != wantExit {
		t.Errorf("exit code %d, want %d\n%s\nwant\n%s", exit, wantExit, got, want)
	}
}

func TestVerifyOverTLS(t *testing.T) {
	chain, key := envoy.Certificate(t, "example.test")
	context := tlsContext(chain, key)
	context["alpn_protocols"] = []string{"h2", "http/1.1"}
	socket, err := json.Marshal(map[string]any{
		"name": "envoy.transport_sockets.tls",
		"typed_config": map[string]any{
			"@type":              "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
			"common_tls_context": context,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	// The host picks the server, whatever the address.
	configuration := `{"servers": [` + strings.Replace(verified, "{", `{"hosts": ["example.test"],`, 1) + `]}`
	process := envoy.Run(t, patch(t, bootstrap(t, upstreamAddress(t), manager{configuration, "- {op: add, path: /proxy_100_continue, value: true}"}),
		"- {op: add, path: /static_resources/listeners/0/filter_chains/0/transport_socket, value: "+string(socket)+"}"))
	address := process.Address("0")
	authorities := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(authorities, []byte(chain), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		url  string
		args []string
		want string
		exit int
	}{
		{"https://example.test/", []string{"-cacert", authorities}, "6 of 6 requests answered as plugin.json:1:1 says\n", 0},
		{"https://example.test/", []string{"-insecure"}, "6 of 6 requests answered as plugin.json:1:1 says\n", 0},
		{"https://example.test/", nil, "notimplemented: https://example.test/: tls: failed to verify certificate: x509: certificate signed by unknown authority\n", 2},
		// Of a host that no server names nothing is declared.
		{"https://other.test/", []string{"-insecure"}, "2 of 2 requests answered as plugin.json:1:1 says\n", 0},
	} {
		checkVerified(t, tt.exit, tt.want, address, configuration, append(tt.args, "-connect", address, "plugin.json", tt.url)...)
	}
}

func TestVerifyDryRun(t *testing.T) {
	configuration := strings.Replace(verified, "{", `{"dry_run": true,`, 1)
	const closed = `{"implemented_methods": ["POST", "PUT"], "unimplemented": [{"method": "TRACE", "dry_run": true}], "dry_run": true}`
	process, addresses := serve(t, configuration, `{"implemented_methods": ["GET", "BREW"]}`, closed)
	admin := "http://" + process.Admin()
	const notCounted = "passes, but wasmcustom.wasm_filter.notimplemented.component.%s;.not_implemented_dry_run_total does not count it: the plugin is not on this listener, or has another configuration\n"
	for _, tt := range []struct {
		address string
		args    []string
		want    string
		exit    int
	}{
		{addresses[0], nil, "plugin.json:1:1: note: 2 of 3 requests to http://ENVOY/ are not sent, since no response shows a dry run; -admin compares Envoy's counters\n1 of 1 requests answered as plugin.json:1:1 says\n", 0},
		{addresses[0], []string{"-admin", admin}, "3 of 3 requests answered as plugin.json:1:1 says\n", 0},
		{addresses[1], []string{"-admin", admin}, brew + ": " + fmt.Sprintf(notCounted, "method.tag.BREW") +
			webSocket + ": " + fmt.Sprintf(notCounted, "capability.tag.websocket") +
			"1 of 3 requests answered as plugin.json:1:1 says\n", 1},
	} {
		checkVerified(t, tt.exit, tt.want, tt.address, configuration, append(tt.args, "plugin.json", "http://"+tt.address+"/")...)
	}
	// Some are counted under a name of their own, others together.
	checkVerified(t, 0, "7 of 7 requests answered as plugin.json:1:1 says\n", addresses[2], closed, "-admin", admin, "plugin.json", "http://"+addresses[2]+"/")
	// Where a dry run keeps each of them back, nothing is sent.
	everything := `{"unimplemented": [{"capability": "everything", "header": "user-agent"}], "dry_run": true}`
	checkVerified(t, 0, "plugin.json:1:1: note: 1 of 1 requests to http://ENVOY/ are not sent, since no response shows a dry run; -admin compares Envoy's counters\n",
		addresses[0], everything, "plugin.json", "http://"+addresses[0]+"/")
}

// Where nothing answers, the exit code says so.
func TestVerifyWithoutGateway(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close() // which never accepts
	absent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	absent.Close()
	for _, tt := range []struct {
		address string
		want    string
	}{
		{absent.Addr().String(), "notimplemented: http://ENVOY/: dial tcp ENVOY: connect: connection refused\n"},
		{silent.Addr().String(), "notimplemented: http://ENVOY/: no response within 100ms\n"},
	} {
		checkVerified(t, 2, tt.want, tt.address, verified, "-timeout", "100ms", "plugin.json", "http://"+tt.address+"/")
	}
}

// What is printed in place of being sent, curl sends: the shell runs it.
func TestVerifyAsCommands(t *testing.T) {
	_, addresses := serve(t, verified)
	printed, exit := verify(t, verified, "-n", "-http2", "plugin.json", "http://"+addresses[0]+"/a b?c")
	if exit != 0 || strings.Count(printed, "/a%20b?c") != 6 {
		t.Fatalf("exit code %d\n%s", exit, printed)
	}
	got := ""
	for line := range strings.Lines(printed) {
		output, err := exec.Command("sh", "-c", line[:len(line)-1]+` -s -o /dev/null -w '%{http_version} %{response_code}\n'`).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", line, err, output)
		}
		got += string(output)
	}
	if want := "1.1 200\n1.1 501\n1.1 501\n1.1 501\n2 200\n2 501\n"; got != want {
		t.Errorf("%s\ngot %s\nwant %s", printed, got, want)
	}
}

// Each kind of entry is asked for, by a request that another one does not match.
func TestVerifyEntries(t *testing.T) {
	_, addresses := serveManagers(t, upstreamAddress(t), manager{entries, "- {op: add, path: /proxy_100_continue, value: true}"})
	checkVerified(t, 0, `plugin.json:16:5: note: /unimplemented/12: not tried, since no request was found that this entry alone answers
20 of 20 requests answered as plugin.json:1:1 says
`, addresses[0], entries, "plugin.json", "http://"+addresses[0]+"/a?b")
}

// An answer to gRPC has status 200, too, and CONNECT has no path.
func TestVerifyGRPC(t *testing.T) {
	const configuration = `{"unimplemented": [{"method": "CONNECT"}, {"capability": "gRPC", "header": "content-type", "value": "application/grpc"}]}`
	_, addresses := serveManagers(t, upstreamAddress(t), manager{configuration, "- {op: add, path: /proxy_100_continue, value: true}"}, manager{`{"unimplemented": [{"method": "PUT"}]}`, ""})
	const noRoute = "got 404 Not Found, want 501 Not Implemented: no route for this path, and some hosts run the plugin on routes only: try another path\n"
	for i, want := range []string{"4 of 4", "plugin.json:1:20: error: /unimplemented/0: CONNECT http://ENVOY over HTTP/1.1: " + noRoute +
		`plugin.json:1:43: error: /unimplemented/1: GET http://ENVOY/ with content-type: application/grpc over HTTP/1.1: got grpc-status "", want "12": ` +
		"the server answered, so the plugin is not on this listener, or has another configuration\n" +
		"plugin.json:1:20: error: /unimplemented/0: CONNECT http://ENVOY with expect: 100-continue over HTTP/1.1: " + noRoute + "1 of 4"} {
		checkVerified(t, i, want+" requests answered as plugin.json:1:1 says\n", addresses[i], configuration, "plugin.json", "http://"+addresses[i]+"/")
	}
}
