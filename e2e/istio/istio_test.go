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

	"notimplemented/e2e/command"
	"notimplemented/e2e/envoy"
	"notimplemented/e2e/manifest"
	"notimplemented/e2e/upstream"
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
---
# By this Istio knows the workload that the gateway is.
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: gateway, namespace: istio-system}
spec:
  hosts: [gateway.test]
  ports: [{number: %[1]d, name: http, protocol: HTTP}]
  resolution: STATIC
  endpoints: [{address: 127.0.0.1, labels: {istio: ingressgateway}}]
`

const bootstrap = `
node:
  id: router~127.0.0.1~gateway.istio-system~istio-system.svc.cluster.local
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

func TestGatewayAnswers(t *testing.T) {
	name, digest, _ := strings.Cut(command.Start(t, "REGISTRY", "", command.Path(t, "IMAGE")), " ")
	plugin := "file://" + command.Start(t, "ISTIO", "", "fetch", "oci://"+name, digest, t.TempDir())
	server, err := upstream.Start()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"istio/trafficextension.yaml", "istio/wasmplugin.yaml"} {
		t.Run(name, func(t *testing.T) {
			port := reserve(t)
			host, serverPort, _ := net.SplitHostPort(server)
			discovery := command.Start(t, "ISTIO", strings.Join([]string{
				manifest.Read(t, name, image, plugin, manifest.Pin, `"`+digest+`"`),
				manifest.Read(t, "istio/envoyfilter.yaml"),
				fmt.Sprintf(resources, port, host, serverPort),
			}, "\n---\n"), "serve")
			host, serverPort, _ = net.SplitHostPort(discovery)
			process, err := envoy.Start(fmt.Appendf(nil, bootstrap, host, serverPort))
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
			address, err := process.AwaitAddress(fmt.Sprintf("0.0.0.0_%d", port))
			if err != nil {
				t.Fatal(err)
			}
			manifest.Ask(t, address)
		})
	}
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
