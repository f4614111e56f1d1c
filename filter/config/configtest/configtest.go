// SPDX-License-Identifier: Apache-2.0

// Package configtest has configurations, wrong and right, for the tests of all that
// reads them.
package configtest

import "strings"

// Refusals is every way to be wrong, with what is printed.
var Refusals = []struct{ Name, Config, Want string }{
	{"absent", ``, `no configuration, want "implemented_methods" or "unimplemented"`},
	{"blank", " \t\r\n", `no configuration, want "implemented_methods" or "unimplemented"`},
	{"nothing declared", `{}`, `nothing is declared, want "implemented_methods" or "unimplemented"`},
	{"nothing but a dry run", ` {"dry_run": true}`, `nothing is declared, want "implemented_methods" or "unimplemented"`},
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
	{"unknown key, far off", `{"implemented_methods": ["GET"], "allow/deny~": {"a": [1]}}`, `/allow~1deny~0: unknown key, want one of "implemented_methods", "unimplemented", "format", "problem_type", "dry_run", "$schema"`},
	{"unknown key of an entry", `{"unimplemented": [{"method": "PUT", "body": "x"}]}`, `/unimplemented/0/body: unknown key, want one of "method", "header", "value", "query", "capability", "alternatives", "dry_run"`},

	{"methods of a wrong type", `{"implemented_methods": "GET"}`, `/implemented_methods: string, want an array of methods`},
	{"methods null", `{"implemented_methods": null}`, `/implemented_methods: null, want an array of methods`},
	{"no methods", `{"implemented_methods": []}`, `/implemented_methods: empty, want at least one method`},
	{"method of a wrong type", `{"implemented_methods": ["GET", 7]}`, `/implemented_methods/1: number, want a method like "GET"`},
	{"empty method", `{"implemented_methods": [""]}`, `/implemented_methods/0: empty, want a method like "GET"`},
	{"no token", `{"implemented_methods": ["GET", "HEAD", "GE T"]}`, `/implemented_methods/2: "GE T" is not a method token, want one like "GET"`},
	{"lower case", `{"implemented_methods": ["GET", "post"]}`, `/implemented_methods/1: "post" is not POST, methods are case-sensitive, want "POST"`},
	{"mixed case", `{"implemented_methods": ["Version-Control"]}`, `/implemented_methods/0: "Version-Control" is not VERSION-CONTROL, methods are case-sensitive, want "VERSION-CONTROL"`},
	{"listed twice", `{"implemented_methods": ["PUT", "POST", "PUT"]}`, `/implemented_methods/2: "PUT" is listed twice, want it once`},

	{"entries of a wrong type", `{"unimplemented": {"method": "PUT"}}`, `/unimplemented: object, want an array of entries`},
	{"no entries", `{"unimplemented": []}`, `/unimplemented: empty, want at least one entry`},
	{"entry of a wrong type", `{"unimplemented": ["PUT"]}`, `/unimplemented/0: string, want an object`},
	{"entry null", `{"unimplemented": [null]}`, `/unimplemented/0: null, want an object`},
	{"entry empty", `{"unimplemented": [{}]}`, `/unimplemented/0: no condition, want "method", "header" or "query"`},
	{"entry of a capability alone", `{"unimplemented": [{"capability": "websocket"}]}`, `/unimplemented/0: no condition, want "method", "header" or "query"`},
	{"entry without a capability", `{"unimplemented": [{"header": "upgrade"}]}`, `/unimplemented/0: no "capability", want a name for what is missing`},
	{"capability of a method", `{"unimplemented": [{"method": "PUT", "capability": "put"}]}`, `/unimplemented/0/capability: an entry of "method" alone is named by its method, want no "capability"`},
	{"empty capability", `{"unimplemented": [{"query": "q", "capability": ""}]}`, `/unimplemented/0/capability: empty, want a name like "websocket"`},
	{"dry run of a wrong type", `{"unimplemented": [{"method": "PUT", "dry_run": "true"}]}`, `/unimplemented/0/dry_run: string, want true or false`},

	{"GET unimplemented", `{"unimplemented": [{"method": "GET"}]}`, `/unimplemented/0/method: "GET" is always implemented, want another method, or "header" or "query" beside it`},
	{"HEAD unimplemented", `{"implemented_methods": ["HEAD"], "unimplemented": [{"method": "HEAD"}]}`, `/unimplemented/0/method: "HEAD" is always implemented, want another method, or "header" or "query" beside it`},
	{"both lists", `{"unimplemented": [{"method": "PUT"}], "implemented_methods": ["PUT"]}`, `/unimplemented/0/method: "PUT" is in "implemented_methods" too, want it in one of them`},
	{"two entries of a method", `{"unimplemented": [{"method": "PUT", "dry_run": true}, {"method": "PUT"}]}`, `/unimplemented/1/method: "PUT" is listed twice, want one entry`},
	{"entry's method no token", `{"unimplemented": [{"method": "P/T"}]}`, `/unimplemented/0/method: "P/T" is not a method token, want one like "GET"`},
	{"entry's method in lower case", `{"unimplemented": [{"method": "put", "query": "q", "capability": "c"}]}`, `/unimplemented/0/method: "put" is not PUT, methods are case-sensitive, want "PUT"`},

	{"alternatives of a wrong type", `{"unimplemented": [{"method": "PUT", "alternatives": "POST"}]}`, `/unimplemented/0/alternatives: string, want an array of strings`},
	{"alternative of a wrong type", `{"unimplemented": [{"method": "PUT", "alternatives": [null]}]}`, `/unimplemented/0/alternatives/0: null, want what to use instead`},
	{"empty alternative", `{"unimplemented": [{"query": "q", "capability": "c", "alternatives": [""]}]}`, `/unimplemented/0/alternatives/0: empty, want what to use instead`},
	{"alternative not listed", `{"implemented_methods": ["POST"], "unimplemented": [{"method": "PUT", "alternatives": ["POST", "PATCH"]}]}`, `/unimplemented/0/alternatives/1: "PATCH" is not implemented, want a method that is`},
	{"alternative unimplemented", `{"unimplemented": [{"method": "PUT", "alternatives": ["PATCH"]}, {"method": "PATCH"}]}`, `/unimplemented/0/alternatives/0: "PATCH" is not implemented, want a method that is`},
	{"alternative no method", `{"unimplemented": [{"method": "PUT", "alternatives": ["a form"]}]}`, `/unimplemented/0/alternatives/0: "a form" is not a method token, want one like "GET"`},
	{"alternative listed twice", `{"unimplemented": [{"method": "PUT", "alternatives": ["POST", "POST"]}]}`, `/unimplemented/0/alternatives/1: "POST" is listed twice, want it once`},

	{"never reached by its method", `{"implemented_methods": ["POST"], "unimplemented": [{"method": "PUT", "query": "q", "capability": "c"}]}`, `/unimplemented/0/method: never reached, "PUT" is missing anyway, want an implemented method`},
	{"never reached by a later entry", `{"unimplemented": [{"method": "PUT", "query": "q", "capability": "c"}, {"method": "PUT"}]}`, `/unimplemented/0/method: never reached, "PUT" is missing anyway, want an implemented method`},
	{"never reached by an equal entry", `{"unimplemented": [{"query": "q", "capability": "c"}, {"query": "q", "capability": "d"}]}`, `/unimplemented/1: never reached, /unimplemented/0 matches all that it matches, want it first or not at all`},
	{"never reached by a wider entry", `{"unimplemented": [{"header": "A", "capability": "c"}, {"header": "a", "value": "b", "query": "q", "method": "PUT", "capability": "d"}]}`, `/unimplemented/1: never reached, /unimplemented/0 matches all that it matches, want it first or not at all`},
	{"never reached, HEAD by GET", `{"unimplemented": [{"method": "GET", "query": "q", "capability": "c"}, {"method": "HEAD", "query": "q", "capability": "d"}]}`, `/unimplemented/1: never reached, /unimplemented/0 matches all that it matches, want it first or not at all`},
	{"never reached, value in another case", `{"unimplemented": [{"header": "a", "value": "b", "capability": "c"}, {"header": "a", "value": "B", "capability": "d"}]}`, `/unimplemented/1: never reached, /unimplemented/0 matches all that it matches, want it first or not at all`},

	{"value alone", `{"unimplemented": [{"value": "websocket"}]}`, `/unimplemented/0/value: needs "header", want both or neither`},
	{"value with a method", `{"unimplemented": [{"method": "PUT", "value": "x"}]}`, `/unimplemented/0/value: needs "header", want both or neither`},
	{"value with a query", `{"unimplemented": [{"query": "q", "value": "x", "capability": "c"}]}`, `/unimplemented/0/value: needs "header", want both or neither`},
	{"value with a comma", `{"unimplemented": [{"header": "a", "value": "b, c", "capability": "c"}]}`, `/unimplemented/0/value: "b, c" can match no list member, want one like "websocket"`},
	{"value with a parameter", `{"unimplemented": [{"header": "a", "value": "b;q=1", "capability": "c"}]}`, `/unimplemented/0/value: "b;q=1" can match no list member, want one like "websocket"`},
	{"value with a blank", `{"unimplemented": [{"header": "a", "value": "b ", "capability": "c"}]}`, `/unimplemented/0/value: "b " can match no list member, want one like "websocket"`},
	{"value with a line break", `{"unimplemented": [{"header": "a", "value": "b\nc", "capability": "c"}]}`, `/unimplemented/0/value: "b\nc" can match no list member, want one like "websocket"`},
	{"empty value", `{"unimplemented": [{"header": "a", "value": "", "capability": "c"}]}`, `/unimplemented/0/value: empty, want a list member like "websocket"`},

	{"header no token", `{"unimplemented": [{"header": "x y", "capability": "c"}]}`, `/unimplemented/0/header: "x y" is not a field name, want one like "upgrade"`},
	{"empty header", `{"unimplemented": [{"header": "", "capability": "c"}]}`, `/unimplemented/0/header: empty, want a field name like "upgrade"`},
	{"pseudo-header", `{"unimplemented": [{"header": ":path", "capability": "c"}]}`, `/unimplemented/0/header: ":path" is a pseudo-header, want a field name like "upgrade"`},
	{"host", `{"unimplemented": [{"header": "Host", "capability": "c"}]}`, `/unimplemented/0/header: "Host" is in every request, want a field that is not`},
	{"connection", `{"unimplemented": [{"header": "Connection", "capability": "c"}]}`, `/unimplemented/0/header: "Connection" never reaches the filter, want a field that does`},
	{"keep-alive", `{"unimplemented": [{"header": "keep-alive", "capability": "c"}]}`, `/unimplemented/0/header: "keep-alive" never reaches the filter, want a field that does`},
	{"proxy-connection", `{"unimplemented": [{"header": "proxy-connection", "capability": "c"}]}`, `/unimplemented/0/header: "proxy-connection" never reaches the filter, want a field that does`},
	{"transfer-encoding", `{"unimplemented": [{"header": "transfer-encoding", "value": "gzip", "capability": "c"}]}`, `/unimplemented/0/header: "transfer-encoding" never reaches the filter, want a field that does`},
	{"empty query", `{"unimplemented": [{"query": "", "capability": "c"}]}`, `/unimplemented/0/query: empty, want a parameter name like "uploads"`},

	{"unknown format", `{"implemented_methods": ["GET"], "format": "xml"}`, `/format: "xml" is unknown, want "json" or "problem"`},
	{"format null", `{"implemented_methods": ["GET"], "format": null}`, `/format: null, want "json" or "problem"`},
	{"problem type without format", `{"implemented_methods": ["GET"], "problem_type": "about:blank"}`, `/problem_type: needs "format": "problem", want both or neither`},
	{"problem type with json", `{"implemented_methods": ["GET"], "problem_type": "about:blank", "format": "json"}`, `/problem_type: needs "format": "problem", want both or neither`},
	{"problem type no reference", `{"implemented_methods": ["GET"], "format": "problem", "problem_type": "no uri"}`, `/problem_type: "no uri" is not a URI reference, want one like "https://example.com/not-implemented"`},
	{"problem type cut short", `{"implemented_methods": ["GET"], "format": "problem", "problem_type": "/%4"}`, `/problem_type: "/%4" is not a URI reference, want one like "https://example.com/not-implemented"`},
	{"empty problem type", `{"implemented_methods": ["GET"], "format": "problem", "problem_type": ""}`, `/problem_type: empty, want a URI reference`},
	{"schema of a wrong type", `{"implemented_methods": ["GET"], "$schema": 1}`, `/$schema: number, want the address of a schema`},

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
/unimplemented/0/method: "PATCH" is in "implemented_methods" too, want it in one of them
/unimplemented/0/alternatives/0: "put" is not PUT, methods are case-sensitive, want "PUT"
/unimplemented/1: no "capability", want a name for what is missing
/unimplemented/1/value: "a;b" can match no list member, want one like "websocket"
/unimplemented/2: number, want an object
/format: "html" is unknown, want "json" or "problem"
/implemented_methods/2: "PATCH" is listed twice, want it once
/methods: unknown key, want one of "implemented_methods", "unimplemented", "format", "problem_type", "dry_run", "$schema"`},
}

// Acceptances is every way to be right, with the words of the log.
var Acceptances = []struct{ Name, Config, Want string }{
	{"methods", `{"implemented_methods": ["GET", "HEAD", "POST"]}`, `answers 501 to every method but GET, HEAD, POST`},
	{"GET and HEAD unlisted", `{"implemented_methods": ["POST", "HEAD"]}`, `answers 501 to every method but GET, HEAD, POST`},
	{"a method of nobody's", `{"implemented_methods": ["get-it!", "*"]}`, `answers 501 to every method but GET, HEAD, get-it!, *`},
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
	{"problem", `{"implemented_methods": ["GET"], "format": "problem"}`, `answers 501 to every method but GET, HEAD`},
	{"problem type", `{"problem_type": "../p?a=%20#b", "implemented_methods": ["GET"], "format": "problem"}`, `answers 501 to every method but GET, HEAD`},
	{"schema", `{"$schema": "s.json", "implemented_methods": ["GET"], "format": "json"}`, `answers 501 to every method but GET, HEAD`},
	{"of the greatest size", `{"implemented_methods": ["GET"]}` + strings.Repeat(" ", 64<<10-32), `answers 501 to every method but GET, HEAD`},
}
