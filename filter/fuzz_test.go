// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// What Parse accepts it enforces; what it refuses it explains. It never panics.
func FuzzParse(f *testing.F) {
	for _, tt := range refusals {
		f.Add([]byte(tt.config))
	}
	for _, tt := range acceptances {
		f.Add([]byte(tt.config))
	}
	schema := schema(f)
	f.Fuzz(func(t *testing.T, config []byte) {
		server, err := Parse(config)
		if err != nil {
			checkMistakes(t, config, err)
			return
		}
		if err := validate(schema, string(config)); err != nil {
			t.Errorf("Parse accepts what the schema does not: %v", err)
		}
		var declared struct {
			ImplementedMethods []string `json:"implemented_methods"`
			Unimplemented      []struct{ Method, Header, Value, Query, Capability string }
		}
		if err := json.Unmarshal(config, &declared); err != nil {
			t.Fatalf("Parse accepts what encoding/json does not: %v", err)
		}
		for _, method := range append(declared.ImplementedMethods, "GET", "HEAD") {
			if got := decide(server, request{{":method", method}}); got != "" {
				t.Errorf("%q is implemented and got %q", method, got)
			}
		}
		if declared.ImplementedMethods != nil {
			other := strings.Join(declared.ImplementedMethods, "") + "GETHEADX"
			if got := decide(server, request{{":method", other}}); got == "" {
				t.Errorf("%.100q is not implemented and passes", other)
			}
		}
		for i, entry := range declared.Unimplemented {
			method := entry.Method
			if method == "" {
				method = "GET"
			}
			r := request{{":method", method}}
			if entry.Query != "" {
				r = append(r, [2]string{":path", "/?x&" + percentEncode(entry.Query) + "=1"})
			}
			if entry.Header != "" {
				r = append(r, [2]string{strings.ToLower(entry.Header), "x"}, [2]string{strings.ToLower(entry.Header), "x, " + entry.Value + " ;q=1"})
			}
			if got := decide(server, r); got == "" {
				t.Errorf("entry %d: %q passes", i, r)
			}
		}
	})
}

func percentEncode(s string) (encoded string) {
	for _, octet := range []byte(s) {
		encoded += fmt.Sprintf("%%%02X", octet)
	}
	return encoded
}

func checkMistakes(t *testing.T, config []byte, err error) {
	var mistakes Mistakes
	if !errors.As(err, &mistakes) || len(mistakes) == 0 {
		t.Fatalf("error %#v, want Mistakes", err)
	}
	last := 0
	for _, m := range mistakes {
		if m.Problem == "" || m.Offset < last || m.Offset > len(config) {
			t.Errorf("mistake %+v after offset %d of %d", m, last, len(config))
		}
		last = m.Offset
	}
}

var percentEncoded = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

// The decision agrees with a plain reading of the rules, and the answer is sound,
// whatever the request.
func FuzzMissing(f *testing.F) {
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
			return equalFold(strings.Trim(member, " \t"), "websocket")
		})
		missing, ok := server.Missing(method, r.lookup, nil)
		switch {
		case method != "GET" && method != "HEAD" && method != "POST":
			want = method
		case isUploads:
			want = "uploads"
		case isPlain && isWebsocket:
			want = "websocket"
		case !isPlain:
			want = missing.Name
		}
		if missing.Name != want {
			t.Errorf("Missing(%q) = %q, want %q", r, missing.Name, want)
		}
		if !ok {
			return
		}
		reply, _ := server.Reply(nil, missing, r.lookup)
		var body struct{ Message string }
		if err := json.Unmarshal(reply.Body, &body); err != nil || body.Message == "" || !utf8.Valid(reply.Body) {
			t.Errorf("body %q: %v", reply.Body, err)
		}
		if len(body.Message) > len("This server does not implement the … method.")+maxEcho {
			t.Errorf("message of %d bytes for a method of %d", len(body.Message), len(method))
		}
	})
}
