// SPDX-License-Identifier: Apache-2.0

package servers

import (
	"slices"
	"strconv"
	"strings"
)

// IsDry reports whether something is only counted and logged, not answered.
func (s *Servers) IsDry() bool {
	return slices.ContainsFunc(s.all, func(server *server) bool {
		return server.dryRun || slices.ContainsFunc(server.entries, func(e entry) bool { return e.dryRun })
	})
}

// How much a description names: what it leaves out, it counts.
const (
	mostServers = 20
	mostHosts   = 20
	mostNames   = 50
	longestName = 128 // bytes
)

// String says in words what is answered with 501, for the log.
func (s *Servers) String() string {
	if len(s.all) == 1 {
		return verb(s.all[0].dryRun) + " 501 to " + s.all[0].String()
	}
	active := slices.Clone(s.all[1:]) // the one of all other hosts last
	if others := s.all[0]; !others.isOpen() || len(others.entries) > 0 {
		active = append(active, others)
	}
	allDry := !slices.ContainsFunc(active, func(server *server) bool { return !server.dryRun })
	var described []string
	for _, server := range active {
		hosts := "other hosts"
		if server.hosts != nil {
			hosts = joinMost(server.hosts, mostHosts, ", ")
		}
		what := hosts + ": " + server.String()
		if server.dryRun && !allDry {
			what += " (dry run)"
		}
		described = append(described, what)
	}
	return verb(allDry) + " 501 for " + joinMost(described, mostServers, " | ")
}

func verb(dryRun bool) string {
	if dryRun {
		return "dry run: would answer"
	}
	return "answers"
}

func joinMost(texts []string, most int, separator string) string {
	if more := len(texts) - most; more > 0 {
		texts = append(texts[:most:most], "and "+strconv.Itoa(more)+" more")
	}
	return strings.Join(texts, separator)
}

func joinNames(names []string) string {
	short := make([]string, len(names))
	for i, name := range names {
		if len(name) > longestName {
			name = strings.ToValidUTF8(name[:longestName], "") + "…"
		}
		short[i] = name
	}
	return joinMost(short, mostNames, ", ")
}

// String says what is missing.
func (s *server) String() string {
	var methods, capabilities []string
	for _, e := range s.entries {
		name := e.missing.Name
		if e.dryRun {
			name += " (dry run)"
		}
		switch {
		case e.missing.Kind == Capability:
			capabilities = append(capabilities, name)
		case s.implemented == nil || e.dryRun:
			methods = append(methods, name)
		}
	}
	var all []string
	if s.implemented != nil {
		all = append(all, "every method but "+joinNames(s.implemented))
	}
	for _, names := range [][]string{methods, distinct(capabilities)} {
		if names != nil {
			all = append(all, joinNames(names))
		}
	}
	return strings.Join(all, "; to ")
}

func distinct(names []string) (kept []string) {
	seen := map[string]bool{}
	for _, name := range names {
		if !seen[name] {
			seen[name] = true
			kept = append(kept, name)
		}
	}
	return kept
}
