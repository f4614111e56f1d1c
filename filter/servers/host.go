// SPDX-License-Identifier: Apache-2.0

package servers

import "strings"

// hosts finds the server of a host: an exact one before a domain, a longer domain
// before a shorter one.
type hosts struct {
	table
	names   []string // of a domain with its dot: ".example.com"
	servers []int
	longest int // name, in bytes
}

func newHosts(servers []*server) (h hosts) {
	size := 0
	for _, server := range servers {
		size += len(server.hosts)
	}
	h.names, h.servers = make([]string, 0, size), make([]int, 0, size)
	h.build(size, func() {
		h.names, h.servers = h.names[:0], h.servers[:0]
		for number, server := range servers {
			for _, host := range server.hosts {
				h.enter(strings.TrimPrefix(host, "*"), number)
			}
		}
	})
	return h
}

// enter hashes a name from its end, so that all domains of a host have their hashes
// in one go.
func (h *hosts) enter(name string, server int) {
	hash := uint32(hashStart)
	for i := len(name) - 1; i >= 0; i-- {
		hash = (hash ^ uint32(lower(name[i]))) * h.multiplier
	}
	h.add(hash)
	h.names = append(h.names, name)
	h.servers = append(h.servers, server)
	h.longest = max(h.longest, len(name))
}

// find returns the server of an authority, 0 for that of all other hosts. Its time
// is bounded by the longest name that is declared.
func (h *hosts) find(authority string) (server int) {
	host := hostOf(authority)
	start := max(0, len(host)-h.longest)
	hash := uint32(hashStart)
	for i := len(host) - 1; i >= start; i-- {
		c := host[i]
		hash = (hash ^ uint32(lower(c))) * h.multiplier
		// The whole host, or a domain that something is below.
		if (c == '.') == (i == 0) {
			continue
		}
		if key := h.table.find(hash); key != none && EqualFold(h.names[key], host[i:]) {
			server = h.servers[key]
		}
	}
	return server
}

// hostOf returns the host of an authority (RFC 3986, section 3.2), without the
// dot of the root.
func hostOf(authority string) string {
	end := len(authority)
	port := end
	for port > 0 && '0' <= authority[port-1] && authority[port-1] <= '9' {
		port--
	}
	// Inside of an IPv6 address it is no port.
	if port > 0 && authority[port-1] == ':' && (authority[0] != '[' || authority[port-2] == ']') {
		end = port - 1
	}
	if end > 0 && authority[end-1] == '.' {
		end--
	}
	return authority[:end]
}
