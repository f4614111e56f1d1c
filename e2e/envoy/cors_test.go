// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"notimplemented/e2e/harness/rawhttp"
)

// corsFilter is the patch that puts Envoy's filter at this place.
func corsFilter(place string) string {
	return `
- op: add
  path: /http_filters/` + place + `
  value:
    name: envoy.filters.http.cors
    typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors}
- op: add
  path: /route_config/virtual_hosts/0/typed_per_filter_config
  value:
    envoy.filters.http.cors:
      "@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy
      allow_origin_string_match: [{prefix: "http://127.0.0.1:"}]
      allow_methods: GET, PUT, PATCH
`
}

// A page of another origin, in a real browser, which sends OPTIONS first as
// neither PUT nor PATCH are simple: https://fetch.spec.whatwg.org/#cors-preflight-fetch
func TestBrowserCORS(t *testing.T) {
	const (
		withOptions    = `{"implemented_methods": ["GET", "PUT", "OPTIONS"]}`
		withoutOptions = `{"implemented_methods": ["GET", "PUT"]}`
		withOrigin     = `{"implemented_methods": ["GET", "PUT", "OPTIONS"], "response_headers": {"access-control-allow-origin": "*"}}`
		refused        = "TypeError: Failed to fetch"
		answer         = "501 This server does not implement the PATCH method."
	)
	tests := []struct {
		name    string
		manager manager
		want    []string // of PUT and PATCH
	}{
		{"cors filter before", manager{withoutOptions, corsFilter("0")}, []string{"200 tea", answer}},
		{"cors filter after", manager{withOptions, corsFilter("1")}, []string{"200 tea", refused}},
		{"cors by the server", manager{withOptions, ""}, []string{"200 tea", refused}},
		{"cors filter before, and the plugin's own field", manager{withOrigin, corsFilter("0")}, []string{"200 tea", answer}},
		{"cors filter after, and the plugin's own field", manager{withOrigin, corsFilter("1")}, []string{"200 tea", answer}},
		{"cors by the server, and the plugin's own field", manager{withOrigin, ""}, []string{"200 tea", answer}},
		{"cors by the server, without OPTIONS", manager{withoutOptions, ""}, []string{refused, refused}},
	}
	var managers []manager
	for _, tt := range tests {
		managers = append(managers, tt.manager)
	}
	_, addresses := serveManagers(t, teahouse(t), managers...)
	patch := rawhttp.Request{Method: "PATCH", Path: "/", Fields: []rawhttp.Field{{Name: "origin", Value: "http://127.0.0.1:1"}}}
	var requests []request
	for i, address := range addresses {
		if got := rawhttp.HTTP1.Dial(t, address).Do(patch)[0].Header["access-control-allow-origin"]; strings.Contains(got, ",") {
			t.Errorf("%s: access-control-allow-origin: %s, want it once", tests[i].name, got)
		}
		requests = append(requests, request{"PUT", "http://" + address}, request{"PATCH", "http://" + address})
	}
	lines := browse(t, requests)
	for i, tt := range tests {
		if got := lines[2*i:][:2]; !slices.Equal(got, tt.want) {
			t.Errorf("%s: the page got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// teahouse is a server behind Envoy that lets pages of other origins in.
func teahouse(t *testing.T) (address string) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("access-control-allow-origin", "*")
		w.Header().Set("access-control-allow-methods", "PUT, PATCH")
		if r.Method != http.MethodOptions {
			io.WriteString(w, `{"message": "tea"}`)
		}
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

type request struct {
	Method string `json:"method"`
	URL    string `json:"url"`
}

const page = `<!doctype html><body><script>
(async () => {
	const lines = []
	for (const {method, url} of %s) {
		try {
			const response = await fetch(url, {method})
			lines.push(response.status + " " + (await response.json()).message)
		} catch (error) {
			lines.push(String(error))
		}
	}
	document.body.textContent = lines.join("\n")
})()
</script>`

// browse returns what a page of another origin gets for each request, in a line.
func browse(t *testing.T, requests []request) []string {
	t.Helper()
	script, err := json.Marshal(requests)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("content-type", "text/html")
		fmt.Fprintf(w, page, script)
	}))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	output, err := exec.CommandContext(ctx, os.Getenv("CHROMIUM"), // which "make e2e-browser" installs
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
		"--disable-background-networking", "--disable-component-update", "--user-data-dir="+t.TempDir(),
		// Its time stands still while it waits for a response.
		"--virtual-time-budget=10000", "--dump-dom", server.URL).Output()
	if err != nil {
		t.Fatal(err)
	}
	body := regexp.MustCompile(`(?s)<body>(.*)</body>`).FindSubmatch(output)
	if body == nil {
		t.Fatalf("the page is %q", output)
	}
	lines := strings.Split(html.UnescapeString(string(body[1])), "\n")
	if len(lines) != len(requests) {
		t.Fatalf("the page says %q, want a line for each of %d requests", lines, len(requests))
	}
	return lines
}
