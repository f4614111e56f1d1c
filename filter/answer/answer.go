// SPDX-License-Identifier: Apache-2.0

// Package answer says what a server does not implement.
package answer

import "notimplemented/filter/servers"

// Answer is the response to a request that requires what is missing. The host adds
// content-length, and leaves the body out for HEAD.
type Answer struct {
	Status  int
	Log     []byte // what is logged: "501 " and the details
	Headers [][2]string
	Body    []byte
}

// Details are the response code details.
func (a *Answer) Details() []byte { return a.Log[len(status):] }

// Unimplemented is the gRPC status of every answer, for whatever the host itself
// takes for gRPC: of HTTP 501 alone its clients make UNKNOWN.
const Unimplemented = 12

// Make makes the answer to a request, in the format where the request is plain HTTP.
// The answer is made of what it puts behind all else in the buffer, and lasts until
// that is used again.
func Make(b *Buffer, format *Format, protocol Protocol, missing *servers.Missing) Answer {
	start := b.Len()
	name := putLog(b, missing)
	size := b.Len() - start
	if protocol != HTTP {
		return protocol.answer(b, b.From(start), missing)
	}
	format.put(b, missing, name)
	made := b.From(start)
	return Answer{501, made[:size], format.headers, made[size:]}
}

// PutLog puts what is logged of an answer, and returns the details in it.
func PutLog(b *Buffer, missing *servers.Missing) (details []byte) {
	start := b.Len() + len(status)
	putLog(b, missing)
	return b.From(start)
}

const status = "501 "

// putLog puts the status and the details, in the style of Envoy's
// "rbac_access_denied_matched_policy[...]". It returns where the name is in them, if
// that is the same in every syntax.
func putLog(b *Buffer, missing *servers.Missing) (name part) {
	before, after := status+"not_implemented_method[", "]"
	if missing.Kind == servers.Capability {
		before = status + "not_implemented_capability["
	}
	text := missing.Name
	if len(text) > maxEcho {
		text, after = text[:maxEcho], "...]"
	}
	b.Put(before)
	name.start = b.Len()
	if escape(b, text, invisible) == 0 && len(text) == len(missing.Name) {
		name.end = b.Len()
	}
	b.Put(after)
	return name
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
