// SPDX-License-Identifier: Apache-2.0

// Package answer says what a server does not implement.
package answer

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"notimplemented/filter/servers"
)

// Status is the status code of every answer: 501 Not Implemented.
const Status = 501

// Answer is the response to a request that requires what is missing. The host
// adds content-length, and leaves the body out for HEAD.
type Answer struct {
	Details    []byte // response code details
	Headers    [][2]string
	Body       []byte
	GRPCStatus int32 // -1 in a response to plain HTTP
}

// grpcUnimplemented must be said: for HTTP 501 alone, clients see UNKNOWN.
const grpcUnimplemented = 12

// words are what is said of each kind.
var words = [...]struct{ before, after, details string }{
	servers.Method:     {"This server does not implement the ", " method.", "not_implemented_method["},
	servers.Capability: {"This server does not implement ", ".", "not_implemented_capability["},
}

// Format is the shape of the answers to plain HTTP. [JSON] and [Problem] make one.
type Format struct {
	headers [][2]string
	// The body of each kind before the name in the message, and from there to
	// the name alone.
	before, between [len(words)]string
}

func newFormat(contentType, start string) *Format {
	f := &Format{headers: [][2]string{
		{"content-type", contentType},
		{"cache-control", "no-store"}, // a 501 is cacheable by default: RFC 9110, section 15.6.2
		{"x-content-type-options", "nosniff"},
	}}
	for kind, w := range words {
		f.before[kind] = start + w.before
		f.between[kind] = w.after + `","` + servers.Kind(kind).String() + `":"`
	}
	return f
}

// JSON is the format of this project's own.
func JSON() *Format {
	return newFormat("application/json", `{"error":"not_implemented","message":"`)
}

// Problem is the format of RFC 9457, with the type of each problem.
func Problem(problemType string) *Format {
	return newFormat("application/problem+json",
		`{"type":`+quote(problemType)+`,"title":"Not Implemented","status":501,"detail":"`)
}

// Headers are those of every answer in this format.
func (f *Format) Headers() [][2]string { return f.headers }

// HTTP makes the answer to plain HTTP. It appends what the answer is made of to
// the buffer, which it returns.
func (f *Format) HTTP(buffer []byte, missing *servers.Missing) (Answer, []byte) {
	logged, end, name, rest := echo(missing)
	name = escape(name)
	details, last := words[missing.Kind].details, `"}`
	if len(missing.Alternatives) > 0 {
		last = `","alternatives":["`
	}
	b := add(buffer, details, logged, end, f.before[missing.Kind], name, rest, f.between[missing.Kind], name, rest, last)
	for i, alternative := range missing.Alternatives {
		last = `","`
		if i == len(missing.Alternatives)-1 {
			last = `"]}`
		}
		b = add(b, escape(alternative), last)
	}
	size := len(buffer) + len(details) + len(logged) + len(end)
	return Answer{b[len(buffer):size], f.headers, b[size:], -1}, b
}

// GRPCHeaders are those of every answer to gRPC; the host sets its content type.
var GRPCHeaders = [][2]string{{"cache-control", "no-store"}}

// GRPC makes the answer to gRPC, of which the host makes headers of the body. It
// appends what the answer is made of to the buffer, which it returns.
func GRPC(buffer []byte, missing *servers.Missing) (Answer, []byte) {
	logged, end, name, rest := echo(missing)
	w := &words[missing.Kind]
	b := add(buffer, w.details, logged, end, w.before, name, rest, w.after)
	size := len(buffer) + len(w.details) + len(logged) + len(end)
	return Answer{b[len(buffer):size], GRPCHeaders, b[size:], grpcUnimplemented}, b
}

// echo returns what the log calls it, and the message, and what follows: of a
// request comes back no more than the start of its method.
func echo(missing *servers.Missing) (logged, end, name, rest string) {
	logged, end = missing.Name, "]"
	if len(logged) > maxEcho {
		logged, end, rest = logged[:maxEcho], "...]", "…"
	}
	logged = visible(logged)
	if missing.Kind == servers.Capability {
		return logged, end, missing.Name, ""
	}
	return logged, end, logged, rest
}

// AppendDetails appends the response code details, in the style of Envoy's
// "rbac_access_denied_matched_policy[...]".
func AppendDetails(b []byte, missing *servers.Missing) []byte {
	logged, end, _, _ := echo(missing)
	return add(b, words[missing.Kind].details, logged, end)
}

// IsGRPC decides as Envoy does, which then makes a gRPC response of the answer. A
// gRPC call is a POST: of other methods nothing is asked. The error is the host's.
func IsGRPC(method string, request servers.Request) (bool, error) {
	if method != "POST" {
		return false, nil
	}
	const grpc = "application/grpc"
	contentType, _, err := request.Field("content-type")
	if contentType != grpc && !strings.HasPrefix(contentType, grpc+"+") {
		return false, err
	}
	_, ok, err := request.Field(":path")
	return ok, err
}

// maxEcho bounds what of a request comes back, in bytes.
const maxEcho = 64

// visible returns s with "_" for each byte that is not visible ASCII.
func visible(s string) string {
	for i := range len(s) {
		if !isVisible(s[i]) {
			b := []byte(s)
			for i := range b {
				if !isVisible(b[i]) {
					b[i] = '_'
				}
			}
			return string(b)
		}
	}
	return s
}

func isVisible(c byte) bool {
	return ' ' < c && c <= '~'
}

// escape returns the inside of a JSON string; s is valid UTF-8, as a configuration
// and visible make it.
func escape(s string) string {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == '"' || s[i] == '\\' {
			quoted := quote(s)
			return quoted[1 : len(quoted)-1]
		}
	}
	return s
}

func quote(s string) string {
	quoted, _ := jsontext.AppendQuote(nil, s)
	return string(quoted)
}

// add is append, in one go: each append is a call of a hundred instructions in
// TinyGo.
func add(b []byte, texts ...string) []byte {
	end := len(b)
	for _, text := range texts {
		end += len(text)
	}
	start := len(b)
	if end > cap(b) {
		b = append(make([]byte, 0, end), b...)
	}
	b = b[:end]
	for _, text := range texts {
		start += copy(b[start:], text)
	}
	return b
}
