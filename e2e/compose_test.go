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
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestVersions(t *testing.T) {
	version := func(path, before string) string {
		t.Helper()
		match := regexp.MustCompile(`(?m)` + before + `([0-9]+(?:\.[0-9]+)+)`).FindStringSubmatch(read(t, path))
		if match == nil {
			t.Fatalf("%s has no version after %s", path, before)
		}
		return match[1]
	}
	for _, tt := range []struct{ file, image, path, before string }{
		{"Dockerfile", "^FROM envoyproxy/envoy:v", "../Makefile", `^ENVOY_VERSION += `},
		{"Dockerfile", "^FROM tinygo/tinygo:", "../tools/tinygo/go.mod", `tinygo-org/tinygo v`},
		{"../tools/tinygo/SHA256SUMS", "  tinygo", "../tools/tinygo/go.mod", `tinygo-org/tinygo v`},
	} {
		if got, want := version(tt.file, tt.image), version(tt.path, tt.before); got != want {
			t.Errorf("%s has %s%s, want version %s of %s", tt.file, tt.image, got, want, tt.path)
		}
	}
	// Prometheus 3.10.0 is v0.310.0 as a module.
	prometheus := "0." + strings.Replace(version("docker-compose.yaml", "prom/prometheus:v"), ".", "", 1)
	if want := version("../tools/prometheus/go.mod", "prometheus/prometheus v"); prometheus != want {
		t.Errorf("docker-compose.yaml has Prometheus v%s, want v%s of tools/prometheus", prometheus, want)
	}
}

// Docker would make an empty folder in place of a file that is not there.
func TestMountedFilesAreThere(t *testing.T) {
	var compose struct {
		Services map[string]struct{ Volumes []string }
	}
	if err := yaml.Unmarshal([]byte(read(t, "docker-compose.yaml")), &compose); err != nil {
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
