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

	"notimplemented/filter/wasmtest"
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
	var buffer Buffer
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
		reply := server.Reply(&buffer, missing, r.lookup)
		var body struct{ Message string }
		if err := json.Unmarshal(reply.Body, &body); err != nil || body.Message == "" || !utf8.Valid(reply.Body) {
			t.Errorf("body %q: %v", reply.Body, err)
		}
		if len(body.Message) > len("This server does not implement the … method.")+maxEcho {
			t.Errorf("message of %d bytes for a method of %d", len(body.Message), len(method))
		}
	})
}

// The compiled plugin does what the Go core does, whatever the configuration and
// the request; the header is one field a line, "name: value".
func FuzzModule(f *testing.F) {
	header := func(r request) (header string) {
		for _, field := range r {
			header += field[0] + ": " + field[1] + "\n"
		}
		return header
	}
	for _, tt := range refusals {
		f.Add(tt.config, header(request{{":method", "PUT"}, {":path", "/"}}))
	}
	requests := slices.Concat(soakMix, []request{
		{{":method", "PUT"}, {":path", "/?q&uploads"}, {"a", "x, b;q=0"}, {"a", "B"}},
		{{":method", strings.Repeat("M", 64)}, {":path", "/"}},
		{{":method", strings.Repeat("M", 65)}, {":path", "/"}},
		{{":method", "\x80\"\\\x00 "}, {":path", "/"}},
		{{":path", "/"}},
	})
	for _, tt := range acceptances {
		for _, r := range requests {
			f.Add(tt.config, header(r))
		}
	}
	for _, tt := range faulty {
		f.Add(tt.config, header(tt.request))
		f.Add(tt.config, header(slices.Concat(tt.request, request{{"content-type", "application/grpc+proto"}})))
	}
	wasm := pluginWasm(f)
	var vm *wasmtest.VM
	closeVM := func() {
		if vm != nil {
			_ = vm.Close()
		}
		vm = nil
	}
	f.Cleanup(closeVM)
	inputs := 0
	f.Fuzz(func(t *testing.T, config, header string) {
		// One VM for many inputs, as in a host; but it must not grow up with them.
		if inputs++; inputs%1000 == 0 {
			closeVM()
		}
		if vm == nil {
			var err error
			if vm, err = wasmtest.Start(wasm); err != nil {
				t.Fatal(err)
			}
		}
		var r request
		for line := range strings.Lines(header) {
			name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
			r = append(r, [2]string{lowerCase(name), value})
		}
		if err := compare(t, vm, config, r); err != nil {
			closeVM()
			t.Fatalf("configuration %q, request %q: %v", config, r, err)
		}
	})
}

// compare runs a plugin from its beginning to its end; an error is the end of
// the VM.
func compare(t *testing.T, vm *wasmtest.VM, config string, r request) error {
	plugin, ok, err := vm.Configure(config)
	if err != nil {
		return err
	}
	server, refused := Parse([]byte(config))
	var want []string
	switch {
	case refused != nil:
		want = []string{"critical: configuration refused: " + refused.Error()}
	case server.IsDry():
		want = []string{"warn: " + server.String()}
	default:
		want = []string{"info: " + server.String()}
	}
	if log := vm.Log(); ok != (refused == nil) || !slices.Equal(log, want) {
		t.Errorf("configuration %q: taken %v, log %q, want %v, log %q", config, ok, log, refused == nil, want)
	}
	if ok && refused == nil {
		clear(vm.Counters)
		reply, err := plugin.Request(r)
		if err != nil {
			return err
		}
		wantReply, wantLog := passes, []string(nil)
		if method, ok := r.lookup(":method", 0); method != "" {
			wantReply, wantLog = expected(server, r)
		} else if ok {
			wantLog = []string{"error: request passes, cannot read :method: empty"}
		}
		if got, log := describe(reply), vm.Log(); got != wantReply || !slices.Equal(log, wantLog) {
			t.Errorf("configuration %q, request %q: %s, log %q, want %s, log %q", config, r, got, log, wantReply, wantLog)
		}
		checkCounters(t, config, vm.Counters, wantLog)
	}
	return plugin.Delete()
}
