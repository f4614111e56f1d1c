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
	counter    int   // the number of what counts it
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

// Buffer holds what the replies of one server have to be made of; the zero value
// is ready. It keeps the answer to the last method that the configuration does
// not name: whoever asks for one often does so again.
type Buffer struct {
	method     []byte
	http       Reply
	httpBytes  []byte
	otherBytes []byte
}

// NewBuffer returns one with room for what is usual.
func NewBuffer() Buffer {
	return Buffer{method: make([]byte, 0, maxEcho), httpBytes: make([]byte, 0, 512)}
}

// Reply returns the answer to a request that requires what is missing. It lasts
// until the next one with the same buffer.
func (s *Server) Reply(buffer *Buffer, missing Missing, lookup Lookup) (reply Reply) {
	switch {
	case isGRPC(lookup):
		reply, buffer.otherBytes = grpc(buffer.otherBytes[:0], missing)
		return reply
	case missing.http != nil:
		return *missing.http
	case missing.Name == "" || missing.Name != view(buffer.method):
		buffer.http, buffer.httpBytes = s.format.http(buffer.httpBytes[:0], missing)
		buffer.method = append(buffer.method[:0], missing.Name...)
	}
	return buffer.http
}

func (f *format) prepare(missing *Missing) {
	reply, _ := f.http(nil, *missing)
	missing.http = &reply
}

func (f *format) http(buffer []byte, missing Missing) (Reply, []byte) {
	b := missing.appendLog(buffer)
	log := b[len(buffer):]
	start := len(b)
	name, rest := missing.echo()
	name = escape(name)
	b = add(b, f.before[missing.Kind], name, rest, f.between[missing.Kind], name, rest)
	for i, alternative := range missing.Alternatives {
		separator := `","`
		if i == 0 {
			separator = `","alternatives":["`
		}
		b = add(b, separator, escape(alternative))
	}
	if len(missing.Alternatives) > 0 {
		b = add(b, `"]}`)
	} else {
		b = add(b, `"}`)
	}
	return Reply{log, log[logPrefix:], f.headers, b[start:], -1, f.serialized, missing.counterNumber()}, b
}

func grpc(buffer []byte, missing Missing) (Reply, []byte) {
	b := missing.appendLog(buffer)
	log := b[len(buffer):]
	start := len(b)
	name, rest := missing.echo()
	b = add(b, words[missing.Kind].before, name, rest, words[missing.Kind].after)
	return Reply{log, log[logPrefix:], grpcHeaders, b[start:], grpcUnimplemented, grpcSerialized, missing.counterNumber()}, b
}

// echo returns what the message calls it: of a request comes back no more than
// the start of its method, and rest says that there is more.
func (m Missing) echo() (name, rest string) {
	switch {
	case m.Kind == Capability:
		return m.Name, ""
	case len(m.Name) > maxEcho:
		return visible(m.Name[:maxEcho]), "…"
	default:
		return visible(m.Name), ""
	}
}

const logPrefix = len("501 ")

// appendLog appends the response code details, in the style of Envoy's
// "rbac_access_denied_matched_policy[...]", behind the status.
func (m Missing) appendLog(b []byte) []byte {
	name, end := m.Name, "]"
	if len(name) > maxEcho {
		name, end = name[:maxEcho], "...]"
	}
	return add(b, words[m.Kind].log, visible(name), end)
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
		b = append(make([]byte, 0, 2*end), b...)
	}
	b = b[:end]
	for _, text := range texts {
		start += copy(b[start:], text)
	}
	return b
}
