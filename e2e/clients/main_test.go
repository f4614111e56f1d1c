// SPDX-License-Identifier: Apache-2.0

// Package clients tests what real clients of an API make of the answers. The
// clients are those of Go, of PyPI and of npm; "make e2e-clients" installs them.
package clients

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	_ "embed"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/template"
	"time"

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
	plugin := command.Path(t, "PLUGIN")
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
		certificate, key := selfSigned(t)
		err = parsed.Execute(&bootstrap, struct {
			Listeners                []listener
			Servers                  map[string]server
			Plugin, Certificate, Key string
		}{listeners, servers, plugin, certificate, key})
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

// selfSigned is a certificate that nobody checks.
func selfSigned(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotAfter: time.Now().Add(time.Hour)}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded}))
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
