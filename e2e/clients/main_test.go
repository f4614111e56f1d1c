// SPDX-License-Identifier: Apache-2.0

// Package clients tests what real clients of an API make of the answers. The
// clients are those of Go, of PyPI and of npm; "make e2e-clients" installs them.
package clients

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/template"

	"notimplemented/e2e/harness/envoy"
)

// listener is one of Envoy's, with the plugin. Its name is in its statistics too.
type listener struct {
	Name          string
	Configuration string   // of the plugin
	Before, After []string // the filters around the plugin, in YAML
	Server        server
}

// server is what stands behind a listener.
type server struct {
	Host, Port string
	HTTP2      bool
}

func newServer(t *testing.T, address string, http2 bool) server {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return server{host, port, http2}
}

// Address is also the name of its cluster.
func (s server) Address() string { return net.JoinHostPort(s.Host, s.Port) }

//go:embed bootstrap.yaml
var bootstrapYAML string

// serve starts an Envoy for the time of the test.
func serve(t *testing.T, listeners ...listener) proxy {
	t.Helper()
	plugin, err := envoy.Plugin()
	if err != nil {
		t.Fatal(err)
	}
	servers := make(map[string]server)
	for _, l := range listeners {
		servers[l.Server.Address()] = l.Server
	}
	var bootstrap bytes.Buffer
	parsed, err := template.New("").Funcs(template.FuncMap{
		"json": func(s string) (string, error) {
			quoted, err := json.Marshal(s) // a JSON string is a YAML string too
			return string(quoted), err
		},
	}).Parse(bootstrapYAML)
	if err == nil {
		err = parsed.Execute(&bootstrap, struct {
			Listeners []listener
			Servers   map[string]server
			Plugin    string
		}{listeners, servers, plugin})
	}
	if err != nil {
		t.Fatal(err)
	}
	process, err := envoy.Start(bootstrap.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := process.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("Envoy's log:\n%s", process.Stderr)
		}
	})
	return proxy{process}
}

type proxy struct{ *envoy.Process }

// count is a counter of the listener.
func (p proxy) count(t *testing.T, listener, counter string) (value int) {
	t.Helper()
	stat := "http." + listener + "." + counter
	response, err := http.Get("http://" + p.Admin() + "/stats?filter=^" + stat + "$")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscanf(string(body), stat+": %d", &value); err != nil {
		t.Fatalf("%s: %q: %v", stat, body, err)
	}
	return value
}

// pythonClients is the virtual environment.
func pythonClients(t *testing.T) string {
	t.Helper()
	environment := os.Getenv("PYTHON_CLIENTS")
	if environment == "" {
		t.Fatal(`PYTHON_CLIENTS is unset; "make e2e-clients" installs them and sets it`)
	}
	return environment
}

// python runs a client of python/clients.py, and returns what it prints.
func python(t *testing.T, client, address string) string {
	t.Helper()
	return output(t, exec.Command(filepath.Join(pythonClients(t), "bin", "python"), "python/clients.py", client, "http://"+address))
}

// javascript calls the method of Health with a client of javascript/clients.js, and
// returns what it prints.
func javascript(t *testing.T, client, method, address string) string {
	t.Helper()
	packages := os.Getenv("JAVASCRIPT_CLIENTS")
	if packages == "" {
		t.Skip(`JAVASCRIPT_CLIENTS is unset; "make e2e-clients" installs them if npm is there, and sets it`)
	}
	command := exec.Command("node", "javascript/clients.js", client, method, "http://"+address)
	command.Env = append(os.Environ(), "NODE_PATH="+filepath.Join(packages, "node_modules"))
	return output(t, command)
}

func output(t *testing.T, command *exec.Cmd) string {
	t.Helper()
	printed, err := command.Output()
	if err != nil {
		var stderr []byte
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			stderr = exit.Stderr
		}
		t.Fatalf("%v: %v\n%s%s", command, err, printed, stderr)
	}
	return strings.TrimSuffix(string(printed), "\n")
}
