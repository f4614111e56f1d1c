// SPDX-License-Identifier: Apache-2.0

package clients

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"go.yaml.in/yaml/v3"

	"notimplemented/e2e/harness/project"
)

const upload = 10 << 20

// uploads are clients that send a body without asking first, each over TLS, and most
// of them lose an answer that comes while they send.
var uploads = map[string]func(t *testing.T, file, address string) string{
	"curl": func(t *testing.T, file, address string) string {
		return curl(t, "--http2", file, address)
	},
	"curl, HTTP/1.1": func(t *testing.T, file, address string) string {
		return curl(t, "--http1.1", file, address)
	},
	"httpx": func(t *testing.T, file, address string) string {
		return pythonUpload(t, "httpx", file, address)
	},
	"requests": func(t *testing.T, file, address string) string {
		return pythonUpload(t, "requests", file, address)
	},
	"node:http2": func(t *testing.T, file, address string) string {
		return node(t, "upload.js", file, "https://"+address)
	},
}

func curl(t *testing.T, protocol, file, address string) string {
	t.Helper()
	return output(t, exec.Command("curl", "--silent", "--insecure", protocol, "--request", "PATCH", "--header", "expect:", "--data-binary", "@"+file,
		"--write-out", " over HTTP/%{http_version}", "https://"+address))
}

func pythonUpload(t *testing.T, client, file, address string) string {
	t.Helper()
	return output(t, exec.Command(filepath.Join(pythonClients(t), "bin", "python"), "python/upload.py", client, file, "https://"+address))
}

// TestUploads tests that each client reads the answer to 10 MB where Envoy buffers
// requests before the plugin, as in deploy/envoy/buffer.yaml.
func TestUploads(t *testing.T) {
	server := httptest.NewServer(nil)
	defer server.Close()
	proxy := serve(t, listener{
		Name:          "uploads",
		TLS:           true,
		Configuration: `{"implemented_methods": ["GET"], "format": {"content_type": "text/plain", "body": "{message}"}}`,
		Before:        buffer(t),
		Server:        newServer(t, server.Listener.Addr().String(), false),
	})
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, make([]byte, upload), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, send := range uploads {
		t.Run(name, func(t *testing.T) {
			version := "2"
			if name == "requests" || name == "curl, HTTP/1.1" {
				version = "1.1"
			}
			if got, want := send(t, file, proxy.Address("uploads")), "This server does not implement the PATCH method. over HTTP/"+version; got != want {
				t.Errorf("got %s\nwant %s", got, want)
			}
			if received := proxy.count(t, "uploads", "downstream_rq_5xx"); received == 0 {
				t.Error("no 501")
			}
		})
	}
}

// buffer is the filter of deploy/envoy/buffer.yaml.
func buffer(t *testing.T) (filters []string) {
	t.Helper()
	var change struct {
		Filters []any `yaml:"http_filters"`
	}
	if err := yaml.Unmarshal([]byte(project.File(t, "deploy/envoy/buffer.yaml")), &change); err != nil {
		t.Fatal(err)
	}
	for _, filter := range change.Filters {
		text, err := json.Marshal(filter)
		if err != nil {
			t.Fatal(err)
		}
		filters = append(filters, string(text))
	}
	return filters
}
