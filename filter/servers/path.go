// SPDX-License-Identifier: Apache-2.0

package servers

// maxSegments is how many slashes the path of an entry has at most.
const maxSegments = 16

// ofPath returns the condition of a path, which has a kind for where its "*" is.
func (c *conditions) ofPath(group int32, path string) int32 {
	c.inPath.add(group)
	c.longestPath = max(c.longestPath, len(path))
	switch {
	case path[0] == '*':
		c.hasPathEnds = true
		hash := uint32(hashStart)
		for i := len(path) - 1; i > 0; i-- {
			hash = (hash ^ uint32(path[i])) * c.multiplier
		}
		return c.of(hash, ofPathEnd, none, path[1:])
	case path[len(path)-1] == '*':
		path = path[:len(path)-1]
		return c.of(c.hash(path), ofPathStart, none, path)
	default:
		return c.of(c.hash(path), ofWholePath, none, path)
	}
}

// path meets the conditions of a path. It reads no more of it than the entries have,
// from the start and, where any asks for one, from the end.
func (m *match) path(path string) {
	size := uint(0)
	for size < uint(len(path)) && at(path, size) != '?' && at(path, size) != '#' {
		size++
	}
	path = path[:size]
	hash, length, slashes := uint32(hashStart), 0, 0
	i := uint(0)
	for i < size && length < m.longestPath {
		c := at(path, i)
		if c == '%' {
			c, i = decodeInPath(path, i)
		}
		i++
		length++
		hash = (hash ^ uint32(c)) * m.multiplier
		if c == '/' && slashes < maxSegments {
			slashes++
			m.meetPath(hash, ofPathStart, path[:i])
		}
	}
	if i == size {
		m.meetPath(hash, ofWholePath, path)
	}
	if !m.hasPathEnds {
		return
	}
	hash, length, slashes, i = hashStart, 0, 0, size
	for i > 0 && length < m.longestPath && slashes < maxSegments {
		i--
		c := at(path, i)
		if i >= 2 && at(path, i-2) == '%' {
			if decoded, last := decodeInPath(path, i-2); last == i {
				c, i = decoded, i-2
			}
		}
		length++
		hash = (hash ^ uint32(c)) * m.multiplier
		if c == '/' {
			slashes++
			m.meetPath(hash, ofPathEnd, path[i:])
		}
	}
}

func (m *match) meetPath(hash uint32, kind conditionKind, encoded string) {
	key := m.find((hash ^ thing(kind, none)) * m.multiplier)
	if key != none && m.is(key, kind, none) && pathDecodesTo(encoded, m.all[key].text) {
		m.set(key)
	}
}

// decodeInPath is decode but for an encoded slash, which is none.
func decodeInPath(path string, i uint) (c byte, last uint) {
	if c, last = decode(path, i); c == '/' {
		return '%', i
	}
	return c, last
}

func pathDecodesTo(encoded, text string) bool {
	for i := uint(0); i < uint(len(encoded)); i++ {
		c := at(encoded, i)
		if c == '%' {
			c, i = decodeInPath(encoded, i)
		}
		if text == "" || c != text[0] {
			return false
		}
		text = text[1:]
	}
	return text == ""
}
