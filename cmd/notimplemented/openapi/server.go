// SPDX-License-Identifier: Apache-2.0

package openapi

import (
	"path"
	"regexp"
	"strings"

	"notimplemented/cmd/notimplemented/request"
	"notimplemented/cmd/notimplemented/source"
)

// Server is where an operation is served.
type Server struct {
	Host string // as the plugin's configuration has it, empty where no document says
	Base string // what comes before the path of the operation
}

// Servers returns where an operation is served: what it says itself, else its path,
// else its document. Either all of them have a host or none.
func (o Operation) Servers() ([]Server, []source.Finding) {
	servers := []Server{{}}
	for _, owner := range o.owners {
		own := o.reader.servers(owner)
		if len(own) > 0 && own[0].Host == "" { // the same hosts by another path
			var all []Server
			for _, s := range servers {
				for _, base := range own {
					all = append(all, Server{s.Host, base.Base})
				}
			}
			own = all
		}
		if len(own) > 0 {
			servers = own
		}
	}
	return servers, o.reader.taken()
}

// servers returns what a document, a path item or an operation names.
func (r *Reader) servers(owner place) []Server {
	var hosted, others []Server
	add := func(at place, host, base string) {
		s := Server{normal(host), strings.TrimRight(base, "/")}
		if s.Host == "" {
			others = append(others, s)
			return
		}
		if problem := r.hostProblem(s.Host); problem != "" {
			r.fail(at.position(), problem)
		} else {
			hosted = append(hosted, s)
		}
	}
	base, hasBase := owner.child("basePath") // Swagger 2.0, as is host
	if host, ok := owner.child("host"); ok {
		add(host, host.text(), base.text())
	} else if hasBase {
		add(base, "", base.text())
	}
	servers, _ := owner.child("servers")
	for _, server := range servers.elements() {
		url, _ := server.child("url")
		variables, _ := server.child("variables")
		for _, expanded := range r.expanded(url, variables) {
			expanded = expanded[:strings.IndexAny(expanded+"?", "?#")]
			_, rest, ok := strings.Cut(expanded, "//")
			end := strings.IndexByte(rest+"/", '/')
			host, base := rest[:end], rest[end:]
			if !ok { // a path, behind what can be anything
				host, base = "", path.Clean("/"+strings.TrimPrefix(expanded, unknown))
			}
			add(url, host, strings.ReplaceAll(base, unknown, parameter))
		}
	}
	if hosted != nil {
		return hosted
	}
	return others
}

var variable = regexp.MustCompile(`\{([^{}]*)\}`)

// unknown stands for a variable that can be anything, parameter for one in a path.
const (
	unknown   = "\x00"
	parameter = "{}"
)

// most bounds how many URLs the variables of one make.
const most = 1000

// expanded returns the URLs that a URL with variables stands for.
func (r *Reader) expanded(url, variables place) []string {
	text := url.text()
	all, end := []string{""}, 0
	for _, match := range variable.FindAllStringSubmatchIndex(text, -1) {
		declared, _ := variables.child(text[match[2]:match[3]])
		var values []string
		if strings.HasSuffix(text[:match[0]], "{") { // a template that nobody has filled
			values = append(values, text[match[0]:match[1]])
		} else if enum, ok := declared.child("enum"); ok {
			for _, value := range enum.elements() {
				values = append(values, value.text())
			}
		}
		if value := declared.textOf("default"); len(values) == 0 && value != "" {
			values = append(values, value)
		}
		if len(values) == 0 {
			values = append(values, unknown)
		}
		if len(all)*len(values) > most {
			r.fail(url.position(), "the variables make more than 1,000 URLs, want fewer")
			return nil
		}
		var longer []string
		for _, before := range all {
			for _, value := range values {
				longer = append(longer, before+text[end:match[0]]+value)
			}
		}
		all, end = longer, match[1]
	}
	for i := range all {
		all[i] += text[end:]
	}
	return all
}

var port = regexp.MustCompile(`:[0-9` + unknown + `]*$`)

// normal returns a host as the configuration names it: without user and port, in
// lower case and ASCII, and any host of a domain where a variable can be anything.
func normal(host string) string {
	host = host[strings.LastIndexByte(host, '@')+1:]
	host = strings.TrimSuffix(port.ReplaceAllString(host, ""), ".")
	if i := strings.LastIndex(host, unknown); i >= 0 {
		_, domain, ok := strings.Cut(host[i:], ".")
		if !ok {
			return "" // any host, so none
		}
		host = "*." + domain
	}
	return request.Host(host)
}

// hostProblem says why the configuration cannot have a host, or is empty.
func (r *Reader) hostProblem(host string) string {
	problem, ok := r.hosts[host]
	if !ok {
		problem = problemOf(`{"servers": [{"implemented_methods": ["GET"], "hosts": [` + quoted(host) + `]}]}`)
		if r.hosts == nil {
			r.hosts = map[string]string{}
		}
		r.hosts[host] = problem
	}
	return problem
}
