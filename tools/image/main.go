// SPDX-License-Identifier: Apache-2.0

// Command image puts the compiled plugin into an image, with the licences of what
// it is made of: image ROOT TINYGO LAYOUT [LABEL=VALUE ...]. ROOT is that of this
// repository, LAYOUT the folder to write. It is an OCI image layout: whatever
// pushes it pushes the bytes of its manifest, and so keeps the digest.
package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"notimplemented/tools/image/layout"
	"notimplemented/tools/materials"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 3 {
		return errors.New("want the root of the repository, TinyGo and the folder to write")
	}
	root, tinygo, folder := args[0], args[1], args[2]
	labels := map[string]string{
		"org.opencontainers.image.title":    "notimplemented",
		"org.opencontainers.image.licenses": "Apache-2.0",
	}
	for _, label := range args[3:] {
		name, value, _ := strings.Cut(label, "=")
		if value != "" {
			labels["org.opencontainers.image."+name] = value
		}
	}
	made, err := materials.Plugin(root, tinygo)
	if err != nil {
		return err
	}
	files := []file{{name: "plugin.wasm"}, {name: "LICENSE"}, {name: "NOTICE"}, {name: "THIRD_PARTY_NOTICES", bytes: materials.Notices(made)}}
	for i, path := range []string{"build/plugin.wasm", "LICENSE", "NOTICE"} {
		if files[i].bytes, err = os.ReadFile(filepath.Join(root, path)); err != nil {
			return err
		}
	}
	image, err := build(files, labels)
	if err != nil {
		return err
	}
	return layout.Write(image, folder)
}

type file struct {
	name  string
	bytes []byte
}

// build has no time and no owner in the image, so that its digest follows from
// the arguments alone. Hosts look for plugin.wasm in the last layer.
func build(files []file, labels map[string]string) (v1.Image, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, file := range files {
		if err := w.WriteHeader(&tar.Header{Name: file.name, Mode: 0o644, Size: int64(len(file.bytes))}); err != nil {
			return nil, err
		}
		if _, err := w.Write(file.bytes); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(b.Bytes())), nil
	}, tarball.WithMediaType(types.OCILayer))
	if err != nil {
		return nil, err
	}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	if image, err = mutate.AppendLayers(image, layer); err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	// The same names as Docker's platform wasi/wasm.
	config.OS, config.Architecture = "wasi", "wasm"
	config.Config.Labels = labels
	return mutate.ConfigFile(image, config)
}
