// SPDX-License-Identifier: Apache-2.0

package playground

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"notimplemented/e2e/harness/command"
	"notimplemented/e2e/harness/envoy"
	"notimplemented/e2e/harness/project"
)

// The page shows byte by byte, but for the date, what the Envoy of envoy.yaml sends.
func TestEnvoy(t *testing.T) {
	configuration := quickstartConfiguration(t)
	address := startEnvoy(t, configuration)
	var states []state
	for _, request := range []struct{ method, path, fields string }{
		{"PATCH", "/", ""},
		{"BREW", "/", "connection: close"},
		{"PATCH", "/", "content-length: 5"},
		{"PATCH", "/", "content-length: 0"},
		{"PATCH", "/", "expect: 100-continue\ncontent-length: 5"},
		{"PATCH", "/", "transfer-encoding: chunked"},
		{"CONNECT", "", ""},
		{"TRACE", "/", ""},
		{strings.Repeat("M", 65), "/", ""},
		{"GET", "/", "connection: upgrade\nupgrade: websocket"},
		{"HEAD", "/", "connection: upgrade\nupgrade: websocket"},
		{"POST", "/?uploads", ""},
		{"POST", "/?uploads", "content-type: application/grpc"},
		{"POST", "/?uploads", "content-type: application/grpc+proto\ncontent-length: 5"},
		{"POST", "/?uploads", "content-type: application/grpc-web"},
		{"POST", "/?uploads", "content-type: application/grpc-web-text"},
		{"PATCH", "/", "content-type: application/grpc;charset=utf-8"},
		{"BREW", "/", "content-type: application/grpc"},
		{"HEAD", "/", "content-type: application/grpc\nconnection: upgrade\nupgrade: websocket"},
	} {
		states = append(states, state{configuration, request.method, request.path, "host: example.test\n" + request.fields})
	}
	for i, got := range open(t).ask(states...) {
		_, answer, _ := strings.Cut(got.Answer, "\n") // the command
		if want := sent(t, address, states[i]); withoutDate(answer) != withoutDate(want) {
			t.Errorf("%s %s\n%s\nthe page shows\n%s\nwant\n%s", states[i].Method, states[i].URL, states[i].Fields, answer, want)
		}
	}
}

// startEnvoy starts the Envoy of envoy.yaml with another configuration of the plugin, on
// ports that are free.
func startEnvoy(t *testing.T, configuration string) (address string) {
	t.Helper()
	quoted, err := json.Marshal(configuration) // a JSON string is a YAML string too
	if err != nil {
		t.Fatal(err)
	}
	text := envoy.Quickstart(t, append(envoy.OwnServer(t), "|\n"+quickstartConfiguration(t), string(quoted)+"\n")...)
	return envoy.Run(t, text).Address("main")
}

// quickstartConfiguration is the plugin's in envoy.yaml.
func quickstartConfiguration(t *testing.T) string {
	t.Helper()
	match := regexp.MustCompile(`(?s)value: \|\n(.*?\n +\}\n)`).FindStringSubmatch(project.File(t, "envoy.yaml"))
	if match == nil {
		t.Fatal("envoy.yaml has no configuration")
	}
	return match[1]
}

// sent is what Envoy sends over HTTP/1.1, as curl would print it.
func sent(t *testing.T, address string, s state) string {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(patience))
	target, fields := s.URL, strings.Split(strings.TrimSpace(s.Fields), "\n")
	if rest, ok := strings.CutPrefix(target, "http://"); ok {
		host, path, _ := strings.Cut(rest, "/")
		target, fields = "/"+path, append(fields, "host: "+host)
	}
	if s.Method == http.MethodConnect {
		target = "example.test:443"
	}
	lines := append([]string{s.Method + " " + target + " HTTP/1.1"}, fields...)
	if _, err := io.WriteString(connection, strings.Join(lines, "\r\n")+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	var raw strings.Builder
	response, err := http.ReadResponse(bufio.NewReader(io.TeeReader(connection, &raw)), &http.Request{Method: s.Method})
	if err != nil {
		t.Fatalf("%s: %v", lines[0], err)
	}
	if _, err := io.ReadAll(response.Body); err != nil {
		t.Fatalf("%s: %v", lines[0], err)
	}
	head, body, _ := strings.Cut(raw.String(), "\r\n\r\n")
	text := strings.ReplaceAll(head, "\r\n", "\n") + "\n"
	switch {
	case strings.HasPrefix(body, "\x80"): // the frame of gRPC-Web
		return text + "\n" + fmt.Sprintf("%q", body)
	case body != "":
		return text + "\n" + body
	}
	return text
}

var date = regexp.MustCompile(`(?m)^date: .*\n`)

func withoutDate(text string) string { return date.ReplaceAllString(text, "") }

var word = regexp.MustCompile(`'[^']*'|\S+`)

// Each command in the documents that the page can show the answer of, and the
// counters after them.
func TestTranscripts(t *testing.T) {
	configuration := quickstartConfiguration(t)
	tested := map[string]int{}
	p := open(t)
	for _, document := range project.Documents(t) {
		counted := map[string]int{}
		for _, transcript := range project.Transcripts(t, document) {
			command, want, _ := strings.Cut(transcript, "\n")
			s := state{Configuration: configuration}
			kind, isWhole := s.read(command)
			if kind == "" {
				continue
			}
			got := p.ask(s)[0]
			tested[kind]++
			switch kind {
			case "counters":
				var lines []string
				for name, count := range counted {
					lines = append(lines, fmt.Sprintf("%s %d", name, count))
				}
				slices.Sort(lines)
				if got := "# TYPE not_implemented_total counter\n" + strings.Join(lines, "\n"); got != want {
					t.Errorf("%s\nthe page has shown\n%s\nwant\n%s", command, got, want)
				}
				continue
			case "explain":
				e := asExplained(got)
				if got := e.answer + "\ndetails: " + e.details; got != want {
					t.Errorf("%s\nthe page shows\n%s\nwant\n%s", command, got, want)
				}
				continue
			}
			for _, counter := range slices.Concat(got.Operator["Counter"], got.Operator["Counters"]) {
				counted[strings.TrimSuffix(counter, " 1")]++
			}
			_, answer, _ := strings.Cut(got.Answer, "\n")
			if !isWhole {
				_, answer, _ = strings.Cut(answer, "\n\n")
			}
			if got.Status == "passes" {
				answer = "the server behind the proxy"
			}
			if withoutDate(answer) != withoutDate(want) {
				t.Errorf("%s\nthe page shows\n%s\nwant\n%s", command, answer, want)
			}
		}
	}
	for _, kind := range []string{"curl", "counters", "explain"} {
		if tested[kind] == 0 {
			t.Errorf("no transcript of %s", kind)
		}
	}
}

// read reads a command that asks the Envoy of envoy.yaml. It returns what kind of
// command it is, empty for one that asks something else, and whether the answer is
// printed with its header.
func (s *state) read(command string) (kind string, isWhole bool) {
	words := word.FindAllString(command, -1)
	for i := range words {
		words[i] = strings.Trim(words[i], "'")
	}
	switch {
	case words[0] == "curl" && strings.Contains(command, "/stats/prometheus"):
		return "counters", false
	case words[0] == "curl" && regexp.MustCompile(`[ '/]localhost:10000|--connect-to`).MatchString(command):
		kind, words = "curl", words[1:]
	case words[0] == "notimplemented" && words[1] == "explain" && slices.Contains(words, "envoy.yaml"):
		kind, words = "explain", slices.DeleteFunc(words[2:], func(word string) bool { return word == "envoy.yaml" })
	default:
		return "", false
	}
	s.Method = "GET"
	for i := 0; i < len(words); i++ {
		switch words[i] {
		case "-i":
			isWhole = true
		case "-X":
			i++
			s.Method = words[i]
		case "-H":
			i++
			s.Fields += words[i] + "\n"
		case "--connect-to":
			i++
		case "--http1.1", "--path-as-is":
		default:
			s.URL = words[i]
			if strings.HasPrefix(s.URL, "localhost:") {
				s.URL = "http://" + s.URL
			}
		}
	}
	return kind, isWhole
}

// What check announces, the page and explain show, Envoy answers, and verify confirms.
func TestAllAgree(t *testing.T) {
	p := open(t)
	tested := 0
	for i, name := range evaluate[[]string](p, `() => [...document.querySelectorAll("#example option:not([hidden])")].map(option => option.textContent)`) {
		switch name {
		case "README", "S3", "SCIM", "Gateway of three servers":
			tested++
		default:
			continue // the same configurations, or a wrong one
		}
		p.choose(i)
		example := p.read()
		t.Run(name, func(t *testing.T) {
			address := startEnvoy(t, example.Configuration)
			file := filepath.Join(t.TempDir(), "plugin.json")
			if err := os.WriteFile(file, []byte(example.Configuration), 0o600); err != nil {
				t.Fatal(err)
			}
			url, _, _ := strings.Cut(strings.Replace(example.URL, "https:", "http:", 1), "?")
			checked, verdict := output(t, "check", file), p.ask(example)[0].Verdict
			if _, announced, _ := strings.Cut(verdict, ": "); !strings.Contains(checked, ": note: "+announced+"\n") {
				t.Errorf("check says\n%s\nthe page %q", checked, verdict)
			}
			var states []state
			for _, command := range strings.Split(strings.TrimSpace(output(t, "verify", "-n", "-connect", address, file, url)), "\n") {
				s := state{Configuration: example.Configuration}
				if kind, _ := s.read(command); kind != "curl" {
					t.Fatalf("the test does not know %q", command)
				}
				states = append(states, s)
			}
			all := p.ask(states...)
			compareWithExplain(t, states, all)
			answered := 0
			for i, got := range all {
				want := sent(t, address, states[i])
				if got.Status == "passes" {
					if !strings.HasPrefix(want, "HTTP/1.1 200 OK\n") { // the server's
						t.Errorf("%+v passes, but gets\n%s", states[i], want)
					}
					continue
				}
				answered++
				if _, answer, _ := strings.Cut(got.Answer, "\n"); withoutDate(answer) != withoutDate(want) {
					t.Errorf("%+v\nthe page shows\n%s\nwant\n%s", states[i], answer, want)
				}
			}
			if answered == 0 {
				t.Error("nothing is answered")
			}
			verified := output(t, "verify", "-connect", address, file, url)
			if want := fmt.Sprintf("%d of %d requests answered as", len(states), len(states)); !strings.Contains(verified, want) {
				t.Errorf("verify says\n%s\nwant %q", verified, want)
			}
		})
	}
	if tested != 4 {
		t.Errorf("%d examples, want 4", tested)
	}
}

// output is what the command prints where nothing is wrong.
func output(t *testing.T, arguments ...string) string {
	t.Helper()
	stdout, stderr, exit := command.Run(t, "", arguments...)
	if exit != 0 {
		t.Fatalf("%q: exit code %d\n%s%s", arguments, exit, stdout, stderr)
	}
	return stdout + stderr
}
