// SPDX-License-Identifier: Apache-2.0

// Package accesslog finds out from access logs which methods a server has been
// seen to implement.
package accesslog

import (
	"bytes"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// exchange is what a line says of a request and its response.
type exchange struct {
	method []byte
	status int
	// byProxy is true where the line says that no server has answered.
	byProxy bool
}

// parse reads a line of any of the formats; ok is false where it is in none.
func parse(line []byte) (e exchange, ok bool) {
	if bytes.HasPrefix(line, []byte("{")) {
		return parseJSON(line)
	}
	return parseText(line)
}

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
	if err := json.Unmarshal(line, &logged, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return e, false
	}
	status, err := strconv.Atoi(string(bytes.Trim(logged.Status, `"`)))
	isAbsent := func(value jsontext.Value) bool { return string(value) == "null" || string(value) == `"-"` }
	byProxy := isAbsent(logged.Host) ||
		logged.Details != nil && !isAbsent(logged.Details) && string(logged.Details) != `"`+viaUpstream+`"`
	return exchange{[]byte(logged.Method), status, byProxy}, err == nil && logged.Method != ""
}

// parseText reads the default formats of Envoy and Istio, and the common and
// combined formats. All have a time in brackets, then in quotes the request line,
// then the status.
func parseText(line []byte) (e exchange, ok bool) {
	_, rest, ok := bytes.Cut(line, []byte(`] "`))
	if !ok {
		return e, false
	}
	method, rest, ok := bytes.Cut(rest, []byte(" "))
	if !ok || len(method) == 0 {
		return e, false
	}
	for {
		if _, rest, ok = bytes.Cut(rest, []byte(`" `)); !ok {
			return e, false
		}
		status, after, _ := bytes.Cut(rest, []byte(" "))
		if code, err := strconv.Atoi(string(status)); err == nil && len(status) <= 3 {
			isEnvoy := bytes.HasPrefix(line, []byte("["))
			return exchange{method, code, isEnvoy && isByProxy(after)}, true
		}
	}
}

// isByProxy reads what is behind the status in a line of Envoy. Istio has the
// details second, where Envoy's own format has a number of bytes; the host of the
// server is the last in quotes in both.
func isByProxy(line []byte) bool {
	_, rest, _ := bytes.Cut(line, []byte(" "))
	details, _, _ := bytes.Cut(rest, []byte(" "))
	if _, err := strconv.Atoi(string(details)); err != nil && string(details) != absent && string(details) != viaUpstream {
		return true
	}
	end := bytes.LastIndexByte(line, '"')
	if end < 0 {
		return false
	}
	host := line[bytes.LastIndexByte(line[:end], '"')+1 : end]
	return string(host) == absent
}
