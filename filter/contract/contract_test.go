// SPDX-License-Identifier: Apache-2.0

package contract_test

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"notimplemented/filter/answer"
	"notimplemented/filter/config"
	"notimplemented/filter/config/configtest"
	"notimplemented/filter/contract"
	"notimplemented/filter/servers"
)

// Whatever the configuration, the parser finds every value that is wrong beside
// others, and no more; and the core keeps the contract, whatever the requests.
func FuzzCore(f *testing.F) {
	for _, seed := range contract.Seeds(3000) {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, seed []byte) {
		choices := contract.Choices(seed)
		json := choices.Configuration()
		promised := read(t, json)
		taken, err := config.Parse([]byte(json))
		checkMistakes(t, json, err)
		compareMistakes(t, json, err, promised.Mistakes())
		if err != nil {
			return
		}
		var requests [][][2]string
		for range 10 {
			requests = append(requests, choices.Request(promised))
		}
		compareOutcomes(t, json, taken, requests)
	})
}

// The same, if with few of those that are right, of configurations as anybody may
// write them.
func FuzzParse(f *testing.F) {
	for _, tt := range configtest.Refusals {
		f.Add(tt.Config)
	}
	for _, tt := range configtest.Acceptances {
		f.Add(tt.Config)
	}
	schema, err := jsonschema.NewCompiler().Compile("../../config.schema.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, json string) {
		taken, err := config.Parse([]byte(json))
		checkMistakes(t, json, err)
		if err != nil {
			return
		}
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(json))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("the parser takes what the schema does not: %v", err)
		}
		promised := read(t, json)
		compareMistakes(t, json, nil, promised.Mistakes())
		compareOutcomes(t, json, taken, promised.Requests())
	})
}

func read(t *testing.T, json string) contract.Contract {
	t.Helper()
	promised, err := contract.Read(json)
	if err != nil {
		t.Fatalf("%s: %v", json, err)
	}
	return promised
}

// checkMistakes checks that an error of the parser is a list of mistakes that can be
// shown.
func checkMistakes(t *testing.T, json string, err error) {
	t.Helper()
	var mistakes config.Mistakes
	if errors.As(err, &mistakes) != (err != nil) || err != nil && len(mistakes) == 0 {
		t.Fatalf("%s: error %#v, want Mistakes", json, err)
	}
	last := 0
	for _, m := range mistakes {
		if m.Problem == "" || m.Offset < last || m.Offset > len(json) {
			t.Errorf("%s: mistake %+v after offset %d of %d", json, m, last, len(json))
		}
		last = m.Offset
	}
}

func compareMistakes(t *testing.T, json string, err error, promised []contract.Mistake) {
	t.Helper()
	var mistakes config.Mistakes
	errors.As(err, &mistakes)
	want := map[string]string{}
	for _, mistake := range promised {
		want[mistake.Pointer] = mistake.Other
	}
	for _, mistake := range mistakes {
		if other, ok := want[mistake.Pointer]; !ok || !strings.Contains(mistake.Problem, other) {
			t.Errorf("%s\n%v\nwant %q", json, mistake, want)
		}
		delete(want, mistake.Pointer)
	}
	if len(want) > 0 {
		t.Errorf("%s\n%v\nwant %q besides", json, mistakes, want)
	}
}

func compareOutcomes(t *testing.T, json string, taken *config.Config, requests [][][2]string) {
	t.Helper()
	promised := read(t, json)
	var d servers.Decision // for all, as in the plugin
	for _, r := range requests {
		if method, _ := servers.Header(r).First(":method"); method == "" {
			continue // the host's trouble, of which the core knows nothing
		}
		if got, want := outcomeOf(t, taken, &d, r), describe(promised.Outcome(r)); got != want {
			t.Errorf("%s\nrequest %q\n%s\nwant\n%s", json, r, got, want)
		}
	}
}

// outcomeOf is what the core makes of a request.
func outcomeOf(t *testing.T, taken *config.Config, d *servers.Decision, r servers.Header) string {
	t.Helper()
	method, _ := r.First(":method")
	if err := taken.Servers.Decide(d, method, r.Request()); err != nil {
		t.Fatal(err)
	}
	var o contract.Outcome
	for _, missing := range d.DryRun {
		o.DryRuns = append(o.DryRuns, details(missing))
	}
	if d.Missing != nil {
		protocol, err := answer.ProtocolOf(r.Request())
		if err != nil {
			t.Fatal(err)
		}
		said := answer.Make(new(answer.Buffer), taken.Formats[d.Server], protocol, d.Missing)
		o.Answer = &contract.Answer{
			Status: uint32(said.Status), Details: string(said.Details()), Headers: said.Headers, Body: string(said.Body), GRPCStatus: answer.Unimplemented,
		}
	}
	return describe(o)
}

func details(missing *servers.Missing) string {
	return string(answer.PutLog(new(answer.Buffer), missing))
}

func describe(o contract.Outcome) string {
	answer := "passes"
	if o.Answer != nil {
		answer = fmt.Sprintf("%d %q %q %q %d", o.Answer.Status, o.Answer.Details, o.Answer.Headers, o.Answer.Body, o.Answer.GRPCStatus)
	}
	return fmt.Sprintf("dry runs %q, %s", o.DryRuns, answer)
}

// The largest body is that of an entry, or of a method that is echoed at its longest:
// to a byte.
func TestSizeOfBodies(t *testing.T) {
	for _, tt := range []struct{ name, servers, contentType, body string }{
		{"a method in XML", `"implemented_methods": ["PUT"]`, "text/xml", strings.Repeat("{name}", 64)},
		{"a method in text", `"implemented_methods": ["PUT"]`, "text/plain", strings.Repeat("{message}", 64)},
		{"a method in another case", `"implemented_methods": ["PUT", "brew-coffee", "PATCH"]`, "text/html", strings.Repeat("{instead}", 64)},
		{"a method in another case, escaped", `"implemented_methods": ["PUT", "brew-coffee", "M&'&'&"]`, "text/html", strings.Repeat("{instead}", 64)},
		{"a method without another case", `"implemented_methods": ["PUT", "` + strings.Repeat("&", 64) + `"]`, "text/xml", strings.Repeat("{name}{instead}", 32)},
		{"a method that an entry names", `"unimplemented": [{"method": "a-method-of-any-length-` + strings.Repeat("x", 40) + `", "alternatives": ["a", "b"]}]`, "text/plain", strings.Repeat("{instead}{name}", 32)},
		{"a method that an entry names, in another case", `"implemented_methods": ["` + strings.Repeat("&M", 32) + `"], "unimplemented": [{"method": "` + strings.Repeat("&m", 32) + `"}]`, "text/xml", strings.Repeat("{instead}{name}", 32)},
		{"a capability", `"unimplemented": [{"capability": "c", "query": "c"}, {"capability": "` + strings.Repeat("<", 200) + `", "query": "q"}]`, "text/html", strings.Repeat("{name}", 50)},
		{"alternatives", `"unimplemented": [{"capability": "c", "query": "c", "alternatives": ["a", "b'", "c", "d"]}]`, "text/html", strings.Repeat("{instead}{alternatives}", 32)},
		{"of a server that inherits", `"servers": [{"hosts": ["a"], "unimplemented": [{"capability": "` + strings.Repeat("&", 250) + `", "query": "q"}]}]`, "text/html", strings.Repeat("{message}", 20)},
	} {
		with := func(padding int) string {
			return fmt.Sprintf(`{%s, "format": {"content_type": "%s", "body": "%s"}}`, tt.servers, tt.contentType, tt.body+strings.Repeat("x", padding))
		}
		padding := sort.Search(64<<10, func(padding int) bool { return len(read(t, with(padding)).Mistakes()) > 0 })
		if padding == 0 || len(with(padding)) > config.MaxSize {
			t.Fatalf("%s: %d bytes make too large a body", tt.name, padding)
		}
		if _, err := config.Parse([]byte(with(padding - 1))); err != nil {
			t.Errorf("%s: %.200v, want it taken", tt.name, err)
		}
		if _, err := config.Parse([]byte(with(padding))); err == nil {
			t.Errorf("%s: want it refused, for a byte too many", tt.name)
		}
	}
}
