// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"notimplemented/e2e/harness/command"
	"notimplemented/e2e/harness/envoy"
	"notimplemented/e2e/harness/project"
)

// Each transcript of curl or verify in a document is what the Envoy of envoy.yaml answers, from
// the first request to the last one of the document.
func TestTranscripts(t *testing.T) {
	tested := 0
	for _, name := range project.Documents(t) {
		transcripts := slices.DeleteFunc(project.Transcripts(t, name), func(transcript string) bool {
			return !strings.HasPrefix(transcript, "curl ") && !strings.HasPrefix(transcript, "notimplemented verify ")
		})
		if tested += len(transcripts); len(transcripts) == 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			process := envoy.Run(t, envoy.Quickstart(t, envoy.OwnServer(t)...))
			addresses := map[string]string{"localhost:10000": process.Address("main"), "localhost:9901": process.Admin()}
			for _, transcript := range transcripts {
				line, want, _ := strings.Cut(transcript, "\n")
				got, err := answer(t, addresses, line)
				if err != nil {
					t.Errorf("%s: %v", line, err)
				}
				if withoutDate(got) != withoutDate(want) {
					t.Errorf("%s\ngot\n%s\nwant\n%s", line, got, want)
				}
			}
		})
	}
	if tested == 0 {
		t.Error("no document has a transcript of curl")
	}
}

// answer runs a command of a document.
func answer(t *testing.T, addresses map[string]string, line string) (output string, err error) {
	if arguments, ok := strings.CutPrefix(line, "curl "); ok {
		return curl(addresses, arguments)
	}
	args := append(strings.Fields(line)[1:], "-connect", addresses["localhost:10000"])
	stdout, stderr, _ := command.Run(t, "../..", args...) // where envoy.yaml is
	return strings.TrimSuffix(stdout+stderr, "\n"), nil
}

// Envoy takes what the documents show of a connection manager, in place of what
// envoy.yaml has there.
func TestSnippets(t *testing.T) {
	plugin := command.Path(t, "PLUGIN")
	tested := 0
	for _, name := range []string{"README.md", "docs/deploy.md"} {
		for _, block := range project.Blocks(t, name, "yaml") {
			var snippet map[string]any
			if err := yaml.Unmarshal([]byte(strings.ReplaceAll(block, "build/plugin.wasm", plugin)), &snippet); err != nil {
				t.Fatal(err)
			}
			changes := ""
			for key, value := range snippet {
				text, err := json.Marshal(value)
				if err != nil {
					t.Fatal(err)
				}
				changes += "- {op: add, path: " + snippetPlace(t, key) + key + ", value: " + string(text) + "}\n"
			}
			envoy.Run(t, patch(t, envoy.Quickstart(t, envoy.OwnServer(t)...), changes))
			tested++
		}
	}
	if tested < 2 {
		t.Errorf("%d snippets, want one of each document", tested)
	}
}

// snippetPlace is the path of what has this key.
func snippetPlace(t *testing.T, key string) string {
	t.Helper()
	const manager = "/static_resources/listeners/0/filter_chains/0/filters/0/typed_config/"
	switch key {
	case "http_filters":
		return manager
	case "typed_per_filter_config":
		return manager + "route_config/virtual_hosts/0/routes/0/"
	}
	t.Fatalf("this test does not know where %q belongs", key)
	return ""
}

// The server of envoy.yaml gets every request that a dry run lets pass, and the
// access log shows which.
func TestQuickstartDryRun(t *testing.T) {
	process := envoy.Run(t, patch(t, envoy.Quickstart(t, envoy.OwnServer(t)...), `
- op: replace
  path: /static_resources/listeners/0/filter_chains/0/filters/0/typed_config/http_filters/0/typed_config/config/configuration/value
  value: '{"implemented_methods": ["GET"], "dry_run": true}'`))
	for _, method := range []string{"BREW", "GET"} {
		got, err := curl(map[string]string{"localhost:10000": process.Address("main")}, "-X "+method+" localhost:10000/")
		if err != nil {
			t.Fatal(err)
		}
		if want := "the server behind the proxy"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	stop(t, process)
	got := slices.Sorted(strings.Lines(process.Stdout.String())) // each worker logs for itself
	want := []string{"BREW / 200 via_upstream not_implemented_method[BREW]\n", "GET / 200 via_upstream -\n"}
	if !slices.Equal(got, want) {
		t.Errorf("logged %q, want %q", got, want)
	}
}

var (
	word = regexp.MustCompile(`'[^']*'|\S+`)
	date = regexp.MustCompile(`(?m)^date: .*\n`)
)

func withoutDate(transcript string) string { return date.ReplaceAllString(transcript, "") }

// curl does what curl would with these arguments, and returns what it would
// print. The addresses are those of the servers that it knows.
func curl(addresses map[string]string, arguments string) (output string, err error) {
	method, host, target, header, include := "GET", "", "", "", false
	words := word.FindAllString(arguments, -1)
	for len(words) > 0 {
		argument := strings.Trim(words[0], "'")
		switch words = words[1:]; {
		case argument == "-i":
			include = true
		case argument == "-X" && len(words) > 0:
			method, words = words[0], words[1:]
		case argument == "-H" && len(words) > 0:
			header += strings.Trim(words[0], "'") + "\r\n"
			words = words[1:]
		case host == "":
			host, target, _ = strings.Cut(argument, "/")
		default:
			return "", fmt.Errorf("this test does not know %q", argument)
		}
	}
	connection, err := net.Dial("tcp", addresses[host])
	if err != nil {
		return "", err
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(30 * time.Second))
	request := method + " /" + target + " HTTP/1.1\r\nhost: " + host + "\r\nuser-agent: curl\r\naccept: */*\r\n" + header + "\r\n"
	if _, err := io.WriteString(connection, request); err != nil {
		return "", err
	}
	var raw strings.Builder
	response, err := http.ReadResponse(bufio.NewReader(io.TeeReader(connection, &raw)), nil)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return "", err
	}
	output = string(body)
	if include {
		head, _, _ := strings.Cut(raw.String(), "\r\n\r\n")
		output = strings.ReplaceAll(head, "\r\n", "\n") + "\n\n" + output
	}
	return strings.TrimSuffix(output, "\n"), nil
}
