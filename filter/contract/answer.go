// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// echo cuts a name to 64 bytes, and hides all of it that is not visible ASCII.
func echo(name, more string) string {
	if len(name) <= 64 {
		more = ""
	} else {
		name = name[:64]
	}
	var b strings.Builder
	for i := range len(name) {
		if c := name[i]; 0x21 <= c && c <= 0x7e {
			b.WriteByte(c)
		} else {
			b.WriteByte('_')
		}
	}
	return b.String() + more
}

func (m missing) details() string {
	return "not_implemented_" + m.kind + "[" + echo(m.name, "...") + "]"
}

// said is the name as the client sees it.
func (m missing) said() string {
	if m.kind == "method" {
		return echo(m.name, "…")
	}
	return m.name
}

func (m missing) message() string {
	if m.kind == "method" {
		return "This server does not implement the " + m.said() + " method."
	}
	return "This server does not implement " + m.said() + "."
}

// instead is what to use instead, behind a blank.
func (m missing) instead() string {
	switch last := len(m.alternatives) - 1; last {
	case -1:
		return ""
	case 0:
		return " Use " + m.alternatives[0] + "."
	default:
		return " Use " + strings.Join(m.alternatives[:last], ", ") + " or " + m.alternatives[last] + "."
	}
}

// array is the alternatives in JSON.
func (m missing) array() string {
	var quoted []string
	for _, alternative := range m.alternatives {
		quoted = append(quoted, quote(alternative))
	}
	return "[" + strings.Join(quoted, ",") + "]"
}

func (s server) answer(m missing, request [][2]string) *Answer {
	if contentType, ok := grpcOf(request); ok {
		return m.grpc(contentType)
	}
	members := fmt.Sprintf(`"%s":%s`, m.kind, quote(m.said()))
	if len(m.alternatives) > 0 {
		members += `,"alternatives":` + m.array()
	}
	var contentType, body string
	switch t, isTemplate := s.template(); {
	case isTemplate:
		contentType, body = t.ContentType, t.body(m)
	case string(s.Format) == `"problem"`:
		problemType := s.ProblemType
		if problemType == "" {
			problemType = "about:blank"
		}
		contentType = "application/problem+json"
		body = `{"type":` + quote(problemType) + `,"title":"Not Implemented","status":501,"detail":` + quote(m.message()) + "," + members + "}"
	default:
		contentType = "application/json"
		body = `{"error":"not_implemented","message":` + quote(m.message()) + "," + members + "}"
	}
	headers := [][2]string{{"content-type", contentType}, {"cache-control", "no-store"}, {"x-content-type-options", "nosniff"}}
	return &Answer{501, m.details(), append(headers, s.headers()...), body, unimplemented}
}

// headers are the further fields, in their order.
func (s server) headers() (all [][2]string) {
	if s.Headers == nil {
		return nil
	}
	var values map[string]string
	if err := json.Unmarshal(s.Headers, &values); err != nil {
		panic(err)
	}
	names, err := keysOf(string(s.Headers))
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		all = append(all, [2]string{fold(name), values[name]})
	}
	return all
}

const unimplemented = 12

// grpcOf returns the content type of an answer to gRPC-Web, or none for gRPC. It is
// not ok for any other request.
func grpcOf(request [][2]string) (contentType string, ok bool) {
	contentType, _ = first(request, "content-type")
	_, hasPath := first(request, ":path")
	name, codec, _ := strings.Cut(contentType, "+")
	switch {
	case name == "application/grpc":
		return "", hasPath
	case name == "application/grpc-web" || name == "application/grpc-web-text":
		if codec != "proto" && codec != "json" && codec != "thrift" {
			contentType = name
		}
		return contentType, true
	}
	return "", false
}

func (m missing) grpc(contentType string) *Answer {
	var b strings.Builder
	for _, c := range []byte(m.message() + m.instead()) {
		if c < 0x20 || c > 0x7e || c == '%' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	message := b.String()
	a := &Answer{200, m.details(), [][2]string{{"grpc-status", "12"}, {"grpc-message", message}, {"cache-control", "no-store"}}, "", unimplemented}
	if contentType == "" {
		return a
	}
	a.Headers = append(a.Headers, [2]string{"content-type", contentType})
	trailers := "grpc-status: 12\r\ngrpc-message: " + message + "\r\n"
	a.Body = "\x80" + string(binary.BigEndian.AppendUint32(nil, uint32(len(trailers)))) + trailers
	if strings.HasPrefix(contentType, "application/grpc-web-text") {
		a.Body = base64.StdEncoding.EncodeToString([]byte(a.Body))
	}
	return a
}

// quote makes a JSON string, of which only what must be is escaped.
func quote(s string) string {
	var b strings.Builder
	for _, c := range s {
		short := strings.IndexRune("\b\f\n\r\t\"\\", c)
		switch {
		case short >= 0:
			b.WriteString(`\` + `bfnrt"\`[short:short+1])
		case c < 0x20:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteRune(c)
		}
	}
	return `"` + b.String() + `"`
}

// Registered are the methods of IANA's registry without "*".
var Registered = strings.Fields(`ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT CONNECT COPY DELETE GET HEAD LABEL LINK LOCK
	MERGE MKACTIVITY MKCALENDAR MKCOL MKREDIRECTREF MKWORKSPACE MOVE OPTIONS ORDERPATCH PATCH POST PRI PROPFIND PROPPATCH
	PUT QUERY REBIND REPORT SEARCH TRACE UNBIND UNCHECKOUT UNLINK UNLOCK UPDATE UPDATEREDIRECTREF VERSION-CONTROL`)

// counter is the name of the counter of what is missing; nothing of a request is in
// it.
func (c Contract) counter(m missing, metric string) string {
	name := m.name
	if m.kind == "method" && !slices.Contains(Registered, name) && !c.names(name) {
		name = "OTHER"
	}
	return "wasm_filter.notimplemented.component." + m.kind + ".tag." + label(name) + ";." + metric
}

// names is whether the configuration has a method, of whichever server.
func (c Contract) names(method string) bool {
	return slices.ContainsFunc(append([]server{c.top}, c.servers...), func(s server) bool {
		return slices.Contains(s.Implemented, method) ||
			slices.ContainsFunc(s.Unimplemented, func(e entry) bool { return e.Method == method })
	})
}

var labelled = regexp.MustCompile(`[^A-Za-z0-9_-]`)

func label(name string) string { return labelled.ReplaceAllString(name, "_") }
