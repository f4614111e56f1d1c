// SPDX-License-Identifier: Apache-2.0

package config

import (
	"strings"

	"notimplemented/filter/servers"
)

// checkHosts refuses what can be no host, and a host of two servers.
func (d *document) checkHosts() {
	first := map[string]*text{}
	for _, s := range d.servers {
		for _, t := range s.hosts {
			if t.wrong || d.isTooLong(t, maxHost) {
				continue
			}
			if problem := hostProblem(t.value); problem != "" {
				d.refuse(t, problem)
				continue
			}
			host := servers.LowerCase(t.value)
			other := first[host]
			switch {
			case other == nil:
				first[host] = t
			case d.mistakes.wants(t.place):
				d.mistakes.add(t.place, d.quote(t.value)+" is listed twice, first at "+other.pointer()+", want it once")
			}
		}
	}
}

// hostProblem says why no request has this host, or is empty.
func hostProblem(host string) string {
	const wantAlone = ", want only the host"
	name, isDomain := strings.CutPrefix(host, "*.")
	port := strings.LastIndexByte(host, ':')
	switch {
	case host == "*":
		return " is not allowed, want the default at the top level"
	case strings.Contains(host, "://"):
		return " has a scheme" + wantAlone
	case strings.ContainsAny(host, "/?#"):
		return " has a path" + wantAlone
	case strings.HasPrefix(host, "["):
		end := strings.IndexByte(host, ']')
		switch {
		case end > 0 && strings.HasPrefix(host[end+1:], ":"):
			return " has a port" + wantAlone
		case end != len(host)-1 || !isIPv6(host[1:end]):
			return ` is not an IPv6 address, want one like "[2001:db8::1]"`
		}
		return ""
	case isDomain && (strings.HasPrefix(name, "[") || isDecimal(name[strings.LastIndexByte(name, '.')+1:])):
		return ` has "*." before an address, want the address or a domain`
	case strings.Count(host, ":") > 1:
		return " is an IPv6 address without brackets, want it in brackets"
	case port >= 0:
		return " has a port" + wantAlone
	case strings.HasSuffix(host, "."):
		return " ends with a dot, want it without"
	case strings.Contains(name, "*"):
		return ` has a misplaced "*", want ` + wantHost
	case strings.HasPrefix(name, ".") || strings.Contains(name, ".."):
		return " has an empty label, want " + wantHost
	}
	for i := range len(name) {
		if c := name[i]; c != '-' && c != '_' && c != '.' && !servers.IsAlphanumeric(c) {
			return ` has characters other than letters, digits, "-", "_" and ".", want ASCII, like "xn--bcher-kva.example"`
		}
	}
	return ""
}

func isDecimal(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// isIPv6 is RFC 3986, section 3.2.2, without zones.
func isIPv6(s string) bool {
	before, after, compressed := strings.Cut(s, "::")
	if !compressed {
		groups, ok := countGroups(s, true)
		return ok && groups == 8
	}
	left, leftOK := countGroups(before, false)
	right, rightOK := countGroups(after, true)
	return leftOK && rightOK && left+right < 8
}

// countGroups counts groups of 16 bits; an IPv4 address at the end is two.
func countGroups(s string, isLast bool) (groups int, ok bool) {
	for s != "" {
		group, rest, more := strings.Cut(s, ":")
		if !more && isLast && strings.Contains(group, ".") {
			return groups + 2, isIPv4(group)
		}
		if len(group) == 0 || len(group) > 4 || more && rest == "" {
			return 0, false
		}
		for i := range len(group) {
			if !isHex(group[i]) {
				return 0, false
			}
		}
		groups, s = groups+1, rest
	}
	return groups, true
}

func isIPv4(s string) bool {
	parts := strings.Split(s, ".")
	for _, part := range parts {
		if !isDecimal(part) || len(part) > 3 || len(part) > 1 && part[0] == '0' || len(part) == 3 && part > "255" {
			return false
		}
	}
	return len(parts) == 4
}
