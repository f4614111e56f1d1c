// SPDX-License-Identifier: Apache-2.0

package servers_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"notimplemented/filter/servers"
)

var percentEncoded = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

// The decision agrees with a plain reading of the rules, whatever the request.
func FuzzDecide(f *testing.F) {
	f.Add("GET", "/?%75ploads&b", "websocket", "x;q=0")
	f.Add("TRACE", "*", `"a, b", websocket; q=0.0`, "")
	f.Add("\x80\"\\", "/??uploads=%", "\\\"", ",,;;")
	server := parse(f, `{"implemented_methods": ["POST"], "unimplemented": [
		{"capability": "uploads", "query": "uploads"}, {"capability": "websocket", "header": "upgrade", "value": "websocket"}]}`)
	f.Fuzz(func(t *testing.T, method, path, line, otherLine string) {
		r := request{{":method", method}, {":path", path}, {"upgrade", line}, {"upgrade", otherLine}}

		want := ""
		_, query, _ := strings.Cut(path, "?")
		isUploads := slices.ContainsFunc(strings.Split(query, "&"), func(parameter string) bool {
			name, _, _ := strings.Cut(parameter, "=")
			return percentEncoded.ReplaceAllStringFunc(name, func(s string) string {
				octet, _ := strconv.ParseUint(s[1:], 16, 8)
				return string([]byte{byte(octet)})
			}) == "uploads"
		})
		isPlain := !strings.ContainsAny(line+otherLine, `"\;`)
		isWebsocket := slices.ContainsFunc(strings.Split(line+","+otherLine, ","), func(member string) bool {
			return servers.EqualFold(strings.Trim(member, " \t"), "websocket")
		})
		var d servers.Decision
		if err := server.Decide(&d, method, r.Request()); err != nil {
			t.Fatal(err)
		}
		got := ""
		if d.Missing != nil {
			got = d.Missing.Name
		}
		switch {
		case method != "GET" && method != "HEAD" && method != "POST":
			want = method
		case isUploads:
			want = "uploads"
		case isPlain && isWebsocket:
			want = "websocket"
		case !isPlain:
			want = got
		}
		if got != want {
			t.Errorf("Decide(%q) = %q, want %q", r, got, want)
		}
	})
}
