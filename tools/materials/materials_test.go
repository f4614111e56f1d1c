// SPDX-License-Identifier: Apache-2.0

package materials

import (
	"bytes"
	"slices"
	"testing"
)

func TestCommand(t *testing.T) {
	made, err := Command("../..", []string{"linux/amd64", "windows/amd64"})
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]Material)
	for _, m := range made {
		got[m.Path] = m
	}
	for path, license := range map[string]string{
		Main:                                 "Apache-2.0",
		standard:                             "BSD-3-Clause",
		"github.com/go-json-experiment/json": "BSD-3-Clause",
		"go.yaml.in/yaml/v4":                 "Apache-2.0",
	} {
		m := got[path]
		if m.License != license || (m.Version == "") != (path == Main) {
			t.Errorf("%s has version %q and licence %q, want %q", path, m.Version, m.License, license)
		}
		if path == standard && m.Imports != nil {
			t.Errorf("%s imports %q", path, m.Imports)
		}
		if path != Main && !slices.Contains(got[Main].Imports, path) {
			t.Errorf("%q are imported, want %s among them", got[Main].Imports, path)
		}
		for _, text := range m.Texts {
			if path != Main && !bytes.Contains(Notices(made), bytes.TrimSpace([]byte(text.Text))) {
				t.Errorf("the notices lack %s of %s", text.Name, path)
			}
		}
	}
}

func TestNoLicence(t *testing.T) {
	if err := new(Material).read(t.TempDir()); err == nil {
		t.Error("no error for a module without a licence")
	}
}
