// SPDX-License-Identifier: Apache-2.0

//go:build tinygo

package filter

import (
	"notimplemented/filter/answer"
	"notimplemented/filter/config"
	"notimplemented/filter/servers"
)

// response is an answer as the host takes it.
type response struct {
	log, details, body []byte
	headers            pairs
	grpcStatus         int32
}

// answers are those of a plugin. What is known of a server before any request is
// answered with the same response each time, made at its first use.
type answers struct {
	config      *config.Config
	known       [][]*response // by server and number
	headers     []pairs       // by server
	grpcHeaders pairs
	buffer      []byte // holds what the last one is made of
	last        response
}

const logPrefix = "501 "

func (a *answers) of(c *config.Config) {
	a.config = c
	a.known = make([][]*response, c.Servers.Count())
	a.headers = make([]pairs, c.Servers.Count())
	a.grpcHeaders = appendPairs(nil, answer.GRPCHeaders)
}

func (a *answers) http(server int, missing *servers.Missing) *response {
	if a.known[server] == nil {
		a.known[server] = make([]*response, a.config.Servers.Known(server))
		a.headers[server] = appendPairs(nil, a.config.Formats[server].Headers())
	}
	if missing.Number == servers.Unknown {
		a.buffer = a.render(&a.last, a.buffer[:0], server, missing)
		return &a.last
	}
	known := &a.known[server][missing.Number]
	if *known == nil {
		*known = new(response)
		a.render(*known, nil, server, missing)
	}
	return *known
}

func (a *answers) render(r *response, buffer []byte, server int, missing *servers.Missing) []byte {
	said, b := a.config.Formats[server].HTTP(append(buffer, logPrefix...), missing)
	r.set(said, b, a.headers[server])
	return b
}

func (a *answers) grpc(missing *servers.Missing) *response {
	said, b := answer.GRPC(append(a.buffer[:0], logPrefix...), missing)
	a.last.set(said, b, a.grpcHeaders)
	a.buffer = b
	return &a.last
}

func (r *response) set(said answer.Answer, made []byte, headers pairs) {
	r.log, r.details, r.body = made[:len(logPrefix)+len(said.Details)], said.Details, said.Body
	r.headers, r.grpcStatus = headers, said.GRPCStatus
}
