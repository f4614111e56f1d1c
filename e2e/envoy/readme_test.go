// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"notimplemented/e2e/harness/envoy"
)

// Each transcript of curl in the README is what the Envoy of envoy.yaml answers.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	process := run(t, envoyYAML(t))
	addresses := map[string]string{"localhost:10000": process.Address("main"), "localhost:9901": process.Admin()}
	tested := 0
	for _, block := range regexp.MustCompile("(?s)\n```console\n(.*?)\n```\n").FindAllSubmatch(readme, -1) {
		for _, transcript := range strings.Split("\n"+string(block[1]), "\n$ ")[1:] {
			command, want, _ := strings.Cut(transcript, "\n")
			arguments, ok := strings.CutPrefix(command, "curl ")
			if !ok {
				continue
			}
			got, err := curl(addresses, arguments)
			if err != nil {
				t.Errorf("%s: %v", command, err)
			}
			// The README can leave out what a command of it prints.
			if want = withoutDate(want); want != "" && withoutDate(got) != want {
				t.Errorf("%s\ngot\n%s\nwant\n%s", command, got, want)
			}
			tested++
		}
	}
	if tested == 0 {
		t.Error("the README has no transcript of curl")
	}
}

// The server of envoy.yaml gets every request that a dry run lets pass.
func TestReadmeDryRun(t *testing.T) {
	process := run(t, patch(t, envoyYAML(t), `
- op: replace
  path: /static_resources/listeners/0/filter_chains/0/filters/0/typed_config/http_filters/0/typed_config/config/configuration/value
  value: '{"implemented_methods": ["GET"], "dry_run": true}'`))
	got, err := curl(map[string]string{"localhost:10000": process.Address("main")}, "-X BREW localhost:10000/")
	if err != nil {
		t.Fatal(err)
	}
	if want := "the server behind the proxy"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// envoyYAML is envoy.yaml as it stands, but on ports that are free.
func envoyYAML(t *testing.T) []byte {
	t.Helper()
	plugin, err := envoy.Plugin()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../envoy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	server := `{pipe: {path: ` + filepath.Join(t.TempDir(), "server") + `}}`
	return patch(t, text, `
- {op: replace, path: /admin/address/socket_address/port_value, value: 0}
- {op: replace, path: /static_resources/listeners/0/address/socket_address, value: {address: 127.0.0.1, port_value: 0}}
- {op: replace, path: /static_resources/listeners/1/address, value: `+server+`}
- {op: replace, path: /static_resources/clusters/0/type, value: STATIC}
- {op: replace, path: /static_resources/clusters/0/load_assignment/endpoints/0/lb_endpoints/0/endpoint/address, value: `+server+`}
- op: replace
  path: /static_resources/listeners/0/filter_chains/0/filters/0/typed_config/http_filters/0/typed_config/config/vm_config/code/local/filename
  value: `+plugin)
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
