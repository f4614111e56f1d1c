// SPDX-License-Identifier: Apache-2.0

package servers

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
	for i := 0; i < len(parameters); {
		i = skipBlanks(parameters, i+1)
		if i < len(parameters) && lower(parameters[i]) == 'q' && isZeroWeight(parameters, i+1) {
			return true
		}
		i = endOfItem(parameters, i)
	}
	return false
}

// isZeroWeight reports whether "=0" stands at i, with any number of zeros behind a
// point, and nothing else in this parameter.
func isZeroWeight(s string, i int) bool {
	i = skipBlanks(s, i)
	if i >= len(s) || s[i] != '=' {
		return false
	}
	i = skipBlanks(s, i+1)
	if i >= len(s) || s[i] != '0' {
		return false
	}
	i++
	if i < len(s) && s[i] == '.' {
		i++
		for i < len(s) && s[i] == '0' {
			i++
		}
	}
	i = skipBlanks(s, i)
	return i >= len(s) || s[i] == ';'
}

func skipBlanks(s string, i int) int {
	for i < len(s) && isBlank(s[i]) {
		i++
	}
	return i
}

// TrimBlanks removes blanks and tabs at both ends.
func TrimBlanks(s string) string {
	return trimBlanksBehind(s[skipBlanks(s, 0):])
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
