// SPDX-License-Identifier: Apache-2.0

// Package configtest has configurations, wrong and right, for the tests of all that
// reads them.
package configtest

import (
	"fmt"
	"strings"
)

func repeated(count int, element string) string {
	return strings.TrimSuffix(strings.Repeat(element+",", count), ",")
}

// counted puts the number of each element into it.
func counted(count int, element string) string {
	all := make([]string, count)
	for i := range all {
		all[i] = fmt.Sprintf(element, i)
	}
	return strings.Join(all, ",")
}

// Refusals is every way to be wrong, with what is printed.
var Refusals = []struct{ Name, Config, Want string }{
	{"absent", ``, `no configuration, want "implemented_methods" or "unimplemented"`},
	{"blank", " \t\r\n", `no configuration, want "implemented_methods" or "unimplemented"`},
	{"nothing declared", `{}`, `nothing is declared, want "implemented_methods", "unimplemented" or "servers"`},
	{"nothing but a dry run", ` {"dry_run": true}`, `nothing is declared, want "implemented_methods", "unimplemented" or "servers"`},
	{"too large", `"` + strings.Repeat("x", 70000-2) + `"`, `configuration is 70000 bytes, want at most 64 KiB`},
	{"not an object", `["GET"]`, `array, want an object`},
	{"null", `null`, `null, want an object`},

	{"malformed", `{"dry_run": yes}`, `syntax error at offset 12: invalid character 'y' at start of value`},
	{"unterminated", `{"dry_run": true`, `syntax error at offset 16: unexpected EOF`},
	{"trailing comma", `{"dry_run": true,}`, `syntax error at offset 16: invalid character ',' at start of value`},
	{"comment", `{} // none`, `syntax error at offset 3: invalid character '/' at start of value`},
	{"byte order mark", "\ufeff{}", `syntax error at offset 0: invalid character '\ufeff' at start of value`},
	{"duplicate name", `{"dry_run": true, "dry_run": false}`, `syntax error at offset 18: duplicate object member name "dry_run"`},
	{"duplicate name in an entry", `{"unimplemented": [{"method": "PUT", "method": "PATCH"}]}`, `syntax error at offset 37: duplicate object member name "method"`},
	{"second value", `{"implemented_methods": ["GET"]} {}`, `syntax error at offset 33: a second value, want one object`},
	{"invalid UTF-8", "{\"implemented_methods\": [\"G\xffT\"]}", `syntax error at offset 27: invalid UTF-8`},
	{"lone surrogate", `{"implemented_methods": ["\ud800"]}`, "syntax error at offset 26: invalid surrogate pair `\\ud800\"]}` in string"},
	{"deep", strings.Repeat("[", 60000), `syntax error at offset 32: nested deeper than 32 levels`},
	{"deep in an unknown key", `{"x": ` + strings.Repeat(`{"a":`, 40) + `1` + strings.Repeat("}", 41), `syntax error at offset 161: nested deeper than 32 levels`},
	{"a syntax error alone", `{"dry-run": 1, "format": xml}`, `syntax error at offset 25: invalid character 'x' at start of value`},

	{"unknown key, one letter off", `{"implemented_methods": ["GET"], "dryrun": true}`, `/dryrun: unknown key, want "dry_run"`},
	{"unknown key, two letters off", `{"unimplemented": [{"methd": "PUT"}]}`, `/unimplemented/0/methd: unknown key, want "method"`},
	{"unknown key, far off", `{"implemented_methods": ["GET"], "allow/deny~": {"a": [1]}}`, `/allow~1deny~0: unknown key, want one of "implemented_methods", "unimplemented", "format", "problem_type", "response_headers", "dry_run", "servers", "$schema"`},
	{"unknown key of an entry", `{"unimplemented": [{"method": "PUT", "body": "x"}]}`, `/unimplemented/0/body: unknown key, want one of "method", "header", "value", "query", "path", "capability", "alternatives", "dry_run"`},

	{"methods of a wrong type", `{"implemented_methods": "GET"}`, `/implemented_methods: string, want an array of methods`},
	{"methods null", `{"implemented_methods": null}`, `/implemented_methods: null, want an array of methods`},
	{"no methods", `{"implemented_methods": []}`, `/implemented_methods: empty, want at least one method`},
	{"method of a wrong type", `{"implemented_methods": ["GET", 7]}`, `/implemented_methods/1: number, want a method like "GET"`},
	{"empty method", `{"implemented_methods": [""]}`, `/implemented_methods/0: empty, want a method like "GET"`},
	{"no token", `{"implemented_methods": ["GET", "HEAD", "GE T"]}`, `/implemented_methods/2: "GE T" is not a method, want one like "GET"`},
	{"lower case", `{"implemented_methods": ["GET", "post"]}`, `/implemented_methods/1: "post" is not POST, methods are case-sensitive, want "POST"`},
	{"mixed case", `{"implemented_methods": ["Version-Control"]}`, `/implemented_methods/0: "Version-Control" is not VERSION-CONTROL, methods are case-sensitive, want "VERSION-CONTROL"`},
	{"listed twice", `{"implemented_methods": ["PUT", "POST", "PUT"]}`, `/implemented_methods/2: "PUT" is listed twice, want it once`},

	{"listed twice, and another is not", `{"unimplemented": [{"method": "PUT", "alternatives": ["PATCH"]}], "implemented_methods": ["POST", "POST"]}`, "/unimplemented/0/alternatives/0: \"PATCH\" is not implemented, want a method that is\n/implemented_methods/1: \"POST\" is listed twice, want it once"},

	{"entries of a wrong type", `{"unimplemented": {"method": "PUT"}}`, `/unimplemented: object, want an array of entries`},
	{"no entries", `{"unimplemented": []}`, `/unimplemented: empty, want at least one entry`},
	{"entry of a wrong type", `{"unimplemented": ["PUT"]}`, `/unimplemented/0: string, want an object`},
	{"entry null", `{"unimplemented": [null]}`, `/unimplemented/0: null, want an object`},
	{"entry empty", `{"unimplemented": [{}]}`, `/unimplemented/0: no condition, want "method", "header", "query" or "path"`},
	{"entry of a capability alone", `{"unimplemented": [{"capability": "websocket"}]}`, `/unimplemented/0: no condition, want "method", "header", "query" or "path"`},
	{"entry without a capability", `{"unimplemented": [{"header": "upgrade"}]}`, `/unimplemented/0: no "capability", want a name for the unimplemented feature`},
	{"entry with a misspelt capability", `{"unimplemented": [{"header": "upgrade", "capabilty": "websocket"}]}`, `/unimplemented/0/capabilty: unknown key, want "capability"`},
	{"capability of a method", `{"unimplemented": [{"method": "PUT", "capability": "put"}]}`, `/unimplemented/0/capability: an entry with only "method" is named after it, want no "capability"`},
	{"empty capability", `{"unimplemented": [{"query": "q", "capability": ""}]}`, `/unimplemented/0/capability: empty, want a name like "websocket"`},
	{"dry run of a wrong type", `{"unimplemented": [{"method": "PUT", "dry_run": "true"}]}`, `/unimplemented/0/dry_run: string, want true or false`},

	{"GET unimplemented", `{"unimplemented": [{"method": "GET"}]}`, `/unimplemented/0/method: "GET" is always implemented, want another method, or "header", "query" or "path" beside it`},
	{"HEAD unimplemented", `{"implemented_methods": ["HEAD"], "unimplemented": [{"method": "HEAD"}]}`, `/unimplemented/0/method: "HEAD" is always implemented, want another method, or "header", "query" or "path" beside it`},
	{"both lists", `{"unimplemented": [{"method": "PUT"}], "implemented_methods": ["PUT"]}`, `/unimplemented/0/method: "PUT" is also in "implemented_methods", want it in only one of them`},
	{"two entries of a method", `{"unimplemented": [{"method": "PUT", "dry_run": true}, {"method": "PUT"}]}`, `/unimplemented/1/method: "PUT" is listed twice, want one entry`},
	{"entry's method no token", `{"unimplemented": [{"method": "P/T"}]}`, `/unimplemented/0/method: "P/T" is not a method, want one like "GET"`},
	{"entry's method in lower case", `{"unimplemented": [{"method": "put", "query": "q", "capability": "c"}]}`, `/unimplemented/0/method: "put" is not PUT, methods are case-sensitive, want "PUT"`},

	{"alternatives of a wrong type", `{"unimplemented": [{"method": "PUT", "alternatives": "POST"}]}`, `/unimplemented/0/alternatives: string, want an array of strings`},
	{"alternative of a wrong type", `{"unimplemented": [{"method": "PUT", "alternatives": [null]}]}`, `/unimplemented/0/alternatives/0: null, want what to use instead`},
	{"empty alternative", `{"unimplemented": [{"query": "q", "capability": "c", "alternatives": [""]}]}`, `/unimplemented/0/alternatives/0: empty, want what to use instead`},
	{"alternative not listed", `{"implemented_methods": ["POST"], "unimplemented": [{"method": "PUT", "alternatives": ["POST", "PATCH"]}]}`, `/unimplemented/0/alternatives/1: "PATCH" is not implemented, want a method that is`},
	{"alternative unimplemented", `{"unimplemented": [{"method": "PUT", "alternatives": ["PATCH"]}, {"method": "PATCH"}]}`, `/unimplemented/0/alternatives/0: "PATCH" is not implemented, want a method that is`},
	{"alternative no method", `{"unimplemented": [{"method": "PUT", "alternatives": ["a form"]}]}`, `/unimplemented/0/alternatives/0: "a form" is not a method, want one like "GET"`},
	{"alternative listed twice", `{"unimplemented": [{"method": "PUT", "alternatives": ["POST", "POST"]}]}`, `/unimplemented/0/alternatives/1: "POST" is listed twice, want it once`},

	{"unreachable by its method", `{"implemented_methods": ["POST"], "unimplemented": [{"method": "PUT", "query": "q", "capability": "c"}]}`, `/unimplemented/0/method: unreachable: "PUT" is already unimplemented, want an implemented method`},
	{"unreachable by a later entry", `{"unimplemented": [{"method": "PUT", "query": "q", "capability": "c"}, {"method": "PUT"}]}`, `/unimplemented/0/method: unreachable: "PUT" is already unimplemented, want an implemented method`},
	{"unreachable by an equal entry", `{"unimplemented": [{"query": "q", "capability": "c"}, {"query": "q", "capability": "d"}]}`, `/unimplemented/1: unreachable: /unimplemented/0 already matches every such request, want this entry before it, or removed`},
	{"unreachable by a wider entry", `{"unimplemented": [{"header": "A", "capability": "c"}, {"header": "a", "value": "b", "query": "q", "method": "PUT", "capability": "d"}]}`, `/unimplemented/1: unreachable: /unimplemented/0 already matches every such request, want this entry before it, or removed`},
	{"unreachable, HEAD by GET", `{"unimplemented": [{"method": "GET", "query": "q", "capability": "c"}, {"method": "HEAD", "query": "q", "capability": "d"}]}`, `/unimplemented/1: unreachable: /unimplemented/0 already matches every such request, want this entry before it, or removed`},
	{"unreachable, value in another case", `{"unimplemented": [{"header": "a", "value": "b", "capability": "c"}, {"header": "a", "value": "B", "capability": "d"}]}`, `/unimplemented/1: unreachable: /unimplemented/0 already matches every such request, want this entry before it, or removed`},

	{"value alone", `{"unimplemented": [{"value": "websocket"}]}`, `/unimplemented/0/value: "value" requires "header"`},
	{"value with a method", `{"unimplemented": [{"method": "PUT", "value": "x"}]}`, `/unimplemented/0/value: "value" requires "header"`},
	{"value with a query", `{"unimplemented": [{"query": "q", "value": "x", "capability": "c"}]}`, `/unimplemented/0/value: "value" requires "header"`},
	{"value with a comma", `{"unimplemented": [{"header": "a", "value": "b, c", "capability": "c"}]}`, `/unimplemented/0/value: "b, c" can never match a list member, want one like "websocket"`},
	{"value with a parameter", `{"unimplemented": [{"header": "a", "value": "b;q=1", "capability": "c"}]}`, `/unimplemented/0/value: "b;q=1" can never match a list member, want one like "websocket"`},
	{"value with a blank", `{"unimplemented": [{"header": "a", "value": "b ", "capability": "c"}]}`, `/unimplemented/0/value: "b " can never match a list member, want one like "websocket"`},
	{"value with a line break", `{"unimplemented": [{"header": "a", "value": "b\nc", "capability": "c"}]}`, `/unimplemented/0/value: "b\nc" contains a control character, want none`},
	{"empty value", `{"unimplemented": [{"header": "a", "value": "", "capability": "c"}]}`, `/unimplemented/0/value: empty, want a list member like "websocket"`},

	{"header no token", `{"unimplemented": [{"header": "x y", "capability": "c"}]}`, `/unimplemented/0/header: "x y" is not a field name, want one like "upgrade"`},
	{"empty header", `{"unimplemented": [{"header": "", "capability": "c"}]}`, `/unimplemented/0/header: empty, want a field name like "upgrade"`},
	{"pseudo-header", `{"unimplemented": [{"header": ":path", "capability": "c"}]}`, `/unimplemented/0/header: ":path" is a pseudo-header, want a field name like "upgrade"`},
	{"host", `{"unimplemented": [{"header": "Host", "capability": "c"}]}`, `/unimplemented/0/header: "Host" is in every request, want another field`},
	{"connection", `{"unimplemented": [{"header": "Connection", "capability": "c"}]}`, `/unimplemented/0/header: "Connection" never reaches the plugin, want another field`},
	{"keep-alive", `{"unimplemented": [{"header": "keep-alive", "capability": "c"}]}`, `/unimplemented/0/header: "keep-alive" never reaches the plugin, want another field`},
	{"proxy-connection", `{"unimplemented": [{"header": "proxy-connection", "capability": "c"}]}`, `/unimplemented/0/header: "proxy-connection" never reaches the plugin, want another field`},
	{"transfer-encoding", `{"unimplemented": [{"header": "transfer-encoding", "value": "gzip", "capability": "c"}]}`, `/unimplemented/0/header: "transfer-encoding" never reaches the plugin, want another field`},
	{"empty query", `{"unimplemented": [{"query": "", "capability": "c"}]}`, `/unimplemented/0/query: empty, want a parameter like "uploads" or "type=2"`},

	{"unknown format", `{"implemented_methods": ["GET"], "format": "xml"}`, `/format: "xml" is unknown, want "json", "problem" or an object`},
	{"format null", `{"implemented_methods": ["GET"], "format": null}`, `/format: null, want "json", "problem" or an object`},
	{"problem type without format", `{"implemented_methods": ["GET"], "problem_type": "about:blank"}`, `/problem_type: "problem_type" requires "format": "problem"`},
	{"problem type with json", `{"implemented_methods": ["GET"], "problem_type": "about:blank", "format": "json"}`, `/problem_type: "problem_type" requires "format": "problem"`},
	{"problem type no reference", `{"implemented_methods": ["GET"], "format": "problem", "problem_type": "no uri"}`, `/problem_type: "no uri" is not a URI reference, want one like "https://example.com/not-implemented"`},
	{"problem type cut short", `{"implemented_methods": ["GET"], "format": "problem", "problem_type": "/%4"}`, `/problem_type: "/%4" is not a URI reference, want one like "https://example.com/not-implemented"`},
	{"empty problem type", `{"implemented_methods": ["GET"], "format": "problem", "problem_type": ""}`, `/problem_type: empty, want a URI reference`},
	{"schema of a wrong type", `{"implemented_methods": ["GET"], "$schema": 1}`, `/$schema: number, want the address of a schema`},

	{"star as a method", `{"implemented_methods": ["*"]}`, `/implemented_methods/0: "*" is not a method, want the methods themselves, or no "implemented_methods" if any is implemented`},
	{"star as an entry's method", `{"unimplemented": [{"method": "*"}]}`, `/unimplemented/0/method: "*" is not a method, want one like "GET"`},
	{"query with a question mark", `{"unimplemented": [{"query": "?uploads", "capability": "c"}]}`, `/unimplemented/0/query: "?uploads" starts with "?", want the parameter alone`},
	{"query of two parameters", `{"unimplemented": [{"query": "a&b", "capability": "c"}]}`, `/unimplemented/0/query: "a&b" contains "&", which separates parameters, want a single parameter`},
	{"query encoded", `{"unimplemented": [{"query": "%24filter", "capability": "c"}]}`, `/unimplemented/0/query: "%24filter" contains "%", want it decoded, without a literal "%"`},
	{"query without a name", `{"unimplemented": [{"query": "=a", "capability": "c"}]}`, `/unimplemented/0/query: "=a" has no name before "=", want one like "type=2"`},
	{"query without a value", `{"unimplemented": [{"query": "uploads=", "capability": "c"}]}`, `/unimplemented/0/query: "uploads=" has no value after "=", want "uploads", which matches with and without a value`},
	{"unreachable, a parameter with a value", `{"unimplemented": [{"query": "x", "capability": "c"}, {"query": "x=1", "capability": "d"}]}`, `/unimplemented/1: unreachable: /unimplemented/0 already matches every such request, want this entry before it, or removed`},
	{"unreachable, the same value", `{"unimplemented": [{"query": "x=1=2", "capability": "c"}, {"method": "PUT", "query": "x=1=2", "capability": "d"}]}`, `/unimplemented/1: unreachable: /unimplemented/0 already matches every such request, want this entry before it, or removed`},
	{"capabilities with one counter", `{"unimplemented": [{"query": "a", "capability": "分片"}, {"query": "b", "capability": "异步"}]}`, `/unimplemented/1/capability: "异步" has the same counter as "分片", want names that differ in ASCII letters or digits`},
	{"capabilities of two servers with one counter", `{"unimplemented": [{"query": "a", "capability": "a b"}], "servers": [{"hosts": ["a"], "unimplemented": [{"query": "b", "capability": "a_b"}]}]}`, `/servers/0/unimplemented/0/capability: "a_b" has the same counter as "a b", want names that differ in ASCII letters or digits`},

	{"capabilities with one counter, several times", `{"unimplemented": [{"query": "a", "capability": "a b"}, {"query": "b", "capability": "a_b"}, {"query": "c", "capability": "a b"}, {"query": "d", "capability": "a_b"}]}`, "/unimplemented/1/capability: \"a_b\" has the same counter as \"a b\", want names that differ in ASCII letters or digits\n/unimplemented/3/capability: \"a_b\" has the same counter as \"a b\", want names that differ in ASCII letters or digits"},
	{"capabilities with one counter, servers first", `{"servers": [{"hosts": ["a"], "unimplemented": [{"query": "b", "capability": "a_b"}]}], "unimplemented": [{"query": "a", "capability": "a b"}]}`, `/unimplemented/0/capability: "a b" has the same counter as "a_b", want names that differ in ASCII letters or digits`},

	{"servers of a wrong type", `{"servers": {}}`, `/servers: object, want an array of servers`},
	{"no servers", `{"servers": []}`, `/servers: empty, want at least one server`},
	{"server of a wrong type", `{"servers": ["a"]}`, `/servers/0: string, want an object`},
	{"server without anything", `{"servers": [{}]}`, "/servers/0: no \"hosts\", want at least one host like \"s3.example.com\" or \"*.example.com\"\n/servers/0: nothing is declared, want \"implemented_methods\" or \"unimplemented\""},
	{"server without a declaration", `{"servers": [{"hosts": ["a"], "dry_run": true}]}`, `/servers/0: nothing is declared, want "implemented_methods" or "unimplemented"`},
	{"servers in a server", `{"servers": [{"hosts": ["a"], "implemented_methods": ["GET"], "servers": []}]}`, `/servers/0/servers: unknown key, want one of "hosts", "implemented_methods", "unimplemented", "format", "problem_type", "response_headers", "dry_run"`},
	{"hosts of a wrong type", `{"servers": [{"hosts": "a", "implemented_methods": ["GET"]}]}`, `/servers/0/hosts: string, want an array of hosts`},
	{"no hosts", `{"servers": [{"hosts": [], "implemented_methods": ["GET"]}]}`, `/servers/0/hosts: empty, want at least one host`},
	{"host of a wrong type", `{"servers": [{"hosts": [1], "implemented_methods": ["GET"]}]}`, `/servers/0/hosts/0: number, want a host like "s3.example.com" or "*.example.com"`},
	{"empty host", `{"servers": [{"hosts": [""], "implemented_methods": ["GET"]}]}`, `/servers/0/hosts/0: empty, want a host like "s3.example.com" or "*.example.com"`},
	{"host twice", `{"servers": [{"hosts": ["a", "A"], "implemented_methods": ["GET"]}]}`, `/servers/0/hosts/1: "A" is listed twice, first at /servers/0/hosts/0, want it once`},
	{"host of two servers", `{"servers": [{"hosts": ["*.a"], "implemented_methods": ["GET"]}, {"hosts": ["b", "*.a"], "implemented_methods": ["GET"]}]}`, `/servers/1/hosts/1: "*.a" is listed twice, first at /servers/0/hosts/0, want it once`},
	{"host, star alone", `{"servers": [{"hosts": ["*"], "implemented_methods": ["GET"]}]}`, "/servers/0/hosts/0: \"*\" is not allowed, want the default at the top level"},
	{"host, star in a host", `{"servers": [{"hosts": ["a.*.example.com"], "implemented_methods": ["GET"]}]}`, "/servers/0/hosts/0: \"a.*.example.com\" has a misplaced \"*\", want a host like \"s3.example.com\" or \"*.example.com\""},
	{"host, star without a dot", `{"servers": [{"hosts": ["*example.com"], "implemented_methods": ["GET"]}]}`, "/servers/0/hosts/0: \"*example.com\" has a misplaced \"*\", want a host like \"s3.example.com\" or \"*.example.com\""},
	{"host, star before an address", `{"servers": [{"hosts": ["*.192.0.2.1"], "implemented_methods": ["GET"]}]}`, "/servers/0/hosts/0: \"*.192.0.2.1\" has \"*.\" before an address, want the address or a domain"},
	{"host, star before an IPv6 address", `{"servers": [{"hosts": ["*.[2001:db8::1]"], "implemented_methods": ["GET"]}]}`, "/servers/0/hosts/0: \"*.[2001:db8::1]\" has \"*.\" before an address, want the address or a domain"},
	{"host, port", `{"servers": [{"hosts": ["a.example.com:443"], "implemented_methods": ["GET"]}]}`, "/servers/0/hosts/0: \"a.example.com:443\" has a port, want only the host"},
	{"host, port alone", `{"servers": [{"hosts": [":443"], "implemented_methods": ["GET"]}]}`, "/servers/0/hosts/0: \":443\" has a port, want only the host"},
	{"host, port of an IPv6 address", `{"servers": [{"hosts": ["[::1]:443"], "implemented_methods": ["GET"]}]}`, "/servers/0/hosts/0: \"[::1]:443\" has a port, want only the host"},
	{"host, scheme", `{"servers": [{"hosts": ["https://a.example.com"], "implemented_methods": ["GET"]}]}`, "/servers/0/hosts/0: \"https://a.example.com\" has a scheme, want only the host"},
	{"host, path", `{"servers": [{"hosts": ["a.example.com/b"], "implemented_methods": ["GET"]}]}`, "/servers/0/hosts/0: \"a.example.com/b\" has a path, want only the host"},
	{"host, trailing dot", `{"servers": [{"hosts": ["a.example.com."], "implemented_methods": ["GET"]}]}`, "/servers/0/hosts/0: \"a.example.com.\" ends with a dot, want it without"},
	{"host, empty label", `{"servers": [{"hosts": ["a..example.com"], "implemented_methods": ["GET"]}]}`, "/servers/0/hosts/0: \"a..example.com\" has an empty label, want a host like \"s3.example.com\" or \"*.example.com\""},
	{"host, empty first label", `{"servers": [{"hosts": [".example.com"], "implemented_methods": ["GET"]}]}`, "/servers/0/hosts/0: \".example.com\" has an empty label, want a host like \"s3.example.com\" or \"*.example.com\""},
	{"host, other characters", `{"servers": [{"hosts": ["bücher.example"], "implemented_methods": ["GET"]}]}`, "/servers/0/hosts/0: \"bücher.example\" has characters other than letters, digits, \"-\", \"_\" and \".\", want ASCII, like \"xn--bcher-kva.example\""},
	{"host, IPv6 without brackets", `{"servers": [{"hosts": ["::1"], "implemented_methods": ["GET"]}]}`, "/servers/0/hosts/0: \"::1\" is an IPv6 address without brackets, want it in brackets"},
	{"host, IPv6 malformed", `{"servers": [{"hosts": ["[2001:db8::1::2]"], "implemented_methods": ["GET"]}]}`, "/servers/0/hosts/0: \"[2001:db8::1::2]\" is not an IPv6 address, want one like \"[2001:db8::1]\""},
	{"host, IPv6 too short", `{"servers": [{"hosts": ["[1:2:3:4:5:6:7]"], "implemented_methods": ["GET"]}]}`, "/servers/0/hosts/0: \"[1:2:3:4:5:6:7]\" is not an IPv6 address, want one like \"[2001:db8::1]\""},
	{"host, IPv6 too long", `{"servers": [{"hosts": ["[1:2:3:4:5:6:7:8:9]"], "implemented_methods": ["GET"]}]}`, "/servers/0/hosts/0: \"[1:2:3:4:5:6:7:8:9]\" is not an IPv6 address, want one like \"[2001:db8::1]\""},
	{"host, IPv6 with a zone", `{"servers": [{"hosts": ["[fe80::1%25eth0]"], "implemented_methods": ["GET"]}]}`, "/servers/0/hosts/0: \"[fe80::1%25eth0]\" is not an IPv6 address, want one like \"[2001:db8::1]\""},
	{"host, IPv6 unfinished", `{"servers": [{"hosts": ["[::1"], "implemented_methods": ["GET"]}]}`, "/servers/0/hosts/0: \"[::1\" is not an IPv6 address, want one like \"[2001:db8::1]\""},
	{"host, IPv6 with a wrong IPv4 address", `{"servers": [{"hosts": ["[::ffff:192.0.2.256]"], "implemented_methods": ["GET"]}]}`, "/servers/0/hosts/0: \"[::ffff:192.0.2.256]\" is not an IPv6 address, want one like \"[2001:db8::1]\""},
	{"alternative of another server", `{"implemented_methods": ["PUT"], "servers": [{"hosts": ["a"], "implemented_methods": ["POST"], "unimplemented": [{"method": "PATCH", "alternatives": ["PUT"]}]}]}`, `/servers/0/unimplemented/0/alternatives/0: "PUT" is not implemented, want a method that is`},
	{"problem type beside an inherited format", `{"implemented_methods": ["GET"], "format": "problem", "servers": [{"hosts": ["a"], "implemented_methods": ["GET"], "problem_type": "/p"}]}`, `/servers/0/problem_type: "problem_type" requires "format": "problem"`},
	{"entry of a server", `{"servers": [{"hosts": ["a"], "unimplemented": [{"query": "a", "capability": "c"}, {"query": "?a", "capability": "c"}]}]}`, `/servers/0/unimplemented/1/query: "?a" starts with "?", want the parameter alone`},

	{"format of a wrong type", `{"implemented_methods": ["GET"], "format": 1}`, `/format: number, want "json", "problem" or an object`},
	{"format empty", `{"implemented_methods": ["GET"], "format": {}}`, "/format: no \"content_type\", want one like \"application/xml\"\n/format: no \"body\", want the response body"},
	{"format with an unknown key", `{"implemented_methods": ["GET"], "format": {"content_type": "text/plain", "bodies": "a"}}`, `/format/bodies: unknown key, want one of "content_type", "body"`},
	{"content type of a wrong type", `{"implemented_methods": ["GET"], "format": {"content_type": 1, "body": "a"}}`, `/format/content_type: number, want a media type like "application/xml"`},
	{"content type empty", `{"implemented_methods": ["GET"], "format": {"content_type": "", "body": "a"}}`, `/format/content_type: empty, want a media type like "application/xml"`},
	{"content type without a subtype", `{"implemented_methods": ["GET"], "format": {"content_type": "xml", "body": "a"}}`, `/format/content_type: "xml" is not a media type, want one like "application/xml"`},
	{"content type with outer blanks", `{"implemented_methods": ["GET"], "format": {"content_type": " text/plain", "body": "a"}}`, `/format/content_type: " text/plain" is not a media type, want one like "application/xml"`},
	{"content type with a wrong parameter", `{"implemented_methods": ["GET"], "format": {"content_type": "text/plain; charset", "body": "a"}}`, `/format/content_type: "text/plain; charset" is not a media type, want one like "application/xml"`},
	{"content type of another charset", `{"implemented_methods": ["GET"], "format": {"content_type": "text/plain; charset=latin1", "body": "a"}}`, `/format/content_type: "text/plain; charset=latin1" has a charset other than utf-8, want utf-8 or none`},
	{"content type of another charset, quoted", `{"implemented_methods": ["GET"], "format": {"content_type": "text/plain; a=\"b;c\"; Charset=\"Latin1\"", "body": "a"}}`, `/format/content_type: "text/plain; a=\"b;c\"; Charset=\"Latin1\"" has a charset other than utf-8, want utf-8 or none`},
	{"content type of unknown escaping", `{"implemented_methods": ["GET"], "format": {"content_type": "application/pdf", "body": "a"}}`, `/format/content_type: "application/pdf" is not a supported type, want JSON, XML, "text/html" or "text/plain"`},
	{"body of XML that is none", `{"implemented_methods": ["GET"], "format": {"content_type": "application/xml", "body": {"a": 1}}}`, `/format/body: object, want a string, since "application/xml" is not JSON`},
	{"body of XML empty", `{"implemented_methods": ["GET"], "format": {"content_type": "application/xml", "body": ""}}`, `/format/body: empty, want the response body`},
	{"body of XML with a character", `{"implemented_methods": ["GET"], "format": {"content_type": "application/soap+xml", "body": "a\u0001"}}`, `/format/body: has a character that XML does not allow, want it removed`},
	{"body of JSON that is a string", `{"implemented_methods": ["GET"], "format": {"content_type": "application/json", "body": "a"}}`, `/format/body: string, want an object or an array, since "application/json" is JSON`},
	{"body of JSON that is null", `{"implemented_methods": ["GET"], "format": {"content_type": "application/problem+json", "body": null}}`, `/format/body: null, want an object or an array, since "application/problem+json" is JSON`},
	{"placeholder unknown", `{"implemented_methods": ["GET"], "format": {"content_type": "text/plain", "body": "a {msg}"}}`, `/format/body: "{msg}" is no placeholder, want {message}, {instead}, {name}, {kind} or {alternatives}, and {{ or }} for braces`},
	{"placeholder in capitals", `{"implemented_methods": ["GET"], "format": {"content_type": "application/json", "body": {"a": ["", {"b": "{Message}"}]}}}`, `/format/body/a/1/b: "{Message}" is no placeholder, want {message}, {instead}, {name}, {kind} or {alternatives}, and {{ or }} for braces`},
	{"placeholder with blanks", `{"implemented_methods": ["GET"], "format": {"content_type": "text/plain", "body": "{ message }"}}`, `/format/body: "{ message }" is no placeholder, want {message}, {instead}, {name}, {kind} or {alternatives}, and {{ or }} for braces`},
	{"placeholder unfinished", `{"implemented_methods": ["GET"], "format": {"content_type": "text/plain", "body": "a{message"}}`, `/format/body: "{" is unmatched, want {message}, {instead}, {name}, {kind} or {alternatives}, and {{ or }} for braces`},
	{"brace alone", `{"implemented_methods": ["GET"], "format": {"content_type": "text/plain", "body": "a}"}}`, `/format/body: "}" is unmatched, want {message}, {instead}, {name}, {kind} or {alternatives}, and {{ or }} for braces`},
	{"braces in pairs, then one", `{"implemented_methods": ["GET"], "format": {"content_type": "text/plain", "body": "{{message}"}}`, `/format/body: "}" is unmatched, want {message}, {instead}, {name}, {kind} or {alternatives}, and {{ or }} for braces`},
	{"placeholder in a name", `{"implemented_methods": ["GET"], "format": {"content_type": "application/json", "body": {"a": {"x{name}": 1}}}}`, `/format/body/a/x{name}: {name} in the name of a member, want it in a value`},
	{"placeholder in a name, alone", `{"implemented_methods": ["GET"], "format": {"content_type": "application/json", "body": {"{alternatives}": 1}}}`, `/format/body/{alternatives}: {alternatives} in the name of a member, want it in a value`},
	{"placeholder without quotes", `{"implemented_methods": ["GET"], "format": {"content_type": "application/json", "body": {"error": {"message": null}}}}`, `/format/body/error: an unquoted placeholder, want quotes around it`},
	{"capability that XML cannot carry", `{"unimplemented": [{"capability": "a\uffff", "query": "a", "alternatives": ["b", "\ufffe"]}], "format": {"content_type": "text/xml", "body": "{message}"}}`, "/unimplemented/0/capability: \"a\uffff\" has a character that XML does not allow, want it removed\n/unimplemented/0/alternatives/1: \"￾\" has a character that XML does not allow, want it removed"},
	{"capability that XML of the top cannot carry", `{"format": {"content_type": "text/xml", "body": "{message}"}, "servers": [{"hosts": ["a"], "unimplemented": [{"capability": "a\uffff", "query": "a"}]}]}`, "/servers/0/unimplemented/0/capability: \"a\uffff\" has a character that XML does not allow, want it removed"},
	{"capability that XML of the top cannot carry, servers first", `{"servers": [{"hosts": ["a"], "unimplemented": [{"capability": "a\uffff", "query": "a"}]}], "format": {"content_type": "text/xml", "body": "{message}"}}`, "/servers/0/unimplemented/0/capability: \"a\uffff\" has a character that XML does not allow, want it removed"},
	{"problem type beside an object", `{"implemented_methods": ["GET"], "problem_type": "/p", "format": {"content_type": "text/plain", "body": "a"}}`, `/problem_type: "problem_type" requires "format": "problem"`},
	{"body that comes out too long", `{"unimplemented": [{"capability": "` + strings.Repeat("<", 256) + `", "query": "q"}], "format": {"content_type": "text/html", "body": "x` + strings.Repeat("{name}", 64) + `"}}`,
		`/format/body: makes responses of more than 64 KiB, want a shorter body`},
	{"body that comes out too long for a method", `{"implemented_methods": ["GET"], "format": {"content_type": "text/xml", "body": "` + strings.Repeat("x", 41000) + strings.Repeat("{name}", 64) + `"}}`,
		`/format/body: makes responses of more than 64 KiB, want a shorter body`},
	{"body that comes out too long for two servers", `{"servers": [{"hosts": ["a"], "implemented_methods": ["GET"]}, {"hosts": ["b"], "implemented_methods": ["GET"]}], "format": {"content_type": "text/xml", "body": "` + strings.Repeat("x", 41000) + strings.Repeat("{name}", 64) + `"}}`,
		`/format/body: makes responses of more than 64 KiB, want a shorter body`},
	{"placeholders too many", `{"implemented_methods": ["GET"], "format": {"content_type": "application/json", "body": ["` + strings.Repeat("{name}", 64) + `", "{kind}{name}", "{name}"]}}`, `/format/body/1: more than 64 placeholders`},
	{"content type of two charsets", `{"implemented_methods": ["GET"], "format": {"content_type": "text/plain;charset=utf-8;charset=utf-8", "body": "a"}}`, `/format/content_type: "text/plain;charset=utf-8;charset=utf-8" has two charsets, want one, or none`},
	{"body nested too deep", `{"implemented_methods": ["GET"], "format": {"content_type": "application/json", "body": ` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}}`, `syntax error at offset 118: nested deeper than 32 levels`},

	{"method too long", `{"implemented_methods": ["` + strings.Repeat("M", 65) + `"]}`, `/implemented_methods/0: 65 bytes, want at most 64`},
	{"entry's method too long", `{"unimplemented": [{"method": "` + strings.Repeat("M", 65) + `"}]}`, `/unimplemented/0/method: 65 bytes, want at most 64`},
	{"method of an alternative too long", `{"unimplemented": [{"method": "PUT", "alternatives": ["` + strings.Repeat("M", 65) + `"]}]}`, `/unimplemented/0/alternatives/0: 65 bytes, want at most 64`},
	{"capability too long", `{"unimplemented": [{"query": "q", "capability": "` + strings.Repeat("c", 257) + `"}]}`, `/unimplemented/0/capability: 257 bytes, want at most 256`},
	{"capability too long in bytes", `{"unimplemented": [{"query": "q", "capability": "` + strings.Repeat("ü", 129) + `"}]}`, `/unimplemented/0/capability: 258 bytes, want at most 256`},
	{"alternative too long", `{"unimplemented": [{"query": "q", "capability": "c", "alternatives": ["` + strings.Repeat("a", 257) + `"]}]}`, `/unimplemented/0/alternatives/0: 257 bytes, want at most 256`},
	{"query too long", `{"unimplemented": [{"query": "` + strings.Repeat("q", 257) + `", "capability": "c"}]}`, `/unimplemented/0/query: 257 bytes, want at most 256`},
	{"value too long", `{"unimplemented": [{"header": "h", "value": "` + strings.Repeat("v", 257) + `", "capability": "c"}]}`, `/unimplemented/0/value: 257 bytes, want at most 256`},
	{"header too long", `{"unimplemented": [{"header": "` + strings.Repeat("h", 257) + `", "capability": "c"}]}`, `/unimplemented/0/header: 257 bytes, want at most 256`},
	{"host too long", `{"servers": [{"hosts": ["` + strings.Repeat("h", 254) + `"], "implemented_methods": ["GET"]}]}`, `/servers/0/hosts/0: 254 bytes, want at most 253`},
	{"control character in a capability", `{"unimplemented": [{"query": "q", "capability": "a\u0001"}]}`, `/unimplemented/0/capability: "a\u0001" contains a control character, want none`},
	{"control character in an alternative", `{"unimplemented": [{"query": "q", "capability": "c", "alternatives": ["\u009b"]}]}`, "/unimplemented/0/alternatives/0: \"\u009b\" contains a control character, want none"},
	{"control character in a query", `{"unimplemented": [{"query": "q=a\tb", "capability": "c"}]}`, `/unimplemented/0/query: "q=a\tb" contains a control character, want none`},
	{"alternatives too many", `{"unimplemented": [{"query": "q", "capability": "c", "alternatives": [` + repeated(18, `"a"`) + `]}]}`, `/unimplemented/0/alternatives/16: more than 16 alternatives`},
	{"methods too many", `{"implemented_methods": [` + counted(1002, `"M%d"`) + `]}`, `/implemented_methods/1000: more than 1000 methods`},
	{"entries too many", `{"unimplemented": [` + counted(1002, `{"method": "M%d"}`) + `]}`, `/unimplemented/1000: more than 1000 entries`},
	{"entries too many in the whole document", `{"servers": [{"hosts": ["a"], "unimplemented": [` + counted(999, `{"method": "M%d"}`) + `]}, {"hosts": ["b"], "unimplemented": [{"method": "A"}, {"method": "B"}]}], "unimplemented": [{"method": "A"}]}`, `/servers/1/unimplemented/1: more than 1000 entries`},
	{"hosts too many", `{"servers": [{"implemented_methods": ["GET"], "hosts": [` + counted(4002, `"h%d"`) + `]}]}`, `/servers/0/hosts/4000: more than 4000 hosts`},
	{"hosts too many in the whole document", `{"servers": [{"implemented_methods": ["GET"], "hosts": [` + counted(4000, `"h%d"`) + `]}, {"implemented_methods": ["GET"], "hosts": ["a"]}]}`, `/servers/1/hosts/0: more than 4000 hosts`},

	{"path without a slash", `{"unimplemented": [{"path": "Bulk", "capability": "c"}]}`, `/unimplemented/0/path: "Bulk" starts with neither "/" nor "*/", want one like "/Bulk", "/Bulk/*" or "*/$batch"`},
	{"path of a star and no slash", `{"unimplemented": [{"path": "*b", "capability": "c"}]}`, `/unimplemented/0/path: "*b" starts with neither "/" nor "*/", want one like "/Bulk", "/Bulk/*" or "*/$batch"`},
	{"path of a star inside", `{"unimplemented": [{"path": "/a/*/b", "capability": "c"}]}`, `/unimplemented/0/path: "/a/*/b" has a misplaced "*", want one like "/Bulk", "/Bulk/*" or "*/$batch"`},
	{"path of a star without a slash before it", `{"unimplemented": [{"path": "/a*", "capability": "c"}]}`, `/unimplemented/0/path: "/a*" has a misplaced "*", want one like "/Bulk", "/Bulk/*" or "*/$batch"`},
	{"path of two stars", `{"unimplemented": [{"path": "*/a/*", "capability": "c"}]}`, `/unimplemented/0/path: "*/a/*" has a misplaced "*", want one like "/Bulk", "/Bulk/*" or "*/$batch"`},
	{"path, every", `{"unimplemented": [{"path": "/*", "capability": "c"}]}`, `/unimplemented/0/path: "/*" matches every path, want one like "/Bulk", "/Bulk/*" or "*/$batch"`},
	{"path, nothing after the star", `{"unimplemented": [{"path": "*/", "capability": "c"}]}`, `/unimplemented/0/path: "*/" has nothing after "*/", want one like "/Bulk", "/Bulk/*" or "*/$batch"`},
	{"path with a query", `{"unimplemented": [{"path": "/a?b", "capability": "c"}]}`, `/unimplemented/0/path: "/a?b" contains "?" or "#", want only the path`},
	{"path with a fragment", `{"unimplemented": [{"path": "*/a#b", "capability": "c"}]}`, `/unimplemented/0/path: "*/a#b" contains "?" or "#", want only the path`},
	{"path encoded", `{"unimplemented": [{"path": "/%24batch", "capability": "c"}]}`, `/unimplemented/0/path: "/%24batch" contains "%", want it decoded, without a literal "%"`},
	{"path of many segments", `{"unimplemented": [{"path": "` + strings.Repeat("/a", 17) + `", "capability": "c"}]}`, `/unimplemented/0/path: "` + strings.Repeat("/a", 17) + `" has more than 16 segments`},
	{"path empty", `{"unimplemented": [{"path": "", "capability": "c"}]}`, `/unimplemented/0/path: empty, want a path like "/Bulk", "/Bulk/*" or "*/$batch"`},
	{"path too long", `{"unimplemented": [{"path": "/` + strings.Repeat("a", 256) + `", "capability": "c"}]}`, `/unimplemented/0/path: 257 bytes, want at most 256`},
	{"path without a capability", `{"unimplemented": [{"method": "GET", "path": "/a"}]}`, `/unimplemented/0: no "capability", want a name for the unimplemented feature`},
	{"path with a value", `{"unimplemented": [{"path": "/a", "value": "v", "capability": "c"}]}`, `/unimplemented/0/value: "value" requires "header"`},
	{"unreachable, a path below another", `{"unimplemented": [{"path": "/a/*", "capability": "c"}, {"path": "/a/b", "capability": "d"}]}`, `/unimplemented/1: unreachable: /unimplemented/0 already matches every such request, want this entry before it, or removed`},
	{"unreachable, paths below another", `{"unimplemented": [{"path": "/a/*", "capability": "c"}, {"path": "/a/b/*", "query": "q", "capability": "d"}]}`, `/unimplemented/1: unreachable: /unimplemented/0 already matches every such request, want this entry before it, or removed`},
	{"unreachable, a path that ends like others", `{"unimplemented": [{"path": "*/b", "capability": "c"}, {"path": "*/a/b", "capability": "d"}, {"path": "/b", "capability": "d"}]}`, "/unimplemented/1: unreachable: /unimplemented/0 already matches every such request, want this entry before it, or removed\n/unimplemented/2: unreachable: /unimplemented/0 already matches every such request, want this entry before it, or removed"},
	{"unreachable, the same path", `{"unimplemented": [{"path": "/a", "capability": "c"}, {"path": "/a", "capability": "d"}]}`, `/unimplemented/1: unreachable: /unimplemented/0 already matches every such request, want this entry before it, or removed`},

	{"headers of a wrong type", `{"implemented_methods": ["GET"], "response_headers": ["a"]}`, `/response_headers: array, want an object of strings`},
	{"header's value of a wrong type", `{"implemented_methods": ["GET"], "response_headers": {"a": 1}}`, `/response_headers/a: number, want a field value`},
	{"header's value empty", `{"implemented_methods": ["GET"], "response_headers": {"a": ""}}`, `/response_headers/a: empty, want a field value`},
	{"header's value with outer blanks", `{"implemented_methods": ["GET"], "response_headers": {"a": "b "}}`, `/response_headers/a: "b " is not a field value, want visible ASCII, with spaces or tabs only inside`},
	{"header's value with a line break", `{"implemented_methods": ["GET"], "response_headers": {"a": "b\r\nc: d"}}`, `/response_headers/a: "b\r\nc: d" is not a field value, want visible ASCII, with spaces or tabs only inside`},
	{"header's value beyond ASCII", `{"implemented_methods": ["GET"], "response_headers": {"a": "ü"}}`, `/response_headers/a: "ü" is not a field value, want visible ASCII, with spaces or tabs only inside`},
	{"header's name no token", `{"implemented_methods": ["GET"], "response_headers": {"a b": "c"}}`, `/response_headers/a b: "a b" is not a field name, want one like "odata-version"`},
	{"header's name empty", `{"implemented_methods": ["GET"], "response_headers": {"": "c"}}`, `/response_headers/: "" is not a field name, want one like "odata-version"`},
	{"header's name a pseudo-header", `{"implemented_methods": ["GET"], "response_headers": {":status": "200"}}`, `/response_headers/:status: ":status" is not a field name, want one like "odata-version"`},
	{"header twice", `{"implemented_methods": ["GET"], "response_headers": {"a": "b", "A": "c"}}`, `/response_headers/A: "A" is listed twice, want it once`},
	{"headers that are not the operator's", `{"implemented_methods": ["GET"], "response_headers": {"Content-Type": "a", "content-length": "a", "content-encoding": "a", "cache-control": "a", "x-content-type-options": "a", "connection": "a", "keep-alive": "a", "proxy-connection": "a", "transfer-encoding": "a", "te": "a", "trailer": "a", "upgrade": "a", "date": "a", "server": "a"}}`,
		`/response_headers/Content-Type: "Content-Type" is set by the plugin or the proxy, want another field
/response_headers/content-length: "content-length" is set by the plugin or the proxy, want another field
/response_headers/content-encoding: "content-encoding" is set by the plugin or the proxy, want another field
/response_headers/cache-control: "cache-control" is set by the plugin or the proxy, want another field
/response_headers/x-content-type-options: "x-content-type-options" is set by the plugin or the proxy, want another field
/response_headers/connection: "connection" is set by the plugin or the proxy, want another field
/response_headers/keep-alive: "keep-alive" is set by the plugin or the proxy, want another field
/response_headers/proxy-connection: "proxy-connection" is set by the plugin or the proxy, want another field
/response_headers/transfer-encoding: "transfer-encoding" is set by the plugin or the proxy, want another field
/response_headers/te: "te" is set by the plugin or the proxy, want another field
/response_headers/trailer: "trailer" is set by the plugin or the proxy, want another field
/response_headers/upgrade: "upgrade" is set by the plugin or the proxy, want another field
/response_headers/date: "date" is set by the plugin or the proxy, want another field
/response_headers/server: "server" is set by the plugin or the proxy, want another field`},
	{"headers of another answer", `{"implemented_methods": ["GET"], "response_headers": {"set-cookie": "a", "Allow": "GET", "retry-after": "1", "grpc-status": "0", "Grpc-x": "0"}}`,
		`/response_headers/set-cookie: "set-cookie" does not belong in a 501, want another field
/response_headers/Allow: "Allow" does not belong in a 501, want another field
/response_headers/retry-after: "retry-after" does not belong in a 501, want another field
/response_headers/grpc-status: "grpc-status" does not belong in a 501, want another field
/response_headers/Grpc-x: "Grpc-x" does not belong in a 501, want another field`},
	{"headers too many", `{"implemented_methods": ["GET"], "response_headers": {` + counted(18, `"a%d": "b"`) + `}}`, `/response_headers/a16: more than 16 fields`},
	{"headers too long", `{"servers": [{"hosts": ["a"], "implemented_methods": ["GET"], "response_headers": {"a": "` + strings.Repeat("b", 1000) + `", "bcd": "` + strings.Repeat("b", 21) + `", "c": "d"}}]}`, `/servers/0/response_headers/bcd: more than 1024 bytes of names and values`},
	{"problem type without a format, beside headers", `{"format": "problem", "servers": [{"hosts": ["a"], "implemented_methods": ["GET"], "response_headers": {"a": "b"}, "problem_type": "/p"}]}`, `/servers/0/problem_type: "problem_type" requires "format": "problem"`},

	{"nothing hidden beside hosts alone", `{"servers": [{"hosts": ["a:443"]}]}`, "/servers/0: nothing is declared, want \"implemented_methods\" or \"unimplemented\"\n/servers/0/hosts/0: \"a:443\" has a port, want only the host"},
	{"nothing hidden beside a format alone", `{"servers": [{"format": "xml"}]}`, "/servers/0: no \"hosts\", want at least one host like \"s3.example.com\" or \"*.example.com\"\n/servers/0: nothing is declared, want \"implemented_methods\" or \"unimplemented\"\n/servers/0/format: \"xml\" is unknown, want \"json\", \"problem\" or an object"},
	{"nothing hidden by another mistake", `{"servers": [{"hosts": ["a:443"], "format": "xml"}]}`, "/servers/0: nothing is declared, want \"implemented_methods\" or \"unimplemented\"\n/servers/0/hosts/0: \"a:443\" has a port, want only the host\n/servers/0/format: \"xml\" is unknown, want \"json\", \"problem\" or an object"},
	{"nothing hidden in an entry without a condition", `{"unimplemented": [{"capability": "a b", "query": "q"}, {"capability": "a_b", "alternatives": [""]}]}`, "/unimplemented/1: no condition, want \"method\", \"header\", \"query\" or \"path\"\n/unimplemented/1/capability: \"a_b\" has the same counter as \"a b\", want names that differ in ASCII letters or digits\n/unimplemented/1/alternatives/0: empty, want what to use instead"},
	{"misspelt hosts alone", `{"servers": [{"host": ["a"], "implemented_methods": ["GET"]}]}`, `/servers/0/host: unknown key, want "hosts"`},
	{"misspelt methods alone", `{"implemented_method": ["GET"]}`, `/implemented_method: unknown key, want "implemented_methods"`},
	{"misspelt condition alone", `{"unimplemented": [{"headers": "a", "capability": "c"}]}`, `/unimplemented/0/headers: unknown key, want "header"`},
	{"misspelt body alone", `{"implemented_methods": ["GET"], "format": {"content_type": "text/plain", "bod": "a"}}`, `/format/bod: unknown key, want "body"`},
	{"wrong format alone, beside a problem type", `{"implemented_methods": ["GET"], "format": "problems", "problem_type": "/p"}`, `/format: "problems" is unknown, want "json", "problem" or an object`},
	{"wrong type of a format alone, beside a problem type", `{"implemented_methods": ["GET"], "format": 1, "problem_type": "/p"}`, `/format: number, want "json", "problem" or an object`},
	{"wrong method alone, beside what needs it", `{"implemented_methods": ["put"], "unimplemented": [{"method": "PATCH", "alternatives": ["PUT"]}, {"method": "PUT", "query": "q", "capability": "c"}]}`, `/implemented_methods/0: "put" is not PUT, methods are case-sensitive, want "PUT"`},
	{"wrong condition alone, beside one that it would hide", `{"unimplemented": [{"query": "q&", "capability": "c"}, {"query": "q&", "header": "h", "capability": "d"}]}`, "/unimplemented/0/query: \"q&\" contains \"&\", which separates parameters, want a single parameter\n/unimplemented/1/query: \"q&\" contains \"&\", which separates parameters, want a single parameter"},
	{"wrong name alone, in a body that it makes too long", `{"unimplemented": [{"query": "q", "capability": "` + strings.Repeat("<", 257) + `"}], "format": {"content_type": "text/html", "body": "` + strings.Repeat("{name}", 64) + `"}}`, `/unimplemented/0/capability: 257 bytes, want at most 256`},
	{"wrong methods alone, beside too many", `{"implemented_methods": [` + counted(1001, `"M%d"`) + `], "unimplemented": [{"method": "PUT", "alternatives": ["M1000"]}]}`, `/implemented_methods/1000: more than 1000 methods`},
	{"body of XML with a noncharacter", `{"implemented_methods": ["GET"], "format": {"content_type": "text/xml", "body": "a\uffff"}}`, `/format/body: has a character that XML does not allow, want it removed`},
	{"body of XML with the other noncharacter", `{"implemented_methods": ["GET"], "format": {"content_type": "text/xml", "body": "a\ufffe"}}`, `/format/body: has a character that XML does not allow, want it removed`},

	{"everything at once, in document order", `{
  "dry_run": 1,
  "unimplemented": [
    {"method": "PATCH", "alternatives": ["put"]},
    {"header": "te", "value": "a;b"},
    7
  ],
  "format": "html",
  "implemented_methods": ["GET", "PATCH", "PATCH"],
  "methods": []
}`, `/dry_run: number, want true or false
/unimplemented/0/method: "PATCH" is also in "implemented_methods", want it in only one of them
/unimplemented/0/alternatives/0: "put" is not PUT, methods are case-sensitive, want "PUT"
/unimplemented/1: no "capability", want a name for the unimplemented feature
/unimplemented/1/value: "a;b" can never match a list member, want one like "websocket"
/unimplemented/2: number, want an object
/format: "html" is unknown, want "json", "problem" or an object
/implemented_methods/2: "PATCH" is listed twice, want it once
/methods: unknown key, want one of "implemented_methods", "unimplemented", "format", "problem_type", "response_headers", "dry_run", "servers", "$schema"`},
}

// Acceptances is every way to be right, with the words of the log.
var Acceptances = []struct{ Name, Config, Want string }{
	{"methods", `{"implemented_methods": ["GET", "HEAD", "POST"]}`, `answers 501 to every method but GET, HEAD, POST`},
	{"GET and HEAD unlisted", `{"implemented_methods": ["POST", "HEAD"]}`, `answers 501 to every method but GET, HEAD, POST`},
	{"a method of nobody's", `{"implemented_methods": ["get-it!"]}`, `answers 501 to every method but GET, HEAD, get-it!`},
	{"an entry of a method", `{"unimplemented": [{"method": "TRACE"}, {"method": "PUT"}]}`, `answers 501 to TRACE, PUT`},
	{"methods and an alternative", `{"implemented_methods": ["PUT"], "unimplemented": [{"method": "PATCH", "alternatives": ["PUT", "GET"]}]}`, `answers 501 to every method but GET, HEAD, PUT`},
	{"an alternative by default", `{"unimplemented": [{"method": "PATCH", "alternatives": ["PUT"]}]}`, `answers 501 to PATCH`},
	{"no alternatives", `{"unimplemented": [{"method": "PATCH", "alternatives": []}]}`, `answers 501 to PATCH`},
	{"capabilities", `{"unimplemented": [{"header": "Upgrade", "value": "websocket", "capability": "websocket"}, {"query": "$filter", "capability": "OData filters"}]}`, `answers 501 to websocket, OData filters`},
	{"a capability by two entries", `{"unimplemented": [{"query": "a", "capability": "c"}, {"query": "b", "capability": "c"}]}`, `answers 501 to c`},
	{"all kinds", `{"implemented_methods": ["POST"], "unimplemented": [{"method": "PUT"}, {"method": "POST", "query": "uploads", "capability": "multipart upload"}]}`, `answers 501 to every method but GET, HEAD, POST; to multipart upload`},
	{"dry run", `{"implemented_methods": ["POST"], "dry_run": true}`, `dry run: would answer 501 to every method but GET, HEAD, POST`},
	{"dry run of entries", `{"implemented_methods": ["POST"], "unimplemented": [{"method": "PUT", "dry_run": true}, {"query": "q", "capability": "c", "dry_run": true}]}`, `answers 501 to every method but GET, HEAD, POST; to PUT (dry run); to c (dry run)`},
	{"dry run before the same in earnest", `{"unimplemented": [{"query": "a", "capability": "c", "dry_run": true}, {"query": "a", "header": "b", "capability": "c"}]}`, `answers 501 to c (dry run), c`},
	{"a capability of a method in dry run", `{"unimplemented": [{"method": "PUT", "dry_run": true}, {"method": "PUT", "query": "q", "capability": "c"}]}`, `answers 501 to PUT (dry run); to c`},
	{"narrow before wide", `{"unimplemented": [{"method": "HEAD", "query": "q", "capability": "c"}, {"method": "GET", "query": "q", "capability": "d"}, {"query": "q", "capability": "e"}]}`, `answers 501 to c, d, e`},
	{"a narrow dry run before a wide one", `{"unimplemented": [{"query": "x", "capability": "c", "dry_run": true}, {"query": "x=1", "capability": "d"}]}`, `answers 501 to c (dry run), d`},
	{"a parameter with a value before one without", `{"unimplemented": [{"query": "x=1", "capability": "c"}, {"query": "x=2", "capability": "d"}, {"query": "x", "capability": "e"}]}`, `answers 501 to c, d, e`},
	{"servers", `{"implemented_methods": ["PUT"], "servers": [{"hosts": ["a.example", "*.b.example"], "implemented_methods": ["POST"]}, {"hosts": ["[2001:db8::1]", "192.0.2.1", "_x"], "unimplemented": [{"query": "a", "capability": "c"}], "dry_run": true}]}`,
		`answers 501 for a.example, *.b.example: every method but GET, HEAD, POST | [2001:db8::1], 192.0.2.1, _x: c (dry run) | other hosts: every method but GET, HEAD, PUT`},
	{"servers alone", `{"servers": [{"hosts": ["[::]", "[1::]", "[::ffff:192.0.2.1]", "[1:2:3:4:5:6:7:8]"], "implemented_methods": ["GET"]}]}`,
		`answers 501 for [::], [1::], [::ffff:192.0.2.1], [1:2:3:4:5:6:7:8]: every method but GET, HEAD`},
	{"servers in dry run, all by the top", `{"dry_run": true, "format": "problem", "servers": [{"hosts": ["a"], "implemented_methods": ["GET"]}]}`,
		`dry run: would answer 501 for a: every method but GET, HEAD`},
	{"servers in dry run but for one", `{"dry_run": true, "implemented_methods": ["GET"], "servers": [{"hosts": ["a"], "implemented_methods": ["GET"], "dry_run": false}]}`,
		`answers 501 for a: every method but GET, HEAD | other hosts: every method but GET, HEAD (dry run)`},
	{"hosts of two servers, a domain and in it", `{"servers": [{"hosts": ["*.a"], "unimplemented": [{"method": "PUT"}]}, {"hosts": ["a", "*.b.a"], "unimplemented": [{"method": "PATCH"}]}]}`,
		`answers 501 for *.a: PUT | a, *.b.a: PATCH`},
	{"a method alone for other hosts", `{"unimplemented": [{"method": "PATCH"}], "servers": [{"hosts": ["a"], "unimplemented": [{"method": "PUT"}]}]}`,
		`answers 501 for a: PUT | other hosts: PATCH`},
	{"problem", `{"implemented_methods": ["GET"], "format": "problem"}`, `answers 501 to every method but GET, HEAD`},
	{"problem type", `{"problem_type": "../p?a=%20#b", "implemented_methods": ["GET"], "format": "problem"}`, `answers 501 to every method but GET, HEAD`},
	{"format of JSON", `{"implemented_methods": ["GET"], "format": {"body": {"a": ["", null, {}, {"kind": "{name}", "message": null, "b": 1e400}]}, "content_type": "application/problem+JSON; charset=\"UTF-8\""}}`, `answers 501 to every method but GET, HEAD`},
	{"names in braces", `{"implemented_methods": ["GET"], "format": {"content_type": "application/json", "body": {"{{method}}": 1, "{": 2, "{Kind}": 3, "}{": 4}}}`, `answers 501 to every method but GET, HEAD`},
	{"words of placeholders without quotes that are none", `{"implemented_methods": ["GET"], "format": {"content_type": "application/json", "body": [{"message": 1}, {"kind": true}, {"name": []}, {"instead": {}}, {"alternatives": "a"}, {"a": null}, {"message": null, "kind": null}, ["message", null], {"message": [null]}]}}`, `answers 501 to every method but GET, HEAD`},
	{"format of XML", `{"implemented_methods": ["GET"], "format": {"content_type": "image/svg+xml", "body": "<a>\t{{{message}}}</a>"}}`, `answers 501 to every method but GET, HEAD`},
	{"format of text", `{"implemented_methods": ["GET"], "format": {"content_type": "text/plain;charset=utf-8", "body": "\u0001{instead}"}}`, `answers 501 to every method but GET, HEAD`},
	{"format of HTML", `{"unimplemented": [{"capability": "\ufffe", "query": "a"}], "format": {"content_type": "text/html", "body": "{name}"}}`, "answers 501 to \ufffe"},
	{"format of one server", `{"format": {"content_type": "text/xml", "body": "{message}"}, "servers": [{"hosts": ["a"], "unimplemented": [{"capability": "a\ufffe", "query": "a"}], "format": "json"}]}`, "answers 501 for a: a\ufffe"},
	{"body as deep as it can be", `{"implemented_methods": ["GET"], "format": {"content_type": "application/json", "body": ` + strings.Repeat("[", 30) + strings.Repeat("]", 30) + `}}`, `answers 501 to every method but GET, HEAD`},
	{"schema", `{"$schema": "s.json", "implemented_methods": ["GET"], "format": "json"}`, `answers 501 to every method but GET, HEAD`},
	{"servers as many as are named", `{"servers": [` + counted(20, `{"hosts": ["h%d"], "unimplemented": [{"method": "PUT"}]}`) + `]}`, `answers 501 for ` + strings.ReplaceAll(counted(20, `h%d: PUT`), ",", " | ")},
	{"one more server", `{"servers": [` + counted(21, `{"hosts": ["h%d"], "unimplemented": [{"method": "PUT"}]}`) + `]}`, `answers 501 for ` + strings.ReplaceAll(counted(20, `h%d: PUT`), ",", " | ") + ` | and 1 more`},
	{"hosts as many as are named", `{"servers": [{"unimplemented": [{"method": "PUT"}], "hosts": [` + counted(20, `"h%d"`) + `]}]}`, `answers 501 for ` + strings.ReplaceAll(counted(20, `h%d`), ",", ", ") + `: PUT`},
	{"one more host", `{"servers": [{"unimplemented": [{"method": "PUT"}], "hosts": [` + counted(21, `"h%d"`) + `]}]}`, `answers 501 for ` + strings.ReplaceAll(counted(20, `h%d`), ",", ", ") + `, and 1 more: PUT`},
	{"names as many as are named", `{"unimplemented": [` + counted(50, `{"capability": "c%[1]d", "query": "q%[1]d"}`) + `]}`, `answers 501 to ` + strings.ReplaceAll(counted(50, `c%d`), ",", ", ")},
	{"one more name", `{"unimplemented": [` + counted(51, `{"capability": "c%[1]d", "query": "q%[1]d"}`) + `]}`, `answers 501 to ` + strings.ReplaceAll(counted(50, `c%d`), ",", ", ") + `, and 1 more`},
	{"a name as long as is shown", `{"unimplemented": [{"query": "q", "capability": "` + strings.Repeat("c", 126) + `ü"}]}`, `answers 501 to ` + strings.Repeat("c", 126) + `ü`},
	{"a name cut within a character", `{"unimplemented": [{"query": "q", "capability": "` + strings.Repeat("c", 127) + `ü"}]}`, `answers 501 to ` + strings.Repeat("c", 127) + `…`},
	{"names as long as they can be", `{"implemented_methods": ["` + strings.Repeat("M", 64) + `"], "unimplemented": [{"capability": "` + strings.Repeat("ü", 128) + `", "header": "` + strings.Repeat("h", 256) + `", "value": "` + strings.Repeat("v", 256) + `", "query": "` + strings.Repeat("q", 256) + `", "alternatives": [` + repeated(16, `"`+strings.Repeat("a", 256)+`"`) + `]}]}`, `answers 501 to every method but GET, HEAD, ` + strings.Repeat("M", 64) + `; to ` + strings.Repeat("ü", 64) + `…`},
	{"the longest host", `{"servers": [{"hosts": ["` + strings.Repeat("h", 253) + `"], "implemented_methods": ["GET"]}]}`, `answers 501 for ` + strings.Repeat("h", 253) + `: every method but GET, HEAD`},
	{"methods as many as can be", `{"implemented_methods": [` + counted(1000, `"M%d"`) + `]}`, `answers 501 to every method but GET, HEAD, ` + strings.NewReplacer(`"`, "", ",", ", ").Replace(counted(48, `"M%d"`)) + `, and 952 more`},
	{"entries as many as can be", `{"unimplemented": [` + counted(1000, `{"method": "M%d"}`) + `]}`, `answers 501 to ` + strings.ReplaceAll(counted(50, `M%d`), ",", ", ") + `, and 950 more`},
	{"hosts as many as can be", `{"servers": [{"implemented_methods": ["GET"], "hosts": [` + counted(4000, `"h%d"`) + `]}]}`, `answers 501 for ` + strings.ReplaceAll(counted(20, `h%d`), ",", ", ") + `, and 3980 more: every method but GET, HEAD`},
	{"placeholders as many as can be", `{"implemented_methods": ["GET"], "format": {"content_type": "text/plain", "body": "` + strings.Repeat("{name}", 64) + `{{"}}`, `answers 501 to every method but GET, HEAD`},
	{"paths", `{"unimplemented": [{"path": "/", "capability": "a"}, {"path": "//*", "capability": "b"}, {"path": "/a", "capability": "c"}, {"path": "/a/b/*", "capability": "d"}, {"path": "/a/*", "capability": "e"}, {"path": "*/b", "capability": "f"}, {"path": "*/b/", "capability": "g"}, {"path": "*//", "capability": "h"}, {"path": "/a ü:@$&'+,;=", "capability": "i"}, {"method": "PUT", "path": "/c", "query": "q", "capability": "j", "dry_run": true}]}`, `answers 501 to a, b, c, d, e, f, g, h, i, j (dry run)`},
	{"paths as long as they can be", `{"unimplemented": [{"path": "` + strings.Repeat("/a", 15) + `/*", "capability": "c"}, {"path": "*` + strings.Repeat("/a", 16) + `", "capability": "d"}, {"path": "/` + strings.Repeat("a", 255) + `", "capability": "e"}]}`, `answers 501 to c, d, e`},
	{"a path before those around it", `{"unimplemented": [{"path": "/a/b", "capability": "c"}, {"path": "/a/*", "capability": "d"}, {"path": "*/b", "capability": "e"}]}`, `answers 501 to c, d, e`},
	{"headers", `{"implemented_methods": ["GET"], "response_headers": {"OData-Version": "4.0", "x-should-retry": "false", "a": "b \t {message}", "tea": "~"}}`, `answers 501 to every method but GET, HEAD`},
	{"headers as many as can be", `{"implemented_methods": ["GET"], "response_headers": {` + counted(15, `"a%02d": "b"`) + `, "b": "` + strings.Repeat("b", 963) + `"}}`, `answers 501 to every method but GET, HEAD`},
	{"no headers", `{"response_headers": {}, "servers": [{"hosts": ["a"], "implemented_methods": ["GET"], "response_headers": {}}]}`, `answers 501 for a: every method but GET, HEAD`},
	{"of the greatest size", `{"implemented_methods": ["GET"]}` + strings.Repeat(" ", 64<<10-32), `answers 501 to every method but GET, HEAD`},
}
