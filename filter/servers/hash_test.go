// SPDX-License-Identifier: Apache-2.0

package servers

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// letters returns the lower-case letters that a number stands for.
func letters(number uint32) string {
	b := [4]byte{}
	for i := range b {
		b[i] = 'a' + byte(number%26)
		number /= 26
	}
	return string(b[:])
}

// collision returns a text that has the same hash as another one; a host's is hashed from
// its end.
func collision(multiplier uint32, of string, isHost bool) string {
	forward := func(hash uint32, s string) uint32 {
		for i := range len(s) {
			hash = (hash ^ uint32(s[i])) * multiplier
		}
		return hash
	}
	reversed := func(s string) string {
		b := []byte(s)
		for i := range len(b) / 2 {
			b[i], b[len(b)-1-i] = b[len(b)-1-i], b[i]
		}
		return string(b)
	}
	inverse := multiplier // of it modulo 2^32, by Newton
	for range 5 {
		inverse *= 2 - multiplier*inverse
	}
	if isHost {
		of = reversed(of)
	}
	random := rand.New(rand.NewPCG(1, 0))
	const tries = 1 << 18
	starts := map[uint32]string{}
	for range tries {
		start := letters(random.Uint32())
		starts[forward(hashStart, start)] = start
	}
	for range tries {
		end := letters(random.Uint32())
		hash := forward(hashStart, of)
		for i := len(end) - 1; i >= 0; i-- {
			hash = hash*inverse ^ uint32(end[i])
		}
		if start, ok := starts[hash]; ok && start+end != of {
			if isHost {
				return reversed(start + end)
			}
			return start + end
		}
	}
	panic("no collision")
}

// What has the same hash as a name is not that name.
func TestNamesAreComparedWhole(t *testing.T) {
	const name = "abcdefgh"
	for _, tt := range []struct {
		what    string
		others  Declaration
		hosted  []Declaration
		table   func(s *Servers) *table
		request func(name string) Header
	}{
		{"method", Declaration{Unimplemented: []Entry{{Method: name}}}, nil,
			func(s *Servers) *table { return &s.all[0].methods.table },
			func(name string) Header { return Header{{":method", name}} }},
		{"host", Declaration{}, []Declaration{{Hosts: []string{name}, Unimplemented: []Entry{{Method: "GET"}}}},
			func(s *Servers) *table { return &s.hosts.table },
			func(name string) Header { return Header{{":method", "GET"}, {":authority", name}} }},
		{"field", Declaration{Unimplemented: numberedEntries(9, Entry{Capability: "c", Header: name})}, nil,
			func(s *Servers) *table { return &s.all[0].conditions.table },
			func(name string) Header { return Header{{":method", "GET"}, {name, ""}} }},
		{"member", Declaration{Unimplemented: []Entry{{Capability: "c", Header: "h", Value: name}}}, nil,
			func(s *Servers) *table { return &s.all[0].conditions.table },
			func(name string) Header { return Header{{":method", "GET"}, {"h", name}} }},
		{"parameter", Declaration{Unimplemented: []Entry{{Capability: "c", Query: Parameter{Name: name}}}}, nil,
			func(s *Servers) *table { return &s.all[0].conditions.table },
			func(name string) Header { return Header{{":method", "GET"}, {":path", "/?" + name}} }},
		{"value", Declaration{Unimplemented: []Entry{{Capability: "c", Query: Parameter{"q", name, true}}}}, nil,
			func(s *Servers) *table { return &s.all[0].conditions.table },
			func(name string) Header { return Header{{":method", "GET"}, {":path", "/?q=" + name}} }},
		{"parameter with a value", Declaration{Unimplemented: []Entry{{Capability: "c", Query: Parameter{name, "v", true}}}}, nil,
			func(s *Servers) *table { return &s.all[0].conditions.table },
			func(name string) Header { return Header{{":method", "GET"}, {":path", "/?" + name + "=v"}} }},
	} {
		s := New(tt.others, tt.hosted...)
		other := collision(tt.table(s).multiplier, name, tt.what == "host")
		for asked, isMissing := range map[string]bool{name: true, other: false} {
			header := tt.request(asked)
			var d Decision
			if err := s.Decide(&d, header[0][1], header.Request()); err != nil || (d.Missing != nil) != isMissing {
				t.Errorf("%s %q: missing %v, %v, want %v", tt.what, asked, d.Missing, err, isMissing)
			}
		}
	}
}

// Names of the same hash make a table anew, with another one: each is still found.
func TestNamesThatCollide(t *testing.T) {
	const name = "abcdefgh"
	first := New(Declaration{}).all[0].conditions.multiplier
	other := collision(first, name, false)
	for what, declare := range map[string]struct {
		entry   func(name string) Entry
		request func(name string) Header
	}{
		"method": {func(name string) Entry { return Entry{Method: name} },
			func(name string) Header { return Header{{":method", name}} }},
		"field": {func(name string) Entry { return Entry{Capability: name, Header: name} },
			func(name string) Header { return Header{{":method", "GET"}, {name, ""}} }},
		"parameter": {func(name string) Entry { return Entry{Capability: name, Query: Parameter{Name: name}} },
			func(name string) Header { return Header{{":method", "GET"}, {":path", "/?" + name}} }},
	} {
		s := New(Declaration{Unimplemented: []Entry{declare.entry(name), declare.entry(other)}})
		if s.all[0].methods.multiplier == first && s.all[0].conditions.multiplier == first {
			t.Errorf("%s: %q and %q do not collide", what, name, other)
		}
		for _, name := range []string{name, other, "third"} {
			header := declare.request(name)
			var d Decision
			if err := s.Decide(&d, header[0][1], header.Request()); err != nil {
				t.Fatal(err)
			}
			if got := d.Missing != nil && d.Missing.Name == name; got != (name != "third") {
				t.Errorf("%s %q: missing %v", what, name, d.Missing)
			}
		}
	}
}

// numberedEntries are so many that the fields are not asked for one by one.
func numberedEntries(count int, first Entry) []Entry {
	all := []Entry{first}
	for i := range count {
		all = append(all, Entry{Capability: "c", Header: fmt.Sprint("h", i)})
	}
	return all
}

// Who chooses the keys of a table cannot make a bucket of it long.
func TestCollidingKeys(t *testing.T) {
	const size = 1000
	honest := func(i int) string { return fmt.Sprint("name", i) }
	var first table
	first.build(size, func() {})
	inOneBucket := make([]string, 0, size)
	for i := 0; len(inOneBucket) < size; i++ {
		if name := fmt.Sprint(i); first.hash(name)>>first.shift == 0 {
			inOneBucket = append(inOneBucket, name)
		}
	}
	twins := []string{"abcdefgh", collision(first.multiplier, "abcdefgh", false)}
	for _, tt := range []struct {
		name  string
		count int
		key   func(i int) string
		same  bool // multiplier as in a table of nothing
	}{
		{"none", 0, nil, true},
		{"honest ones", size, honest, true},
		{"of one bucket", size, func(i int) string { return inOneBucket[i] }, false},
		{"up to eight of one bucket", 8, func(i int) string { return inOneBucket[i] }, true},
		{"of one hash", 2, func(i int) string { return twins[i] }, false},
	} {
		var table table
		table.build(size, func() {
			for i := range tt.count {
				table.add(table.hash(tt.key(i)))
			}
		})
		if same := table.multiplier == first.multiplier; same != tt.same || table.bad {
			t.Errorf("%s: the first multiplier %v, want %v; bad %v", tt.name, same, tt.same, table.bad)
		}
		for i := range tt.count {
			if got := table.find(table.hash(tt.key(i))); got != int32(i) {
				t.Fatalf("%s: key %d found as %d", tt.name, i, got)
			}
		}
	}
}
