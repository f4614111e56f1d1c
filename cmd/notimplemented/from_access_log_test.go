// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"
)

const (
	envoyLine  = `[2026-11-25T17:00:00.310Z] "%s /orders/1 HTTP/2" %d - 154 0 226 100 "10.0.0.1" "curl/8 \"x\" (a] "b" c)" "cc21d9b0" "api.example.com" "%s"` + "\n"
	istioLine  = `[2026-11-25T17:00:00.310Z] "%s /orders?a=%%20 HTTP/1.1" %d - %s - "-" 0 12 3 2 "-" "curl/8" "cc21d9b0" "api.example.com" "%s" outbound|80||a.b 10.0.0.2:1 10.0.0.3:2 10.0.0.4:3 - default` + "\n"
	jsonLine   = `{"start_time":"2026-11-25T17:00:00.310Z","method":"%s","path":"/a","response_code":%s,"response_code_details":%s,"upstream_host":%s,"response_flags":"-"}` + "\n"
	commonLine = `10.0.0.1 - frank [25/Nov/2026:17:00:00 +0000] "%s /a\"b HTTP/1.0" %d 2326` + "\n"
)

func TestFromAccessLog(t *testing.T) {
	const server = "10.0.0.9:80"
	for _, tt := range []struct {
		name, line string
		want       bool // that PUT is implemented
	}{
		{"Envoy", fmt.Sprintf(envoyLine, "PUT", 200, server), true},
		{"Envoy, no upstream", fmt.Sprintf(envoyLine, "PUT", 200, "-"), false},
		{"Istio", fmt.Sprintf(istioLine, "PUT", 204, "via_upstream", server), true},
		{"Istio, no upstream", fmt.Sprintf(istioLine, "PUT", 204, "-", "-"), false},
		{"Istio, a proxy's redirect", fmt.Sprintf(istioLine, "PUT", 301, "direct_response", server), false},
		{"JSON", fmt.Sprintf(jsonLine, "PUT", "201", `"via_upstream"`, `"`+server+`"`), true},
		{"JSON, all strings", fmt.Sprintf(jsonLine, "PUT", `"201"`, `"via_upstream"`, `"`+server+`"`), true},
		{"JSON, no upstream", fmt.Sprintf(jsonLine, "PUT", "201", `"-"`, `"-"`), false},
		{"JSON, null upstream", fmt.Sprintf(jsonLine, "PUT", "201", "null", "null"), false},
		{"JSON, a proxy's answer", fmt.Sprintf(jsonLine, "PUT", "200", `"ext_authz_denied"`, `"`+server+`"`), false},
		{"JSON of two keys", `{"method": "PUT", "response_code": 200}`, true},
		{"common", fmt.Sprintf(commonLine, "PUT", 200), true},
		{"combined", strings.TrimSuffix(fmt.Sprintf(commonLine, "PUT", 404), "\n") + ` "https://a/" "curl \"7\" 200 "` + "\n", false},
		{"another case", fmt.Sprintf(commonLine, "Put", 200), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := runs(tt.line, "from-access-log")
			if strings.Contains(got.stderr, "no known format") || !strings.HasPrefix(got.stderr, "method") {
				t.Errorf("standard error\n%s", got.stderr)
			}
			want := ""
			if tt.want {
				want = methods(`"PUT"`).stdout
			}
			if got.stdout != want || (got.exit == 0) != tt.want {
				t.Errorf("exit code %d, standard output %q, want %q", got.exit, got.stdout, want)
			}
		})
	}
}

func TestVerdicts(t *testing.T) {
	for status := 100; status < 600; status++ {
		want := status >= 200 && status < 400 || strings.Contains("101 409 412 415 422 428", fmt.Sprint(status))
		if got := runs(fmt.Sprintf(commonLine, "PUT", status), "from-access-log"); (got.exit == 0) != want {
			t.Errorf("%d: exit code %d, want implemented: %t", status, got.exit, want)
		}
	}
}

func TestAccessLogTable(t *testing.T) {
	lines := fmt.Sprintf(envoyLine, "GET", 404, "a:1") + "what\n\n" + fmt.Sprintf(envoyLine, "TRACE", 405, "a:1") + fmt.Sprintf(envoyLine, "GET", 200, "a:1") +
		fmt.Sprintf(envoyLine, "BREW", 501, "-") + fmt.Sprintf(envoyLine, "-", 400, "-") + fmt.Sprintf(envoyLine, "GET", 200, "a:1") + "{}\n"
	var compressed bytes.Buffer
	w := gzip.NewWriter(&compressed)
	_, _ = io.WriteString(w, fmt.Sprintf(envoyLine, "COPY", 201, "a:1"))
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

// Whatever clients send, it takes no more memory.
func TestManyMethods(t *testing.T) {
	var lines strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&lines, commonLine, fmt.Sprint("M", i), 404)
	}
	lines.WriteString(strings.Repeat("x", 3<<20) + "\n")
	if got := runs(lines.String(), "from-access-log"); !strings.Contains(got.stderr, "requests of still other methods, left out: 1000\nlines in no known format: 1,") {
		t.Errorf("standard error\n%.300s", got.stderr)
	}
}
