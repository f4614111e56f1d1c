// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"compress/gzip"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/crane"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Istio's agent and Envoy Gateway take the last layer, want it to be a tar.gz
// by its media type, and look for plugin.wasm in it.
func TestHostsFindThePlugin(t *testing.T) {
	const want = "\x00asm, a plugin"
	folder := t.TempDir()
	plugin, file := filepath.Join(folder, "plugin.wasm"), filepath.Join(folder, "image.tar")
	if err := os.WriteFile(plugin, []byte(want), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run([]string{plugin, file}); err != nil {
		t.Fatal(err)
	}
	saved, err := crane.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(registry.New())
	defer server.Close()
	name := strings.TrimPrefix(server.URL, "http://") + "/notimplemented:latest"
	if err := crane.Push(saved, name); err != nil {
		t.Fatal(err)
	}
	pulled, err := crane.Pull(name)
	if err != nil {
		t.Fatal(err)
	}
	layers, err := pulled.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatalf("%d layers, %v, want one", len(layers), err)
	}
	if media, err := layers[0].MediaType(); err != nil || media != types.DockerLayer {
		t.Errorf("the layer is %s, %v, want %s", media, err, types.DockerLayer)
	}
	compressed, err := layers[0].Compressed()
	if err != nil {
		t.Fatal(err)
	}
	defer compressed.Close()
	unzipped, err := gzip.NewReader(compressed)
	if err != nil {
		t.Fatal(err)
	}
	files := tar.NewReader(unzipped)
	header, err := files.Next()
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(files)
	if err != nil || header.Name != "plugin.wasm" || string(got) != want {
		t.Errorf("the first file is %s with %q, %v, want plugin.wasm with %q", header.Name, got, err, want)
	}
}
