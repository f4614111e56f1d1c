// SPDX-License-Identifier: Apache-2.0

// Package configurations tests what needs an Envoy with a configuration of its
// own.
package configurations

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
	"text/template"

	"notimplemented/e2e/envoy"
	"notimplemented/e2e/upstream"
)

var startUpstream = sync.OnceValues(upstream.Start)

// serve starts an Envoy for the time of the test, with a listener for each
// configuration of the plugin.
func serve(t *testing.T, configurations ...string) (process *envoy.Process, addresses []string) {
	t.Helper()
	process, err := start(t, configurations...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop(t, process)
		if t.Failed() {
			t.Logf("Envoy's log:\n%s", process.Stderr)
		}
	})
	for i := range configurations {
		addresses = append(addresses, process.Address(fmt.Sprint(i)))
	}
	return process, addresses
}

func upstreamAddress(t *testing.T) string {
	t.Helper()
	address, err := startUpstream()
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// stop can be called before the test ends, to complete the output.
func stop(t *testing.T, process *envoy.Process) {
	t.Helper()
	if err := process.Stop(); err != nil {
		t.Fatal(err)
	}
}

//go:embed bootstrap.yaml
var bootstrapText string

var bootstrap = template.Must(template.New("bootstrap").Funcs(template.FuncMap{
	"json": func(s string) (string, error) {
		quoted, err := json.Marshal(s) // a JSON string is a YAML string too
		return string(quoted), err
	},
}).Parse(bootstrapText))

// start leaves the error to tests of an Envoy that does not start; "" is no
// configuration at all.
func start(t *testing.T, configurations ...string) (*envoy.Process, error) {
	t.Helper()
	plugin, err := envoy.Plugin()
	if err != nil {
		t.Fatal(err)
	}
	host, port, err := net.SplitHostPort(upstreamAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	var filled bytes.Buffer
	err = bootstrap.Execute(&filled, struct {
		Configurations     []string
		Plugin, Host, Port string
	}{configurations, plugin, host, port})
	if err != nil {
		t.Fatal(err)
	}
	return envoy.Start(filled.Bytes())
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
