// SPDX-License-Identifier: Apache-2.0

// Package envoygateway tests the files of deploy/envoy-gateway with Envoy Gateway
// itself, which GATEWAY names. It runs without Kubernetes, pulls the plugin out
// of the image and starts the Envoy that ENVOY names.
package envoygateway

import (
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"notimplemented/e2e/harness/behaviour"
	"notimplemented/e2e/harness/command"
	"notimplemented/e2e/harness/envoy"
	"notimplemented/e2e/harness/manifest"
	"notimplemented/e2e/harness/project"
	"notimplemented/e2e/harness/rawhttp"
	"notimplemented/e2e/harness/tunnel"
)

// address and secure are where the listeners of the Gateway below are.
const (
	address = "127.0.0.1:8888"
	secure  = "127.0.0.1:8443"
)

const configuration = `
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyGateway
gateway: {controllerName: gateway.envoyproxy.io/gatewayclass-controller}
provider:
  type: Custom
  custom:
    resource: {type: File, file: {paths: ["%[1]s/resources.yaml"]}}
    infrastructure:
      type: Host
      host: {configHome: "%[1]s/config", dataHome: "%[1]s/data", stateHome: "%[1]s/state", runtimeDir: "%[1]s/run"}
extensionApis: {enableBackend: true, enableEnvoyPatchPolicy: true, enableLua: true}
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
  listeners:
    - {name: http, protocol: HTTP, port: 8888}
    - {name: https, protocol: HTTPS, port: 8443, tls: {certificateRefs: [{name: https}]}}
---
apiVersion: v1
kind: Secret
metadata: {name: https, namespace: default}
type: kubernetes.io/tls
data: {tls.crt: %[4]s, tls.key: %[5]s}
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: {name: server, namespace: default}
spec: {endpoints: [{ip: {address: %[1]s, port: %[2]s}}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: other, namespace: default}
spec:
  parentRefs: [{name: gateway}]
  rules:
    - matches: [{path: {type: Exact, value: /other}}]
      backendRefs: [{group: gateway.envoyproxy.io, kind: Backend, name: server}]
---
# With this Envoy gets the plugin from Envoy Gateway.
apiVersion: v1
kind: Secret
metadata: {name: envoy, namespace: envoy-gateway-system}
type: kubernetes.io/tls
data: {ca.crt: %[3]s, tls.crt: %[4]s, tls.key: %[5]s}
`

// exact is a change to the route, so that some paths have none.
var exact = []string{"    - backendRefs:", "    - matches: [{path: {type: Exact, value: /}}]\n      backendRefs:"}

func TestGatewayAnswers(t *testing.T) {
	admin, _ := start(t, "http", exact...)
	manifest.Ask(t, address, manifest.Answer{Method: "TRACE", Path: "/without-route", Want: "404"})
	manifest.Count(t, admin)
	manifest.Verify(t, "envoy-gateway/envoyextensionpolicy.yaml", address)
}

func TestGatewayAnswersOverTLS(t *testing.T) {
	admin, _ := start(t, "https", exact...)
	manifest.Ask(t, tunnel.Start(t, func() (io.ReadWriteCloser, error) {
		return tls.Dial("tcp", secure, &tls.Config{InsecureSkipVerify: true}) // whose certificate it is does not matter here
	}), manifest.Answer{Method: "TRACE", Path: "/without-route", Want: "404"})
	manifest.Count(t, admin)
}

// The policy concerns one route then, and no other of the same gateway.
func TestRouteAsTarget(t *testing.T) {
	start(t, "http", append(exact, "kind: Gateway, name: gateway}", "kind: HTTPRoute, name: server}")...)
	manifest.Ask(t, address, manifest.Answer{Method: "TRACE", Path: "/other", Want: "200"})
}

func TestServers(t *testing.T) {
	_, log := start(t, "http", manifest.Servers...)
	manifest.AskServers(t, address)
	want := `"not_implemented_dry_run":"` + manifest.DryRun + `"`
	if err := log.Await(want, 2); err != nil {
		t.Fatal(err)
	}
	logged := regexp.MustCompile(`"not_implemented_dry_run":("[^"]*"|null)`).FindAllString(log.String(), -1)
	slices.Sort(logged)
	if got := slices.Compact(logged); !slices.Equal(got, []string{want, `"not_implemented_dry_run":null`}) {
		t.Errorf("logged %q, want no more than %s and null", got, want)
	}
}

// The host's own 413 comes only if the buffer is before the plugin.
func TestBuffer(t *testing.T) {
	startWith(t, "http", project.File(t, "deploy/envoy-gateway/buffer.yaml", "limit: 32Mi", "limit: 4"))
	manifest.AskBuffered(t, address)
}

// A route's own policy takes the place of the Gateway's, unless it is merged.
func TestOtherPolicy(t *testing.T) {
	const other = `
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyExtensionPolicy
metadata: {name: other, namespace: default}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: server}]
  lua: [{type: Inline, inline: "function envoy_on_request(request) end"}]
`
	for merge, want := range map[string]int{"": 200, "  mergeType: StrategicMerge\n": 501} {
		t.Run(merge, func(t *testing.T) {
			startWith(t, "http", other+merge)
			rawhttp.OverEach(t, "TRACE", func(t *testing.T, protocol rawhttp.Protocol) {
				if got := protocol.Dial(t, address).Do(rawhttp.Request{Method: "TRACE", Path: "/"})[0]; got.Status != want {
					t.Errorf("got %v\nwant %d", got, want)
				}
			})
		})
	}
}

func TestBehaviour(t *testing.T) {
	start(t, "http", "unimplemented:\n          - {method: PATCH, alternatives: [PUT]}",
		"unimplemented: [{method: PATCH, alternatives: [PUT]}, "+behaviour.Entries+"]")
	behaviour.Compare(t, behaviour.EnvoyGateway, address)
}

// What becomes of all requests where the plugin cannot be had, or refuses its
// configuration, is the choice of failOpen.
func TestWithoutPlugin(t *testing.T) {
	var (
		open    []string
		closed  = []string{"failOpen: true", "failOpen: false"}
		absent  = []string{"/notimplemented:latest", "/absent:latest"}
		refused = []string{"[GET, HEAD, POST, PUT", "[get, HEAD, POST, PUT"}
	)
	for _, tt := range []struct {
		name            string
		trouble, choice []string
		want            int
	}{
		{"absent, open", absent, open, 200},
		{"absent, closed", absent, closed, 500},
		{"refused, open", refused, open, 200},
		{"refused, closed", refused, closed, 503},
	} {
		t.Run(tt.name, func(t *testing.T) {
			start(t, "http", append(tt.trouble, tt.choice...)...)
			for _, method := range []string{"GET", "TRACE"} {
				rawhttp.OverEach(t, method, func(t *testing.T, protocol rawhttp.Protocol) {
					response := protocol.Dial(t, address).Do(rawhttp.Request{Method: method, Path: "/"})[0]
					if response.Status != tt.want {
						t.Errorf("got %v\nwant %d", response, tt.want)
					}
				})
			}
			cause := "the plugin was refused or could not be downloaded; the proxy's log says why"
			if tt.want == 200 {
				cause = "the server answered, so the plugin is not on this listener, or has another configuration"
			}
			manifest.Verify(t, "envoy-gateway/envoyextensionpolicy.yaml", address, cause)
		})
	}
}

// start runs Envoy Gateway for the time of the test, with more changes to its
// policy in pairs, and custom methods on one listener. It returns when its Envoy
// has the listeners. Both write the log.
func start(t *testing.T, listener string, pairs ...string) (admin string, log *envoy.Output) {
	t.Helper()
	return startWith(t, listener, "", pairs...)
}

// startWith is start with one more resource.
func startWith(t *testing.T, listener, more string, pairs ...string) (admin string, log *envoy.Output) {
	t.Helper()
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
		t.Cleanup(func() { os.Remove(path) })
	}
	// Envoy Gateway would download an Envoy if there were none.
	version, err := envoy.Version()
	if err != nil {
		t.Fatal(err)
	}
	link(command.Path(t, "ENVOY"), filepath.Join(folder, "data/envoy-versions", version, "bin/envoy"))
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
	host, port := manifest.Server(t)
	image, digest, _ := strings.Cut(command.Start(t, "REGISTRY", "", command.Path(t, "IMAGE")), " ")

	write("configuration.yaml", fmt.Sprintf(configuration, folder))
	write("resources.yaml", strings.Join([]string{
		fmt.Sprintf(resources, host, port, certificate("ca.crt"), certificate("tls.crt"), certificate("tls.key")),
		project.File(t, "deploy/envoy-gateway/envoyextensionpolicy.yaml", append([]string{
			"registry.example/notimplemented:latest", image,
			manifest.Pin, `"` + digest + `"`,
			"{name: server, port: 80}", "{group: gateway.envoyproxy.io, kind: Backend, name: server}",
		}, pairs...)...),
		project.File(t, "deploy/envoy-gateway/envoyproxy.yaml",
			"\nspec:", "\nspec:\n  provider: {type: Host, host: {envoyVersion: \""+version+"\"}}\n  extraArgs: [--file-flush-interval-msec, \"50\"]"),
		project.File(t, "deploy/envoy-gateway/envoypatchpolicy.yaml",
			"default/gateway/http # choose: namespace", "default/gateway/"+listener+" # choose: namespace",
			"default/gateway/http # choose: as", "default/gateway/"+listener+" # choose: as"),
		more,
	}, "\n---\n"))
	log = serve(t, executable, filepath.Join(folder, "configuration.yaml"))

	files, err := filepath.Glob(filepath.Join(folder, "run/*/admin-address.txt"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files of Envoy's admin address: %v, %v, want one", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	return string(text), log
}

// serve returns when something answers at the address.
func serve(t *testing.T, executable, configuration string) (log *envoy.Output) {
	t.Helper()
	const patience = time.Minute
	log = new(envoy.Output)
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
			return log
		}
		select {
		case err := <-exited:
			exited <- err
			t.Fatalf("Envoy Gateway ended: %v", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
	t.Fatalf("nothing listens at %s within %v", address, patience)
	return nil
}
