// SPDX-License-Identifier: Apache-2.0

// Command release writes dist/ from what make has built: release ROOT TINYGO,
// the root of this repository and the TinyGo that compiled the plugin.
package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/crane"
)

// placeholder stands in the manifests where a release has the image's digest.
const placeholder = `"0000000000000000000000000000000000000000000000000000000000000000" # of the image: a release has it filled in`

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
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
	manifests, err := manifests(filepath.Join(root, "deploy"), filepath.Join(root, "build/image.tar"))
	if err != nil {
		return err
	}
	bom, err := sbom(root, tinygo, sum)
	if err != nil {
		return err
	}
	files := map[string][]byte{
		"plugin.wasm":          plugin,
		"plugin.wasm.sha256":   []byte(sum + "  plugin.wasm\n"),
		"plugin.wasm.cdx.json": bom,
		"image.tar":            image,
	}
	for name, text := range manifests {
		files[filepath.Join("deploy", name)] = text
	}
	for name, content := range files {
		path := filepath.Join(dist, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// manifests are the files in folder by their names, with the digest of the
// image where it belongs.
func manifests(folder, image string) (map[string][]byte, error) {
	loaded, err := crane.Load(image)
	if err != nil {
		return nil, err
	}
	digest, err := loaded.Digest()
	if err != nil {
		return nil, err
	}
	texts := make(map[string][]byte)
	return texts, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		text = bytes.ReplaceAll(text, []byte(placeholder), []byte(`"`+digest.Hex+`" # of the image`))
		if strings.Contains(string(text), strings.Repeat("0", 64)) {
			return fmt.Errorf("%s: a pin that is not written as %s", path, placeholder)
		}
		name, err := filepath.Rel(folder, path)
		texts[name] = text
		return err
	})
}
