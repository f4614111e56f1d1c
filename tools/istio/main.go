// SPDX-License-Identifier: Apache-2.0

// Command istio does what Istio does in a cluster, for the tests. It answers
// with a line that starts with "ready", since Istio logs to standard output.
//
//	istio serve VALUES       discovery over ADS, with the resources on stdin and the meshConfig of a
//	                         file of Helm values, until it is killed; prints the address that it
//	                         listens at
//	istio fetch URL SHA256 DIRECTORY
//	                         pulls an image as the agent beside Envoy does, into DIRECTORY, and
//	                         prints the path of the plugin
//	istio secrets DIRECTORY  serves Envoy the certificate of the workload as the agent does, from
//	                         cert.pem, key.pem and root.pem, until it is killed; prints the path
//	                         of the socket
//	istio stats              prints the stats_config of the bootstrap that the agent writes
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"

	meshconfig "istio.io/api/mesh/v1alpha1"
	"istio.io/istio/pilot/pkg/features"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/bootstrap"
	"istio.io/istio/pkg/config/crd"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/security"
	"istio.io/istio/pkg/test"
	"istio.io/istio/pkg/test/env"
	"istio.io/istio/pkg/test/util/yml"
	"istio.io/istio/pkg/wasm"
	"istio.io/istio/security/pkg/nodeagent/sds"
	"sigs.k8s.io/yaml"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "istio:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "serve":
		config, err := meshConfig(args[1])
		if err != nil {
			return err
		}
		resources, err := io.ReadAll(os.Stdin)
		if err != nil {
			return err
		}
		return test.Wrap(func(t test.Failer) { serve(t, config, string(resources)) })
	case len(args) == 4 && args[0] == "fetch":
		return fetch(args[1], args[2], args[3])
	case len(args) == 2 && args[0] == "secrets":
		return secrets(args[1])
	case len(args) == 1 && args[0] == "stats":
		return stats()
	}
	return errors.New("want serve VALUES, fetch URL SHA256 DIRECTORY, secrets DIRECTORY, or stats")
}

// kubernetes are kinds that are not Istio's.
var kubernetes = regexp.MustCompile(`(?m)^apiVersion: (v1|gateway\.networking\.k8s\.io/v1)$`)

// meshConfig is that of a file of Helm values, over Istio's defaults.
func meshConfig(values string) (*meshconfig.MeshConfig, error) {
	text, err := os.ReadFile(values)
	if err != nil {
		return nil, err
	}
	var chart struct{ MeshConfig json.RawMessage }
	if err := yaml.UnmarshalStrict(text, &chart); err != nil {
		return nil, err
	}
	return mesh.ApplyMeshConfigDefaults(string(chart.MeshConfig))
}

func serve(t test.Failer, config *meshconfig.MeshConfig, resources string) {
	// The schemas first, as a cluster would; discovery then applies Istio's own validation.
	validator := crd.NewIstioValidator(t)
	for _, resource := range yml.SplitString(resources) {
		if kubernetes.MatchString(resource) {
			continue
		}
		if err := validator.ValidateCustomResourceYAML(resource, nil); err != nil {
			t.Fatal(err)
		}
	}
	// Both need extensions that only Istio's build of Envoy has.
	features.ALPNFilter, features.MetadataExchange = false, false
	config.EnableAutoMtls.Value = false                                 // there is no authority for certificates
	config.DefaultProviders = &meshconfig.MeshConfig_DefaultProviders{} // their stats filter is Istio's, too
	server := xds.NewFakeDiscoveryServer(t, xds.FakeOptions{
		ConfigString:           resources,
		KubernetesObjectString: resources, // where what concerns waypoints is looked for
		MeshConfig:             config,
		ListenerBuilder:        func() (net.Listener, error) { return net.Listen("tcp", "127.0.0.1:0") },
	})
	fmt.Println("ready", server.Listener.Addr())
	select {}
}

func fetch(url, sha256, directory string) error {
	path, err := wasm.NewLocalFileCache(directory, wasm.Options{}).Get(url, wasm.GetOptions{Checksum: sha256, RequestTimeout: wasm.DefaultHTTPRequestTimeout})
	if err != nil {
		return err
	}
	fmt.Println("ready", path)
	return nil
}

func secrets(directory string) error {
	var item security.SecretItem
	for name, content := range map[string]*[]byte{
		"cert.pem": &item.CertificateChain, "key.pem": &item.PrivateKey, "root.pem": &item.RootCert,
	} {
		text, err := os.ReadFile(filepath.Join(directory, name))
		if err != nil {
			return err
		}
		*content = text
	}
	if err := os.Chdir(directory); err != nil { // where the socket belongs
		return err
	}
	sds.NewServer(new(security.Options), workload(item), nil)
	fmt.Println("ready", filepath.Join(directory, security.GetIstioSDSServerSocketPath()))
	select {}
}

// workload is the secret of one.
type workload security.SecretItem

func (w workload) GenerateSecret(name string) (*security.SecretItem, error) {
	item := security.SecretItem(w)
	item.ResourceName = name
	if name == security.RootCertReqResourceName {
		item.CertificateChain, item.PrivateKey = nil, nil
	} else {
		item.RootCert = nil
	}
	return &item, nil
}

func stats() error {
	node, err := bootstrap.GetNodeMetaData(bootstrap.MetadataOptions{ProxyConfig: mesh.DefaultProxyConfig()})
	if err != nil {
		return err
	}
	template := filepath.Join(env.IstioSrc, "tools/packaging/common/envoy_bootstrap.json")
	var text, line bytes.Buffer
	if err := bootstrap.New(bootstrap.Config{Node: node}).WriteTo(template, &text); err != nil {
		return err
	}
	var rendered struct {
		StatsConfig json.RawMessage `json:"stats_config"`
	}
	if err := json.Unmarshal(text.Bytes(), &rendered); err != nil {
		return err
	}
	if err := json.Compact(&line, rendered.StatsConfig); err != nil {
		return err
	}
	fmt.Println("ready", &line)
	return nil
}
