// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"

	"github.com/CycloneDX/cyclonedx-go"
)

// sbom lists what the plugin is compiled from: the modules of its packages, and
// the runtime and the standard library that TinyGo adds. It has no time and no
// serial number, which would differ from one run to the next.
func sbom(root, tinygo, sum string) ([]byte, error) {
	modules, err := modules(root, tinygo)
	if err != nil {
		return nil, err
	}
	compilers, err := compilers(root, tinygo)
	if err != nil {
		return nil, err
	}
	components := append(modules, compilers...)
	bom := cyclonedx.NewBOM()
	bom.Components = &components
	bom.Metadata = &cyclonedx.Metadata{Component: &cyclonedx.Component{
		Type:     cyclonedx.ComponentTypeApplication,
		Name:     "notimplemented",
		MIMEType: "application/wasm",
		Hashes:   &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: sum}},
		Licenses: &cyclonedx.Licenses{{License: &cyclonedx.License{ID: "Apache-2.0"}}},
	}}
	var b bytes.Buffer
	err = cyclonedx.NewBOMEncoder(&b, cyclonedx.BOMFileFormatJSON).SetPretty(true).Encode(bom)
	return b.Bytes(), err
}

func modules(root, tinygo string) ([]cyclonedx.Component, error) {
	text, err := output(root, tinygo, "list", "-target", "tools/tinygo/target.json", "-deps", "-json", ".")
	if err != nil {
		return nil, err
	}
	var components []cyclonedx.Component
	seen := make(map[string]bool)
	for decoder := json.NewDecoder(bytes.NewReader(text)); ; {
		var listed struct {
			Module *struct {
				Path, Version string
				Main          bool
			}
		}
		err := decoder.Decode(&listed)
		if errors.Is(err, io.EOF) {
			return components, nil
		}
		if err != nil {
			return nil, err
		}
		if m := listed.Module; m != nil && !m.Main && !seen[m.Path] {
			seen[m.Path] = true
			components = append(components, component(m.Path, m.Version))
		}
	}
}

func component(path, version string) cyclonedx.Component {
	purl := "pkg:golang/" + path + "@" + version
	return cyclonedx.Component{BOMRef: purl, Type: cyclonedx.ComponentTypeLibrary, Name: path, Version: version, PackageURL: purl}
}

var version = regexp.MustCompile(`^tinygo version (\S+) .*\(using go version go(\S+) `)

func compilers(root, tinygo string) ([]cyclonedx.Component, error) {
	text, err := output(root, tinygo, "version")
	if err != nil {
		return nil, err
	}
	match := version.FindSubmatch(text)
	if match == nil {
		return nil, fmt.Errorf("%s version: %s", tinygo, text)
	}
	return []cyclonedx.Component{
		component("github.com/tinygo-org/tinygo", "v"+string(match[1])),
		component("std", string(match[2])),
	}, nil
}

func output(folder, command string, args ...string) ([]byte, error) {
	c := exec.Command(command, args...)
	c.Dir = folder
	text, err := c.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("%v: %w\n%s", c, err, exit.Stderr)
	}
	return text, err
}
