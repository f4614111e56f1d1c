// SPDX-License-Identifier: Apache-2.0

// Package answer says what a server does not implement.
package answer

import "notimplemented/filter/servers"

// Answer is the response to a request that requires what is missing. The host adds
// content-length, and leaves the body out for HEAD.
type Answer struct {
	Status  int
	Details []byte // response code details
	Headers [][2]string
	Body    []byte
}

// Unimplemented is the gRPC status of every answer, for whatever the host itself
// takes for gRPC: of HTTP 501 alone its clients make UNKNOWN.
const Unimplemented = 12

// Make makes the answer to a request, in the format where the request is plain HTTP.
// The answer is made of what it puts behind all else in the buffer, and lasts until
// that is used again.
func Make(b *Buffer, format *Format, protocol Protocol, missing *servers.Missing) Answer {
	start := b.Len()
	PutDetails(b, missing)
	details := b.From(start)
	if protocol != HTTP {
		return protocol.answer(b, details, missing)
	}
	start = b.Len()
	format.put(b, missing)
	return Answer{501, details, format.headers, b.From(start)}
}

// PutDetails puts the response code details, in the style of Envoy's
// "rbac_access_denied_matched_policy[...]".
func PutDetails(b *Buffer, missing *servers.Missing) {
	if missing.Kind == servers.Capability {
		b.Put("not_implemented_capability[")
	} else {
		b.Put("not_implemented_method[")
	}
	name, end := missing.Name, "]"
	if len(name) > maxEcho {
		name, end = name[:maxEcho], "...]"
	}
	escape(b, name, invisible)
	b.Put(end)
}

// maxEcho bounds what of a request comes back, in bytes.
const maxEcho = 64

// putName puts a name as answers have it: of a request comes back no more than the
// start of its method.
func putName(b *Buffer, syntax Syntax, missing *servers.Missing) {
	name := missing.Name
	if missing.Kind == servers.Capability {
		escape(b, name, syntax)
		return
	}
	if len(name) <= maxEcho {
		escape(b, name, syntax|invisible)
		return
	}
	escape(b, name[:maxEcho], syntax|invisible)
	escape(b, "…", syntax)
}
