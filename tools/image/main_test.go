// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"maps"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/crane"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"notimplemented/tools/image/layout"
)

// pushed saves an image, pushes the layout and returns what comes back.
func pushed(t *testing.T, files []file, labels map[string]string) v1.Image {
	t.Helper()
	image, err := build(files, labels)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "image")
	if err := layout.Write(image, folder); err != nil {
		t.Fatal(err)
	}
	saved, err := layout.Read(folder)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(registry.New())
	t.Cleanup(server.Close)
	name := strings.TrimPrefix(server.URL, "http://") + "/notimplemented:latest"
	if err := crane.Push(saved, name); err != nil {
		t.Fatal(err)
	}
	pulled, err := crane.Pull(name)
	if err != nil {
		t.Fatal(err)
	}
	want, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := pulled.Digest(); err != nil || got != want {
		t.Errorf("digest %v, %v once it is pushed, want %v", got, err, want)
	}
	return pulled
}

// Istio's agent and Envoy Gateway take the last layer, want it to be a tar.gz
// by its media type, and look for plugin.wasm in it.
func TestHostsFindThePlugin(t *testing.T) {
	want := map[string]string{"plugin.wasm": "\x00asm, a plugin", "LICENSE": "as you like"}
	pulled := pushed(t, []file{{"plugin.wasm", []byte(want["plugin.wasm"])}, {"LICENSE", []byte(want["LICENSE"])}}, nil)
	if media, err := pulled.MediaType(); err != nil || media != types.OCIManifestSchema1 {
		t.Errorf("the image is %s, %v, want %s", media, err, types.OCIManifestSchema1)
	}
	layers, err := pulled.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatalf("%d layers, %v, want one", len(layers), err)
	}
	if media, err := layers[0].MediaType(); err != nil || media != types.OCILayer {
		t.Errorf("the layer is %s, %v, want %s", media, err, types.OCILayer)
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
	got := make(map[string]string)
	for files := tar.NewReader(unzipped); ; {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(files)
		if err != nil {
			t.Fatal(err)
		}
		got[header.Name] = string(text)
	}
	if !maps.Equal(got, want) {
		t.Errorf("the layer has %q, want %q", got, want)
	}
}

func TestImageSaysWhatItIs(t *testing.T) {
	want := map[string]string{"org.opencontainers.image.version": "v1.2.3"}
	config, err := pushed(t, []file{{"plugin.wasm", nil}}, want).ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if config.OS != "wasi" || config.Architecture != "wasm" || !maps.Equal(config.Config.Labels, want) {
		t.Errorf("got %s/%s with %q, want wasi/wasm with %q", config.OS, config.Architecture, config.Config.Labels, want)
	}
}
