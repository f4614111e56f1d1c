// SPDX-License-Identifier: Apache-2.0

// Package clients tests what real clients of an API make of the answers. The
// clients are those of Go, of PyPI and of npm; "make e2e-clients" installs them.
package clients

import (
	_ "embed"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"notimplemented/e2e/harness/command"
	"notimplemented/e2e/harness/envoy"
)

// listener is one of Envoy's, with the plugin. Its name is in its statistics too.
type listener struct {
	Name          string
	TLS           bool     // with HTTP/2
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
	servers := make(map[string]server)
	for _, l := range listeners {
		servers[l.Server.Address()] = l.Server
	}
	certificate, key := envoy.Certificate(t, "localhost")
	return proxy{envoy.Run(t, envoy.Fill(t, bootstrapYAML, struct {
		Listeners                []listener
		Servers                  map[string]server
		Plugin, Certificate, Key string
	}{listeners, servers, command.Path(t, "PLUGIN"), certificate, key}))}
}

type proxy struct{ *envoy.Process }

// count is a counter of the listener.
func (p proxy) count(t *testing.T, listener, counter string) int {
	t.Helper()
	value, err := p.Stat("http." + listener + "." + counter)
	if err != nil {
		t.Fatal(err)
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

// python returns what a client of python/ask.py prints.
func python(api string) ask {
	return func(t *testing.T, client, address string) string {
		t.Helper()
		return output(t, exec.Command(filepath.Join(pythonClients(t), "bin", "python"), "python/ask.py", api, client, "http://"+address))
	}
}

// javascript returns what a client of the script in javascript/ prints.
func javascript(script string) ask {
	return func(t *testing.T, client, address string) string {
		t.Helper()
		return node(t, script, client, "http://"+address)
	}
}

func node(t *testing.T, script string, arguments ...string) string {
	t.Helper()
	packages := os.Getenv("JAVASCRIPT_CLIENTS")
	if packages == "" {
		t.Skip(`JAVASCRIPT_CLIENTS is unset; "make e2e-clients" installs them if npm is there, and sets it`)
	}
	command := exec.Command("node", append([]string{"javascript/" + script}, arguments...)...)
	command.Env = append(os.Environ(), "NODE_PATH="+filepath.Join(packages, "node_modules"))
	return output(t, command)
}

// java returns what the class in java/ prints.
func java(class string) ask {
	return func(t *testing.T, _, address string) string {
		t.Helper()
		packages := os.Getenv("JAVA_CLIENTS")
		if packages == "" {
			t.Skip(`JAVA_CLIENTS is unset; "make e2e-clients" installs them if Maven is there, and sets it`)
		}
		return output(t, exec.Command("java", "-cp", filepath.Join(packages, "*"), "java/"+class+".java", "http://"+address))
	}
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
