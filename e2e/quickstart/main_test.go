// SPDX-License-Identifier: Apache-2.0

// Package quickstart tests the Envoy of envoy.yaml as it stands: what comes back
// for every method and kind of request. It runs against the Envoy and the
// upstream server at ENVOY_ADDRESS and UPSTREAM_ADDRESS, or else starts both.
package quickstart

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"testing"

	"go.yaml.in/yaml/v3"

	"notimplemented/e2e/harness/envoy"
	"notimplemented/e2e/harness/upstream"
)

var (
	envoyAddress, upstreamAddress string
	process                       *envoy.Process // nil if this package did not start it
)

func TestMain(m *testing.M) {
	code := m.Run()
	if process != nil {
		if err := process.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// connect sets the addresses, by the first test: go test would reuse the
// results of another plugin if TestMain were the one to look for it.
func connect(t *testing.T) {
	t.Helper()
	if err := connectOnce(); err != nil {
		t.Fatal(err)
	}
}

var connectOnce = sync.OnceValue(func() error {
	envoyAddress, upstreamAddress = os.Getenv("ENVOY_ADDRESS"), os.Getenv("UPSTREAM_ADDRESS")
	switch {
	case envoyAddress != "" && upstreamAddress != "":
		return nil
	case envoyAddress != "" || upstreamAddress != "":
		return errors.New("only one of ENVOY_ADDRESS and UPSTREAM_ADDRESS is set, want both or none")
	}
	var err error
	if upstreamAddress, err = upstream.Start(); err != nil {
		return err
	}
	bootstrap, listener, err := bootstrap("../../envoy.yaml")
	if err != nil {
		return err
	}
	if process, err = envoy.Start(bootstrap); err != nil {
		return err
	}
	envoyAddress = process.Address(listener)
	return nil
})

// bootstrap is the file with free ports, the upstream server of the tests and
// the plugin where it is; listener is the name of the one on port 10000.
func bootstrap(path string) (bootstrap []byte, listener string, err error) {
	plugin, err := envoy.Plugin()
	if err != nil {
		return nil, "", err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, "", err
	}
	var file struct {
		Admin     any
		Resources struct {
			Listeners []map[string]any
			Clusters  any
			Others    map[string]any `yaml:",inline"`
		} `yaml:"static_resources"`
		Others map[string]any `yaml:",inline"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, "", fmt.Errorf("%s: %w", path, err)
	}
	upstream, err := net.ResolveTCPAddr("tcp", upstreamAddress)
	if err != nil {
		return nil, "", err
	}
	each(file.Resources.Clusters, "port_value", func(address map[string]any) {
		address["address"] = upstream.IP.String()
		address["port_value"] = upstream.Port
	})
	each(file.Admin, "port_value", func(address map[string]any) { address["port_value"] = 0 })
	for _, l := range file.Resources.Listeners {
		each(l, "port_value", func(address map[string]any) {
			if address["port_value"] == 10000 {
				listener, _ = l["name"].(string)
			}
			address["port_value"] = 0
		})
		each(l, "filename", func(code map[string]any) { code["filename"] = plugin })
	}
	if listener == "" {
		return nil, "", fmt.Errorf("%s: no listener with a name on port 10000", path)
	}
	bootstrap, err = yaml.Marshal(file)
	return bootstrap, listener, err
}

// each visits all mappings with this key.
func each(value any, key string, visit func(map[string]any)) {
	switch value := value.(type) {
	case map[string]any:
		if _, ok := value[key]; ok {
			visit(value)
		}
		for _, member := range value {
			each(member, key, visit)
		}
	case []any:
		for _, element := range value {
			each(element, key, visit)
		}
	}
}
