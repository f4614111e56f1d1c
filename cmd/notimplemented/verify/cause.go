// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"notimplemented/filter/servers"
)

// NotLoaded is the cause of what would not be so with the plugin.
const NotLoaded = "the plugin is not on this listener, or has another configuration"

const (
	answered       = "the server answered, so " + NotLoaded
	otherAnswer    = "the plugin there has another configuration or version"
	noCustomMethod = "Envoy itself refuses methods that it does not know without allow_custom_methods"
	noUpgrade      = "Envoy itself refuses upgrades that upgrade_configs does not name"
	refusedBefore  = "something before the plugin refused it, such as RBAC; Istio does so while it cannot pull the plugin"
	noRoute        = "no route for this path, and some hosts run the plugin on routes only: try another path"
	notRunning     = "the plugin was refused or could not be downloaded; the proxy's log says why"
	noServer       = "the server behind the gateway was asked, and is down, so " + NotLoaded
	localReply     = "local_reply_config has rewritten the answer"
	customResponse = "something has rewritten the answer, such as custom_response (responseOverride in Envoy Gateway)"
	joined         = "a route's response_headers_to_add adds to this field"
	continued      = "got 100 Continue first, so clients send their uploads in vain: proxy_100_continue is not set"
)

// Problem says how a response differs from what is expected, and why, where that
// is known. It is empty where nothing differs.
func (p Probe) Problem(version string, r *Response) string {
	switch {
	case p.Missing == nil || p.DryRun:
		if r.isByFilter() {
			return fmt.Sprintf("got the plugin's own %s, want the server's response: %s", status(r.Status), otherAnswer)
		}
		return ""
	case r.Status != p.Want.Status:
		return fmt.Sprintf("got %s, want %s: %s", status(r.Status), status(p.Want.Status), p.causeOfStatus(version, r))
	}
	for _, field := range p.Want.Headers {
		name, want := field[0], field[1]
		if got := strings.Join(r.Header.Values(name), ","); got != want {
			return fmt.Sprintf("got %s %q, want %q: %s", name, got, want, p.causeOfContent(r))
		}
	}
	switch {
	case p.Request.Method() != http.MethodHead && !bytes.Equal(r.Body, p.Want.Body):
		return fmt.Sprintf("got another body, %q: %s", start(r.Body), p.causeOfContent(r))
	case r.Continued:
		return continued
	}
	return ""
}

func (p Probe) causeOfStatus(version string, r *Response) string {
	isEmpty := len(r.Body) == 0
	switch {
	case r.isByFilter():
		return localReply
	case r.Status == http.StatusBadRequest && version == "HTTP/1.1" && p.Missing.Kind == servers.Method:
		return noCustomMethod
	case r.Status == http.StatusForbidden && isEmpty && (p.Request.Has("upgrade") || p.Request.Method() == http.MethodConnect):
		return noUpgrade
	case r.Status == http.StatusForbidden:
		return refusedBefore
	case r.Status == http.StatusNotFound && isEmpty:
		return noRoute
	case r.Status >= 500 && bytes.Contains(r.Body, []byte("upstream")):
		return noServer
	case r.Status == http.StatusInternalServerError && isEmpty, r.Status == http.StatusServiceUnavailable && isEmpty:
		return notRunning
	default:
		return answered
	}
}

// causeOfContent is why an answer of the right status has other fields or another
// body.
func (p Probe) causeOfContent(r *Response) string {
	quoted, _ := json.Marshal(string(p.Want.Body)) // a string has no reason to fail
	switch cache := strings.Join(r.Header.Values("cache-control"), ","); {
	case cache != "no-store" && strings.Contains(cache, "no-store"):
		return joined
	case r.Header.Get("grpc-status") != "" || p.Protocol != "":
		return answered
	case cache != "no-store":
		return customResponse
	case bytes.Contains(r.Body, quoted[1:len(quoted)-1]), r.Header.Get("content-type") == "text/plain":
		return localReply
	default:
		return otherAnswer
	}
}

// isByFilter recognises the fields of every answer of the plugin in a response.
func (r *Response) isByFilter() bool {
	return r.Header.Get("cache-control") == "no-store" && r.Header.Get("x-content-type-options") == "nosniff" && r.Status >= 400
}

func status(code int) string {
	return strings.TrimSpace(fmt.Sprint(code, " ", http.StatusText(code)))
}

// start is what of a body is shown.
func start(body []byte) string {
	const most = 100
	if len(body) <= most {
		return string(body)
	}
	return strings.ToValidUTF8(string(body[:most]), "") + "…"
}
