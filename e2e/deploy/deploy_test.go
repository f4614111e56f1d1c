// SPDX-License-Identifier: Apache-2.0

// Package deploy tests the files of deploy/: the plugin's configuration in each
// of them, and those for plain Envoy. Those for Istio and Envoy Gateway are
// tested with them, in e2e/istio and e2e/gateway.
package deploy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"notimplemented/e2e/envoy"
	"notimplemented/e2e/manifest"
	"notimplemented/e2e/upstream"
	"notimplemented/filter"
)

func TestPluginConfigurations(t *testing.T) {
	want := map[string]int{
		"envoy-gateway/envoyextensionpolicy.yaml": 1,
		"envoy-gateway/envoypatchpolicy.yaml":     0,
		"envoy/envoy.yaml":                        1,
		"envoy/get-bypass.yaml":                   1,
		"istio/envoyfilter.yaml":                  0,
		"istio/trafficextension.yaml":             1,
		"istio/wasmplugin.yaml":                   1,
	}
	got := make(map[string]int)
	err := fs.WalkDir(os.DirFS(manifest.Folder), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		configurations, err := configurations(manifest.Read(t, name))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for _, configuration := range configurations {
			if _, err := filter.Parse(configuration); err != nil {
				t.Errorf("%s: %s\n%v", name, configuration, err)
			}
		}
		got[name] = len(configurations)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(got, want) {
		t.Errorf("plugin configurations in the files of deploy/: %v, want %v", got, want)
	}
}

// configurations are those of the plugin in a YAML file, as hosts pass them on.
func configurations(text string) (found [][]byte, err error) {
	var visit func(value any) error
	visit = func(value any) error {
		switch value := value.(type) {
		case string:
			if strings.HasPrefix(value, "{") {
				found = append(found, []byte(value))
			}
		case map[string]any:
			if _, ok := value["implemented_methods"]; ok {
				configuration, err := json.Marshal(value)
				found = append(found, configuration)
				return err
			}
			for _, member := range value {
				if err := visit(member); err != nil {
					return err
				}
			}
		case []any:
			for _, element := range value {
				if err := visit(element); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for decoder := yaml.NewDecoder(strings.NewReader(text)); ; {
		var document any
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err == nil {
			err = visit(document)
		}
		if err != nil {
			return nil, err
		}
	}
}

// installed is where the plugin is, according to the files for Envoy.
const installed = "/etc/envoy/plugin.wasm"

func TestEnvoyTakesThem(t *testing.T) {
	plugin, err := envoy.Plugin()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"envoy/envoy.yaml", "envoy/get-bypass.yaml"} {
		path := filepath.Join(t.TempDir(), "envoy.yaml")
		if err := os.WriteFile(path, []byte(manifest.Read(t, name, installed, plugin)), 0o600); err != nil {
			t.Fatal(err)
		}
		output, err := exec.Command(os.Getenv("ENVOY"), "--mode", "validate", "-c", path).CombinedOutput()
		if err != nil || !bytes.HasSuffix(output, []byte(" OK\n")) {
			t.Errorf("%s: %v\n%s", name, err, output)
		}
	}
}

func TestEnvoyAnswers(t *testing.T) {
	plugin, err := envoy.Plugin()
	if err != nil {
		t.Fatal(err)
	}
	server, err := upstream.Start()
	if err != nil {
		t.Fatal(err)
	}
	host, port, err := net.SplitHostPort(server)
	if err != nil {
		t.Fatal(err)
	}
	const everything = `501 {"error":"not_implemented","message":"This server does not implement everything.","capability":"everything"}`
	for _, tt := range []struct {
		name   string
		around string // what becomes of a GET for which there is an entry
	}{
		{"envoy/envoy.yaml", everything},
		{"envoy/get-bypass.yaml", "200"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			process, err := envoy.Start([]byte(manifest.Read(t, tt.name,
				installed, plugin,
				"port_value: 10000", "port_value: 0", "port_value: 9901", "port_value: 0",
				"address: server, port_value: 8080", "address: "+host+", port_value: "+port,
				`"unimplemented": [`, `"unimplemented": [{"capability": "everything", "query": "any"},`)))
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := process.Stop(); err != nil {
					t.Error(err)
				}
			}()
			manifest.Ask(t, process.Address("main"),
				manifest.Answer{Method: "POST", Path: "/?any", Want: everything},
				manifest.Answer{Method: "GET", Path: "/?any", Want: tt.around})
		})
	}
}
