// SPDX-License-Identifier: Apache-2.0

// Package istio tests the files of deploy/istio with Istio itself: the
// command of tools/istio, which ISTIO names. Its agent pulls the plugin out of
// the image, its discovery tells a real Envoy what to do.
package istio

import (
	"fmt"
	"net"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"notimplemented/e2e/harness/behaviour"
	"notimplemented/e2e/harness/command"
	"notimplemented/e2e/harness/envoy"
	"notimplemented/e2e/harness/manifest"
	"notimplemented/e2e/harness/rawhttp"
)

const resources = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: gateway, namespace: istio-system}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: %[1]d, name: http, protocol: HTTP}, hosts: ["*"]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: server, namespace: istio-system}
spec: {hosts: ["*"], gateways: [gateway], http: [{route: [{destination: {host: server.test}}]}]}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: server, namespace: istio-system}
spec:
  hosts: [server.test]
  ports: [{number: 80, name: http, protocol: HTTP}]
  resolution: STATIC
  endpoints: [{address: %[2]s, ports: {http: %[3]s}}]
`

// Istio takes the labels of a proxy from an endpoint at its address, from any
// if there are several, and only if there is none from the metadata. So the
// address in the id is one that nobody has (RFC 5737): at 127.0.0.1 the gateway
// would be a workload of server.test.
const bootstrap = `
stats_config: %s
node:
  id: router~192.0.2.1~gateway.istio-system~istio-system.svc.cluster.local
  cluster: gateway
  metadata: {NAMESPACE: istio-system, LABELS: {istio: ingressgateway}}
admin: {address: {socket_address: {address: 127.0.0.1, port_value: 0}}}
dynamic_resources:
  ads_config: {api_type: GRPC, transport_api_version: V3, grpc_services: [{envoy_grpc: {cluster_name: discovery}}]}
  lds_config: {ads: {}, resource_api_version: V3}
  cds_config: {ads: {}, resource_api_version: V3}
static_resources:
  clusters:
    - name: discovery
      typed_extension_protocol_options:
        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
          "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
          explicit_http_config: {http2_protocol_options: {}}
      load_assignment:
        cluster_name: discovery
        endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: %s, port_value: %s}}}}]}]
`

const image = "oci://registry.example/notimplemented:latest"

var files = []string{"istio/trafficextension.yaml", "istio/wasmplugin.yaml"}

func TestGatewayAnswers(t *testing.T) {
	for _, name := range files {
		t.Run(name, func(t *testing.T) {
			process, address := start(t, name)
			manifest.Ask(t, address)
			manifest.Count(t, process.Admin())
		})
	}
}

func TestBehaviour(t *testing.T) {
	_, address := start(t, "istio/wasmplugin.yaml", "unimplemented:\n      - {method: PATCH, alternatives: [PUT]}",
		"unimplemented: [{method: PATCH, alternatives: [PUT]}, "+behaviour.Entries+"]")
	behaviour.Compare(t, behaviour.Istio, address)
}

// No failStrategy helps where Envoy never had a configuration that the plugin takes.
func TestRefused(t *testing.T) {
	for _, name := range files {
		for _, strategy := range []string{"FAIL_OPEN", "FAIL_CLOSE"} {
			t.Run(name+", "+strategy, func(t *testing.T) {
				_, address := start(t, name,
					"implemented_methods: [GET", "implemented_methods: [get",
					"failStrategy: FAIL_OPEN", "failStrategy: "+strategy)
				for _, method := range []string{"GET", "TRACE"} {
					rawhttp.OverEach(t, method, func(t *testing.T, protocol rawhttp.Protocol) {
						response := protocol.Dial(t, address).Do(rawhttp.Request{Method: method, Path: "/"})[0]
						if response.Status != 500 {
							t.Errorf("got %v\nwant 500", response)
						}
					})
				}
			})
		}
	}
}

// start runs Istio's discovery and an Envoy for the time of the test, with a
// file of deploy/ and changes to it in pairs. It returns where the gateway is.
func start(t *testing.T, name string, pairs ...string) (process *envoy.Process, address string) {
	t.Helper()
	registry, digest, _ := strings.Cut(command.Start(t, "REGISTRY", "", command.Path(t, "IMAGE")), " ")
	plugin := command.Start(t, "ISTIO", "", "fetch", "oci://"+registry, digest, t.TempDir())
	host, serverPort := manifest.Server(t)
	port := reserve(t)
	discovery := command.Start(t, "ISTIO", strings.Join([]string{
		manifest.Read(t, name, append([]string{image, "file://" + plugin, manifest.Pin, `"` + digest + `"`}, pairs...)...),
		manifest.Read(t, "istio/envoyfilter.yaml"),
		fmt.Sprintf(resources, port, host, serverPort),
	}, "\n---\n"), "serve")
	host, discoveryPort, _ := net.SplitHostPort(discovery)
	stats := command.Start(t, "ISTIO", "", "stats")
	process, err := envoy.Start(fmt.Appendf(nil, bootstrap, stats, host, discoveryPort))
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
	address, err = process.AwaitAddress(fmt.Sprintf("0.0.0.0_%d", port))
	if err != nil {
		t.Fatal(err)
	}
	return process, address
}

func TestPinIsChecked(t *testing.T) {
	name, _, _ := strings.Cut(command.Start(t, "REGISTRY", "", command.Path(t, "IMAGE")), " ")
	other := strings.Repeat("0", 64)
	output, err := exec.Command(command.Path(t, "ISTIO"), "fetch", "oci://"+name, other, t.TempDir()).CombinedOutput()
	if want := "which does not match: " + other; err == nil || !strings.Contains(string(output), want) {
		t.Errorf("%v, %s, want %s", err, output, want)
	}
}

// reserve keeps a port for an Envoy, as Istio takes no 0: bound here, it is
// given to nobody who does not ask for it by its number.
func reserve(t *testing.T) int {
	t.Helper()
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(socket) })
	// Envoy sets it, too.
	if err := unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1); err != nil {
		t.Fatal(err)
	}
	if err := unix.Bind(socket, &unix.SockaddrInet4{}); err != nil {
		t.Fatal(err)
	}
	address, err := unix.Getsockname(socket)
	if err != nil {
		t.Fatal(err)
	}
	return address.(*unix.SockaddrInet4).Port
}
