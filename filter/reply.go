// SPDX-License-Identifier: Apache-2.0

package filter

import "strings"

// Status is the status code of every reply: 501 Not Implemented.
const Status = 501

// Reply is the local response to a request that requires what is missing. The
// host adds content-length, and leaves the body out for HEAD.
type Reply struct {
	Log        []byte // what to log of it
	Details    []byte // response code details
	Headers    [][2]string
	Body       []byte
	GRPCStatus int32 // -1 in a response to plain HTTP

	serialized pairs // Headers
}

// grpcUnimplemented must be said: for HTTP 501 alone, clients see UNKNOWN.
const grpcUnimplemented = 12

// words are what is said of each kind.
var words = [...]struct{ before, after, log, member string }{
	Method:     {"This server does not implement the ", " method.", "501 not_implemented_method[", "method"},
	Capability: {"This server does not implement ", ".", "501 not_implemented_capability[", "capability"},
}

// format is the shape of the replies to plain HTTP, as constant as it can be.
type format struct {
	headers    [][2]string
	serialized pairs
	// The body of each kind before the name in the message, and from there to
	// the name alone.
	before, between [len(words)]string
}

func newFormat(contentType, start string) format {
	headers := [][2]string{
		{"content-type", contentType},
		{"cache-control", "no-store"}, // a 501 is cacheable by default: RFC 9110, section 15.6.2
		{"x-content-type-options", "nosniff"},
	}
	f := format{headers: headers, serialized: appendPairs(nil, headers)}
	for kind, w := range words {
		f.before[kind] = start + w.before
		f.between[kind] = w.after + `","` + w.member + `":"`
	}
	return f
}

func jsonFormat() format {
	return newFormat("application/json", `{"error":"not_implemented","message":"`)
}

// problemFormat is RFC 9457.
func problemFormat(problemType string) format {
	return newFormat("application/problem+json",
		`{"type":`+quote(problemType)+`,"title":"Not Implemented","status":501,"detail":"`)
}

// The host sets the content type of a gRPC response.
var (
	grpcHeaders    = [][2]string{{"cache-control", "no-store"}}
	grpcSerialized = appendPairs(nil, grpcHeaders)
)

// Buffer holds what the replies have to be made of; the zero value is ready.
type Buffer struct {
	bytes []byte
}

// Reply returns the answer to a request that requires what is missing. It lasts
// until the next one with the same buffer.
func (s *Server) Reply(buffer *Buffer, missing Missing, lookup Lookup) (reply Reply) {
	switch {
	case isGRPC(lookup):
		reply, buffer.bytes = grpc(buffer.bytes[:0], missing)
	case missing.http != nil:
		reply = *missing.http
	default:
		reply, buffer.bytes = s.format.http(buffer.bytes[:0], missing)
	}
	return reply
}

func (f *format) prepare(missing *Missing) {
	reply, _ := f.http(nil, *missing)
	missing.http = &reply
}

func (f *format) http(buffer []byte, missing Missing) (Reply, []byte) {
	logged, end, name, rest := missing.echo()
	name = escape(name)
	log, last := words[missing.Kind].log, `"}`
	if len(missing.Alternatives) > 0 {
		last = `","alternatives":["`
	}
	b := add(buffer, log, logged, end, f.before[missing.Kind], name, rest, f.between[missing.Kind], name, rest, last)
	for i, alternative := range missing.Alternatives {
		last = `","`
		if i == len(missing.Alternatives)-1 {
			last = `"]}`
		}
		b = add(b, escape(alternative), last)
	}
	size := len(log) + len(logged) + len(end)
	return Reply{b[:size], b[logPrefix:size], f.headers, b[size:], -1, f.serialized}, b
}

func grpc(buffer []byte, missing Missing) (Reply, []byte) {
	logged, end, name, rest := missing.echo()
	w := &words[missing.Kind]
	b := add(buffer, w.log, logged, end, w.before, name, rest, w.after)
	size := len(w.log) + len(logged) + len(end)
	return Reply{b[:size], b[logPrefix:size], grpcHeaders, b[size:], grpcUnimplemented, grpcSerialized}, b
}

// echo returns what the log calls it, and the message, and what follows: of a
// request comes back no more than the start of its method.
func (m Missing) echo() (logged, end, name, rest string) {
	logged, end = m.Name, "]"
	if len(logged) > maxEcho {
		logged, end, rest = logged[:maxEcho], "...]", "…"
	}
	logged = visible(logged)
	if m.Kind == Capability {
		return logged, end, m.Name, ""
	}
	return logged, end, logged, rest
}

const logPrefix = len("501 ")

// appendLog appends the response code details, in the style of Envoy's
// "rbac_access_denied_matched_policy[...]", behind the status.
func (m Missing) appendLog(b []byte) []byte {
	logged, end, _, _ := m.echo()
	return add(b, words[m.Kind].log, logged, end)
}

// isGRPC decides as Envoy does, which then makes a gRPC response of the reply.
func isGRPC(lookup Lookup) bool {
	const grpc = "application/grpc"
	contentType, _ := lookup("content-type", 0)
	if contentType != grpc && !strings.HasPrefix(contentType, grpc+"+") {
		return false
	}
	_, ok := lookup(":path", 0)
	return ok
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

// escape returns the inside of a JSON string; s is valid UTF-8, as checkSyntax
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
