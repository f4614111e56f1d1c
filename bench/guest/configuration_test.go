// SPDX-License-Identifier: Apache-2.0

package guest

import (
	"fmt"
	"strings"
	"testing"
)

const configurationSize = 64 << 10 // the greatest

// filled is a configuration of the greatest size: as many members as there is
// room for between its head and its tail.
func filled(head string, member func(i int) string, tail string) string {
	var b strings.Builder
	b.WriteString(head)
	for i := 0; ; i++ {
		next := member(i)
		if i > 0 {
			next = "," + next
		}
		if b.Len()+len(next)+len(tail) > configurationSize {
			return b.String() + tail
		}
		b.WriteString(next)
	}
}

// same repeats a member.
func same(member string) func(i int) string { return func(int) string { return member } }

// numbered puts its number into a member.
func numbered(format string) func(i int) string {
	return func(i int) string { return fmt.Sprintf(format, i) }
}

// long is a configuration of the greatest size with one long text in it.
func long(head, unit, tail string) string {
	return head + strings.Repeat(unit, (configurationSize-len(head)-len(tail))/len(unit)) + tail
}

// list is count members.
func list(count int, member func(i int) string) string {
	members := make([]string, count)
	for i := range members {
		members[i] = member(i)
	}
	return strings.Join(members, ",")
}

// hostile are configurations that are as hard to read as can be.
var hostile = []struct {
	name, config string
	taken        bool
}{
	// Right ones.
	{"methods", `{"implemented_methods":[` + list(1000, numbered(`"M%d"`)) + `]}`, true},
	{"methods of many servers", filled(`{"servers":[`, numbered(`{"hosts":["h%[1]d"],"implemented_methods":["M%[1]d","N%[1]d","O%[1]d","P%[1]d"]}`), `]}`), true},
	{"entries of a method", `{"unimplemented":[` + list(1000, numbered(`{"method":"M%d"}`)) + `]}`, true},
	{"entries of a field", `{"unimplemented":[` + list(1000, numbered(`{"capability":"c","header":"h%d"}`)) + `]}`, true},
	{"entries of a value", `{"unimplemented":[` + list(1000, numbered(`{"capability":"c","header":"h","value":"v%d"}`)) + `]}`, true},
	{"entries of a parameter", `{"unimplemented":[` + list(1000, numbered(`{"capability":"c","query":"q%d"}`)) + `]}`, true},
	{"entries of a path", `{"unimplemented":[` + list(1000, numbered(`{"capability":"c","path":"/some/long/path/%d"}`)) + `]}`, true},
	{"entries of paths below one", `{"unimplemented":[` + list(1000, numbered(`{"capability":"c","path":"/some/long/path/%d/*"}`)) + `]}`, true},
	{"entries of paths that end alike", `{"unimplemented":[` + list(1000, numbered(`{"capability":"c","path":"*/%d/some/long/path"}`)) + `]}`, true},
	{"entries of paths in paths", `{"unimplemented":[` + list(1000, func(i int) string {
		return fmt.Sprintf(`{"capability":"c","path":"/%d%s/*"}`, i/15, strings.Repeat("/a", 14-i%15))
	}) + `]}`, true},
	{"further fields of many servers", filled(`{"servers":[`, numbered(`{"hosts":["h%d"],"implemented_methods":["PUT"],"response_headers":{"a":"b","c":"d","e":"f"}}`), `]}`), true},
	{"capabilities", `{"unimplemented":[` + list(1000, numbered(`{"capability":"c%[1]d","query":"q%[1]d"}`)) + `]}`, true},
	{"entries of everything", `{"unimplemented":[` + list(700, numbered(`{"capability":"c","method":"PUT","header":"h","value":"v","query":"q%d"}`)) + `]}`, true},
	{"dry entries", `{"dry_run":true,"unimplemented":[` + list(1000, numbered(`{"capability":"c","query":"q%d","dry_run":true}`)) + `]}`, true},
	{"alternatives", `{"unimplemented":[` + list(400, numbered(`{"capability":"c","query":"q%d","alternatives":["a","b","c","d","e","f","g","h","i","j","k","l","m","n","o","p"]}`)) + `]}`, true},
	{"alternatives of many methods", `{"implemented_methods":[` + list(100, numbered(`"M%d"`)) + `],` +
		`"unimplemented":[` + list(1000, numbered(`{"method":"N%d","alternatives":["M1","M99","M98","M97"]}`)) + `]}`, true},
	{"a long schema", long(`{"implemented_methods":["PUT"],"$schema":"`, "s", `"}`), true},
	{"a long type of no entry", long(`{"implemented_methods":["PUT"],"format":"problem","problem_type":"`, "t", `"}`), true},
	{"a long type of many entries", `{"format":"problem","problem_type":"` + strings.Repeat("t", 30_000) + `","unimplemented":[` +
		list(1000, numbered(`{"method":"M%d"}`)) + `]}`, true},
	{"blanks", strings.Repeat(" ", configurationSize-32) + `{"implemented_methods":["PUT"]}`, true},

	// Wrong ones.
	{"too many further fields", filled(`{"implemented_methods":["PUT"],"response_headers":{`, numbered(`"a%d":"b"`), `}}`), false},
	{"too many methods", filled(`{"implemented_methods":[`, numbered(`"M%d"`), `]}`), false},
	{"too many entries", filled(`{"unimplemented":[`, numbered(`{"capability":"c","query":"q%d"}`), `]}`), false},
	{"too many alternatives", filled(`{"unimplemented":[{"capability":"c","query":"q","alternatives":[`, same(`"a"`), `]}]}`), false},
	{"a long method", long(`{"implemented_methods":["`, "M", `"]}`), false},
	{"a long capability", long(`{"unimplemented":[{"query":"q","capability":"`, "c", `"}]}`), false},
	{"a long capability in escapes", long(`{"unimplemented":[{"query":"q","capability":"`, `\u0001`, `"}]}`), false},
	{"a long alternative", long(`{"unimplemented":[{"query":"q","capability":"c","alternatives":["`, "é", `"]}]}`), false},
	{"a long value", long(`{"unimplemented":[{"capability":"c","header":"h","value":"`, "v", `"}]}`), false},
	{"nothing but blanks", strings.Repeat(" ", configurationSize), false},
	{"numbers for methods", filled(`{"implemented_methods":[`, same(`1`), `]}`), false},
	{"empty methods", filled(`{"implemented_methods":[`, same(`""`), `]}`), false},
	{"methods that are no token", filled(`{"implemented_methods":[`, numbered(`"M %d"`), `]}`), false},
	{"methods in lower case", filled(`{"implemented_methods":[`, same(`"baseline-control"`), `]}`), false},
	{"one method many times", filled(`{"implemented_methods":[`, same(`"M"`), `]}`), false},
	{"methods twice", `{"implemented_methods":[` + list(3600, numbered(`"M%d"`)) + "," + list(3600, numbered(`"M%d"`)) + `]}`, false},
	{"unknown keys", filled(`{`, numbered(`"k%d":0`), `}`), false},
	{"unknown keys that are nearly known", filled(`{`, numbered(`"dry_run%d":0`), `}`), false},
	{"unknown keys of an entry", filled(`{"unimplemented":[{`, numbered(`"metho%d":0`), `}]}`), false},
	{"empty entries", filled(`{"unimplemented":[`, same(`{}`), `]}`), false},
	{"numbers for entries", filled(`{"unimplemented":[`, same(`1`), `]}`), false},
	{"entries without a capability", filled(`{"unimplemented":[`, numbered(`{"query":"q%d"}`), `]}`), false},
	{"one entry many times", filled(`{"unimplemented":[`, same(`{"capability":"c","query":"q"}`), `]}`), false},
	{"entries that another one hides", filled(`{"unimplemented":[{"capability":"c","header":"h"},`, numbered(`{"capability":"c","header":"h","value":"v%d"}`), `]}`), false},
	{"entries that the last one hides", filled(`{"unimplemented":[`, numbered(`{"capability":"c","method":"M","query":"q%d"}`), `,{"method":"M"}]}`), false},
	{"names with one counter", filled(`{"unimplemented":[`, func(i int) string { return fmt.Sprintf(`{"capability":"%c","query":"q%d"}`, 0x4e00+i%20000, i) }, `]}`), false},
	{"fields that are no token", filled(`{"unimplemented":[`, numbered(`{"capability":"c","header":"h %d"}`), `]}`), false},
	{"values that never match", filled(`{"unimplemented":[`, numbered(`{"capability":"c","header":"h","value":"v,%d"}`), `]}`), false},
	{"alternatives that are not implemented", filled(`{"implemented_methods":["M"],"unimplemented":[{"method":"PUT","alternatives":[`, numbered(`"M%d"`), `]}]}`), false},
	{"numbers for alternatives", filled(`{"unimplemented":[{"capability":"c","query":"q","alternatives":[`, same(`1`), `]}]}`), false},
	{"methods that are entries too", `{"implemented_methods":[` + list(2500, numbered(`"M%d"`)) + `],"unimplemented":[` + list(2500, numbered(`{"method":"M%d"}`)) + `]}`, false},
	{"entries of methods that are missing anyway", filled(`{"implemented_methods":["M"],"unimplemented":[`, numbered(`{"capability":"c","method":"N%d","query":"q"}`), `]}`), false},
	{"a long key", long(`{"`, "k", `":0}`), false},
	{"a long key in escapes", long(`{"`, `\u00e9`, `":0}`), false},
	{"a long method that is no token", long(`{"implemented_methods":["`, " ", `"]}`), false},
	{"a long method of control characters", long(`{"implemented_methods":["`, `\u0000`, `"]}`), false},
	{"a long number", long(`{"dry_run":`, "1", `}`), false},
	{"a long string", long(`"`, "s", ``), false},
	{"arrays in arrays", strings.Repeat("[", configurationSize), false},
	{"objects in objects", long("", `{"a":`, ""), false},
	{"arrays of arrays", filled(`{"a":[`, same(strings.Repeat("[", 30)+strings.Repeat("]", 30)), `]}`), false},
	{"one name many times", filled(`{"a":{`, same(`"a":0`), `}}`), false},
	{"names in an unknown object", filled(`{"a":{`, numbered(`"%d":0`), `}}`), false},
	{"objects in an unknown array", filled(`{"a":[`, same(`{"a":0}`), `]}`), false},
	{"invalid UTF-8", strings.Repeat("\xff", configurationSize), false},
	{"NULs", strings.Repeat("\x00", configurationSize), false},
	{"too large", strings.Repeat(" ", configurationSize+1), false},
}

// hostileServers are those with "servers".
var hostileServers = []struct {
	name, config string
	taken        bool
}{
	{"servers", filled(`{"servers":[`, numbered(`{"hosts":["h%d"],"implemented_methods":["PUT"]}`), `]}`), true},
	{"hosts of a server", `{"servers":[{"implemented_methods":["PUT"],"hosts":[` + list(4000, numbered(`"h%07d"`)) + `]}]}`, true},
	{"domains of a server", `{"servers":[{"implemented_methods":["PUT"],"hosts":[` + list(4000, numbered(`"*.h%05d"`)) + `]}]}`, true},
	{"domains within domains", `{"servers":[{"implemented_methods":["PUT"],"hosts":[` +
		list(126, func(i int) string { return `"*` + strings.Repeat(".a", i+1) + `"` }) + `]}]}`, true},
	{"servers with one long type", `{"format":"problem","problem_type":"` + strings.Repeat("t", 30_000) + `","servers":[` +
		list(600, numbered(`{"hosts":["h%d"],"implemented_methods":["PUT"]}`)) + `]}`, true},
	{"servers with a long format of each", filled(`{"servers":[`, numbered(`{"hosts":["h%d"],"unimplemented":[{"method":"PUT"}],"format":{"content_type":"text/plain","body":"`+
		strings.Repeat("{message}", 64)+`"}}`), `]}`), true},
	{"a long format of many entries", `{"format":{"content_type":"text/plain","body":"` + strings.Repeat("t", 30_000) + `"},"unimplemented":[` +
		list(1000, numbered(`{"method":"M%d"}`)) + `]}`, true},
	{"a format of placeholders", `{"format":{"content_type":"text/html","body":"` + strings.Repeat("{instead}", 64) + `"},"unimplemented":[` +
		list(1000, numbered(`{"method":"M%d","alternatives":["A","B","C"]}`)) + `]}`, true},
	{"too many placeholders", long(`{"implemented_methods":["PUT"],"format":{"content_type":"text/plain","body":"`, "{kind}", `"}}`), false},
	{"a format of JSON", `{"format":{"content_type":"application/json","body":[` + list(64, numbered(`{"kind":"{kind}%d"}`)) + "," + list(2000, numbered(`{"a":"%d"}`)) + `]},"unimplemented":[` +
		list(600, numbered(`{"method":"M%d"}`)) + `]}`, true},
	{"a format of arrays", filled(`{"implemented_methods":["PUT"],"format":{"content_type":"application/json","body":[`, same(strings.Repeat("[", 25)+strings.Repeat("]", 25)), `]}}`), true},
	{"one host many times", filled(`{"servers":[{"implemented_methods":["PUT"],"hosts":[`, same(`"h"`), `]}]}`), false},
	{"one host in every server", filled(`{"servers":[`, same(`{"hosts":["h"],"implemented_methods":["PUT"]}`), `]}`), false},
	{"empty servers", filled(`{"servers":[`, same(`{}`), `]}`), false},
	{"hosts with a port", filled(`{"servers":[{"implemented_methods":["PUT"],"hosts":[`, numbered(`"h%d:80"`), `]}]}`), false},
	{"a long host", long(`{"servers":[{"implemented_methods":["PUT"],"hosts":["`, "a.", `"]}]}`), false},
	{"unknown placeholders", long(`{"implemented_methods":["PUT"],"format":{"content_type":"text/plain","body":"`, "{a}", `"}}`), false},
	{"open braces", long(`{"implemented_methods":["PUT"],"format":{"content_type":"text/plain","body":"`, "{ ", `"}}`), false},
	{"a body that comes out too long", long(`{"implemented_methods":["PUT"],"format":{"content_type":"text/plain","body":"`+strings.Repeat("{message}", 64), "x", `"}}`), false},
}

// Whoever writes the configuration cannot hurt the worker either.
func TestConfigurationBudget(t *testing.T) {
	for _, tt := range append(hostile, hostileServers...) {
		t.Run(tt.name, func(t *testing.T) {
			if len(tt.config) > configurationSize+1 {
				t.Fatalf("%d bytes, want at most %d", len(tt.config), configurationSize+1)
			}
			vm := start(t, config)
			vm.Log()
			before := vm.Instructions()
			err := vm.Update(tt.config)
			within(t, "wasm instructions", vm.Instructions()-before, configurationInstructions)
			if (err == nil) != tt.taken {
				t.Errorf("refused %v, %.300v", err != nil, err)
			}
			log := strings.Join(vm.Log(), "\n")
			if err == nil {
				// What is prepared at its first use must not take more.
				for _, method := range []string{"GET", "PUT", "TRACE", "BREW", "M1", "N1"} {
					if _, _, err := vm.Send(with(method)); err != nil {
						t.Fatal(err)
					}
				}
			} else {
				log = err.Error()
			}
			within(t, "bytes of memory", uint64(vm.Memory()), configurationMemory)
			within(t, "bytes of log", uint64(len(log)), configurationLog)
		})
	}
}
