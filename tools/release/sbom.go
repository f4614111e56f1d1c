// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"strings"

	"github.com/CycloneDX/cyclonedx-go"

	"notimplemented/tools/materials"
)

// sbom lists what a program is compiled from and what compiles it. It has no time
// and no serial number, which would differ from one run to the next.
func sbom(program cyclonedx.Component, made []materials.Material, tools []tool) ([]byte, error) {
	bom := cyclonedx.NewBOM()
	var components []cyclonedx.Component
	var dependencies []cyclonedx.Dependency
	for _, m := range made {
		var imports []string
		for _, path := range m.Imports {
			for _, other := range made {
				if other.Path == path {
					imports = append(imports, ref(other))
				}
			}
		}
		dependencies = append(dependencies, cyclonedx.Dependency{Ref: ref(m), Dependencies: &imports})
		if m.Path == materials.Main {
			program.BOMRef = ref(m)
			program.Licenses = licenses(m)
			continue
		}
		components = append(components, cyclonedx.Component{
			BOMRef: ref(m), Type: cyclonedx.ComponentTypeLibrary,
			Name: m.Path, Version: m.Version, PackageURL: ref(m), Licenses: licenses(m),
		})
	}
	var compilers []cyclonedx.Component
	for _, tool := range tools {
		compilers = append(compilers, cyclonedx.Component{Type: cyclonedx.ComponentTypeApplication, Name: tool.name, Version: tool.version})
	}
	bom.Metadata = &cyclonedx.Metadata{Component: &program, Tools: &cyclonedx.ToolsChoice{Components: &compilers}}
	bom.Components, bom.Dependencies = &components, &dependencies
	var b bytes.Buffer
	err := cyclonedx.NewBOMEncoder(&b, cyclonedx.BOMFileFormatJSON).SetPretty(true).Encode(bom)
	return b.Bytes(), err
}

func ref(m materials.Material) string {
	if m.Path == materials.Main {
		return materials.Main
	}
	return "pkg:golang/" + m.Path + "@" + m.Version
}

func licenses(m materials.Material) *cyclonedx.Licenses {
	if strings.Contains(m.License, " ") {
		return &cyclonedx.Licenses{{Expression: m.License}}
	}
	return &cyclonedx.Licenses{{License: &cyclonedx.License{ID: m.License}}}
}
