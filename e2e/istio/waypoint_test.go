// SPDX-License-Identifier: Apache-2.0

package istio

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"notimplemented/e2e/harness/behaviour"
	"notimplemented/e2e/harness/manifest"
	"notimplemented/e2e/harness/tunnel"
)

// Its listener has the port of HBONE, always, and filters that only Istio's build
// of Envoy has.
const waypointResources = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: waypoint, namespace: default}
spec:
  gatewayClassName: istio-waypoint
  listeners: [{name: mesh, port: 15008, protocol: HBONE}]
status:
  addresses: [{type: Hostname, value: waypoint.default.svc.cluster.local}]
---
apiVersion: v1
kind: Service
metadata:
  name: waypoint
  namespace: default
  labels: {gateway.istio.io/managed: istio.io-mesh-controller, gateway.networking.k8s.io/gateway-name: waypoint}
spec:
  clusterIP: 192.0.2.2
  ports: [{name: mesh, port: 15008, appProtocol: hbone}]
  selector: {gateway.networking.k8s.io/gateway-name: waypoint}
---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: waypoint, namespace: default}
spec: {address: 192.0.2.1, labels: {gateway.networking.k8s.io/gateway-name: waypoint}}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: server, namespace: default, labels: {istio.io/use-waypoint: waypoint}}
spec:
  hosts: [server.test]
  addresses: [192.0.2.3]
  ports: [{number: 80, name: http, protocol: HTTP}]
  resolution: STATIC
  endpoints: [{address: %[2]s, ports: {http: %[3]s}}]
---
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: envoy, namespace: default}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: waypoint}]
  configPatches:
    - applyTo: LISTENER
      match: {context: SIDECAR_INBOUND, listener: {name: connect_terminate}}
      patch: {operation: MERGE, value: {address: {socket_address: {port_value: %[1]d}}}}
    - applyTo: HTTP_FILTER
      match:
        context: SIDECAR_INBOUND
        listener: {filterChain: {filter: {name: envoy.filters.network.http_connection_manager, subFilter: {name: waypoint_downstream_peer_metadata}}}}
      patch: {operation: REMOVE}
    - applyTo: HTTP_FILTER
      match:
        context: SIDECAR_INBOUND
        listener: {filterChain: {filter: {name: envoy.filters.network.http_connection_manager, subFilter: {name: waypoint_upstream_peer_metadata}}}}
      patch: {operation: REMOVE}
`

// waypoint is a proxy with the certificate.
func waypoint(t *testing.T, certificate tls.Certificate) proxy {
	t.Helper()
	t.Setenv("PILOT_ENABLE_AMBIENT", "true")
	const target = "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: waypoint}]"
	return proxy{
		id: "waypoint~192.0.2.1~waypoint.default~default.svc.cluster.local",
		// Newer ones get a filter state that only their build of Envoy knows.
		metadata: "{NAMESPACE: default, ISTIO_VERSION: 1.29.1, LABELS: {gateway.networking.k8s.io/gateway-name: waypoint, gateway.istio.io/managed: istio.io-mesh-controller}}",
		chosen: []string{
			"namespace: istio-system", "namespace: default",
			"selector: {matchLabels: {istio: ingressgateway}}", target,
		},
		filter: []string{
			"namespace: istio-system", "namespace: default",
			"workloadSelector: {labels: {istio: ingressgateway}}", target,
			"context: GATEWAY", "context: SIDECAR_INBOUND",
		},
		resources: waypointResources,
		listeners: []string{"connect_terminate"},
		secrets:   write(t, certificate),
	}
}

// workload is the certificate of every workload here, and of their authority.
func workload(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		NotAfter:              time.Now().Add(time.Hour),
		URIs:                  []*url.URL{{Scheme: "spiffe", Host: "cluster.local", Path: "/ns/default/sa/default"}},
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{certificate}, PrivateKey: key}
}

// write puts the certificate where the agent reads it.
func write(t *testing.T, certificate tls.Certificate) (folder string) {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	folder = t.TempDir()
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: certificate.Certificate[0]},
		"root.pem": {Type: "CERTIFICATE", Bytes: certificate.Certificate[0]},
		"key.pem":  {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(filepath.Join(folder, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// hbone leads to server.test by the waypoint at the address, as the node's proxy
// of a client does: https://istio.io/latest/docs/ambient/architecture/hbone/
func hbone(t *testing.T, address string, certificate tls.Certificate) string {
	transport := &http.Transport{
		Protocols: new(http.Protocols),
		DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			dialer := tls.Dialer{Config: &tls.Config{
				Certificates: []tls.Certificate{certificate}, InsecureSkipVerify: true, NextProtos: []string{"h2"},
			}}
			return dialer.DialContext(ctx, "tcp", address)
		},
	}
	transport.Protocols.SetHTTP2(true)
	t.Cleanup(transport.CloseIdleConnections)
	return tunnel.Start(t, func() (io.ReadWriteCloser, error) {
		reader, writer := io.Pipe()
		const vip = "192.0.2.3:80"
		response, err := transport.RoundTrip(&http.Request{
			Method: http.MethodConnect, URL: &url.URL{Scheme: "https", Host: vip}, Header: make(http.Header), Body: reader,
		})
		if err != nil {
			return nil, err
		}
		if response.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("CONNECT %s: %s", vip, response.Status)
		}
		return &stream{response.Body, writer}, nil
	})
}

// stream is what goes on in the answer to a CONNECT and in its body.
type stream struct {
	io.ReadCloser
	writer *io.PipeWriter
}

func (s *stream) Write(p []byte) (int, error) { return s.writer.Write(p) }

func (s *stream) Close() error {
	s.writer.Close()
	return s.ReadCloser.Close()
}

func TestWaypointAnswers(t *testing.T) {
	for _, name := range files {
		t.Run(name, func(t *testing.T) {
			certificate := workload(t)
			process, addresses := start(t, waypoint(t, certificate), name)
			manifest.Ask(t, hbone(t, addresses[0], certificate))
			manifest.Count(t, process.Admin())
		})
	}
}

func TestWaypointBehaviour(t *testing.T) {
	certificate := workload(t)
	_, addresses := start(t, waypoint(t, certificate), "istio/wasmplugin.yaml", entries...)
	behaviour.Compare(t, behaviour.Istio, hbone(t, addresses[0], certificate))
}
