// SPDX-License-Identifier: Apache-2.0

package contract_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"notimplemented/filter/answer"
	"notimplemented/filter/config"
	"notimplemented/filter/servers"
)

// check compares which of all bytes are taken for something; want is a class of a
// regular expression, in which a byte is the character of its number.
func check(t *testing.T, what, want string, is func(c byte) bool) {
	t.Helper()
	class := regexp.MustCompile("(?s)^" + want + "$")
	for c := range 256 {
		if got, want := is(byte(c)), class.MatchString(string(rune(c))); got != want {
			t.Errorf("%s: %q is taken: %v, want %v", what, rune(c), got, want)
		}
	}
}

// format puts the JSON of a text into a configuration.
func format(config, text string) string {
	quoted, _ := json.Marshal(text) // a string has no error
	return fmt.Sprintf(config, quoted)
}

// RFC 9110, section 5.6.2.
const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]"

func TestCharactersOfConfigurations(t *testing.T) {
	for _, tt := range []struct {
		name, config  string
		before, after string
		want          string
	}{
		{"method", `{"implemented_methods": [%s]}`, "X", "X", token},
		{"method of an entry", `{"unimplemented": [{"method": %s}]}`, "X", "X", token},
		{"alternative", `{"unimplemented": [{"method": "PUT", "alternatives": [%s]}]}`, "X", "", token},
		{"field", `{"unimplemented": [{"capability": "c", "header": %s}]}`, "x", "x", token},
		{"field, first", `{"unimplemented": [{"capability": "c", "header": %s}]}`, "", "x", token},
		{"value", `{"unimplemented": [{"capability": "c", "header": "h", "value": %s}]}`, "x", "x", `[^\x00-\x1f\x7f-\x9f,;]`},
		{"value, first", `{"unimplemented": [{"capability": "c", "header": "h", "value": %s}]}`, "", "x", `[^\x00-\x20\x7f-\x9f,;]`},
		{"value, last", `{"unimplemented": [{"capability": "c", "header": "h", "value": %s}]}`, "x", "", `[^\x00-\x20\x7f-\x9f,;]`},
		{"query", `{"unimplemented": [{"capability": "c", "query": %s}]}`, "x", "x", `[^&%\x00-\x1f\x7f-\x9f]`},
		{"query, first", `{"unimplemented": [{"capability": "c", "query": %s}]}`, "", "x", `[^&%?=\x00-\x1f\x7f-\x9f]`},
		{"query, last", `{"unimplemented": [{"capability": "c", "query": %s}]}`, "x", "", `[^&%=\x00-\x1f\x7f-\x9f]`},
		{"path", `{"unimplemented": [{"capability": "c", "path": %s}]}`, "/x", "x", `[^*?#%\x00-\x1f\x7f-\x9f]`},
		{"path, first", `{"unimplemented": [{"capability": "c", "path": %s}]}`, "", "/x", `[/*]`},
		{"path, last", `{"unimplemented": [{"capability": "c", "path": %s}]}`, "/x", "", `[^*?#%\x00-\x1f\x7f-\x9f]`},
		{"further field", `{"implemented_methods": ["GET"], "response_headers": {%s: "x"}}`, "x", "x", token},
		{"further field's value", `{"implemented_methods": ["GET"], "response_headers": {"x": %s}}`, "x", "x", `[\t -~]`},
		{"further field's value, first", `{"implemented_methods": ["GET"], "response_headers": {"x": %s}}`, "", "x", `[!-~]`},
		{"further field's value, last", `{"implemented_methods": ["GET"], "response_headers": {"x": %s}}`, "x", "", `[!-~]`},
		{"capability", `{"unimplemented": [{"capability": %s, "query": "q"}]}`, "", "", `[^\x00-\x1f\x7f-\x9f]`},
		{"problem type", `{"implemented_methods": ["GET"], "format": "problem", "problem_type": %s}`, "x", "x", `[][!#$&'()*+,./:;=?@_~0-9A-Za-z-]`},
		{"problem type, percent", `{"implemented_methods": ["GET"], "format": "problem", "problem_type": %s}`, "%", "0", `[0-9A-Fa-f]`},
		{"problem type, percent, second", `{"implemented_methods": ["GET"], "format": "problem", "problem_type": %s}`, "%a", "", `[0-9A-Fa-f]`},
		{"XML", `{"implemented_methods": ["GET"], "format": {"content_type": "text/xml", "body": %s}}`, "x", "x", `[\t\n\r\x20-z|~-\xff]`},
		{"capability in XML", `{"unimplemented": [{"capability": %s, "query": "q"}], "format": {"content_type": "text/xml", "body": "x"}}`, "x", "x", `[^\x00-\x1f\x7f-\x9f]`},
		{"HTML", `{"implemented_methods": ["GET"], "format": {"content_type": "text/html", "body": %s}}`, "x", "x", `[^{}]`},
		{"content type", `{"implemented_methods": ["GET"], "format": {"content_type": %s, "body": []}}`, "x", "x/json", token},
		{"content type, subtype", `{"implemented_methods": ["GET"], "format": {"content_type": %s, "body": []}}`, "x/x", "+json", token},
		{"content type, parameter", `{"implemented_methods": ["GET"], "format": {"content_type": %s, "body": []}}`, "x/json;x", "x=x", token},
		{"content type, parameter's value", `{"implemented_methods": ["GET"], "format": {"content_type": %s, "body": []}}`, "x/json;x=x", "x", token},
		{"content type, before a parameter", `{"implemented_methods": ["GET"], "format": {"content_type": %s, "body": []}}`, "x/json;", "x=x", "[ \t]|" + token},
		{"content type, quoted", `{"implemented_methods": ["GET"], "format": {"content_type": %s, "body": []}}`, `x/json;x="x`, `x"`, `[^"\\\x00-\x08\x0a-\x1f\x7f]`},
		{"content type, quote", `{"implemented_methods": ["GET"], "format": {"content_type": %s, "body": []}}`, `x/json;x=`, `x"`, `["]`},
		{"content type, last quote", `{"implemented_methods": ["GET"], "format": {"content_type": %s, "body": []}}`, `x/json;x="x`, ``, `["]`},
		{"content type, before a semicolon", `{"implemented_methods": ["GET"], "format": {"content_type": %s, "body": []}}`, "x/json", ";x=x", "[ \t]"},
		{"host", `{"servers": [{"implemented_methods": ["GET"], "hosts": [%s]}]}`, "x", "x", `[._0-9A-Za-z-]`},
		{"host, first", `{"servers": [{"implemented_methods": ["GET"], "hosts": [%s]}]}`, "", "x", `[_0-9A-Za-z-]`},
		{"host, last", `{"servers": [{"implemented_methods": ["GET"], "hosts": [%s]}]}`, "x", "", `[_0-9A-Za-z-]`},
		{"domain", `{"servers": [{"implemented_methods": ["GET"], "hosts": [%s]}]}`, "*.x", "x", `[._0-9A-Za-z-]`},
		{"domain, last label", `{"servers": [{"implemented_methods": ["GET"], "hosts": [%s]}]}`, "*.x.", "", `[_A-Za-z-]`},
		{"IPv6", `{"servers": [{"implemented_methods": ["GET"], "hosts": [%s]}]}`, "[::", "]", `[0-9A-Fa-f]`},
		{"IPv6, inside", `{"servers": [{"implemented_methods": ["GET"], "hosts": [%s]}]}`, "[1::1", "1]", `[:0-9A-Fa-f]`},
		{"IPv4 in IPv6", `{"servers": [{"implemented_methods": ["GET"], "hosts": [%s]}]}`, "[::1.2.3.", "]", `[0-9]`},
	} {
		check(t, tt.name, tt.want, func(c byte) bool {
			_, err := config.Parse([]byte(format(tt.config, tt.before+string(rune(c))+tt.after)))
			return err == nil
		})
	}
}

// An entry of one condition, and a request that has it if the byte is one of these.
func TestCharactersOfRequests(t *testing.T) {
	const (
		gzip   = `{"unimplemented": [{"capability": "c", "header": "h", "value": "gzip"}]}`
		query  = `{"unimplemented": [{"capability": "c", "query": "a1"}]}`
		path   = `{"unimplemented": [{"capability": "c", "path": "/p"}]}`
		starts = `{"unimplemented": [{"capability": "c", "path": "/p/*"}]}`
		ends   = `{"unimplemented": [{"capability": "c", "path": "*/p"}]}`
		host   = `{"servers": [{"hosts": ["a.b"], "unimplemented": [{"method": "GET-IT"}]}]}`
		ip     = `{"servers": [{"hosts": ["[::1]"], "unimplemented": [{"method": "GET-IT"}]}]}`
	)
	for _, tt := range []struct {
		name, config, field string
		before, after       string
		want                string
	}{
		{"before a member", gzip, "h", "", "gzip", `[ \t,]`},
		{"behind a member", gzip, "h", "gzip", "", `[ \t,;]`},
		{"between members", gzip, "h", "x", "gzip", `[,]`},
		{"inside a member", gzip, "h", "gz", "ip", `[^\x00-\xff]`},
		{"before parameters", gzip, "h", "gzip", "x", `[,;]`},
		{"in a quoted string", gzip, "h", `x="`, `", gzip`, `[^"\\]`},
		{"escaped in a quoted string", gzip, "h", `x="\`, `", gzip`, `[\x00-\xff]`},
		{"name of a weight", gzip, "h", "gzip;", "=0", `[^qQ]`},
		{"behind the name of a weight", gzip, "h", "gzip;q", "=0", `[^ \t]`},
		{"before the name of a weight", gzip, "h", "gzip;", "q=0", `[^ \t;]`},
		{"sign of a weight", gzip, "h", "gzip;q", "0", `[^=]`},
		{"before a weight", gzip, "h", "gzip;q=", "0", `[^ \t]`},
		{"weight", gzip, "h", "gzip;q=", "", `[^0]`},
		{"behind a weight", gzip, "h", "gzip;q=0", "", `[^. \t,;]`},
		{"point of a weight", gzip, "h", "gzip;q=0", "0", `[^.,;]`},
		{"fraction of a weight", gzip, "h", "gzip;q=0.0", "", `[^0 \t,;]`},
		{"second digit", query, ":path", "?a%3", "", `[1]`},
		{"first digit", query, ":path", "?a%", "1", `[3]`},
		{"before a parameter", query, ":path", "?", "a1", `[&]`},
		{"behind a parameter", query, ":path", "?a1", "", `[&=]`},
		{"before the query", query, ":path", "/", "a1", `[?]`},
		{"in the query", query, ":path", "/?x=1", "a1", `[&]`},
		{"before a fragment", path, ":path", "/p", "x", `[?#]`},
		{"behind a path", path, ":path", "/p", "", `[?#]`},
		{"behind a slash", starts, ":path", "/p/", "x", `[^?#]|[?#]`},
		{"before a slash", ends, ":path", "/x", "/p", `[^?#]`},
		{"digit of a slash", path, ":path", "/p%2", "", `[^\x00-\xff]`},
		{"digit of a path", path, ":path", "/%7", "", `[0]`},
		{"first digit of a path", ends, ":path", "/%", "0", `[7]`},
		{"behind a host", host, ":authority", "a.b", "", `[.:]`},
		{"port of a host", host, ":authority", "a.b:", "", `[0-9]`},
		{"port of a host, inside", host, ":authority", "a.b:1", "1", `[0-9]`},
		{"dot of a host", host, ":authority", "a", "b", `[.]`},
		{"behind an address", ip, ":authority", "[::1]", "", `[.:]`},
		{"port of an address", ip, ":authority", "[::1]:", "", `[0-9]`},
		{"last of an address", ip, ":authority", "[::1", "", `[\]]`},
	} {
		taken := parse(t, tt.config)
		check(t, tt.name, tt.want, func(c byte) bool {
			return missing(taken, "GET-IT", [2]string{tt.field, tt.before + string([]byte{c}) + tt.after}) != nil
		})
	}
}

// An IPv6 address is what the standard library takes for one.
func TestAddresses(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	right := 0
	for range 20_000 {
		var parts []string
		for range 1 + random.IntN(9) {
			parts = append(parts, []string{"", "0", "1", "ab", "fFfF", "12345", "g", "1.2.3.4", "1.2.3.256", "1.2.3", "01.2.3.4", "1.2.3.2555"}[min(random.IntN(40)/3, 11-random.IntN(12))])
		}
		address := []string{"", ":", "1::"}[random.IntN(3)] + strings.Join(parts, ":") + []string{"", "", ":", "::1"}[random.IntN(4)]
		parsed, err := netip.ParseAddr(address)
		want := err == nil && parsed.Is6()
		_, err = config.Parse([]byte(format(`{"servers": [{"implemented_methods": ["GET"], "hosts": [%s]}]}`, "["+address+"]")))
		if (err == nil) != want {
			t.Errorf("%s: %v, want it taken: %v", address, err, want)
		}
		if want {
			right++
		}
	}
	if right < 500 {
		t.Errorf("only %d addresses are right", right)
	}
}

func parse(t *testing.T, json string) *config.Config {
	t.Helper()
	taken, err := config.Parse([]byte(json))
	if err != nil {
		t.Fatalf("%s: %v", json, err)
	}
	return taken
}

func missing(taken *config.Config, method string, fields ...[2]string) *servers.Missing {
	var d servers.Decision
	_ = taken.Servers.Decide(&d, method, servers.Header(fields).Request()) // which has no errors
	return d.Missing
}

// The case of ASCII's letters is ignored, and of nothing else.
func TestCharactersInAnotherCase(t *testing.T) {
	for _, tt := range []struct {
		name, config, before, want string
		isMissing                  func(taken *config.Config, text string) bool
	}{
		{"value", `{"unimplemented": [{"capability": "c", "header": "h", "value": %s}]}`, "", "[A-Za-z]", func(taken *config.Config, text string) bool {
			return missing(taken, "GET", [2]string{"h", text}) != nil
		}},
		{"field", `{"unimplemented": [{"capability": "c", "header": %s}]}`, "", "[A-Z]", func(taken *config.Config, text string) bool {
			return missing(taken, "GET", [2]string{text, ""}) != nil // of which hosts make lower case
		}},
		{"query", `{"unimplemented": [{"capability": "c", "query": %s}]}`, "", `[^\x00-\xff]`, func(taken *config.Config, text string) bool {
			return missing(taken, "GET", [2]string{":path", "/?" + text}) != nil
		}},
		{"method", `{"unimplemented": [{"method": %s}]}`, "", `[^\x00-\xff]`, func(taken *config.Config, text string) bool {
			return missing(taken, text) != nil
		}},
		{"method's alternative", `{"implemented_methods": [%s]}`, "", "[A-Za-z]", func(taken *config.Config, text string) bool {
			return len(missing(taken, text).Alternatives) == 1
		}},
		{"host", `{"servers": [{"unimplemented": [{"method": "PUT"}], "hosts": [%s]}]}`, "", "[A-Za-z]", func(taken *config.Config, text string) bool {
			return missing(taken, "PUT", [2]string{":authority", text}) != nil
		}},
		{"domain", `{"servers": [{"unimplemented": [{"method": "PUT"}], "hosts": [%s]}]}`, "*.", "[A-Za-z]", func(taken *config.Config, text string) bool {
			return missing(taken, "PUT", [2]string{":authority", "b." + text}) != nil
		}},
	} {
		check(t, tt.name, tt.want, func(c byte) bool {
			taken, err := config.Parse([]byte(format(tt.config, tt.before+"x"+string(rune(c))+"y")))
			return err == nil && tt.isMissing(taken, "x"+string(rune(c^0x20))+"y")
		})
	}
}

func TestCharactersOfAnswers(t *testing.T) {
	closed := parse(t, `{"implemented_methods": ["GET"]}`)
	check(t, "method echoed", "[!-~]", func(c byte) bool {
		name := "X" + string([]byte{c})
		said := details(missing(closed, name))
		return said == "not_implemented_method["+name+"]"
	})
	check(t, "label", "[0-9A-Za-z_-]", func(c byte) bool {
		name := "x" + string(rune(c))
		label := string(servers.AppendLabel(nil, name))
		if label != name && label != "x_" {
			t.Errorf("label of %q: %q, want %q", name, label, "x_")
		}
		return label == name
	})
	check(t, "message to gRPC", "[ -$&-~]", func(c byte) bool {
		const before, after = "This server does not implement ", "."
		said := answer.Make(new(answer.Buffer), closed.Formats[0], answer.GRPC, &servers.Missing{Kind: servers.Capability, Name: string(rune(c))})
		encoded := ""
		for _, octet := range []byte(string(rune(c))) {
			encoded += fmt.Sprintf("%%%02X", octet)
		}
		switch said.Headers[1] {
		case [2]string{"grpc-message", before + string(rune(c)) + after}:
			return true
		case [2]string{"grpc-message", before + encoded + after}:
			return false
		}
		t.Errorf("%q gets %q", rune(c), said.Headers)
		return false
	})
	for c := range 256 {
		name := string(rune(c))
		if unicode.IsControl(rune(c)) {
			continue // in no name
		}
		for _, config := range []string{
			`{"unimplemented": [{"capability": %s, "query": "q", "alternatives": ["x"]}]}`,
			`{"format": "problem", "unimplemented": [{"capability": "x", "query": "q", "alternatives": [%s]}]}`,
		} {
			taken := parse(t, format(config, name))
			said := answer.Make(new(answer.Buffer), taken.Formats[0], answer.HTTP, missing(taken, "GET", [2]string{":path", "?q"}))
			var body struct {
				Capability   string
				Alternatives []string
			}
			if err := json.Unmarshal(said.Body, &body); err != nil || body.Capability != name && body.Alternatives[0] != name {
				t.Errorf("%q in the body %s", name, said.Body)
			}
		}
	}
}
