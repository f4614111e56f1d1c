// SPDX-License-Identifier: Apache-2.0

// Command image puts a compiled plugin into an image, as plugin.wasm in a
// single layer: image PLUGIN FILE. The file is for "docker load" and for
// "crane push", which keeps the digest.
package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/google/go-containerregistry/pkg/crane"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return errors.New("want the plugin and the file to write")
	}
	plugin, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	files, err := archive(plugin)
	if err != nil {
		return err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(files)), nil
	})
	if err != nil {
		return err
	}
	image, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		return err
	}
	return crane.Save(image, "notimplemented:latest", args[1])
}

// archive has no time and no owner in it, so that the digest follows from the
// plugin alone. Hosts look for this name.
func archive(plugin []byte) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: "plugin.wasm", Mode: 0o644, Size: int64(len(plugin))}); err != nil {
		return nil, err
	}
	if _, err := w.Write(plugin); err != nil {
		return nil, err
	}
	err := w.Close()
	return b.Bytes(), err
}
