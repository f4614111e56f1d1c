// SPDX-License-Identifier: Apache-2.0

package answer

import (
	"encoding/base64"
	"encoding/binary"
	"strings"

	"notimplemented/filter/servers"
)

// Protocol is what the client of a request speaks: plain HTTP, gRPC, or gRPC-Web with
// the content type of its answer.
type Protocol string

const (
	HTTP Protocol = ""
	GRPC Protocol = "application/grpc"

	web     = "application/grpc-web"
	webText = "application/grpc-web-text"
)

// ProtocolOf decides gRPC as Envoy does, and gRPC-Web likewise. The error is the host's.
func ProtocolOf(request servers.Request) (Protocol, error) {
	contentType, _, err := request.Field("content-type")
	if !strings.HasPrefix(contentType, string(GRPC)) {
		return HTTP, err
	}
	name, codec, _ := strings.Cut(contentType, "+")
	switch name {
	case string(GRPC):
		if _, ok, err := request.Field(":path"); !ok {
			return HTTP, err
		}
		return GRPC, nil
	case web:
		return webOf(codec, web, web+"+proto", web+"+json", web+"+thrift"), nil
	case webText:
		return webOf(codec, webText, webText+"+proto", webText+"+json", webText+"+thrift"), nil
	}
	return HTTP, nil
}

// webOf returns one of the content types: nothing else of the request comes back.
func webOf(codec string, none, proto, json, thrift Protocol) Protocol {
	switch codec {
	case "proto":
		return proto
	case "json":
		return json
	case "thrift":
		return thrift
	}
	return none
}

// answer is trailers alone: the fields, and for gRPC-Web also a body that says the
// same, since Envoy drops the content type of an answer without one.
func (p Protocol) answer(b *Buffer, log []byte, missing *servers.Missing) Answer {
	start := b.Len()
	putMessage(b, missing)
	message := b.text(start)
	b.headers = [...][2]string{
		{"grpc-status", "12"}, // UNIMPLEMENTED
		{"grpc-message", message},
		{"cache-control", "no-store"},
		{"content-type", string(p)},
	}
	if p == GRPC {
		return Answer{200, log, b.headers[:3], nil} // the host sets the content type
	}
	start = b.Len()
	b.Room(5)
	b.Put("grpc-status: 12\r\ngrpc-message: ")
	b.Put(message)
	b.Put("\r\n")
	frame := b.From(start)
	frame[0] = 0x80 // trailers
	binary.BigEndian.PutUint32(frame[1:], uint32(len(frame)-5))
	if strings.HasPrefix(string(p), webText) {
		encoded := b.Room(base64.StdEncoding.EncodedLen(len(frame)))
		base64.StdEncoding.Encode(encoded, frame)
		frame = encoded
	}
	return Answer{200, log, b.headers[:], frame}
}

// putMessage puts the sentence and the alternatives, percent-encoded as the gRPC
// protocol over HTTP/2 says.
func putMessage(b *Buffer, missing *servers.Missing) {
	before, after := sentence(missing.Kind)
	b.Put(before)
	putName(b, inMessage, missing)
	b.Put(after)
	putList(b, inMessage, Instead, missing.Alternatives)
}
