// SPDX-License-Identifier: Apache-2.0

//go:build tinygo

package filter

import (
	"notimplemented/filter/answer"
	"notimplemented/filter/servers"
)

// response is an answer as the host takes it.
type response struct {
	protocol           answer.Protocol
	status             int
	log, details, body []byte
	headers            pairs
	size               int // of what it is made of
}

const logPrefix = "501 "

// format is that of one server's responses.
type format struct {
	*answer.Format
	headers pairs
	// known are the responses to what is known of the server before any request, by
	// number, each made at its first use, for the protocol that asked last.
	known []*response
}

// format returns that of a server, ready since its first use.
func (p *plugin) format(server int) *format {
	f := &p.formats[server]
	if f.Format == nil {
		f.Format = p.config.Formats[server]
		f.headers = appendPairs(nil, f.Headers())
		f.known = make([]*response, p.config.Servers.Known(server))
	}
	return f
}

// mostKept bounds the responses that are kept for all plugins, in bytes.
const mostKept = 1 << 20

var keptSize int

// response returns the answer to a request.
func (s *stream) response(protocol answer.Protocol) *response {
	f, missing := s.plugin.format(s.decision.Server), s.decision.Missing
	if missing.Number == servers.Unknown {
		s.buffer.Reset()
		s.other.make(&s.buffer, f, protocol, missing)
		return &s.other
	}
	known := &f.known[missing.Number]
	switch {
	case *known != nil && (*known).protocol == protocol:
		return *known
	case *known != nil:
		keptSize -= (*known).size
		*known = nil
	}
	if keptSize+f.Size(missing) > mostKept {
		s.buffer.Reset()
		s.other.make(&s.buffer, f, protocol, missing)
		return &s.other
	}
	*known = new(response)
	(*known).make(new(answer.Buffer), f, protocol, missing)
	keptSize += (*known).size
	return *known
}

// make makes the response of what it puts into the empty buffer.
func (r *response) make(b *answer.Buffer, f *format, protocol answer.Protocol, missing *servers.Missing) {
	b.Put(logPrefix)
	said := answer.Make(b, f.Format, protocol, missing)
	r.protocol, r.status, r.size = protocol, said.Status, b.Len()
	r.log, r.details, r.body = b.From(0)[:len(logPrefix)+len(said.Details)], said.Details, said.Body
	r.headers = f.headers
	if protocol != answer.HTTP {
		r.headers = appendPairs(nil, said.Headers)
	}
}

// forgetResponses gives back the room of what was kept.
func (p *plugin) forgetResponses() {
	for i := range p.formats {
		for _, known := range p.formats[i].known {
			if known != nil {
				keptSize -= known.size
			}
		}
	}
}
