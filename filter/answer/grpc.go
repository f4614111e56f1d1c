// SPDX-License-Identifier: Apache-2.0

package answer

import (
	"encoding/base64"
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

// ProtocolOf decides gRPC as Envoy does, and gRPC-Web. Both are a POST: of other
// methods nothing is asked. The error is the host's.
func ProtocolOf(method string, request servers.Request) (Protocol, error) {
	if method != "POST" {
		return HTTP, nil
	}
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
func (p Protocol) answer(b *Buffer, details []byte, name string, missing *servers.Missing) Answer {
	message := message(name, missing)
	a := Answer{Status: 200, Details: details, Headers: [][2]string{
		{"grpc-status", "12"}, // UNIMPLEMENTED
		{"grpc-message", message},
		{"cache-control", "no-store"},
	}}
	if p == GRPC {
		return a // the host sets the content type
	}
	a.Headers = append(a.Headers, [2]string{"content-type", string(p)})
	trailers := "grpc-status: 12\r\ngrpc-message: " + message + "\r\n"
	size := len(trailers)
	frame := string([]byte{0x80, byte(size >> 24), byte(size >> 16), byte(size >> 8), byte(size)}) + trailers
	if strings.HasPrefix(string(p), webText) {
		frame = base64.StdEncoding.EncodeToString([]byte(frame))
	}
	start := b.Len()
	b.Put(frame)
	a.Body = b.From(start)
	return a
}

// message is the sentence and the alternatives, percent-encoded as the gRPC protocol
// over HTTP/2 says.
func message(name string, missing *servers.Missing) string {
	var b Buffer
	before, after := sentence(missing.Kind)
	for _, text := range []string{before, name, after} {
		b.Put(text)
	}
	InText.putList(&b, Instead, missing.Alternatives)
	const digits = "0123456789ABCDEF"
	encoded := make([]byte, 0, 3*b.Len())
	for _, c := range b.From(0) {
		if c < ' ' || c > '~' || c == '%' {
			encoded = append(encoded, '%', digits[c>>4], digits[c&15])
		} else {
			encoded = append(encoded, c)
		}
	}
	return string(encoded)
}
