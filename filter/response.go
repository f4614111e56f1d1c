// SPDX-License-Identifier: Apache-2.0

//go:build tinygo

package filter

import (
	"notimplemented/filter/answer"
	"notimplemented/filter/servers"
)

// response is an answer as the host takes it.
type response struct {
	log, details, body []byte
	headers            pairs
	grpcStatus         int32
}

const logPrefix = "501 "

// format is that of one server's responses.
type format struct {
	*answer.Format
	headers pairs
	// responses are to what is known of the server before any request, by number,
	// each made at its first use.
	responses []*response
}

// format returns that of a server, ready since its first use.
func (p *plugin) format(server int) *format {
	f := &p.formats[server]
	if f.Format == nil {
		f.Format = p.config.Formats[server]
		f.headers = appendPairs(nil, f.Headers())
		f.responses = make([]*response, p.config.Servers.Known(server))
	}
	return f
}

// known returns the response to what is known before any request, else nil.
func (f *format) known(missing *servers.Missing) *response {
	if missing.Number == servers.Unknown {
		return nil
	}
	known := &f.responses[missing.Number]
	if *known == nil {
		*known = new(response)
		(*known).http(nil, f, missing)
	}
	return *known
}

// http makes the answer to plain HTTP. It appends what the answer is made of to the
// buffer, which it returns.
func (r *response) http(buffer []byte, f *format, missing *servers.Missing) []byte {
	said, made := f.HTTP(append(buffer, logPrefix...), missing)
	r.set(said, made, f.headers)
	return made
}

// grpc makes the answer to gRPC, likewise.
func (r *response) grpc(buffer []byte, missing *servers.Missing) []byte {
	said, made := answer.GRPC(append(buffer, logPrefix...), missing)
	r.set(said, made, grpcHeaders)
	return made
}

var grpcHeaders = appendPairs(nil, answer.GRPCHeaders)

func (r *response) set(said answer.Answer, made []byte, headers pairs) {
	r.log, r.details, r.body = made[:len(logPrefix)+len(said.Details)], said.Details, said.Body
	r.headers, r.grpcStatus = headers, said.GRPCStatus
}
