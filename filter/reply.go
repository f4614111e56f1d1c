// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Status is the status code of every reply: 501 Not Implemented.
const Status = 501

// Reply is the local response to a request that requires what is missing. The
// host adds content-length, and leaves the body out for HEAD.
type Reply struct {
	Details    []byte // response code details
	Headers    [][2]string
	Body       []byte
	GRPCStatus int32 // -1 in a response to plain HTTP
}

// grpcUnimplemented must be said: for HTTP 501 alone, clients see UNKNOWN.
const grpcUnimplemented = 12

// format is the shape of a body: "problem" with its type, or "json" without.
type format struct {
	problemType string
}

var (
	jsonHeaders    = httpHeaders("application/json")
	problemHeaders = httpHeaders("application/problem+json")
	// The host sets the content type of a gRPC response.
	grpcHeaders = [][2]string{{"cache-control", "no-store"}}
)

func httpHeaders(contentType string) [][2]string {
	return [][2]string{
		{"content-type", contentType},
		{"cache-control", "no-store"}, // a 501 is cacheable by default: RFC 9110, section 15.6.2
		{"x-content-type-options", "nosniff"},
	}
}

// Reply returns the answer to a request that requires what is missing. Its
// bytes are appended to buffer, which is returned for the next one.
func (s *Server) Reply(buffer []byte, missing Missing, lookup Lookup) (Reply, []byte) {
	b := missing.appendDetails(buffer)
	details := b[len(buffer):]

	start := len(b)
	if missing.Kind == Method {
		b = appendEcho(b, missing.Name, "…")
	} else {
		b = append(b, missing.Name...)
	}
	name := b[start:]

	start = len(b)
	b = append(b, "This server does not implement "...)
	if missing.Kind == Method {
		b = append(b, "the "...)
		b = append(b, name...)
		b = append(b, " method."...)
	} else {
		b = append(b, name...)
		b = append(b, '.')
	}
	message := b[start:]

	if isGRPC(lookup) {
		return Reply{details, grpcHeaders, message, grpcUnimplemented}, b
	}

	start = len(b)
	headers := jsonHeaders
	if s.format.problemType == "" {
		b = append(b, `{"error":"not_implemented","message":`...)
	} else {
		headers = problemHeaders
		b = append(b, `{"type":`...)
		b = appendQuote(b, s.format.problemType)
		b = append(b, `,"title":"Not Implemented","status":501,"detail":`...)
	}
	b = appendQuote(b, message)
	b = append(b, `,"`...)
	b = append(b, missing.Kind...)
	b = append(b, `":`...)
	b = appendQuote(b, name)
	for i, alternative := range missing.Alternatives {
		if i == 0 {
			b = append(b, `,"alternatives":[`...)
		} else {
			b = append(b, ',')
		}
		b = appendQuote(b, alternative)
	}
	if missing.Alternatives != nil {
		b = append(b, ']')
	}
	b = append(b, '}')
	return Reply{details, headers, b[start:], -1}, b
}

// appendDetails appends the response code details, in the style of Envoy's
// "rbac_access_denied_matched_policy[...]".
func (m Missing) appendDetails(b []byte) []byte {
	b = append(b, "not_implemented_"...)
	b = append(b, m.Kind...)
	b = append(b, '[')
	b = appendEcho(b, m.Name, "...")
	return append(b, ']')
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

// appendEcho appends the start of s, with "_" for what is not visible ASCII,
// and the ellipsis where s is longer.
func appendEcho(b []byte, s, ellipsis string) []byte {
	for i := range min(len(s), maxEcho) {
		c := s[i]
		if c <= ' ' || c > '~' {
			c = '_'
		}
		b = append(b, c)
	}
	if len(s) > maxEcho {
		b = append(b, ellipsis...)
	}
	return b
}

// appendQuote appends a JSON string; s is valid UTF-8, as checkSyntax and
// appendEcho make it.
func appendQuote[T ~[]byte | ~string](b []byte, s T) []byte {
	b, _ = jsontext.AppendQuote(b, s)
	return b
}
