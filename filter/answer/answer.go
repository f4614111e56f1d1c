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
// The answer is made of what it puts behind all else in the buffer.
func Make(b *Buffer, format *Format, protocol Protocol, missing *servers.Missing) Answer {
	start := b.Len()
	shown, end := show(missing)
	putDetails(b, missing.Kind, shown, end)
	details := b.From(start)
	name := say(missing, shown)
	if protocol != HTTP {
		return protocol.answer(b, details, name, missing)
	}
	start = b.Len()
	format.put(b, name, missing)
	return Answer{501, details, format.headers, b.From(start)}
}

// say returns a name as answers have it, from how it is shown: of a request comes
// back no more than the start of its method.
func say(missing *servers.Missing, shown string) string {
	switch {
	case missing.Kind == servers.Capability:
		return missing.Name
	case len(missing.Name) > maxEcho:
		return shown + "…"
	default:
		return shown
	}
}

// PutDetails puts the response code details, in the style of Envoy's
// "rbac_access_denied_matched_policy[...]".
func PutDetails(b *Buffer, missing *servers.Missing) {
	shown, end := show(missing)
	putDetails(b, missing.Kind, shown, end)
}

func putDetails(b *Buffer, kind servers.Kind, shown, end string) {
	if kind == servers.Capability {
		b.Put("not_implemented_capability[")
	} else {
		b.Put("not_implemented_method[")
	}
	b.Put(shown)
	b.Put(end)
}

// maxEcho bounds what of a request comes back, in bytes.
const maxEcho = 64

// show returns a name as details have it, and what ends it there.
func show(missing *servers.Missing) (shown, end string) {
	if name := missing.Name; len(name) > maxEcho {
		return visible(name[:maxEcho]), "...]"
	}
	return visible(missing.Name), "]"
}

// visible returns s with "_" for each byte that is not visible ASCII.
func visible(s string) string {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c > '~' {
			return invisible(s)
		}
	}
	return s
}

func invisible(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c <= ' ' || c > '~' {
			b[i] = '_'
		}
	}
	return string(b)
}
