// SPDX-License-Identifier: Apache-2.0

package contract

import (
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

func (s server) answer(m missing, method string, request [][2]string) *Answer {
	noStore := [2]string{"cache-control", "no-store"}
	if isGRPC(method, request) {
		return &Answer{501, m.details(), [][2]string{noStore}, m.message(), 12}
	}
	members := fmt.Sprintf(`"%s":%s`, m.kind, quote(m.said()))
	if len(m.alternatives) > 0 {
		var alternatives []string
		for _, alternative := range m.alternatives {
			alternatives = append(alternatives, quote(alternative))
		}
		members += `,"alternatives":[` + strings.Join(alternatives, ",") + `]`
	}
	contentType, body := "application/json", `{"error":"not_implemented","message":`+quote(m.message())+","+members+"}"
	if s.Format == "problem" {
		problemType := s.ProblemType
		if problemType == "" {
			problemType = "about:blank"
		}
		contentType = "application/problem+json"
		body = `{"type":` + quote(problemType) + `,"title":"Not Implemented","status":501,"detail":` + quote(m.message()) + "," + members + "}"
	}
	return &Answer{501, m.details(), [][2]string{{"content-type", contentType}, noStore, {"x-content-type-options", "nosniff"}}, body, -1}
}

func isGRPC(method string, request [][2]string) bool {
	contentType, _ := first(request, "content-type")
	_, hasPath := first(request, ":path")
	return method == "POST" && hasPath && (contentType == "application/grpc" || strings.HasPrefix(contentType, "application/grpc+"))
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
