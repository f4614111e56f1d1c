// SPDX-License-Identifier: Apache-2.0

package playground

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"notimplemented/e2e/harness/command"
	"notimplemented/e2e/harness/project"
	"notimplemented/filter/config"
	"notimplemented/filter/config/configtest"
	"notimplemented/filter/contract"
)

// explained is what the command says of a request.
type explained struct {
	answer, details string
	dryRuns         []string
}

func explain(t *testing.T, folder string, s state) explained {
	t.Helper()
	file := filepath.Join(folder, "plugin.json")
	if err := os.WriteFile(file, []byte(s.Configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	arguments := []string{"explain", "-X", s.Method}
	for _, line := range strings.Split(s.Fields, "\n") {
		if line != "" {
			arguments = append(arguments, "-H", line)
		}
	}
	arguments = append(arguments, "--", file, s.URL)
	stdout, stderr, exit := command.Run(t, "", arguments...)
	if exit != 0 {
		t.Fatalf("%q: exit code %d\n%s%s", arguments, exit, stdout, stderr)
	}
	e := explained{answer: strings.TrimSuffix(stdout, "\n")}
	for _, line := range strings.Split(stderr, "\n") {
		if details, ok := strings.CutPrefix(line, "details: "); ok {
			e.details = details
		}
		if details, ok := strings.CutPrefix(line, "dry run: 501 "); ok {
			e.dryRuns = append(e.dryRuns, details)
		}
	}
	return e
}

// Fields that the host adds to an answer.
var added = regexp.MustCompile(`(?m)^(content-length|date|server|connection|transfer-encoding): .*\n`)

// asExplained turns what the page shows into what explain says.
func asExplained(s shown) explained {
	e := explained{answer: answerAsExplained(s.Answer)}
	if details := s.Operator["Response code details"]; details[0] != "via_upstream" {
		e.details = details[0]
	}
	for _, line := range s.Operator["Log"] {
		if details, ok := strings.CutPrefix(line, "debug: dry run: 501 "); ok {
			e.dryRuns = append(e.dryRuns, details)
		}
	}
	return e
}

func answerAsExplained(answer string) string {
	_, answer, _ = strings.Cut(answer, "\n") // the command
	head, body, hasBody := strings.Cut(answer, "\n\n")
	head, ok := strings.CutPrefix(head, "HTTP/1.1 ")
	if !ok {
		return "passes"
	}
	head = strings.TrimSuffix(added.ReplaceAllString(strings.TrimSuffix(head, "\n")+"\n", ""), "\n")
	// Envoy appends what explain puts first.
	if before, isGRPC := strings.CutSuffix(head, "\ncontent-type: application/grpc"); isGRPC {
		status, others, _ := strings.Cut(before, "\n")
		head = status + "\ncontent-type: application/grpc\n" + others
	}
	if hasBody {
		return head + "\n\n" + body
	}
	return head
}

func compareWithExplain(t *testing.T, states []state, all []shown) {
	t.Helper()
	folder := t.TempDir()
	for i, got := range all {
		want := explain(t, folder, states[i])
		if got.Problem != "" || got.Trap != "" || len(got.Mistakes) > 0 {
			t.Errorf("%+v\nthe page says %q, %q, %q", states[i], got.Problem, got.Trap, got.Mistakes)
			continue
		}
		if got := asExplained(got); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%+v\nthe page shows\n%v\nwant\n%v", states[i], got, want)
		}
		var state string
		if len(want.dryRuns) > 0 {
			state = want.dryRuns[0]
		}
		if would := strings.Join(got.Operator["What the dry run would have answered"], "\n"); would != state {
			t.Errorf("%+v\nthe filter state is %q, want %q", states[i], would, state)
		}
		if (got.Hidden != "") != (state != "") {
			t.Errorf("%+v\nthe page shows %q without the dry run, want something: %v", states[i], got.Hidden, state != "")
		}
	}
}

// The hosts disagree about nothing that a person can put in.
func TestRandomRequests(t *testing.T) {
	const want = 500
	var states []state
	for _, choices := range contract.Seeds(3 * want) {
		json := choices.Configuration()
		if _, err := config.Parse([]byte(json)); err != nil {
			continue
		}
		promised, err := contract.Read(json)
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			if s, ok := written(json, choices.Request(promised)); ok {
				states = append(states, s)
			}
		}
	}
	if len(states) < want {
		t.Fatalf("%d requests, want %d", len(states), want)
	}
	states = states[:want]
	all := open(t).ask(states...)
	compareWithExplain(t, states, all)
	outcomes := make(map[string]int)
	for _, s := range all {
		outcomes[s.Status]++
		if s.Hidden != "" {
			outcomes["dry run"]++
		}
	}
	for _, outcome := range []string{"501", "200, grpc-status: 12", "passes", "dry run"} {
		if outcomes[outcome] < 10 {
			t.Errorf("too few of %q: %v", outcome, outcomes)
		}
	}
}

// written is a request as a person would write it; ok is false where nobody can.
func written(json string, request [][2]string) (s state, ok bool) {
	s.Configuration = json
	for _, line := range request {
		name, value := line[0], line[1]
		if !utf8.ValidString(value) || strings.ContainsAny(value, "\x00\r\n") {
			return s, false
		}
		switch {
		case name == ":method" && s.Method == "":
			s.Method = value
		case name == ":path" && s.URL == "":
			s.URL = value
		case name == ":authority":
			s.Fields += "host: " + value + "\n"
		case name[0] != ':':
			s.Fields += name + ": " + value + "\n"
		}
	}
	return s, token.MatchString(s.Method) && (strings.HasPrefix(s.URL, "/") || s.URL == "*" || s.URL == "")
}

var token = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// The answer that a dry run holds back is shown even where the configuration without
// dry runs would have entries that nothing reaches.
func TestWithoutDryRun(t *testing.T) {
	for _, tt := range []struct{ configuration, method, url, want string }{
		{`{"implemented_methods": ["POST"], "dry_run" : true}`, "PUT", "/", "the PUT method"},
		{`{"unimplemented": [{"method": "PUT", "dry_run": true}, {"method": "PUT", "query": "q", "capability": "c"}]}`, "PUT", "/?q", "the PUT method"},
		{`{"unimplemented": [{"query": "q", "capability": "a", "dry_run": true}, {"query": "q=1", "capability": "b"}, {"query": "q=2", "capability": "c"}]}`, "GET", "/?q=1", "a"},
		{`{"dry_run": true, "unimplemented": [{"method": "PUT"}], "servers": [{"hosts": ["a"], "unimplemented": [
			{"query": "q", "capability": "a"}, {"header": "dry_run", "capability": "true", "dry_run": true}]}]}`, "GET", "http://a/?q", "a"},
		{`{"dry_run": true, "unimplemented": [{"method": "PUT"}], "format": {"content_type": "application/json", "body": {"dry_run": true, "m": "{message}"}}}`,
			"PUT", "/", `{"dry_run":true,"m":"This server does not implement the PUT method."}`},
	} {
		got := open(t).ask(state{tt.configuration, tt.method, tt.url, ""})[0].Hidden
		if !strings.Contains(got, "This server does not implement "+tt.want+".") && !strings.HasSuffix(got, "\n"+tt.want) {
			t.Errorf("%s\n%s %s shows %q, want %q", tt.configuration, tt.method, tt.url, got, tt.want)
		}
	}
}

// A URL or path means the same to the page as to the command.
func TestURLs(t *testing.T) {
	const configuration = `{
		"unimplemented": [{"query": "q", "capability": "top"}],
		"servers": [
			{"hosts": ["api.example.com"], "unimplemented": [{"query": "q", "capability": "api"}, {"query": "r", "capability": "r"}]},
			{"hosts": ["[2001:db8::1]"], "unimplemented": [{"query": "q", "capability": "address"}]}
		]
	}`
	var states []state
	for _, url := range []string{
		"https://api.example.com/?q", "https://api.example.com?q", "HTTP://API.example.com:8080/?q", "http://api.example.com./a/b?q=1#r",
		"https://me:secret@api.example.com/?q", "https://api.example.com#?q", "https://[2001:db8::1]:443/?q", "https://api.example.com.evil.example/?q",
		"/?q", "/?u=https://api.example.com/&r&q", "*", "", "/#?q", "//api.example.com/?q",
	} {
		states = append(states, state{configuration, "GET", url, ""}, state{configuration, "GET", url, "Host: api.example.com"})
	}
	p := open(t)
	compareWithExplain(t, states, p.ask(states...))
	for _, url := range []string{"nowhere", "ftp://api.example.com/", "https://", "https:///q", "api.example.com/?q"} {
		if got := p.ask(state{configuration, "GET", url, ""})[0]; got.Problem == "" {
			t.Errorf("%q: the page shows %+v", url, got)
		}
	}
}

// configurations are those of the documents.
func configurations(t *testing.T) (configurations []string) {
	t.Helper()
	for _, document := range project.Documents(t) {
		configurations = append(configurations, project.Blocks(t, document, "json")...)
	}
	for _, name := range project.Files(t, "docs/*.json") {
		configurations = append(configurations, project.File(t, name))
	}
	return configurations
}

// Of each configuration in the documents, a request for each method and each entry.
func TestConfigurationsOfTheDocuments(t *testing.T) {
	var right, states []state
	var verdicts []string
	for _, json := range configurations(t) {
		taken, err := config.Parse([]byte(json))
		if err != nil {
			continue // TestMistakes has it
		}
		promised, err := contract.Read(json)
		if err != nil {
			t.Fatal(err)
		}
		for _, request := range promised.Requests() {
			if s, ok := written(json, request); ok {
				states = append(states, s)
			}
		}
		right = append(right, state{json, "GET", "/", ""})
		verdicts = append(verdicts, taken.Servers.String())
	}
	p := open(t)
	for i, got := range p.ask(right...) {
		if _, verdict, _ := strings.Cut(got.Verdict, ": "); verdict != verdicts[i] { // behind the version
			t.Errorf("%s\nthe page says %q, want %q", right[i].Configuration, got.Verdict, verdicts[i])
		}
	}
	if len(states) < 100 {
		t.Fatalf("%d requests, want more", len(states))
	}
	compareWithExplain(t, states, p.ask(states...))
}

// Every mistake is shown, where it is.
func TestMistakes(t *testing.T) {
	texts := configurations(t)
	for _, refusal := range configtest.Refusals {
		texts = append(texts, refusal.Config)
	}
	texts = append(texts, "{\n  \"unimplemented\": [\n    {\"capability\": \"ü💥\", \"qery\": \"q\"}, {\"ü💥\": 1}\n  ]\n}", "{\"ü\": \"💥\",\n\"💥\" x}")
	var states []state
	for _, text := range texts {
		if text = strings.ReplaceAll(text, "\r\n", "\n"); utf8.ValidString(text) && !strings.Contains(text, "\r") {
			states = append(states, state{text, "GET", "/", ""})
		}
	}
	states = append(states, state{`{"implemented_methods": [` + strings.Repeat(`"x y", `, 24) + `"x y"]}`, "GET", "/", ""})
	tested := 0
	for i, got := range open(t).ask(states...) {
		json := states[i].Configuration
		_, err := config.ReadForLog([]byte(json))
		mistakes, _ := errors.AsType[config.Mistakes](err)
		var want []string
		for _, mistake := range mistakes {
			if strings.HasPrefix(mistake.String(), "and ") {
				want = append(want, mistake.String())
			} else {
				want = append(want, position(json, mistake.Offset)+" "+mistake.String())
			}
		}
		if _, err := config.Parse([]byte(json)); err != nil {
			mistakes, _ := errors.AsType[config.Mistakes](err)
			if want := fmt.Sprintf("Refused: %d mistake", len(mistakes)); !strings.HasPrefix(got.Verdict, want) {
				t.Errorf("%.500s\nthe page shows %q, want %q", json, got.Verdict, want)
			}
		}
		if tested += len(want); !slices.Equal(got.Mistakes, want) {
			t.Errorf("%.500s\nthe page shows %q\nwant %q", json, got.Mistakes, want)
		}
	}
	if tested < 100 {
		t.Errorf("%d mistakes, want more", tested)
	}
}

// position is the line and the column of a byte, in characters.
func position(text string, offset int) string {
	before := strings.Split(text[:min(offset, len(text))], "\n")
	return fmt.Sprintf("%d:%d", len(before), utf8.RuneCountInString(before[len(before)-1])+1)
}
