// SPDX-License-Identifier: Apache-2.0

// Command release writes dist/ from what make has built: release [-pinned] ROOT
// TINYGO VERSION, the root of this repository, the TinyGo that compiled the plugin
// and what the plugin calls itself.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/CycloneDX/cyclonedx-go"

	"notimplemented/tools/image/layout"
	"notimplemented/tools/materials"
)

// placeholder stands in the manifests where a release has the image's digest.
const placeholder = `"0000000000000000000000000000000000000000000000000000000000000000" # the image's digest, filled in by a release`

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// untagged is the version of what is no release.
const untagged = "(devel)"

func run(args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	pinned := flags.Bool("pinned", false, "refuse tools other than those that releases are built with")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 3 {
		return errors.New("want the root of the repository, TinyGo and a version")
	}
	root, err := filepath.Abs(flags.Arg(0))
	if err != nil {
		return err
	}
	tinygo, version := flags.Arg(1), flags.Arg(2)
	optimizer, err := wasmOpt(root, tinygo)
	if err != nil {
		return err
	}
	if !isPinned(root, tinygo, optimizer) {
		problem := fmt.Sprintf("%s with %s is not the release archive of TinyGo, so plugin.wasm has other bytes than a release: see docs/release.md", tinygo, optimizer)
		if *pinned {
			return errors.New(problem)
		}
		fmt.Fprintln(stdout, problem)
	}
	dist := filepath.Join(root, "dist")
	if err := os.RemoveAll(dist); err != nil {
		return err
	}
	files, err := commands(root, version)
	if err != nil {
		return err
	}
	for file, source := range map[string]string{
		"plugin.wasm":        "build/plugin.wasm",
		"playground.html":    "build/playground.html",
		"config.schema.json": "config.schema.json",
		"LICENSE":            "LICENSE",
		"NOTICE":             "NOTICE",
	} {
		if files[file], err = os.ReadFile(filepath.Join(root, source)); err != nil {
			return err
		}
	}
	sum := fmt.Sprintf("%x", sha256.Sum256(files["plugin.wasm"]))
	if err := describe(files, root, tinygo, optimizer, version, sum); err != nil {
		return err
	}

	image, err := layout.Read(filepath.Join(root, "build/image"))
	if err != nil {
		return err
	}
	digest, err := image.Digest()
	if err != nil {
		return err
	}
	manifests, err := manifests(filepath.Join(root, "deploy"), digest.Hex)
	if err != nil {
		return err
	}
	blobs, err := read(filepath.Join(root, "build/image"))
	if err != nil {
		return err
	}
	if files["image.tar"], err = archived("", blobs); err != nil {
		return err
	}
	deploy, err := archived("deploy", manifests)
	if err != nil {
		return err
	}
	if files["deploy.tar.gz"], err = compressed(deploy); err != nil {
		return err
	}
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
		if strings.HasPrefix(name, command+"-") {
			mode = 0o755
		}
		if err := os.WriteFile(path, files[name], mode); err != nil {
			return err
		}
		fmt.Fprintln(stdout, filepath.Join("dist", name))
	}
	fmt.Fprintf(stdout, "image digest: %s\nnext: docs/release.md says how to push the image, so that it keeps its digest\n", digest)
	return nil
}

// describe adds what the plugin and the command are made of: the SBOM of each, and
// the licences to pass on with it.
func describe(files map[string][]byte, root, tinygo, optimizer, version, sum string) error {
	program := cyclonedx.Component{Type: cyclonedx.ComponentTypeApplication, Name: "notimplemented", Version: version}
	made, err := materials.Command(root, platforms)
	if err != nil {
		return err
	}
	files[command+".NOTICES"] = materials.Notices(made)
	if files[command+".cdx.json"], err = sbom(program, made, nil); err != nil {
		return err
	}
	if made, err = materials.Plugin(root, tinygo); err != nil {
		return err
	}
	tools, err := toolchain(root, tinygo, optimizer)
	if err != nil {
		return err
	}
	files["plugin.wasm.NOTICES"] = materials.Notices(made)
	program.MIMEType = "application/wasm"
	program.Hashes = &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: sum}}
	files["plugin.wasm.cdx.json"], err = sbom(program, made, tools)
	return err
}

// read returns the files in folder, by their paths in it.
func read(folder string) (map[string][]byte, error) {
	files := make(map[string][]byte)
	return files, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		files[name], err = os.ReadFile(path)
		return err
	})
}

// sums are the SHA-256 of each file, as sha256sum checks them.
func sums(files map[string][]byte) []byte {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(files[name]), name)
	}
	return b.Bytes()
}

// archived packs files into an archive, the same bytes on every run.
func archived(folder string, files map[string][]byte) ([]byte, error) {
	var b bytes.Buffer
	archive := tar.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		header := &tar.Header{Name: path.Join(folder, filepath.ToSlash(name)), Mode: 0o644, Size: int64(len(files[name]))}
		if err := archive.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := archive.Write(files[name]); err != nil {
			return nil, err
		}
	}
	err := archive.Close()
	return b.Bytes(), err
}

func compressed(archive []byte) ([]byte, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(archive); err != nil {
		return nil, err
	}
	err := w.Close()
	return b.Bytes(), err
}

// manifests are the files in folder by their names, with the digest of the
// image where it belongs.
func manifests(folder, digest string) (map[string][]byte, error) {
	texts, err := read(folder)
	for name, text := range texts {
		texts[name] = bytes.ReplaceAll(text, []byte(placeholder), []byte(`"`+digest+`" # the image's digest`))
		if strings.Contains(string(texts[name]), strings.Repeat("0", 64)) {
			return nil, fmt.Errorf("%s: a pin that is not written as %s", name, placeholder)
		}
	}
	return texts, err
}
