// SPDX-License-Identifier: Apache-2.0

// Package request asks the plugin's own code about one request.
package request

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/idna"

	"notimplemented/filter/answer"
	"notimplemented/filter/config"
	"notimplemented/filter/servers"
)

// Request is a request as lines of fields, in order, pseudo-headers among them.
type Request servers.Header

// New returns a request for a target: a path with its query, or a URL. A method
// that is no token, which no request can have, is an error.
func New(method, target string) (Request, error) {
	if !servers.IsToken(method) {
		return nil, fmt.Errorf("method %q, want a token like GET", method)
	}
	r := Request{{":method", method}}
	switch {
	case target == "" && method == "CONNECT":
		return r, nil
	case target == "":
		target = "/"
	case target[0] == '/' || target == "*":
	case strings.Contains(target, "://"):
		location, err := URL(target)
		if err != nil {
			return nil, err
		}
		r = append(r, [2]string{":authority", location.Host})
		target, _, _ = strings.Cut(target, "#")
		_, target, _ = strings.Cut(target, "://")
		target = target[strings.IndexAny(target+"/", "/?"):]
		if !strings.HasPrefix(target, "/") {
			target = "/" + target
		}
	default:
		return nil, fmt.Errorf(`path %q, want one like "/orders?limit=1", or a URL`, target)
	}
	return append(r, [2]string{":path", target}), nil
}

// URL reads a URL of HTTP, with its host as a client sends it.
func URL(text string) (*url.URL, error) {
	location, err := url.Parse(text)
	if err != nil || location.Host == "" || location.Scheme != "http" && location.Scheme != "https" {
		return nil, fmt.Errorf(`URL %q, want one like "https://api.example.com/orders?limit=1"`, text)
	}
	location.Host = Host(location.Host)
	return location, nil
}

// lookup is how browsers and curl write a host.
var lookup = idna.New(idna.MapForLookup(), idna.StrictDomainName(false))

// Host returns a host as a client sends it, a host with a port, too: in lower case
// and in ASCII, as far as it can be.
func Host(host string) string {
	name, isDomain := strings.CutPrefix(host, "*.")
	name, _ = lookup.ToASCII(name)
	if isDomain {
		return "*." + name
	}
	return name
}

// Field reads a header field as curl takes it. "host" is the ":authority".
func Field(text string) (field [2]string, err error) {
	name, value, ok := strings.Cut(text, ":")
	if !ok || !servers.IsToken(name) {
		return field, errors.New(`want "name: value"`)
	}
	name = strings.ToLower(name)
	if name == "host" {
		name = ":authority"
	}
	return [2]string{name, strings.Trim(value, " \t")}, nil
}

// Has reports whether the request has a field, whose name is in lower case.
func (r Request) Has(field string) bool {
	_, ok := servers.Header(r).First(field)
	return ok
}

// Fields that Envoy itself sets and drops before the plugin sees a request, some of
// them only where it is the edge or is told to. A test asks Envoy for them.
var (
	setByEnvoy = strings.Fields(`via x-envoy-downstream-service-cluster x-envoy-external-address x-forwarded-for
		x-forwarded-proto x-request-id`)
	droppedByEnvoy = strings.Fields(`x-envoy-decorator-operation x-envoy-downstream-service-node
		x-envoy-expected-rq-timeout-ms x-envoy-force-trace x-envoy-hedge-on-per-try-timeout x-envoy-internal
		x-envoy-ip-tags x-envoy-max-retries x-envoy-original-host x-envoy-original-path x-envoy-original-url
		x-envoy-retriable-header-names x-envoy-retriable-status-codes x-envoy-retry-grpc-on x-envoy-retry-on
		x-envoy-upstream-alt-stat-name x-envoy-upstream-rq-per-try-timeout-ms
		x-envoy-upstream-rq-timeout-alt-response x-envoy-upstream-rq-timeout-ms x-forwarded-client-cert`)
)

// IsSetByEnvoy reports whether Envoy sets a field, whose name is in lower case,
// before the plugin sees a request.
func IsSetByEnvoy(field string) bool { return slices.Contains(setByEnvoy, field) }

// IsDroppedByEnvoy reports whether Envoy drops a field, whose name is in lower case,
// before the plugin sees a request.
func IsDroppedByEnvoy(field string) bool { return slices.Contains(droppedByEnvoy, field) }

// SetByEnvoy returns the fields that Envoy sets and the request does not have.
func (r Request) SetByEnvoy() []string {
	return slices.DeleteFunc(slices.Clone(setByEnvoy), r.Has)
}

// Method returns the method.
func (r Request) Method() string {
	method, _ := servers.Header(r).First(":method")
	return method
}

// Decide asks the plugin's code.
func (r Request) Decide(parsed *config.Config) *servers.Decision {
	var d servers.Decision
	_ = parsed.Servers.Decide(&d, r.Method(), servers.Header(r).Request()) // which has no error
	return &d
}

// Answer makes the answer to a request that does not pass, and says what its client
// speaks.
func (r Request) Answer(parsed *config.Config, d *servers.Decision) (answer.Answer, answer.Protocol) {
	protocol, _ := answer.ProtocolOf(servers.Header(r).Request()) // which has no error
	return answer.Make(new(answer.Buffer), parsed.Formats[d.Server], protocol, d.Missing), protocol
}

// Details returns the response code details of what is missing.
func Details(missing *servers.Missing) string {
	return string(answer.PutLog(new(answer.Buffer), missing))
}

// Path returns the path with its query, empty where there is none.
func (r Request) Path() string {
	path, _ := servers.Header(r).First(":path")
	return path
}
