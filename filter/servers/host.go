// SPDX-License-Identifier: Apache-2.0

package servers

import "strings"

// hosts finds the server of a host: an exact one before a domain, a longer domain
// before a shorter one.
type hosts struct {
	exact, domains hostTable
}

type hostTable struct {
	table
	names   []string // of a domain with its dot: ".example.com"
	servers []int
	longest int // name, in bytes
}

func newHosts(declarations []Declaration) (h hosts) {
	size := 0
	for i := range declarations {
		size += len(declarations[i].Hosts)
	}
	h.exact.table, h.domains.table = newTable(size), newTable(size)
	for i := range declarations {
		for _, host := range declarations[i].Hosts {
			if domain, ok := strings.CutPrefix(host, "*"); ok {
				h.domains.enter(domain, 1+i)
			} else {
				h.exact.enter(host, 1+i)
			}
		}
	}
	return h
}

func (t *hostTable) enter(name string, server int) {
	hash := uint32(hashStart)
	for i := len(name) - 1; i >= 0; i-- {
		hash = hashBefore(hash, name[i])
	}
	t.add(hash)
	t.names = append(t.names, name)
	t.servers = append(t.servers, server)
	t.longest = max(t.longest, len(name))
}

// hashBefore hashes a name from its end, so that all domains of a host have their
// hashes in one go.
func hashBefore(hash uint32, c byte) uint32 {
	return (hash ^ uint32(lower(c))) * hashPrime
}

func (t *hostTable) at(name string, hash uint32) (server int, ok bool) {
	for key := t.find(hash); key != none; key = t.after(key, hash) {
		if EqualFold(t.names[key], name) {
			return t.servers[key], true
		}
	}
	return 0, false
}

// find returns the server of an authority, 0 for that of all other hosts. Its time
// is bounded by the longest name that is declared.
func (h *hosts) find(authority string) (server int) {
	host := hostOf(authority)
	if host == "" {
		return 0
	}
	longest := max(h.exact.longest, h.domains.longest)
	hash := uint32(hashStart)
	for i := len(host) - 1; i >= 0 && len(host)-i <= longest; i-- {
		hash = hashBefore(hash, host[i])
		if host[i] == '.' && i > 0 {
			if s, ok := h.domains.at(host[i:], hash); ok {
				server = s
			}
		}
		if i == 0 {
			if s, ok := h.exact.at(host, hash); ok {
				return s
			}
		}
	}
	return server
}

// hostOf returns the host of an authority (RFC 3986, section 3.2), without the
// dot of the root.
func hostOf(authority string) string {
	end := len(authority)
	for end > 0 && '0' <= authority[end-1] && authority[end-1] <= '9' {
		end--
	}
	if end > 0 && authority[end-1] == ':' {
		// Inside of an IPv6 address it is no port.
		if authority[0] != '[' || end > 1 && authority[end-2] == ']' {
			authority = authority[:end-1]
		}
	}
	return strings.TrimSuffix(authority, ".")
}
