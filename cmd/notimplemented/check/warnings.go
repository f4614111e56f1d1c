// SPDX-License-Identifier: Apache-2.0

package check

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"notimplemented/cmd/notimplemented/manifest"
	"notimplemented/cmd/notimplemented/request"
	"notimplemented/cmd/notimplemented/source"
)

// everyday are fields that nearly every request has, of itself or by Envoy.
var everyday = []string{
	"accept", "accept-encoding", "accept-language", "cache-control", "content-length", "content-type", "cookie",
	"priority", "referer", "user-agent",
}

// knownToEnvoy are the methods that Envoy takes over HTTP/1 by itself.
var knownToEnvoy = strings.Fields(`ACL BIND CHECKOUT CONNECT COPY DELETE GET HEAD LINK LOCK MERGE MKACTIVITY
	MKCALENDAR MKCOL MOVE MSEARCH NOTIFY OPTIONS PATCH POST PROPFIND PROPPATCH PURGE PUT QUERY REBIND REPORT SEARCH SOURCE
	SUBSCRIBE TRACE UNBIND UNLINK UNLOCK UNSUBSCRIBE`)

// warnings says what is right by its form and probably not meant.
func warnings(plugin *manifest.Plugin, declared []Server) (warnings []source.Finding) {
	warn := func(pointer, problem string) {
		at := plugin.At(Offset(plugin.JSON, pointer))
		warnings = append(warnings, source.Finding{Position: at, Severity: source.Warning, Pointer: pointer, Message: problem})
	}
	for _, d := range declared {
		hasOptions := slices.Contains(d.Methods, "OPTIONS") ||
			slices.ContainsFunc(d.Entries, func(e Entry) bool { return e.IsMethodAlone() && e.Method == "OPTIONS" }) // missing on purpose
		if d.Methods != nil && !hasOptions {
			warn(d.Pointer+"/implemented_methods", `"OPTIONS" is missing, browsers ask with it before they call from other origins, want it here, or as {"method": "OPTIONS"} in "unimplemented" if that is meant`)
		}
		if problem, ok := skipped(plugin, d.answers); ok {
			warn(d.Pointer+"/implemented_methods", problem)
		}
		for i, method := range d.Methods {
			if problem, ok := unknown(plugin, method); ok {
				warn(d.Pointer+"/implemented_methods/"+strconv.Itoa(i), problem)
			}
		}
		for i, e := range d.Entries {
			pointer := d.Pointer + "/unimplemented/" + strconv.Itoa(i)
			if problem, ok := unknown(plugin, e.Method); ok {
				warn(pointer+"/method", problem)
			}
			if problem, ok := skipped(plugin, func(method string) bool { return e.Method == "" || e.Method == method }); ok {
				warn(pointer, problem)
			}
			if problem, ok := doubtful(e); ok {
				warn(pointer+"/header", problem)
			}
		}
	}
	return warnings
}

// unknown says of a method that Envoy itself refuses it.
func unknown(plugin *manifest.Plugin, method string) (problem string, ok bool) {
	if method == "" || plugin.CustomMethods || slices.Contains(knownToEnvoy, method) {
		return "", false
	}
	return fmt.Sprintf(`Envoy answers 400 to %q over HTTP/1, want "http_protocol_options: {allow_custom_methods: true}" in the connection manager`, method), true
}

// skipped says which of the methods that are to be answered Envoy keeps from the plugin.
func skipped(plugin *manifest.Plugin, answers func(method string) bool) (problem string, ok bool) {
	var methods []string
	for _, method := range plugin.Skipped {
		if answers(method) {
			methods = append(methods, strconv.Quote(method))
		}
	}
	return "no effect on " + strings.Join(methods, ", ") + ", for which Envoy's matcher skips the plugin, want no SkipFilter there", methods != nil
}

// doubtful says of an entry's field that it matches more or less than is meant.
func doubtful(e Entry) (problem string, ok bool) {
	name, value := strings.ToLower(e.Header), strings.ToLower(e.Value)
	dropped := func(field string) (string, bool) {
		return fmt.Sprintf("Envoy drops %q before the plugin sees it, Istio not always", field), true
	}
	switch {
	case name == "te" && value != "" && value != "trailers",
		name == "expect" && value == "100-continue",
		name == "upgrade" && value == "h2c":
		return dropped(name + ": " + value)
	case name == "http2-settings", request.IsDroppedByEnvoy(name):
		return dropped(name)
	case name == "cookie" && value != "":
		return `"cookie" is no comma-separated list, so that no "value" matches one cookie of several`, true
	case request.IsSetByEnvoy(name):
		return fmt.Sprintf(`Envoy itself sets %q, whatever the client sends`, e.Header), true
	case value != "" || e.Query != "" || e.Path != "":
		return "", false
	case name == "prefer":
		return `servers must ignore preferences that they do not know (RFC 7240, section 2), want no entry for "prefer"`, true
	case slices.Contains(everyday, name) || strings.HasPrefix(name, "sec-fetch-") || strings.HasPrefix(name, "sec-ch-"):
		return fmt.Sprintf(`nearly every request has %q, want a "value", a "query" or a "path" beside it`, e.Header), true
	}
	return "", false
}
