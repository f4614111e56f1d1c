// SPDX-License-Identifier: Apache-2.0

// Package e2e tests that docker-compose.yaml runs what other files say. Below it:
//
//	quickstart     envoy.yaml as it stands, also in the containers of docker-compose.yaml
//	envoy          Envoys that are configured otherwise
//	istio          deploy/istio, with Istio
//	envoy-gateway  deploy/envoy-gateway, with Envoy Gateway
//	deploy         deploy/envoy, and the plugin JSON in every file of deploy
//	monitoring     the dashboard and the alerts of deploy, with Prometheus
//	soak           memory under load
//	server         the server of docker-compose.yaml
//	harness        what the tests stand on: hosts, clients, servers
package e2e

import (
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// Docker would make an empty folder in place of a file that is not there.
func TestMountedFilesAreThere(t *testing.T) {
	var compose struct {
		Services map[string]struct{ Volumes []string }
	}
	text, err := os.ReadFile("docker-compose.yaml")
	if err == nil {
		err = yaml.Unmarshal(text, &compose)
	}
	if err != nil {
		t.Fatal(err)
	}
	mounted := 0
	for name, service := range compose.Services {
		for _, volume := range service.Volumes {
			file, _, _ := strings.Cut(volume, ":")
			if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
				t.Errorf("%s mounts %s: %v, want a file", name, file, err)
			}
			mounted++
		}
	}
	if mounted == 0 {
		t.Error("docker-compose.yaml mounts nothing")
	}
}
