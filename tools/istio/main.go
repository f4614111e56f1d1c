// SPDX-License-Identifier: Apache-2.0

// Command istio does what Istio does in a cluster, for the tests. It answers
// with a line that starts with "ready", since Istio logs to standard output.
//
//	istio serve              discovery over ADS, with the resources on stdin, until it is killed;
//	                         prints the address that it listens at
//	istio fetch URL SHA256 DIRECTORY
//	                         pulls an image as the agent beside Envoy does, into DIRECTORY, and
//	                         prints the path of the plugin
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	meshconfig "istio.io/api/mesh/v1alpha1"
	"istio.io/istio/pilot/pkg/features"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/config/crd"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/test"
	"istio.io/istio/pkg/test/util/retry"
	"istio.io/istio/pkg/wasm"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "istio:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 1 && args[0] == "serve":
		resources, err := io.ReadAll(os.Stdin)
		if err != nil {
			return err
		}
		return test.Wrap(func(t test.Failer) { serve(t, string(resources)) })
	case len(args) == 4 && args[0] == "fetch":
		return fetch(args[1], args[2], args[3])
	}
	return errors.New("want serve, or fetch URL SHA256 DIRECTORY")
}

func serve(t test.Failer, resources string) {
	// The schemas first, as a cluster would; discovery then applies Istio's own validation.
	if err := crd.NewIstioValidator(t).ValidateCustomResourceYAML(resources, nil); err != nil {
		t.Fatal(err)
	}
	// Both need extensions that only Istio's build of Envoy has.
	features.ALPNFilter, features.MetadataExchange = false, false
	config := mesh.DefaultMeshConfig()
	config.EnableAutoMtls.Value = false                                 // there is no authority for certificates
	config.DefaultProviders = &meshconfig.MeshConfig_DefaultProviders{} // their stats filter is Istio's, too
	server := xds.NewFakeDiscoveryServer(t, xds.FakeOptions{
		ConfigString:    resources,
		MeshConfig:      config,
		ListenerBuilder: func() (net.Listener, error) { return net.Listen("tcp", "127.0.0.1:0") },
	})
	// An Envoy that came before discovery has a listener for the gateway would get none.
	retry.UntilOrFail(t, func() bool {
		server.Discovery.ConfigUpdate(&model.PushRequest{Forced: true})
		server.EnsureSynced(t)
		labels := map[string]string{"istio": "ingressgateway"}
		gateway := server.SetupProxy(&model.Proxy{
			Type:            model.Router,
			IPAddresses:     []string{"127.0.0.1"},
			ConfigNamespace: "istio-system",
			Labels:          labels,
			Metadata:        &model.NodeMetadata{Namespace: "istio-system", Labels: labels},
		})
		return len(server.Listeners(gateway)) > 0
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
