// SPDX-License-Identifier: Apache-2.0

// Package envoy tests the plugin in an Envoy that is configured otherwise than
// envoy.yaml: other protocols, other filters around it, other plugin JSON.
package envoy

import (
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"go.yaml.in/yaml/v3"

	"notimplemented/e2e/harness/command"
	"notimplemented/e2e/harness/envoy"
	"notimplemented/e2e/harness/rawhttp"
	"notimplemented/e2e/harness/upstream"
)

var startUpstream = sync.OnceValues(upstream.Start)

func upstreamAddress(t *testing.T) string {
	t.Helper()
	address, err := startUpstream()
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// serve starts an Envoy for the time of the test, with a listener for each
// configuration of the plugin.
func serve(t *testing.T, configurations ...string) (process *envoy.Process, addresses []string) {
	t.Helper()
	var managers []manager
	for _, configuration := range configurations {
		managers = append(managers, manager{configuration: configuration})
	}
	return serveManagers(t, upstreamAddress(t), managers...)
}

// serveManagers is serve in front of a server of the test's own, with more to
// say of each listener.
func serveManagers(t *testing.T, upstream string, managers ...manager) (process *envoy.Process, addresses []string) {
	t.Helper()
	process = envoy.Run(t, bootstrap(t, upstream, managers...))
	for i := range managers {
		addresses = append(addresses, process.Address(fmt.Sprint(i)))
	}
	return process, addresses
}

// stop can be called before the test ends, to complete the output.
func stop(t *testing.T, process *envoy.Process) {
	t.Helper()
	if err := process.Stop(); err != nil {
		t.Fatal(err)
	}
}

var (
	//go:embed bootstrap.yaml
	bootstrapYAML string
	//go:embed manager.yaml
	managerYAML string
)

// bootstrap fills bootstrap.yaml.
func bootstrap(t *testing.T, upstream string, managers ...manager) []byte {
	t.Helper()
	host, port, err := net.SplitHostPort(upstream)
	if err != nil {
		t.Fatal(err)
	}
	var filled []string
	for _, manager := range managers {
		filled = append(filled, manager.json(t))
	}
	return envoy.Fill(t, bootstrapYAML, struct {
		Managers   []string
		Host, Port string
	}{filled, host, port})
}

// manager is an HttpConnectionManager with the plugin.
type manager struct {
	configuration string // of the plugin, "" is none at all
	patch         string // of manager.yaml, as in RFC 6902 but in YAML
}

func (m manager) json(t *testing.T) string {
	t.Helper()
	plugin := command.Path(t, "PLUGIN")
	return string(patch(t, envoy.Fill(t, managerYAML, struct{ Configuration, Plugin string }{m.configuration, plugin}), m.patch))
}

// patch applies the operations to a document; both are YAML, the result is JSON.
func patch(t *testing.T, document []byte, operations string) []byte {
	t.Helper()
	patched := toJSON(t, document)
	if operations == "" {
		return patched
	}
	decoded, err := jsonpatch.DecodePatch(toJSON(t, []byte(operations)))
	if err == nil {
		patched, err = decoded.Apply(patched)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, operations)
	}
	return patched
}

func toJSON(t *testing.T, text []byte) []byte {
	t.Helper()
	var value any
	err := yaml.Unmarshal(text, &value)
	if err == nil {
		text, err = json.Marshal(value)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return text
}

// outcome is the response in a line: "passed", or status and body.
func outcome(t *testing.T, protocol rawhttp.Protocol, address string, request rawhttp.Request) string {
	t.Helper()
	id := rand.Text()
	request.Fields = append([]rawhttp.Field{{Name: upstream.ID, Value: id}}, request.Fields...)
	response := protocol.Dial(t, address).Do(request)[0]
	received, err := upstream.Received(upstreamAddress(t), id)
	switch {
	case err != nil:
		t.Fatal(err)
	case response.Status == 200 && len(received) == 1:
		return "passed"
	case len(received) > 0:
		t.Errorf("the upstream server received %v, want nothing", received)
	}
	return fmt.Sprintf("%d %s", response.Status, response.Body)
}

// compare sends a request to each address, and compares the outcomes.
func compare(t *testing.T, protocol rawhttp.Protocol, addresses []string, request rawhttp.Request, want ...string) {
	t.Helper()
	var got []string
	for _, address := range addresses {
		got = append(got, outcome(t, protocol, address, request))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

var record = regexp.MustCompile(`(?m)^\[[-0-9]+ [.:0-9]+\]\[\d+\]\[(\w+)\]\[\w+\] \[.*?\] `)

// logged returns what the plugin has written to Envoy's log at this level.
func logged(log, level string) (messages []string) {
	starts := record.FindAllStringSubmatchIndex(log, -1)
	for i, start := range starts {
		end := len(log)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		// Envoy names the plugin once it is configured.
		source, message, _ := strings.Cut(log[start[1]:end], ": ")
		if log[start[2]:start[3]] == level && (source == "wasm log" || source == "wasm log notimplemented") {
			messages = append(messages, strings.TrimSuffix(message, "\n"))
		}
	}
	return messages
}
