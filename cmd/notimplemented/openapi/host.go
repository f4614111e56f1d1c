// SPDX-License-Identifier: Apache-2.0

package openapi

import (
	"regexp"
	"slices"
	"strings"
)

// hosts returns the hosts that a document, a path item or an operation names, in
// the form that the plugin's configuration has for them.
func hosts(owner place) (hosts []string) {
	add := func(host string) {
		if host = normal(host); host != "" && !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	if host, ok := owner.child("host"); ok { // Swagger 2.0
		add(host.text())
	}
	servers, ok := owner.child("servers")
	if !ok {
		return hosts
	}
	for _, server := range servers.elements() {
		for _, url := range expanded(textOf(child(server, "url")), child(server, "variables")) {
			if _, rest, ok := strings.Cut(url, "//"); ok {
				host, _, _ := strings.Cut(rest, "/")
				add(host)
			}
		}
	}
	return hosts
}

var variable = regexp.MustCompile(`\{([^{}]*)\}`)

// unknown stands for a variable that can be anything.
const unknown = "\x00"

// most bounds how many hosts the variables of one URL make.
const most = 1000

// expanded returns the URLs that a URL with variables stands for.
func expanded(url string, variables node) []string {
	match := variable.FindStringSubmatchIndex(url)
	if match == nil {
		return []string{url}
	}
	declared := child(variables, url[match[2]:match[3]])
	var values []string
	if enum := child(declared, "enum"); enum != nil {
		for _, value := range enum.elements() {
			values = append(values, value.text())
		}
	}
	if value := textOf(child(declared, "default")); values == nil && value != "" {
		values = []string{value}
	}
	if values == nil {
		values = []string{unknown}
	}
	var all []string
	for _, value := range values {
		for _, rest := range expanded(url[match[1]:], variables) {
			if len(all) < most {
				all = append(all, url[:match[0]]+value+rest)
			}
		}
	}
	return all
}

var port = regexp.MustCompile(`:[0-9]*$`)

// normal returns a host as the configuration names it: without user and port, in
// lower case, and any host of a domain where a variable can be anything.
func normal(host string) string {
	host = host[strings.LastIndexByte(host, '@')+1:]
	host = strings.ToLower(strings.TrimSuffix(port.ReplaceAllString(host, ""), "."))
	if i := strings.LastIndex(host, unknown); i >= 0 {
		_, domain, ok := strings.Cut(host[i:], ".")
		if !ok {
			return "" // any host, so none
		}
		return "*." + domain
	}
	return host
}
