// SPDX-License-Identifier: Apache-2.0

// Package gateway tests the files of deploy/envoy-gateway with Envoy Gateway
// itself, which GATEWAY names. It runs without Kubernetes, pulls the plugin out
// of the image and starts the Envoy that ENVOY names.
package gateway

import (
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"notimplemented/e2e/command"
	"notimplemented/e2e/envoy"
	"notimplemented/e2e/manifest"
	"notimplemented/e2e/upstream"
	"notimplemented/e2e/wire"
)

const (
	address = "127.0.0.1:8888" // of the listener of the Gateway below
	admin   = "address: 127.0.0.1, port_value: 9901"
)

const configuration = `
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyGateway
gateway: {controllerName: gateway.envoyproxy.io/gatewayclass-controller}
provider:
  type: Custom
  custom:
    resource: {type: File, file: {paths: [%[1]s/resources.yaml]}}
    infrastructure:
      type: Host
      host: {configHome: %[1]s/config, dataHome: %[1]s/data, stateHome: %[1]s/state, runtimeDir: %[1]s/run}
extensionApis: {enableBackend: true, enableEnvoyPatchPolicy: true}
`

const resources = `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: host}
spec: {controllerName: gateway.envoyproxy.io/gatewayclass-controller}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gateway, namespace: default}
spec:
  gatewayClassName: host
  infrastructure: {parametersRef: {group: gateway.envoyproxy.io, kind: EnvoyProxy, name: counters}}
  listeners: [{name: http, protocol: HTTP, port: 8888}]
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: {name: server, namespace: default}
spec: {endpoints: [{ip: {address: %[1]s, port: %[2]s}}]}
---
# With this Envoy gets the plugin from Envoy Gateway.
apiVersion: v1
kind: Secret
metadata: {name: envoy, namespace: envoy-gateway-system}
type: kubernetes.io/tls
data: {ca.crt: %[3]s, tls.crt: %[4]s, tls.key: %[5]s}
`

func TestGatewayAnswers(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	link := func(target, path string) {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, path); err != nil {
			t.Fatal(err)
		}
	}
	// Envoy Gateway would download an Envoy if there were none.
	link(command.Path(t, "ENVOY"), filepath.Join(folder, "data/envoy-versions/1.40.0/bin/envoy"))
	name(t, "envoy-gateway envoy-gateway.envoy-gateway-system.svc.cluster.local")
	t.Setenv("HOME", folder)

	executable := command.Path(t, "GATEWAY")
	output, err := exec.Command(executable, "certgen", "--local", "--config-home", filepath.Join(folder, "config")).CombinedOutput()
	if err != nil {
		t.Fatalf("certgen: %v\n%s", err, output)
	}
	link(filepath.Join(folder, "config/certs/envoy-gateway"), "/certs")
	certificate := func(name string) string {
		text, err := os.ReadFile(filepath.Join(folder, "config/certs/envoy", name))
		if err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(text)
	}
	server, err := upstream.Start()
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(server)
	image, digest, _ := strings.Cut(command.Start(t, "REGISTRY", "", command.Path(t, "IMAGE")), " ")

	write("configuration.yaml", fmt.Sprintf(configuration, folder))
	write("resources.yaml", strings.Join([]string{
		fmt.Sprintf(resources, host, port, certificate("ca.crt"), certificate("tls.crt"), certificate("tls.key")),
		manifest.Read(t, "envoy-gateway/envoyextensionpolicy.yaml",
			"registry.example/notimplemented:latest", image,
			manifest.Pin, `"`+digest+`"`,
			"{name: server, port: 80}", "{group: gateway.envoyproxy.io, kind: Backend, name: server}"),
		manifest.Read(t, "envoy-gateway/envoypatchpolicy.yaml"),
		manifest.Read(t, "envoy-gateway/envoyproxy.yaml",
			"\nspec:\n", "\nspec:\n  provider: {type: Host, host: {envoyVersion: \"1.40.0\"}}\n",
			"      stats_config:\n", "      admin: {address: {socket_address: {"+admin+"}}}\n      stats_config:\n"),
	}, "\n---\n"))
	start(t, executable, filepath.Join(folder, "configuration.yaml"))
	testCounter(t)

	for _, request := range []struct {
		method string
		want   int
		body   string
	}{
		{"GET", 200, ""},
		{"POST", 200, ""},
		{"TRACE", 501, `{"error":"not_implemented","message":"This server does not implement the TRACE method.","method":"TRACE"}`},
		{"BREW", 501, `{"error":"not_implemented","message":"This server does not implement the BREW method.","method":"BREW"}`},
		{"PATCH", 501, `{"error":"not_implemented","message":"This server does not implement the PATCH method.","method":"PATCH","alternatives":["PUT"]}`},
	} {
		wire.OverEach(t, request.method, func(t *testing.T, protocol wire.Protocol) {
			response := protocol.Dial(t, address).Do(wire.Request{Method: request.method, Path: "/"})[0]
			if response.Status != request.want || request.want == 501 && response.Body != request.body {
				t.Errorf("got %v\nwant %d %s", response, request.want, request.body)
			}
		})
	}
}

// start runs Envoy Gateway for the time of the test, and returns when its Envoy
// has the listener.
func start(t *testing.T, executable, configuration string) {
	t.Helper()
	const patience = time.Minute
	log := new(envoy.Output)
	gateway := exec.Command(executable, "server", "--config-path", configuration)
	gateway.Stdout, gateway.Stderr = log, log
	if err := gateway.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan error, 1)
	go func() { exited <- gateway.Wait() }()
	t.Cleanup(func() {
		gateway.Process.Signal(syscall.SIGTERM)
		select {
		case <-exited:
		case <-time.After(patience):
			gateway.Process.Kill()
		}
		if t.Failed() {
			t.Logf("Envoy Gateway's log:\n%s", log)
		}
	})
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		response, err := http.Get("http://" + address)
		if err == nil {
			response.Body.Close()
			return
		}
		select {
		case err := <-exited:
			exited <- err
			t.Fatalf("Envoy Gateway ended: %v", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
	t.Fatalf("nothing listens at %s within %v", address, patience)
}

func testCounter(t *testing.T) {
	t.Helper()
	do := func(method, url string) string {
		request, err := http.NewRequest(method, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	do(http.MethodTrace, "http://"+address)
	const want = `# TYPE not_implemented_total counter
not_implemented_total{wasm_filter="notimplemented",component="method",tag="TRACE"} 1
`
	if got := strings.TrimRight(do(http.MethodGet, "http://127.0.0.1:9901/stats/prometheus?filter=wasmcustom"), "\n") + "\n"; got != want {
		t.Errorf("after one TRACE the counters are\n%swant\n%s", got, want)
	}
}
