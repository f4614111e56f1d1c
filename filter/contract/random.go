// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Choices are what is random of a configuration and its requests, so that a fuzzer
// can look for better ones. Where they end, the first of all that there is to choose
// from is taken.
type Choices []byte

// Seeds returns as many choices, the same ones each time.
func Seeds(count int) (seeds []Choices) {
	random := rand.New(rand.NewPCG(501, 0))
	for range count {
		seed := make(Choices, 400+random.IntN(2000))
		for i := range seed {
			seed[i] = byte(random.Uint32())
		}
		seeds = append(seeds, seed)
	}
	return seeds
}

func (c *Choices) number(limit int) (number int) {
	if len(*c) > 0 {
		number, *c = int((*c)[0])%limit, (*c)[1:]
	}
	return number
}

// once is true once in so many times.
func (c *Choices) once(in int) bool { return c.number(in) == in-1 }

func one[T any](c *Choices, of ...T) T { return of[c.number(len(of))] }

func some[T any](c *Choices, most int, of func() T) (all []T) {
	for range c.number(most + 1) {
		all = append(all, of())
	}
	return all
}

// text strings together what there is to choose from.
func (c *Choices) text(most int, of ...string) string {
	return strings.Join(some(c, most, func() string { return one(c, of...) }), "")
}

// Configuration returns a configuration in which each value is right by itself, most
// often also beside the others.
func (c *Choices) Configuration() string {
	top, allRight := object{}, !c.once(4)
	accept := func() bool {
		if !allRight {
			return true
		}
		read, err := Read(top.json())
		if err != nil {
			panic(err)
		}
		return len(read.Mistakes()) == 0
	}
	if !c.once(4) {
		c.server(&top, accept)
	}
	if len(top) == 0 || c.once(2) {
		servers := list{}
		top.add("servers", &servers)
		for range 1 + c.number(4) {
			server := object{}
			hosts := list{}
			servers.add(&server)
			server.add("hosts", &hosts)
			for range 1 + c.number(3) {
				hosts.try(c.host(), accept)
			}
			c.server(&server, accept)
			if len(hosts) == 0 || server.index("implemented_methods")+server.index("unimplemented") == -2 {
				servers = servers[:len(servers)-1]
			}
		}
		if len(servers) == 0 {
			servers.add(&object{{"hosts", &list{"a.b"}}, {"implemented_methods", &list{"PUT"}}})
		}
	}
	c.format(&top, accept)
	if c.once(8) {
		top.add("$schema", "config.schema.json")
	}
	return top.json()
}

// server adds what is declared, at least one of the two.
func (c *Choices) server(s *object, accept func() bool) {
	methods, entries := list{}, list{}
	if !c.once(3) {
		s.add("implemented_methods", &methods)
		for range 1 + c.number(4) {
			methods.try(c.method(), accept)
		}
		if len(methods) == 0 {
			methods.add("OPTIONS")
		}
	}
	if len(methods) == 0 || !c.once(3) {
		s.add("unimplemented", &entries)
		for range 1 + c.number(7) {
			entries.try(c.entry(entries), accept)
		}
		if len(entries) == 0 {
			i := s.index("unimplemented")
			*s = slices.Delete(*s, i, i+1)
		}
	}
	if s.index("hosts") >= 0 {
		c.format(s, accept)
	}
	s.shuffle(c)
}

func (c *Choices) format(s *object, accept func() bool) {
	switch c.number(6) {
	case 1:
		s.add("format", "json")
	case 2:
		s.add("format", "problem")
	case 3:
		s.add("format", "problem")
		s.add("problem_type", one(c, "/p", "https://example.com/p?a=%20#b", "about:blank"))
	case 4, 5:
		s.add("format", c.template())
		if !accept() {
			*s = (*s)[:len(*s)-1]
		}
	}
	if c.once(4) {
		headers := object{}
		for range 1 + c.number(3) {
			headers.set(one(c, "OData-Version", "x-should-retry", "access-control-allow-origin", "X_name"), one(c, "4.0", "false", "*", "{message} a\tb", `"\<>&'`))
		}
		s.add("response_headers", &headers)
	}
	if c.once(4) {
		s.add("dry_run", c.once(2))
	}
	s.shuffle(c)
}

func (c *Choices) template() *object {
	var t object
	piece := func() string {
		return one(c, "{message}", "{instead}", "{name}", "{kind}", "{alternatives}", "{{", "}}", "{{message}}", "{{{name}}}", "a", "message", " ", "<b>", "&amp;", `"`, "'", `\`, "é\n", "\u2028")
	}
	text := func() string { return one(c, "{alternatives}", strings.Join(some(c, 6, piece), "")) }
	if c.once(2) {
		t.add("content_type", one(c, "application/xml", "text/XML", "application/x+xml;charset=UTF-8", "text/html", "Text/Plain; charset=utf-8", "text/plain; x=\";json\""))
		t.add("body", one(c, "<a b='{name}'>", "{message}{instead}", "{kind}")+text())
		if c.once(16) {
			// Near the size that is too large, for one name or another.
			t[1].value = one(c, strings.Repeat("{alternatives}{name}", 28), strings.Repeat("{message}", 56), strings.Repeat("{name}", 56))
		}
	} else {
		t.add("content_type", one(c, "application/json", "application/x+JSON", "text/json ; charset=\"utf-8\""))
		var body any = c.json(text, 3)
		switch body.(type) {
		case string, json.RawMessage: // of which null is none
			body = &object{{"a", body}}
		}
		t.add("body", body)
	}
	t.shuffle(c)
	return &t
}

// json returns any JSON of so many levels.
func (c *Choices) json(text func() string, levels int) any {
	kind := c.number(8)
	switch {
	case levels == 0 || kind < 3:
		return text()
	case kind == 3:
		return json.RawMessage(one(c, "0", "-0", "1.50", "1E400", "12345678901234567890", "true", "false", "null"))
	case kind == 4:
		var array list
		for range c.number(4) {
			array.add(c.json(text, levels-1))
		}
		if array == nil {
			array = list{}
		}
		return &array
	}
	o := object{}
	for range c.number(5) {
		if name := one(c, "a", "b", "kind", "message", "{", "{{b}}", "{Name}", "a/b~c", "", "é"); o.index(name) < 0 {
			o.add(name, c.json(text, levels-1))
		}
	}
	return &o
}

// The alphabets are small, so that requests match often.

func (c *Choices) method() string {
	return one(c, "POST", "PUT", "GET", "HEAD", "PATCH", "brew", "BREW", "Brew", "B.W", "B|W", "A&B'", strings.Repeat("M", 64))
}

func (c *Choices) field() string { return one(c, "h", "H", "accept-encoding", "content-type", "x") }

// Some have lengths that are the same modulo 64.
func (c *Choices) member() string {
	return one(c, "a", "A", "b", "gzip", "a b", `"a"`, `"A\""`, `a"b`, `\`, `"`, "é", "k", strings.Repeat("a", 65), strings.Repeat("a", 64)+"b")
}

func (c *Choices) parameter() string {
	return one(c, "q", "q=1", "q=2", "Q", "q=1=2", "q=1 +", "a b+", "r", "r=é", "q?", "7")
}

func (c *Choices) entryPath() string {
	return one(c, "/", "/q", "/q/", "/q/*", "/q/7", "/q/7/*", "*/q", "*/7", "*/q/7", "*/7/", "//*", "/Q", "/a b+/$é", "*/$é", "/"+strings.Repeat("q/", 14)+"*", "*"+strings.Repeat("/7", 16))
}

func (c *Choices) capability() string {
	return one(c, "c", "d", "a long name with a blank", "a_long_name_with_a_blank", `"\ ü</>`, "異", strings.Repeat("ü", 33), "\u2028", strings.Repeat("<&", 128))
}

func (c *Choices) host() string {
	return one(c, "a.b", "A.B", "*.a.b", "*.b", "*.A.b", "c.a.b", "*.c.a.b", "b", "*.a-b.example", "a-b.example", "[2001:db8::1]", "[::A]", "192.0.2.1", "x_y.b", "*.x_y.b")
}

// entry returns an entry, now and then with most conditions of another one.
func (c *Choices) entry(others list) object {
	if len(others) > 0 && c.once(3) {
		e := slices.Clone(one(c, others...).(object))
		conditions := 0
		for _, key := range []string{"header", "query", "path"} {
			conditions += min(1, 1+e.index(key))
		}
		switch key := one(c, "method", "query", "path", "value", "dry_run"); {
		case e.index("capability") < 0:
		case key == "method" && !c.once(3):
			e.set(key, one(c, "GET", "HEAD", "POST"))
		case key == "query" && !c.once(3):
			e.set(key, one(c, "q", "q=1", "q=2"))
		case key == "path" && !c.once(3):
			e.set(key, one(c, "/q/7", "/q/*", "*/7"))
		case e.index(key) < 0 || conditions == 1 && (key == "query" || key == "path"):
		default:
			e = slices.Delete(e, e.index(key), e.index(key)+1)
		}
		return e
	}
	e := object{}
	shape := 1 + c.number(31)
	if shape&1 != 0 {
		e.add("method", c.method())
	}
	if shape&2 != 0 {
		e.add("header", c.field())
		if !c.once(3) {
			e.add("value", c.member())
		}
	}
	if shape&4 != 0 {
		e.add("query", c.parameter())
	}
	if shape&8 != 0 {
		e.add("path", c.entryPath())
	}
	if shape == 16 {
		e.add("query", c.parameter())
	}
	alternative := c.capability
	if shape&^16 == 1 {
		alternative = c.method
	} else {
		e.add("capability", c.capability())
	}
	if c.once(2) {
		alternatives := list{}
		for range c.number(3) {
			alternatives.add(alternative())
		}
		e.add("alternatives", &alternatives)
	}
	if c.once(3) {
		e.add("dry_run", !c.once(4))
	}
	e.shuffle(c)
	return e
}

// Request returns the lines of a request, which more often than not is about
// something that the contract is about.
func (c *Choices) Request(of Contract) (r [][2]string) {
	s := of.top
	if len(of.servers) > 0 && !c.once(4) {
		s = one(c, of.servers...)
	}
	var aims []entry
	if len(s.Unimplemented) > 0 {
		aims = some(c, 2, func() entry { return one(c, s.Unimplemented...) })
	}
	method := one(c, append([]string{"GET", "HEAD", "POST"}, s.Implemented...)...)
	if len(aims) > 0 && aims[0].Method != "" && !c.once(4) {
		method = one(c, aims[0].Method, aims[0].Method, strings.Replace(aims[0].Method, "GET", "HEAD", 1))
	}
	if c.once(4) {
		method = c.anyMethod()
	}
	if method != "" || c.once(2) {
		r = append(r, [2]string{":method", method})
	}
	if !c.once(8) {
		r = append(r, [2]string{":authority", c.authority(one(c, append(s.Hosts, c.host())...))})
	}
	if !c.once(16) {
		r = append(r, [2]string{":path", c.path(aims)})
	}
	line := func() [2]string {
		name := fold(one(c, c.field(), c.field(), "xx", "h2"))
		if name == "content-type" && !c.once(4) {
			return [2]string{name, c.contentType()}
		}
		return [2]string{name, c.line(nil)}
	}
	r = append(r, some(c, 3, line)...)
	for _, e := range aims {
		if e.Header != "" && !c.once(8) {
			r = append(r, [2]string{fold(e.Header), c.line(&e)})
		}
	}
	if c.once(3) {
		r = append(r, [2]string{"content-type", c.contentType()})
	}
	r = append(r, some(c, 2, line)...)
	if c.once(16) {
		r = append(r, [2]string{":path", c.path(aims)}) // of which the first counts
	}
	return r
}

// Requests returns a request for each method and each entry, of each server.
func (c Contract) Requests() (all [][][2]string) {
	for _, s := range append([]server{c.top}, c.servers...) {
		var lines [][2]string
		if len(s.Hosts) > 0 {
			lines = append(lines, [2]string{":authority", strings.Replace(s.Hosts[0], "*", "x", 1)})
		}
		add := func(more ...[2]string) { all = append(all, slices.Concat(lines, more)) }
		for _, method := range append(s.Implemented, "GET", "HEAD", strings.Join(s.Implemented, "")+"X") {
			add([2]string{":method", method})
		}
		for _, e := range s.Unimplemented {
			method := e.Method
			if method == "" {
				method = "GET"
			}
			name, value, _ := strings.Cut(e.Query, "=")
			all := Choices{} // of which the first is to encode every byte
			more := [][2]string{{":method", method}, {":path", all.pathOf(e) + "?x&" + all.encoded(name) + "=" + all.encoded(value)}}
			if e.Header != "" {
				more = append(more, [2]string{fold(e.Header), "x"}, [2]string{fold(e.Header), "x, " + e.Value + " ;q=1"})
			}
			add(more...)
		}
	}
	return all
}

func (c *Choices) anyMethod() string {
	switch c.number(8) {
	case 0:
		return c.text(3, "POST", "GET", "HEAD", "PUT", "\x80", " ", "é", `"`, `\`, "\x00", "<")
	case 1:
		return one(c, "get", "Put", "pATCH", "options", strings.Repeat("M", 63)+"é", strings.Repeat("m", 65), "PO\u017fT", "\u212a")
	case 2:
		return one(c, Registered...)
	default:
		return c.method()
	}
}

func (c *Choices) authority(host string) string {
	host, isDomain := strings.CutPrefix(host, "*")
	if isDomain {
		host = one(c, "a", "x", "x.y", "", ".") + host
	}
	if c.once(2) {
		return host
	}
	return one(c, "", "", ".", "x.", "C.") + one(c, host, strings.ToUpper(host)) +
		one(c, "", "", ".", "..") + one(c, "", ":443", ":", ":8a", ":80:80", "]:1")
}

func (c *Choices) path(aims []entry) string {
	parameter := func() string {
		if c.once(4) {
			return c.text(8, "q", "r", "%", "7", "1", "3", "D", "=", "&", "?", "+", "\xc3", "\xa9", " ")
		}
		return one(c, "q", "r", "7", "%71", "Q", "%5", "%7", "a%20b+", "a%20b%2B", "a+b+", "%c3%A9", "%71%3D1", "%2571") +
			one(c, "", "=", "=1", "=%31", "=2", "=1%3D2", "=1=2", "=1%20+", "=%", "=%C3%a9", "=é", "=1?q", "=1?q=1")
	}
	all := some(c, 2, parameter)
	for _, e := range aims {
		name, value, hasValue := strings.Cut(e.Query, "=")
		if name == "" || c.once(8) {
			continue
		}
		if hasValue && !c.once(8) || c.once(4) {
			all = append(all, c.encoded(name)+"="+c.encoded(value))
		} else {
			all = append(all, c.encoded(name))
		}
	}
	all = append(all, some(c, 1, parameter)...)
	path := one(c, "/", "/", "", "*", "/q", "/?r/?", "/q/7", "/q/7/", "/q%2f7", "/q/%", "//")
	for _, e := range aims {
		if e.Path != "" && !c.once(8) {
			path = c.pathOf(e) + one(c, "", "", "", "", "#", "/")
		}
	}
	return path + one(c, "?", "?", "?", "??", "") + strings.Join(all, one(c, "&", "&", "&&", ";"))
}

// pathOf returns a path that the entry is about, most often.
func (c *Choices) pathOf(e entry) string {
	some := c.encoded(one(c, "x", "", "q", "7/q", "x/y/", strings.Repeat("x", 300), "é"))
	parts := strings.Split(strings.Replace(e.Path, "*", some, 1), "/")
	for i := range parts {
		if !strings.Contains(parts[i], "%") {
			parts[i] = c.encoded(parts[i])
		}
	}
	slash := "/"
	if c.once(16) {
		slash = one(c, "%2F", "%2f", "%252F", "//")
	}
	return strings.Join(parts, slash)
}

// encoded percent-encodes some of it.
func (c *Choices) encoded(s string) string {
	every := one(c, 1, 2, 8, 256)
	var b strings.Builder
	for i := range len(s) {
		if c.once(every) {
			fmt.Fprintf(&b, one(c, "%%%02X", "%%%02x"), s[i])
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// line returns a line of a field's list, most often; it has the value of the entry.
func (c *Choices) line(aim *entry) string {
	if aim == nil && c.once(4) {
		return c.text(12, "a", "A", "b", ",", ";", `"`, `\`, " ", "\t", "q", "=", "0", ".", "\x80")
	}
	member := func(member string) string {
		return c.blanks() + one(c, member, member, strings.ToUpper(member)) + c.blanks() + strings.Join(some(c, one(c, 0, 2), func() string {
			return ";" + c.blanks() + one(c, "q=1", "q=0.001", "x=1", "x=", "", "quality=0", "q=", `q="0"`, `x="a,b;q=0"`, `x="\",a"`, `x="a\\"`, "=0",
				"q=0", "Q=0.000", "q=0.", "q=00", "q = 0", "q=\t0 ", "q=.0", "q=-0", "q=0 0", "0") + c.blanks()
		}), "")
	}
	all := some(c, 2, func() string { return member(c.member()) })
	if aim != nil {
		all = append(all, member(aim.Value))
	}
	all = append(all, some(c, 1, func() string { return member(c.member()) })...)
	return strings.Join(all, one(c, ",", ", ", ",,", "\t,", ";"))
}

func (c *Choices) blanks() string { return one(c, "", "", "", " ", "\t ") }

func (c *Choices) contentType() string {
	return one(c, "application/grpc", "application/grpc", "application/grpc", "application/grpc+proto", "application/grpc+", "application/grpc;a", "application/grpc-web",
		"application/grpc-web+proto", "application/grpc-web-text", "application/grpc-web-text+json", "application/grpc-web+x", "Application/grpc", "application/json", " application/grpc", "")
}

// object is one of JSON, in an order of its own.
type object []struct {
	key   string
	value any
}

func (o *object) add(key string, value any) {
	*o = append(*o, object{{key, value}}...)
}

func (o *object) set(key string, value any) {
	if i := o.index(key); i >= 0 {
		(*o)[i].value = value
	} else {
		o.add(key, value)
	}
}

func (o object) index(key string) int {
	for i := range o {
		if o[i].key == key {
			return i
		}
	}
	return -1
}

func (o object) shuffle(c *Choices) {
	for i := range o {
		j := i + c.number(len(o)-i)
		o[i], o[j] = o[j], o[i]
	}
}

func (o object) json() string {
	encoded, _ := json.Marshal(o) // of strings and booleans
	return string(encoded)
}

func (o object) MarshalJSON() ([]byte, error) {
	var members []string
	for _, member := range o {
		value, err := json.Marshal(member.value)
		if err != nil {
			return nil, err
		}
		members = append(members, quote(member.key)+":"+string(value))
	}
	return []byte("{" + strings.Join(members, ",") + "}"), nil
}

type list []any

func (l *list) add(element any) { *l = append(*l, element) }

// try adds an element if it is acceptable there.
func (l *list) try(element any, accept func() bool) {
	l.add(element)
	if !accept() {
		*l = (*l)[:len(*l)-1]
	}
}
