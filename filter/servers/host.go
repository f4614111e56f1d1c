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

func newHosts(declarations []Declaration) (h hosts) {
	size := 0
	for i := range declarations {
		size += len(declarations[i].Hosts)
	}
	h.table = newTable(size)
	for i := range declarations {
		for _, host := range declarations[i].Hosts {
			h.enter(strings.TrimPrefix(host, "*"), 1+i)
		}
	}
	return h
}

// enter hashes a name from its end, so that all domains of a host have their hashes
// in one go.
func (h *hosts) enter(name string, server int) {
	hash := uint32(hashStart)
	for i := len(name) - 1; i >= 0; i-- {
		hash = hashHost(hash, name[i])
	}
	h.add(hash)
	h.names = append(h.names, name)
	h.servers = append(h.servers, server)
	h.longest = max(h.longest, len(name))
}

// hashHost is the same for both cases of a letter.
func hashHost(hash uint32, c byte) uint32 { return (hash ^ uint32(c|0x20)) * hashPrime }

// find returns the server of an authority, 0 for that of all other hosts. Its time
// is bounded by the longest name that is declared.
func (h *hosts) find(authority string) (server int) {
	host := hostOf(authority)
	start := max(0, len(host)-h.longest)
	hash := uint32(hashStart)
	for i := len(host) - 1; i >= start; i-- {
		c := host[i]
		hash = hashHost(hash, c)
		// The whole host, or a domain that something is below.
		if (c == '.') == (i == 0) {
			continue
		}
		for key := h.first[h.bucket(hash)]; key != none; key = h.keys[key].next {
			if h.keys[key].hash == hash && EqualFold(h.names[key], host[i:]) {
				server = h.servers[key]
			}
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
	if port > 0 && authority[port-1] == ':' && (authority[0] != '[' || port > 1 && authority[port-2] == ']') {
		end = port - 1
	}
	if end > 0 && authority[end-1] == '.' {
		end--
	}
	return authority[:end]
}
