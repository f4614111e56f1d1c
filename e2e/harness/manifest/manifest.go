// SPDX-License-Identifier: Apache-2.0

// Package manifest asks the hosts that have the files of deploy/.
package manifest

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"notimplemented/e2e/harness/command"
	"notimplemented/e2e/harness/rawhttp"
	"notimplemented/e2e/harness/upstream"
)

// Pin is how the manifests write the digest that a release fills in.
const Pin = `"0000000000000000000000000000000000000000000000000000000000000000"`

// Server starts what a host with such a file passes requests on to.
func Server(t testing.TB) (host, port string) {
	t.Helper()
	address, err := upstream.Start()
	if err != nil {
		t.Fatal(err)
	}
	if host, port, err = net.SplitHostPort(address); err != nil {
		t.Fatal(err)
	}
	return host, port
}

// Answer is what comes back for a request: "200" from the server, else the
// status and, if there is one, the body.
type Answer struct{ Method, Host, Path, Want string }

var answers = []Answer{
	{"GET", "", "/", "200"},
	{"HEAD", "", "/", "200"},
	{"POST", "", "/", "200"},
	{"TRACE", "", "/", `501 {"error":"not_implemented","message":"This server does not implement the TRACE method.","method":"TRACE"}`},
	{"BREW", "", "/", `501 {"error":"not_implemented","message":"This server does not implement the BREW method.","method":"BREW"}`},
	{"PATCH", "", "/", `501 {"error":"not_implemented","message":"This server does not implement the PATCH method.","method":"PATCH","alternatives":["PUT"]}`},
}

// Ask compares what a host with the plugin answers, over each protocol, with
// what the configuration says that is the same in every file of deploy/, and
// with more answers.
func Ask(t *testing.T, address string, more ...Answer) {
	ask(t, address, append(answers[:len(answers):len(answers)], more...))
}

// Servers are changes that take the example of several servers out of its comment.
var Servers = []string{
	"# servers: # for hosts", "servers: # for hosts",
	"#   - {hosts: [files.", "  - {hosts: [files.",
	"#   - {hosts: [legacy.", "  - {hosts: [legacy.",
}

// DryRun is what the access log has, once for each protocol, after AskServers.
const DryRun = "not_implemented_method[DELETE]"

// AskServers is Ask where the example of several servers is in force.
func AskServers(t *testing.T, address string) {
	ask(t, address, append(answers[:len(answers):len(answers)], []Answer{
		{"PUT", "files.example.com", "/", "200"},
		{"PATCH", "files.example.com", "/", `501 {"error":"not_implemented","message":"This server does not implement the PATCH method.","method":"PATCH"}`},
		{"POST", "a.files.example.com:8080", "/", `501 {"error":"not_implemented","message":"This server does not implement the POST method.","method":"POST"}`},
		{"POST", "legacy.example.com", "/", "200"},
		{"DELETE", "legacy.example.com", "/", "200"},
		{"DELETE", "other.example.com", "/", "200"},
	}...))
}

// AskBuffered asks a host that buffers at most four bytes before the plugin: its own
// 413 comes first then.
func AskBuffered(t *testing.T, address string) {
	t.Helper()
	for body, want := range map[string]int{"tea": 501, "too much tea": 413} {
		// Over HTTP/2, Envoy accepts slightly more than the limit.
		if got := rawhttp.HTTP1.Dial(t, address).Do(rawhttp.Request{Method: "PATCH", Path: "/", Body: body})[0]; got.Status != want {
			t.Errorf("PATCH with %q: %v\nwant %d", body, got, want)
		}
	}
}

func ask(t *testing.T, address string, answers []Answer) {
	for _, tt := range answers {
		rawhttp.OverEach(t, tt.Method+" "+tt.Host+tt.Path, func(t *testing.T, protocol rawhttp.Protocol) {
			response := protocol.Dial(t, address).Do(rawhttp.Request{Method: tt.Method, Host: tt.Host, Path: tt.Path})[0]
			got := fmt.Sprint(response.Status)
			if response.Status != 200 && response.Body != "" {
				got += " " + response.Body
			}
			if got != tt.Want {
				t.Errorf("%s %s%s is answered with %s, want %s", tt.Method, tt.Host, tt.Path, got, tt.Want)
			}
		})
	}
}

const counted = `# TYPE not_implemented_total counter
not_implemented_total{component="method",tag="OTHER",wasm_filter="notimplemented"} 2
not_implemented_total{component="method",tag="PATCH",wasm_filter="notimplemented"} 2
not_implemented_total{component="method",tag="TRACE",wasm_filter="notimplemented"} 2
`

// Their order is that of the host's stats_tags, and means nothing.
var labels = regexp.MustCompile(`\{.*\}`)

// Count compares the counters of an Envoy that nobody else asked, labels
// included, with what Ask adds up to.
func Count(t *testing.T, admin string) {
	response, err := http.Get("http://" + admin + "/stats/prometheus?filter=not_implemented")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := labels.ReplaceAllStringFunc(string(body), func(set string) string {
		list := strings.Split(strings.Trim(set, "{}"), ",")
		slices.Sort(list)
		return "{" + strings.Join(list, ",") + "}"
	})
	if got != counted {
		t.Errorf("counted\n%s\nwant\n%s", got, counted)
	}
}

// Verify has the project's command ask a host for what a file of deploy/ says, and
// compares how the lines end that it prints of what is not so.
func Verify(t *testing.T, file, address string, ends ...string) {
	t.Helper()
	stdout, stderr, exit := command.Run(t, "../../deploy", "verify", "-http2", "-connect", address, file, "http://api.example.com/")
	wrong := 0
	for line := range strings.Lines(stdout) {
		wrong++
		if !slices.ContainsFunc(ends, func(end string) bool { return strings.HasSuffix(line, end+"\n") }) {
			t.Errorf("verify prints\n%swant it to end with one of %q", line, ends)
		}
	}
	if wantExit := min(len(ends), 1); exit != wantExit || (wrong > 0) != (len(ends) > 0) {
		t.Errorf("verify: exit code %d, want %d\n%s%s", exit, wantExit, stdout, stderr)
	}
}
