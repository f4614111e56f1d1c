// SPDX-License-Identifier: Apache-2.0

// Package lint says what is wrong with a configuration of the plugin, what is
// probably not meant, and what it answers.
package lint

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"notimplemented/cmd/notimplemented/manifest"
	"notimplemented/cmd/notimplemented/request"
	"notimplemented/cmd/notimplemented/source"
	"notimplemented/filter/servers"
)

// Plugin says what there is to say of a plugin by itself.
func Plugin(plugin *manifest.Plugin) []source.Finding {
	if plugin.Part {
		return []source.Finding{{Position: plugin.Start(), Severity: source.Note, Message: `part of a configuration, want the output of "kustomize build"`}}
	}
	document, findings := plugin.Read()
	if document == nil {
		return findings
	}
	answers := source.Finding{Position: plugin.Start(), Severity: source.Note, Message: document.Config().Servers.String()}
	return slices.Concat(findings, []source.Finding{answers}, warnings(plugin, document.Declarations))
}

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
func warnings(plugin *manifest.Plugin, declared []servers.Declaration) (warnings []source.Finding) {
	warn := func(pointer, problem string) {
		if problem != "" {
			warnings = append(warnings, source.Finding{Position: plugin.Of(pointer), Severity: source.Warning, Pointer: pointer, Message: problem})
		}
	}
	for i, d := range declared {
		server := ""
		if i > 0 {
			server = fmt.Sprintf("/servers/%d", i-1)
		}
		isNamed := func(method string) bool {
			return slices.ContainsFunc(d.Unimplemented, func(e servers.Entry) bool { return e.Method == method })
		}
		if d.Implemented != nil {
			pointer := server + "/implemented_methods"
			if !slices.Contains(d.Implemented, "OPTIONS") && !isNamed("OPTIONS") {
				warn(pointer, `"OPTIONS" is not listed, but browsers send it before cross-origin requests, want it here, or {"method": "OPTIONS"} in "unimplemented" if that is intended`)
			}
			warn(pointer, refused(plugin, d.Implemented))
			implemented := append([]string{"GET", "HEAD"}, d.Implemented...)
			warn(pointer, skipped(plugin, func(method string) bool { return !slices.Contains(implemented, method) && !isNamed(method) }))
		}
		for i, e := range d.Unimplemented {
			pointer := fmt.Sprintf("%s/unimplemented/%d", server, i)
			if e.Method != "" {
				warn(pointer+"/method", refused(plugin, []string{e.Method}))
			}
			warn(pointer, skipped(plugin, func(method string) bool { return e.Method == "" || e.Method == method }))
			warn(pointer+"/header", doubtful(e))
		}
	}
	return warnings
}

// refused says which methods Envoy itself refuses.
func refused(plugin *manifest.Plugin, methods []string) (problem string) {
	unknown := those(methods, func(method string) bool { return !plugin.CustomMethods && !slices.Contains(knownToEnvoy, method) })
	if unknown == "" {
		return ""
	}
	return "Envoy answers 400 to " + unknown + ` over HTTP/1, want "http_protocol_options: {allow_custom_methods: true}" in the connection manager`
}

// skipped says which of the methods that are to be answered Envoy keeps from the plugin.
func skipped(plugin *manifest.Plugin, isAnswered func(method string) bool) (problem string) {
	methods := those(plugin.Skipped, isAnswered)
	if methods == "" {
		return ""
	}
	return "no effect on " + methods + ", for which Envoy's matcher skips the plugin, want no SkipFilter there"
}

// those lists the methods that are such.
func those(methods []string, isSuch func(method string) bool) string {
	var quoted []string
	for _, method := range methods {
		if isSuch(method) {
			quoted = append(quoted, strconv.Quote(method))
		}
	}
	return strings.Join(quoted, ", ")
}

// doubtful says of an entry's field that it matches more or less than is meant.
func doubtful(e servers.Entry) (problem string) {
	name, value := e.Header, strings.ToLower(e.Value)
	switch {
	case name == "te" && value != "" && value != "trailers",
		name == "expect" && value == "100-continue",
		name == "upgrade" && value == "h2c":
		return fmt.Sprintf("Envoy drops %q before the plugin sees it, Istio not always", name+": "+value)
	case name == "http2-settings", request.IsDroppedByEnvoy(name):
		return fmt.Sprintf("Envoy drops %q before the plugin sees it, Istio not always", name)
	case name == "cookie" && value != "":
		return `"cookie" is not a comma-separated list, so a "value" never matches one cookie among several`
	case request.IsSetByEnvoy(name):
		return fmt.Sprintf(`Envoy itself sets %q, whatever the client sends`, name)
	case value != "" || e.Query.Name != "" || e.Path != "":
		return ""
	case name == "prefer":
		return `servers must ignore preferences that they do not know (RFC 7240, section 2), want no entry for "prefer"`
	case slices.Contains(everyday, name) || strings.HasPrefix(name, "sec-fetch-") || strings.HasPrefix(name, "sec-ch-"):
		return fmt.Sprintf(`nearly every request has %q, want a "value", "query" or "path" with it`, name)
	}
	return ""
}
