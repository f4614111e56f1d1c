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

// answers are those of a plugin, as ready as they can be.
type answers struct {
	format      *answer.Format
	headers     pairs
	grpcHeaders pairs
	known       []*response // by their numbers
	buffer      []byte      // holds what the last one is made of
	last        response
}

const logPrefix = "501 "

func (a *answers) prepare(c *config.Config) {
	a.format = c.Format
	a.headers = appendPairs(nil, c.Format.Headers())
	a.grpcHeaders = appendPairs(nil, answer.GRPCHeaders)
	a.known = make([]*response, c.Server.Known())
	c.Server.EachKnown(func(missing *servers.Missing) {
		r := new(response)
		a.render(r, nil, missing)
		a.known[missing.Number] = r
	})
}

func (a *answers) http(missing *servers.Missing) *response {
	if missing.Number != servers.Unknown {
		return a.known[missing.Number]
	}
	a.buffer = a.render(&a.last, a.buffer[:0], missing)
	return &a.last
}

func (a *answers) render(r *response, buffer []byte, missing *servers.Missing) []byte {
	said, b := a.format.HTTP(append(buffer, logPrefix...), missing)
	r.set(said, b, a.headers)
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
