// SPDX-License-Identifier: Apache-2.0

// Package accesslog finds out from access logs which methods a server has been
// seen to implement.
package accesslog

import (
	"bytes"
	"regexp"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// exchange is what a line says of a request and its response.
type exchange struct {
	method []byte
	status int
	// byProxy is true where the line does not show that a server has answered.
	byProxy bool
}

// parse reads a line of any of the formats; ok is false where it is in none. What
// docker, kubectl, a container runtime or syslog put before the line has neither a
// quote nor `] "` in it.
func parse(line []byte) (e exchange, ok bool) {
	if bytes.IndexByte(line, '\x1b') >= 0 {
		line = colour.ReplaceAll(line, nil)
	}
	if start := bytes.IndexAny(line, `{"`); start >= 0 && line[start] == '{' {
		return parseJSON(line[start:])
	}
	return parseText(line)
}

// colour is an escape sequence that colours a terminal.
var colour = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// viaUpstream is what Envoy logs as details of a response of the server.
const viaUpstream = "via_upstream"

// absent is what Envoy logs in place of a value that it does not have.
const absent = "-"

// parseJSON reads a JSON log with the names that Istio and Envoy Gateway use.
func parseJSON(line []byte) (e exchange, ok bool) {
	var logged struct {
		Method  string         `json:"method"`
		Status  jsontext.Value `json:"response_code"`
		Details jsontext.Value `json:"response_code_details"`
		Host    jsontext.Value `json:"upstream_host"`
	}
	if err := json.Unmarshal(line, &logged, jsontext.AllowInvalidUTF8(true)); err != nil {
		return e, false
	}
	status, ok := statusCode(bytes.Trim(logged.Status, `"`))
	byProxy := string(logged.Host) == "null" || string(logged.Host) == `"`+absent+`"` ||
		logged.Details != nil && string(logged.Details) != `"`+viaUpstream+`"`
	return exchange{[]byte(logged.Method), status, byProxy}, ok && logged.Method != ""
}

// statusCode reads a status, or the 0 that Envoy logs where there was no response.
func statusCode(digits []byte) (code int, ok bool) {
	code, _ = strconv.Atoi(string(digits))
	return code, len(digits) == 3 && isNumber(digits) || string(digits) == "0"
}

// endsRequest reports whether a request line ends in a text, be it one that Envoy
// could not read.
func endsRequest(text []byte) bool {
	for rest := text; ; {
		_, version, ok := bytes.Cut(rest, []byte(" HTTP/"))
		if !ok {
			return bytes.Contains(text, []byte(` - -"`))
		}
		if rest = bytes.TrimLeft(version, "0123456789."); len(rest) > 0 && rest[0] == '"' {
			return true
		}
	}
}

// parseText reads the formats of Envoy and Istio, and the common and combined
// formats. All have a time in brackets, then in quotes the request line, then the
// status. Where a second request line seems to end, a client has put quotes into
// its request.
func parseText(line []byte) (e exchange, ok bool) {
	before, _, ok := bytes.Cut(line, []byte(`] "`))
	if !ok {
		return e, false
	}
	isEnvoy := bytes.HasSuffix(before, []byte("Z")) // as it writes the time
	if !isEnvoy && !bytes.Contains(before, []byte(" - ")) {
		return e, false // where others have the identity that nobody tells
	}
	f := &fields{rest: line[len(before)+len("] "):], escaped: !isEnvoy}
	hasRequest := endsRequest(f.rest)
	request := f.quoted()
	if !hasRequest || endsRequest(f.rest) {
		return e, false
	}
	method, _, _ := bytes.Cut(request, []byte(" "))
	status, isStatus := statusCode(f.bare())
	byProxy := false
	if isEnvoy {
		byProxy = f.envoy()
	} else {
		byProxy = f.combined()
	}
	return exchange{method, status, byProxy}, isStatus && !f.failed
}

// fields are what is left of a line, separated by blanks.
type fields struct {
	rest    []byte
	escaped bool // a backslash comes before a quote within quotes
	failed  bool // a field was not as it was asked for
}

// bare returns a field that is not in quotes.
func (f *fields) bare() []byte {
	field, rest, _ := bytes.Cut(f.rest, []byte(" "))
	f.rest = rest
	f.failed = f.failed || len(field) == 0
	return field
}

// number returns a number, or that it is absent.
func (f *fields) number() []byte {
	field := f.bare()
	f.failed = f.failed || !isNumber(field) && string(field) != absent
	return field
}

// quoted returns a field in quotes, without them.
func (f *fields) quoted() []byte {
	end := 1
	for end < len(f.rest) && f.rest[end] != '"' {
		if f.escaped && f.rest[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(f.rest) || f.rest[0] != '"' || end+1 < len(f.rest) && f.rest[end+1] != ' ' {
		f.failed = true
		return nil
	}
	field := f.rest[1:end]
	f.rest = f.rest[min(end+2, len(f.rest)):]
	return field
}

func isNumber(field []byte) bool {
	return len(field) > 0 && len(bytes.Trim(field, "0123456789")) == 0
}

// envoy reads what is behind the status: flags; with Istio details of the response
// and of the connection, and in quotes Mixer's status and why the server could not
// be reached; three numbers and the time that the server took; five fields in
// quotes, the last of which is the server. What is behind that anybody has added.
func (f *fields) envoy() (byProxy bool) {
	f.bare()
	var details []byte
	isIstio := false
	for range 3 {
		next, _, _ := bytes.Cut(f.rest, []byte(" "))
		if isNumber(next) {
			break
		}
		isIstio = true
		if bytes.HasPrefix(next, []byte(`"`)) {
			f.quoted()
		} else if field := f.bare(); details == nil {
			details = field
		}
	}
	var took, host []byte
	for range 4 {
		took = f.number()
	}
	for range 5 { // the first four a client can write
		host = f.quoted()
	}
	// A client's quotes push what is behind them: Istio has the cluster next.
	next, _, _ := bytes.Cut(f.rest, []byte(" "))
	f.failed = f.failed || isIstio && bytes.IndexByte(next, '"') >= 0
	switch {
	case string(host) == absent:
		return true
	case details != nil:
		return string(details) != viaUpstream
	}
	// A server took time, unless Envoy is told not to say so. Then its host counts,
	// if that was not pushed.
	return string(took) == absent && bytes.IndexByte(f.rest, '"') >= 0
}

// combined reads what is behind the status: a number of bytes, then perhaps
// referrer and user agent, then what other proxies add.
func (f *fields) combined() (byProxy bool) {
	f.number()
	if len(f.rest) == 0 {
		return false
	}
	referrer, agent := f.quoted(), f.quoted()
	return f.sayNoServer(len(referrer) == 0 && len(agent) == 0)
}

const noServer = "<NOSRV>"

// sayNoServer reports whether one of the fields of another proxy says that it asked
// no server: HAProxy by a name, Traefik and nginx by an absent value. The first one
// in quotes is the client's address, in the format that nginx comes with.
func (f *fields) sayNoServer(isHAProxy bool) bool {
	if bytes.HasPrefix(f.rest, []byte(`"`)) {
		f.quoted()
	}
	for field := range bytes.FieldsSeq(f.rest) {
		value := string(bytes.Trim(field[bytes.IndexByte(field, '=')+1:], `",`))
		if value == absent && !isHAProxy || value == noServer {
			return true
		}
	}
	return false
}
