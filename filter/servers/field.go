// SPDX-License-Identifier: Apache-2.0

package servers

import "strings"

// list meets the conditions of a comma-separated list's members: case ignored,
// parameters ignored, but "q=0" means "not this one" (RFC 9110, sections 5.6.1 and
// 12.4.2).
func (m *match) list(field int32, list string) {
	conditions := &m.server.conditions
	lengths := conditions.conditions[field].members
	if lengths == 0 {
		return
	}
	for i := 0; i < len(list); {
		if list[i] == ',' || isBlank(list[i]) {
			i++
			continue
		}
		start := i
		i = endOfItem(list, i)
		item := trimBlanksBehind(list[start:i])
		start = i
		for i < len(list) && list[i] != ',' {
			i = endOfItem(list, i+1)
		}
		if !lengths.have(len(item)) {
			continue
		}
		if member := conditions.findMember(field, item); member != none && !m.met[member] && !hasZeroWeight(list[start:i]) {
			m.meet(member)
		}
	}
}

// endOfItem returns where the next comma or semicolon outside of quoted strings is
// (RFC 9110, section 5.6.4), or the end.
func endOfItem(s string, i int) int {
	for i < len(s) && s[i] != ',' && s[i] != ';' {
		if s[i] == '"' {
			i = endOfQuoted(s, i)
		} else {
			i++
		}
	}
	return i
}

// endOfQuoted returns where a quoted string is over that starts at i.
func endOfQuoted(s string, i int) int {
	for i++; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(s)
}

// hasZeroWeight takes the parameters of a member, each behind its semicolon.
func hasZeroWeight(parameters string) bool {
	for parameters != "" {
		end := endOfItem(parameters, 1)
		name, value, _ := strings.Cut(parameters[1:end], "=")
		parameters = parameters[end:]
		if !EqualFold(TrimBlanks(name), "q") {
			continue
		}
		integer, fraction, _ := strings.Cut(TrimBlanks(value), ".")
		if integer == "0" && strings.TrimLeft(fraction, "0") == "" {
			return true
		}
	}
	return false
}

// TrimBlanks removes blanks and tabs at both ends.
func TrimBlanks(s string) string {
	for s != "" && isBlank(s[0]) {
		s = s[1:]
	}
	return trimBlanksBehind(s)
}

func trimBlanksBehind(s string) string {
	for s != "" && isBlank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func isBlank(c byte) bool {
	return c == ' ' || c == '\t'
}
