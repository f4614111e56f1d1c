// SPDX-License-Identifier: Apache-2.0

package config

import (
	"slices"
	"strconv"
	"strings"

	"notimplemented/filter/servers"
)

// Bounds of all further fields of one server.
const (
	maxHeaders     = 16
	maxHeadersSize = 1 << 10 // of names and values, in bytes
)

// readHeaders reads further fields of a server's answers, with names in lower case.
// They are not nil.
func (d *document) readHeaders(at place) [][2]string {
	headers := [][2]string{}
	size, count := 0, 0
	most := bound{maxHeaders, "fields", &count}
	d.members(at, "an object of strings", func(name *text, at place) {
		if d.isBeyond(most, name.place) {
			return
		}
		value := d.text(at, "a field value")
		field := [2]string{servers.LowerCase(name.value), value.value}
		d.checkResponseHeader(name, headers)
		if !isFieldValue(value.value) {
			d.refuse(value, " is not a field value, want visible ASCII, with spaces or tabs only inside")
		}
		before := size
		size += len(field[0]) + len(field[1])
		if before <= maxHeadersSize && size > maxHeadersSize {
			d.report(name, "more than "+strconv.Itoa(maxHeadersSize)+" bytes of names and values")
		}
		headers = append(headers, field)
	})
	return headers
}

// checkResponseHeader refuses the names that are not the operator's to give.
func (d *document) checkResponseHeader(t *text, others [][2]string) {
	name := servers.LowerCase(t.value)
	switch {
	case !servers.IsToken(name):
		d.refuse(t, ` is not a field name, want one like "odata-version"`)
	case slices.Contains(ownHeaders, name):
		d.refuse(t, " is set by the plugin or the proxy, want another field")
	case slices.Contains(wrongHeaders, name) || strings.HasPrefix(name, "grpc-"):
		d.refuse(t, " does not belong in a 501, want another field")
	case slices.ContainsFunc(others, func(other [2]string) bool { return other[0] == name }):
		d.refuse(t, " is listed twice, want it once")
	}
}

var (
	ownHeaders = []string{
		"content-type", "content-length", "content-encoding", "cache-control", "x-content-type-options", "connection",
		"keep-alive", "proxy-connection", "transfer-encoding", "te", "trailer", "upgrade", "date", "server",
	}
	// Of a session, of a 405, and of what ends at some time.
	wrongHeaders = []string{"set-cookie", "allow", "retry-after"}
)

func isFieldValue(s string) bool {
	return servers.TrimBlanks(s) == s && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r > '~' })
}
