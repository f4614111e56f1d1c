// SPDX-License-Identifier: Apache-2.0

package playground

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"notimplemented/e2e/harness/envoy"
)

// The page shows byte by byte, but for the date, what the Envoy of envoy.yaml sends.
func TestEnvoy(t *testing.T) {
	address := startEnvoy(t)
	configuration := configurationOf(t, "../../envoy.yaml")
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

func startEnvoy(t *testing.T) (address string) {
	t.Helper()
	plugin, err := envoy.Plugin()
	if err != nil {
		t.Fatal(err)
	}
	// The server behind it is not asked.
	text := regexp.MustCompile(`port_value: \d+`).ReplaceAllString(readFile(t, "../../envoy.yaml"), "port_value: 0")
	process, err := envoy.Start([]byte(strings.ReplaceAll(text, "build/plugin.wasm", plugin)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := process.Stop(); err != nil {
			t.Error(err)
		}
	})
	return process.Address("main")
}

// configurationOf is the plugin's in a file of Envoy's.
func configurationOf(t *testing.T, name string) string {
	t.Helper()
	match := regexp.MustCompile(`(?s)value: \|\n(.*?\n +\}\n)`).FindStringSubmatch(readFile(t, name))
	if match == nil {
		t.Fatalf("%s has no configuration", name)
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
	target := s.URL
	if s.Method == http.MethodConnect {
		target = "example.test:443"
	}
	lines := append([]string{s.Method + " " + target + " HTTP/1.1"}, strings.Split(strings.TrimSpace(s.Fields), "\n")...)
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
	configuration := configurationOf(t, "../../envoy.yaml")
	tested := map[string]int{}
	p := open(t)
	for _, document := range documents(t) {
		counted := map[string]int{}
		for _, block := range regexp.MustCompile("(?s)\n```console\n(.*?)\n```\n").FindAllStringSubmatch(document, -1) {
			for _, transcript := range strings.Split("\n"+block[1], "\n$ ")[1:] {
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
	case words[0] == "curl" && strings.Contains(command, " localhost:10000") || words[0] == "curl" && strings.Contains(command, "'localhost:10000"):
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
		default:
			s.URL = strings.Replace(words[i], "localhost:", "http://localhost:", 1)
		}
	}
	return kind, isWhole
}
