// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"notimplemented/filter/servers"
)

// logged is what a line tells of a request. What the client wrote can be anything.
type logged struct {
	method                     string
	path, agent, host, forward string // by the client
	status                     int
	details                    string
	server                     string // "-" where none was asked
	took                       string // "-" where no server answered, or Envoy does not say
}

func (l logged) byServer() bool { return l.server != "-" && l.details == "via_upstream" }

// isForged reports whether the client wrote what cannot be told from the line.
func (l logged) isForged() bool { return strings.Contains(l.path+l.agent+l.host+l.forward, `"`) }

const envoyTime = "[2026-11-25T17:00:00.310Z]"

// logFormat writes lines as a proxy does.
type logFormat struct {
	name  string
	write func(l logged) string
	// tells is whether a line says if a server was asked; proxies without it count as
	// one. details is whether it says more than that.
	tells, details bool
	// escapes is whether a client's quotes cannot be taken for the format's.
	escapes bool
}

func (l logged) request() string {
	if l.method == "-" { // of a connection that carries no HTTP
		return `"- - -"`
	}
	return fmt.Sprintf(`"%s %s HTTP/2"`, l.method, l.path)
}

// client is the fields in quotes of Envoy's formats.
func (l logged) client() string {
	return fmt.Sprintf(`"%s" "%s" "cc21d9b0-57b5" "%s" "%s"`, l.forward, l.agent, l.host, l.server)
}

func (l logged) json(extra string) string {
	encode := func(s string) string { text, _ := json.Marshal(s); return string(text) }
	return fmt.Sprintf(`{"method":%s,"path":%s,"response_code":%d,"response_code_details":%s,"upstream_host":%s,"user_agent":%s%s}`,
		encode(l.method), encode(l.path), l.status, encode(l.details), encode(l.server), encode(l.agent), extra)
}

const istioTail = " outbound|80||a.b 10.0.0.2:1 10.0.0.3:2 10.0.0.4:3 - default"

// backslashes is how Apache writes quotes of the client.
func backslashes(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s)
}

func (l logged) combined() string {
	return fmt.Sprintf(`10.0.0.1 - frank [25/Nov/2026:17:00:00 +0000] "%s %s HTTP/1.1" %d 2326 "-" "%s"`,
		l.method, backslashes(l.path), l.status, backslashes(l.agent))
}

// or returns the server's address in the form of a format, or what it has in its place.
func (l logged) or(server, none string) string {
	if l.server == "-" {
		return none
	}
	return fmt.Sprintf(server, l.server)
}

var logFormats = []logFormat{
	{"Envoy", func(l logged) string {
		return fmt.Sprintf("%s %s %d - 154 0 226 %s %s", envoyTime, l.request(), l.status, l.took, l.client())
	}, true, false, false},
	{"Istio 1.5 to 1.8", func(l logged) string {
		return fmt.Sprintf(`%s %s %d - "-" "-" 0 12 3 %s %s`+istioTail, envoyTime, l.request(), l.status, l.took, l.client())
	}, true, false, false},
	{"Istio without Mixer", func(l logged) string {
		return fmt.Sprintf(`%s %s %d UF "delayed connect error" 0 12 - %s %s`+istioTail, envoyTime, l.request(), l.status, l.took, l.client())
	}, true, false, false},
	{"Istio", func(l logged) string {
		return fmt.Sprintf(`%s %s %d - %s - "-" 0 12 3 %s %s`+istioTail, envoyTime, l.request(), l.status, l.details, l.took, l.client())
	}, true, true, false},
	{"JSON", func(l logged) string { return l.json("") }, true, true, true},
	{"JSON of strings", func(l logged) string {
		return strings.Replace(l.json(`,"a":null`), fmt.Sprintf(`_code":%d`, l.status), fmt.Sprintf(`_code":"%d"`, l.status), 1)
	}, true, true, true},
	{"JSON with null", func(l logged) string { return strings.ReplaceAll(l.json(""), `"-"`, "null") }, true, true, true},
	{"JSON without details", func(l logged) string {
		line := strings.Replace(l.json(""), "response_code_details", "other_details", 1)
		if l.status%2 == 0 {
			line = strings.Replace(line, `_host":"-"`, `_host":null`, 1)
		}
		return line
	}, true, false, true},
	{"JSON of two keys", func(l logged) string {
		text, _ := json.Marshal(map[string]any{"method": l.method, "response_code": l.status})
		return string(text)
	}, false, false, true},
	{"common", func(l logged) string {
		line, _, _ := strings.Cut(l.combined(), ` "-"`)
		return line
	}, false, false, true},
	{"combined", logged.combined, false, false, true},
	{"nginx as it comes", func(l logged) string { return l.combined() + ` "-"` }, false, false, true},
	{"nginx with its server", func(l logged) string {
		return l.combined() + fmt.Sprintf(` "-" rt=0.001 uct="0.000" upstream="%s"`, l.server)
	}, true, false, true},
	{"ingress-nginx", func(l logged) string {
		return l.combined() + fmt.Sprintf(" 120 0.001 [shop-orders-80] [] %s cc21d9b0", l.or("%s 12 0.001 200", "- - - -"))
	}, true, false, true},
	{"Traefik", func(l logged) string {
		return l.combined() + fmt.Sprintf(` 12 "orders@docker" "%s" 3ms`, l.or("http://%s", "-"))
	}, true, false, true},
	{"HAProxy", func(l logged) string {
		return strings.TrimSuffix(l.combined(), fmt.Sprintf(`"-" "%s"`, backslashes(l.agent))) +
			fmt.Sprintf(`"" "" 45352 123 "web" "orders" "%s" 0 0 1 - - "-" "-"`, l.or("orders-1", "<NOSRV>"))
	}, true, false, true},
}

// What stands before the lines of a log that was collected.
var logPrefixes = []string{
	"", "", "",
	"gateway-1  | ", "\x1b[36mgateway-1  |\x1b[0m ",
	"2026-11-25T17:00:00.310123456Z ", "[pod/gateway-7d9/istio-proxy] ", "[pod/gateway-7d9/istio-proxy] 2026-11-25T17:00:00.310123456Z ",
	"2026-11-25T17:00:00.310123456+01:00 stdout F ",
	"Nov 25 17:00:00 node-1 envoy[71]: ", "<134>Nov 25 17:00:00 node-1 envoy[71]: ", "<134>1 2026-11-25T17:00:00.31Z node-1 envoy 71 - - ",
}

// What operators add behind Envoy's and Istio's formats.
var logSuffixes = []string{"", "", "", ` trace="4bf92f"`, ` "-" 12`, " - TLSv1.3", ` "{\"a\": 1}"`}

// forgeries are what a client writes to look like a line of its own.
var forgeries = []string{
	`"`, `\"`, `a" 200 - 1 2 3 4 "`, `curl "x" (a] "b" c)`,
	`/ HTTP/1.1" 200 - via_upstream - "-" 0 12 3 2 "-" "a" "b" "c" "10.0.0.9:80`,
	`/ HTTP/1.1" 200 - 0 12 3 2 "-" "a" "b" "c" "10.0.0.9:80" "`,
	`/ HTTP/1.1" 201 5 "-" "a" "`,
	`a" "b" #c" "10.0.0.9:80`, `a" "b" "c" "10.0.0.9:80`, `a" "b" "c" "10.0.0.9:80" "`, `-" "b" "c" "d" "10.0.0.9:80`,
	`] "PUT / HTTP/1.1" 200 - 0 12 3 2 "-" "a" "b" "c" "10.0.0.9:80"`,
}

var (
	// Statuses that only a server gives which implements the method, and all others.
	proofs    = []int{200, 204, 206, 299, 300, 302, 304, 399, 409, 412, 415, 422, 428}
	noProofs  = []int{0, 100, 101, 199, 400, 401, 403, 404, 405, 408, 410, 411, 413, 416, 421, 423, 429, 499, 500, 501, 503, 599}
	agents    = []string{"curl/8", "-", "", "Mozilla/5.0 (X11; Linux x86_64)", `a\`, "ü HTTP"}
	proxies   = []string{"direct_response", "ext_authz_denied", "-", "route_not_found"}
	logMethod = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "TRACE", "BREW", "put", "Get"}
)

func pick[T any](random *rand.Rand, all []T) T { return all[random.IntN(len(all))] }

// randomLogged returns a request that a log can have.
func randomLogged(random *rand.Rand) logged {
	l := logged{
		method: pick(random, logMethod), path: pick(random, []string{"/", "/orders?a=%20&b", "*", "/a b"}),
		agent: pick(random, agents), host: "api.example.com", forward: "10.0.0.1,10.0.0.2",
		status: pick(random, append(proofs, noProofs...)), details: "via_upstream", server: "10.0.0.9:80",
		took: pick(random, []string{"12", "12", "-"}),
	}
	switch random.IntN(4) {
	case 0:
		l.server, l.took, l.details = "-", "-", pick(random, proxies)
	case 1: // what a proxy says of a server that it has chosen
		l.details = pick(random, proxies)
	}
	if random.IntN(4) == 0 {
		*pick(random, []*string{&l.path, &l.agent, &l.host, &l.forward}) = pick(random, forgeries)
	}
	return l
}

// Of each method in a log of any formats, what the server has answered counts, and
// nothing that a proxy answered or that a client made up.
func TestFromAccessLog(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	count := regexp.MustCompile(`(?m)^([!-~]+) +(\d+) `)
	for range 1500 {
		f, prefix, suffix := pick(random, logFormats), pick(random, logPrefixes), ""
		if !f.escapes { // Envoy's in text
			suffix = pick(random, logSuffixes)
		}
		var log strings.Builder
		implemented, requests, unread := methodSet{}, map[string]int{}, 0
		for range 1 + random.IntN(6) {
			l := randomLogged(random)
			if f.name == "Envoy" { // which can end there: FuzzForgedLog has the rest
				l.agent, l.host, l.forward = "curl/8", "api.example.com", "-"
			}
			line := f.write(l) + suffix
			if random.IntN(8) == 0 {
				line = "\x1b[32m" + line + "\x1b[0m"
			}
			log.WriteString(prefix + line + pick(random, []string{"\n", "\r\n"}))
			if l.isForged() && !f.escapes {
				unread++
				continue
			}
			requests[l.method]++
			answered := !f.tells || l.server != "-" && (!f.details || l.byServer())
			if !f.escapes && !f.details && l.took == "-" && strings.Contains(suffix, `"`) {
				answered = false // nothing shows it that a client cannot write
			}
			if answered && slices.Contains(proofs, l.status) && l.method != "put" && l.method != "Get" {
				implemented[l.method] = true
			}
		}
		want := outcome{exit: exitMistakes}
		if len(implemented) > 0 {
			want = outcome{exit: exitFine, stdout: string(draft{methods: implemented}.text())}
		}
		got := runs(log.String(), "from-access-log")
		seen := map[string]int{}
		for _, match := range count.FindAllStringSubmatch(got.stderr, -1) {
			seen[match[1]], _ = strconv.Atoi(match[2])
		}
		if got.exit != want.exit || got.stdout != want.stdout || !maps.Equal(seen, requests) ||
			strings.Contains(got.stderr, fmt.Sprintf("no known format: %d,", unread)) != (unread > 0) {
			t.Fatalf("%s\n%s\nexit code %d, standard output\n%s\nstandard error\n%s\nwant %d\n%s\nof %v, %d unread",
				f.name, log.String(), got.exit, got.stdout, got.stderr, want.exit, want.stdout, requests, unread)
		}
	}
}

// A line that fits no format to the end proves nothing.
func TestUnfitLogLines(t *testing.T) {
	const istio = envoyTime + ` "PUT / HTTP/2" 200 - via_upstream - "-" `
	for _, line := range []string{
		`[25/Nov/2026:17:00:00 +0000] "PUT / HTTP/1.1" 200 5`,
		`10.0.0.1 - - [25/Nov/2026:17:00:00 +0000] "PUT /" 200 5 "-" "x HTTP/1.1"`,
		`10.0.0.1 - - [25/Nov/2026:17:00:00 +0000] "PUT / HTTP/1.1" 200 x`,
		`10.0.0.1 - - [25/Nov/2026:17:00:00 +0000] "PUT / HTTP/1.1" 200`,
		`10.0.0.1 - - [25/Nov/2026:17:00:00 +0000] "PUT / HTTP/1.1" 200 5 "-"`,
		envoyTime + ` "PUT / HTTP/2" 200 - 0 12 3 2 "-" "a"b"c" "-" "-" "10.0.0.9:80"`,
		envoyTime + ` "PUT / HTTP/2" 200 - 0 12 3 2 "-" "-" "-" "10.0.0.9:80"`,
		envoyTime + ` "PUT / HTTP/2" 200 - 0 12 3`,
		istio + `0 x 3 2 "-" "-" "-" "-" "10.0.0.9:80" outbound|80||a.b`,
		istio + `0 12 3 2 "-" "-" "-" "-" "10.0.0.9:80`,
		`{"method": "PUT", "response_code": 200`, `{"method": "PUT", "response_code": 200} x`,
		`{"method": "PUT", "method": "GET", "response_code": 200}`, `{"method": "", "response_code": 200}`, `["PUT", 200]`,
	} {
		if got := runs(line, "from-access-log"); got.exit != exitMistakes || !strings.Contains(got.stderr, "in no known format: 1,") {
			t.Errorf("%s\n%s%s", line, got.stdout, got.stderr)
		}
	}
}

// Bytes that are in no format's way.
func TestFitLogLines(t *testing.T) {
	for _, line := range []string{
		"\ufeff" + `{"method": "PUT", "response_code": 200}`,
		`{"method": "PUT", "path": "/` + "\xff" + `", "response_code": 200}`,
		"\x1b[ " + logged{method: "PUT", status: 200}.combined(),
		"\x1b[0;32m" + logged{method: "PUT", status: 200}.combined() + "\x1b[m",
	} {
		expect(t, runs(line, "from-access-log"), outcome{exitFine, methods(`"PUT"`).stdout, "method  requests  statuses  verdict\nPUT     1         200 (1)   implemented\n" + whyLogDryRun})
	}
}

// Whatever a client writes, a method that a proxy has refused is not implemented.
func FuzzForgedLog(f *testing.F) {
	for _, text := range append(forgeries, agents...) {
		for i := range 4 {
			f.Add(text, text, i)
		}
	}
	f.Fuzz(func(t *testing.T, one, other string, format int) {
		random := rand.New(rand.NewPCG(uint64(format), 1))
		clean := func(s string) string { return strings.NewReplacer("\n", "", "\r", "").Replace(s) }
		l := logged{method: "PUT", path: "/", agent: "-", host: "-", forward: "-", status: 403, details: "direct_response", server: "-", took: "-"}
		if format%2 == 0 {
			l.status = 200
		}
		*pick(random, []*string{&l.path, &l.agent, &l.host, &l.forward}) = clean(one)
		*pick(random, []*string{&l.path, &l.agent, &l.host, &l.forward}) = clean(other)
		for _, f := range logFormats {
			if !f.tells || f.escapes {
				continue
			}
			for _, suffix := range logSuffixes {
				line := f.write(l) + suffix
				if got := runs(line, "from-access-log"); got.exit != exitMistakes {
					t.Fatalf("%s\n%s\n%s%s", f.name, line, got.stdout, got.stderr)
				}
			}
		}
	})
}

func TestVerdicts(t *testing.T) {
	for status := 100; status < 600; status++ {
		want := status >= 200 && status < 400 || strings.Contains("409 412 415 422 428", fmt.Sprint(status))
		l := logged{method: "PUT", status: status}
		if got := runs(l.combined(), "from-access-log"); (got.exit == 0) != want {
			t.Errorf("%d: exit code %d, want implemented: %t", status, got.exit, want)
		}
	}
	for _, status := range []string{"", "20", "0200", "200.0", "4294967496", "+20", "null"} {
		for _, line := range []string{
			strings.Replace(logged{method: "PUT", status: 777}.combined(), "777", status, 1),
			`{"method": "PUT", "response_code": "` + status + `"}`,
		} {
			if got := runs(line, "from-access-log"); got.exit != exitMistakes || !strings.Contains(got.stderr, "in no known format: 1") {
				t.Errorf("%s\n%s%s", line, got.stdout, got.stderr)
			}
		}
	}
}

func TestAccessLogTable(t *testing.T) {
	line := func(method string, status int) string {
		l := logged{method: method, path: "/", status: status, server: "a:1", took: "1"}
		if status == 501 || status == 400 {
			l.server, l.took = "-", "-"
		}
		return logFormats[0].write(l) + "\n"
	}
	lines := "\ufeff" + line("GET", 404) + "what\n\n" + line("TRACE", 405) + line("GET", 200) + line("BREW", 501) +
		logFormats[3].write(logged{method: "-", path: "-", details: "-", server: "10.0.0.9:80", took: "-"}) + "\n" + line("-", 400) + strings.Replace(line("-", 400), "/ HTTP/2", "- -", 1) + line("GET", 200) + "{}\n"
	var compressed bytes.Buffer
	w := gzip.NewWriter(&compressed)
	_, _ = io.WriteString(w, line("COPY", 201))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, map[string]string{"access.log": lines, "access.log.1.gz": compressed.String(), "none.log": "what\n", "broken.gz": compressed.String()[:30]})
	want := methods(`"GET", "COPY"`)
	want.stderr = `method  requests  statuses          verdict
GET     3         200 (2), 404 (1)  implemented
BREW    1         501 (1)           not seen to be implemented, 1 answered by a proxy
COPY    1         201 (1)           implemented
TRACE   1         405 (1)           not seen to be implemented
lines in no known format: 2, the first is access.log:2: "what"
` + whyLogDryRun
	expect(t, runs("", "from-access-log", "access.log", "access.log.1.gz"), want)
	expect(t, runs("", "from-access-log", "none.log"), outcome{1, "", "lines in no known format: 1, the first is none.log:1: \"what\"\nnotimplemented: no method was seen to be implemented\n"})
	expect(t, runs("", "from-access-log", "broken.gz"), outcome{2, "", "notimplemented: broken.gz (gzip): unexpected EOF\n"})
}

// Whatever clients send, it takes no more memory, and hides no registered method.
func TestManyMethods(t *testing.T) {
	var lines strings.Builder
	lines.WriteString(logged{method: "PÜT", status: 200}.combined() + "\n") // which is no token
	for i := range 2000 {
		lines.WriteString(logged{method: fmt.Sprint("M", i), status: 404}.combined() + "\n")
	}
	for _, method := range servers.RegisteredMethods {
		lines.WriteString(logged{method: method, status: 200}.combined() + "\n")
	}
	lines.WriteString(logged{method: "PUT", status: 200}.combined() + strings.Repeat(" x", 1<<20) + "\n")
	got := runs(lines.String(), "from-access-log")
	if !strings.Contains(got.stderr, "requests of still other methods, left out: 1001\nlines in no known format: 1,") {
		t.Errorf("standard error\n%.300s", got.stderr)
	}
	for _, method := range servers.RegisteredMethods {
		if !strings.Contains(got.stdout, `"`+method+`"`) {
			t.Errorf("no %s in %s", method, got.stdout)
		}
	}
}
