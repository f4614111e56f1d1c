// SPDX-License-Identifier: Apache-2.0

// Command release writes dist/ from what make has built: release ROOT TINYGO,
// the root of this repository and the TinyGo that compiled the plugin.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/crane"
)

// placeholder stands in the manifests where a release has the image's digest.
const placeholder = `"0000000000000000000000000000000000000000000000000000000000000000" # the image's digest, filled in by a release`

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout io.Writer) error {
	if len(args) != 2 {
		return errors.New("want the root of the repository and TinyGo")
	}
	root, tinygo := args[0], args[1]
	dist := filepath.Join(root, "dist")
	if err := os.RemoveAll(dist); err != nil {
		return err
	}
	plugin, err := os.ReadFile(filepath.Join(root, "build/plugin.wasm"))
	if err != nil {
		return err
	}
	sum := fmt.Sprintf("%x", sha256.Sum256(plugin))
	image, err := os.ReadFile(filepath.Join(root, "build/image.tar"))
	if err != nil {
		return err
	}
	playground, err := os.ReadFile(filepath.Join(root, "build/playground.html"))
	if err != nil {
		return err
	}
	digest, err := digest(filepath.Join(root, "build/image.tar"))
	if err != nil {
		return err
	}
	manifests, err := manifests(filepath.Join(root, "deploy"), digest)
	if err != nil {
		return err
	}
	archive, err := archived("deploy", manifests)
	if err != nil {
		return err
	}
	bom, err := sbom(root, tinygo, sum)
	if err != nil {
		return err
	}
	files, err := commands(root)
	if err != nil {
		return err
	}
	files["plugin.wasm"] = plugin
	files["plugin.wasm.sha256"] = []byte(sum + "  plugin.wasm\n")
	files["plugin.wasm.cdx.json"] = bom
	files["image.tar"] = image
	files["playground.html"] = playground
	files["deploy.tar.gz"] = archive
	files["SHA256SUMS"] = sums(files)
	for name, text := range manifests {
		files[filepath.Join("deploy", name)] = text
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(dist, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if strings.HasPrefix(name, command) {
			mode = 0o755
		}
		if err := os.WriteFile(path, files[name], mode); err != nil {
			return err
		}
		fmt.Fprintln(stdout, filepath.Join("dist", name))
	}
	fmt.Fprintf(stdout, "image digest: sha256:%s\nnext: crane push dist/image.tar registry.example/notimplemented:VERSION\n", digest)
	return nil
}

// sums are the SHA-256 of each file, as sha256sum checks them.
func sums(files map[string][]byte) []byte {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(files[name]), name)
	}
	return b.Bytes()
}

// archived packs files into a compressed archive, the same bytes on every run.
func archived(folder string, files map[string][]byte) ([]byte, error) {
	var b bytes.Buffer
	compressed := gzip.NewWriter(&b)
	archive := tar.NewWriter(compressed)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		header := &tar.Header{Name: path.Join(folder, filepath.ToSlash(name)), Mode: 0o644, Size: int64(len(files[name]))}
		if err := archive.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := archive.Write(files[name]); err != nil {
			return nil, err
		}
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	err := compressed.Close()
	return b.Bytes(), err
}

func digest(image string) (string, error) {
	loaded, err := crane.Load(image)
	if err != nil {
		return "", err
	}
	digest, err := loaded.Digest()
	return digest.Hex, err
}

// manifests are the files in folder by their names, with the digest of the
// image where it belongs.
func manifests(folder, digest string) (map[string][]byte, error) {
	texts := make(map[string][]byte)
	return texts, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		text = bytes.ReplaceAll(text, []byte(placeholder), []byte(`"`+digest+`" # of the image`))
		if strings.Contains(string(text), strings.Repeat("0", 64)) {
			return fmt.Errorf("%s: a pin that is not written as %s", path, placeholder)
		}
		name, err := filepath.Rel(folder, path)
		texts[name] = text
		return err
	})
}
