// SPDX-License-Identifier: Apache-2.0

// Package istio tests the files of deploy/istio with Istio itself: the
// command of tools/istio, which ISTIO names. Its agent pulls the plugin out of
// the image, its discovery tells a real Envoy what to do.
package istio

import (
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"notimplemented/e2e/harness/behaviour"
	"notimplemented/e2e/harness/command"
	"notimplemented/e2e/harness/envoy"
	"notimplemented/e2e/harness/manifest"
	"notimplemented/e2e/harness/project"
	"notimplemented/e2e/harness/rawhttp"
)

// proxy is a kind of Envoy in a mesh, in front of the server behind it.
type proxy struct {
	id       string // in Istio's form
	metadata string
	chosen   []string // what a user chooses in a file of deploy/istio, in pairs
	filter   []string // and in envoyfilter.yaml
	// resources are those of the user, as a format of the port that the proxy shall
	// listen at, of the server's host and port, and of a port for what is sent by
	// the workload itself.
	resources string
	listeners []string // the names of what listens at the two ports, with PORT for each
	secrets   string   // the folder of its certificate, "" if it has none
}

// Istio takes the labels of a proxy from an endpoint at its address, from any
// if there are several, and only if there is none from the metadata. So the
// address in the id is one that nobody has (RFC 5737): at 127.0.0.1 the gateway
// would be a workload of server.test.
var gateway = proxy{
	id:       "router~192.0.2.1~gateway.istio-system~istio-system.svc.cluster.local",
	metadata: "{NAMESPACE: istio-system, LABELS: {istio: ingressgateway}}",
	resources: `
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
`,
	listeners: []string{"0.0.0.0_PORT"},
}

// Without iptables, so at a port of its own.
var sidecar = proxy{
	id:       "sidecar~192.0.2.1~server.default~default.svc.cluster.local",
	metadata: "{NAMESPACE: default, INTERCEPTION_MODE: NONE, LABELS: {app: server}}",
	chosen: []string{
		"namespace: istio-system", "namespace: default",
		"selector: {matchLabels: {istio: ingressgateway}}", "selector: {matchLabels: {app: server}}\n  match: [{mode: SERVER}]",
	},
	filter: []string{
		"namespace: istio-system", "namespace: default",
		"workloadSelector: {labels: {istio: ingressgateway}}", "workloadSelector: {labels: {app: server}}",
		"context: GATEWAY", "context: SIDECAR_INBOUND",
	},
	resources: `
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: server, namespace: default}
spec:
  workloadSelector: {labels: {app: server}}
  ingress: [{port: {number: %[1]d, name: http, protocol: HTTP}, bind: 127.0.0.1, captureMode: NONE, defaultEndpoint: "%[2]s:%[3]s"}]
  egress: [{port: {number: %[4]d, name: http, protocol: HTTP}, bind: 127.0.0.1, captureMode: NONE, hosts: ["./*"]}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: other, namespace: default}
spec:
  hosts: [example.test]
  ports: [{number: %[4]d, name: http, protocol: HTTP}]
  resolution: STATIC
  endpoints: [{address: %[2]s, ports: {http: %[3]s}}]
---
# There is no authority for certificates.
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: plain, namespace: default}
spec: {mtls: {mode: DISABLE}}
`,
	listeners: []string{"127.0.0.1_PORT", "127.0.0.1_PORT"},
}

const bootstrap = `
stats_config: %s
node:
  id: %s
  cluster: test
  metadata: %s
admin: {address: {socket_address: {address: 127.0.0.1, port_value: 0}}}
dynamic_resources:
  ads_config: {api_type: GRPC, transport_api_version: V3, grpc_services: [{envoy_grpc: {cluster_name: discovery}}]}
  lds_config: {ads: {}, resource_api_version: V3}
  cds_config: {ads: {}, resource_api_version: V3}
bootstrap_extensions:
  - name: envoy.bootstrap.internal_listener
    typed_config: {"@type": type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener}
static_resources:
  clusters:
    - name: discovery
      typed_extension_protocol_options: &grpc
        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
          "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
          explicit_http_config: {http2_protocol_options: {}}
      load_assignment:
        cluster_name: discovery
        endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: %s, port_value: %s}}}}]}]
    - name: sds-grpc
      typed_extension_protocol_options: *grpc
      load_assignment:
        cluster_name: sds-grpc
        endpoints: [{lb_endpoints: [{endpoint: {address: {pipe: {path: "%s"}}}}]}]
`

const image = "oci://registry.example/notimplemented:latest"

var files = []string{"istio/trafficextension.yaml", "istio/wasmplugin.yaml"}

func TestGatewayAnswers(t *testing.T) {
	for _, name := range files {
		t.Run(name, func(t *testing.T) {
			process, addresses := start(t, gateway, name)
			manifest.Ask(t, addresses[0])
			manifest.Count(t, process.Admin())
			manifest.Verify(t, name, addresses[0])
		})
	}
}

func TestSidecarAnswers(t *testing.T) {
	for _, name := range files {
		t.Run(name, func(t *testing.T) {
			process, addresses := start(t, sidecar, name)
			manifest.Ask(t, addresses[0])
			manifest.Count(t, process.Admin())
			// What the workload sends is for other servers.
			rawhttp.OverEach(t, "sent", func(t *testing.T, protocol rawhttp.Protocol) {
				if got := protocol.Dial(t, addresses[1]).Do(rawhttp.Request{Method: "TRACE", Path: "/"})[0]; got.Status != 200 {
					t.Errorf("got %v\nwant 200", got)
				}
			})
		})
	}
}

func TestServers(t *testing.T) {
	for _, name := range files {
		t.Run(name, func(t *testing.T) {
			process, addresses := start(t, gateway, name, manifest.Servers...)
			manifest.AskServers(t, addresses[0])
			if err := process.Stop(); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(process.Stdout.String()) {
				want := "-"
				if strings.Contains(line, `"DELETE / `) && strings.Contains(line, ` "legacy.example.com" `) {
					want = manifest.DryRun
				}
				if !strings.HasSuffix(line, " "+want+"\n") {
					t.Errorf("logged %swant %s at the end", line, want)
				}
			}
			if got := strings.Count(process.Stdout.String(), manifest.DryRun); got != 2 {
				t.Errorf("%s is %d times in the access log, want 2\n%s", manifest.DryRun, got, process.Stdout)
			}
		})
	}
}

// entries are a change to wasmplugin.yaml.
var entries = []string{"unimplemented:\n      - {method: PATCH, alternatives: [PUT]}",
	"unimplemented: [{method: PATCH, alternatives: [PUT]}, " + behaviour.Entries + "]"}

func TestBehaviour(t *testing.T) {
	for name, proxy := range map[string]proxy{"gateway": gateway, "sidecar": sidecar} {
		t.Run(name, func(t *testing.T) {
			_, addresses := start(t, proxy, "istio/wasmplugin.yaml", entries...)
			behaviour.Compare(t, behaviour.Istio, addresses[0])
		})
	}
}

// The host's own 413 comes only if the buffer is before the plugin.
func TestBuffer(t *testing.T) {
	for name, translated := range map[string]string{files[0]: "", files[1]: "~istio-translated-wasmplugin"} {
		t.Run(name, func(t *testing.T) {
			buffered := gateway
			buffered.resources += "\n---\n" + project.File(t, "deploy/istio/buffer.yaml", "33554432", "4", "system.notimplemented}", "system.notimplemented"+translated+"}")
			_, addresses := start(t, buffered, name)
			manifest.AskBuffered(t, addresses[0])
		})
	}
}

// No failStrategy helps where Envoy never had a configuration that the plugin takes.
func TestRefused(t *testing.T) {
	for _, name := range files {
		for _, strategy := range []string{"FAIL_OPEN", "FAIL_CLOSE"} {
			t.Run(name+", "+strategy, func(t *testing.T) {
				_, addresses := start(t, gateway, name,
					"[GET, HEAD, POST, PUT", "[get, HEAD, POST, PUT",
					"failStrategy: FAIL_OPEN", "failStrategy: "+strategy)
				for _, method := range []string{"GET", "TRACE"} {
					rawhttp.OverEach(t, method, func(t *testing.T, protocol rawhttp.Protocol) {
						response := protocol.Dial(t, addresses[0]).Do(rawhttp.Request{Method: method, Path: "/"})[0]
						if response.Status != 500 {
							t.Errorf("got %v\nwant 500", response)
						}
					})
				}
				manifest.Verify(t, name, addresses[0], "the plugin was refused or could not be downloaded; the proxy's log says why")
			})
		}
	}
}

// start runs Istio's discovery and an Envoy for the time of the test, with a
// file of deploy/ and more changes to it in pairs. It returns where the proxy
// listens.
func start(t *testing.T, proxy proxy, name string, pairs ...string) (process *envoy.Process, addresses []string) {
	t.Helper()
	registry, digest, _ := strings.Cut(command.Start(t, "REGISTRY", "", command.Path(t, "IMAGE")), " ")
	plugin := command.Start(t, "ISTIO", "", "fetch", "oci://"+registry, digest, t.TempDir())
	host, serverPort := manifest.Server(t)
	ports := []int{reserve(t), reserve(t)}
	discovery := command.Start(t, "ISTIO", strings.Join([]string{
		project.File(t, "deploy/"+name, slices.Concat([]string{image, "file://" + plugin, manifest.Pin, `"` + digest + `"`}, proxy.chosen, pairs)...),
		project.File(t, "deploy/istio/envoyfilter.yaml", proxy.filter...),
		fmt.Sprintf(proxy.resources, ports[0], host, serverPort, ports[1]),
	}, "\n---\n"), "serve", "../../deploy/istio/meshconfig.yaml")
	host, discoveryPort, _ := net.SplitHostPort(discovery)
	stats := command.Start(t, "ISTIO", "", "stats")
	socket := "/dev/null"
	if proxy.secrets != "" {
		socket = command.Start(t, "ISTIO", "", "secrets", proxy.secrets)
	}
	process = envoy.Run(t, fmt.Appendf(nil, bootstrap, stats, proxy.id, proxy.metadata, host, discoveryPort, socket))
	for i, name := range proxy.listeners {
		address, err := process.AwaitAddress(strings.Replace(name, "PORT", strconv.Itoa(ports[i]), 1))
		if err != nil {
			t.Fatal(err)
		}
		addresses = append(addresses, address)
	}
	return process, addresses
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
