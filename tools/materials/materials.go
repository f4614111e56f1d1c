// SPDX-License-Identifier: Apache-2.0

// Package materials lists what the plugin and the command are compiled from.
package materials

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// Material is a module, or one of the two that no go.mod names: the standard
// library and TinyGo's runtime.
type Material struct {
	Path, Version string
	License       string   // an SPDX expression
	Texts         []Text   // its licences and notices
	Imports       []string // the paths of the materials that it imports
}

// Text is a file that must be passed on.
type Text struct{ Name, Text string }

const (
	// Main is the path of this repository, whose Imports are those of the program.
	Main     = "notimplemented"
	standard = "std"
	// TinyGo compiles its own runtime in.
	TinyGo = "github.com/tinygo-org/tinygo"
)

// Plugin lists the materials of the plugin in the order of their paths, Main
// among them.
func Plugin(root, tinygo string) ([]Material, error) {
	list := newLister(root)
	if err := list.add(nil, tinygo, "list", "-target", "tools/tinygo/target.json", "-deps", "-json", "."); err != nil {
		return nil, err
	}
	// Its release archives have no licence in them.
	text, err := Output(filepath.Join(root, "tools/tinygo"), nil, "go", "mod", "download", "-json", TinyGo)
	if err != nil {
		return nil, err
	}
	var runtime module
	if err := json.Unmarshal(text, &runtime); err != nil {
		return nil, err
	}
	list.modules[TinyGo] = runtime
	list.imports[Main][TinyGo] = true
	return list.materials()
}

// Command lists those of the command on all platforms, which are like linux/amd64.
func Command(root string, platforms []string) ([]Material, error) {
	list := newLister(root)
	for _, platform := range platforms {
		system, processor, _ := strings.Cut(platform, "/")
		environment := []string{"GOOS=" + system, "GOARCH=" + processor, "CGO_ENABLED=0"}
		if err := list.add(environment, "go", "list", "-C", "cmd/notimplemented", "-deps", "-json", "."); err != nil {
			return nil, err
		}
	}
	return list.materials()
}

type module struct {
	Path, Version, Dir string
	Main               bool
}

type lister struct {
	root    string
	modules map[string]module
	imports map[string]map[string]bool // of modules, by path
}

func newLister(root string) *lister {
	return &lister{root, make(map[string]module), map[string]map[string]bool{Main: {}}}
}

// add runs a command that lists packages, those that are imported first.
func (l *lister) add(environment []string, command string, args ...string) error {
	text, err := Output(l.root, environment, command, args...)
	if err != nil {
		return err
	}
	owners := make(map[string]string) // paths of modules by those of packages
	for decoder := json.NewDecoder(bytes.NewReader(text)); ; {
		var listed struct {
			ImportPath string
			Imports    []string
			Module     *module
		}
		if err := decoder.Decode(&listed); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		owner := module{Path: standard}
		if listed.Module != nil {
			owner = *listed.Module
		}
		if owner.Main { // the command has a module of its own
			owner.Path = Main
		}
		owners[listed.ImportPath] = owner.Path
		l.modules[owner.Path] = owner
		if l.imports[owner.Path] == nil {
			l.imports[owner.Path] = make(map[string]bool)
		}
		for _, imported := range listed.Imports {
			if other, ok := owners[imported]; ok && other != owner.Path {
				l.imports[owner.Path][other] = true
			}
		}
	}
}

func (l *lister) materials() ([]Material, error) {
	root, err := Output(l.root, nil, "go", "env", "GOROOT", "GOVERSION")
	if err != nil {
		return nil, err
	}
	goRoot, goVersion, _ := strings.Cut(strings.TrimSpace(string(root)), "\n")
	l.modules[standard] = module{Path: standard, Version: strings.TrimPrefix(goVersion, "go"), Dir: goRoot}
	l.modules[Main] = module{Path: Main, Dir: l.root}
	var materials []Material
	for _, path := range slices.Sorted(maps.Keys(l.modules)) {
		module := l.modules[path]
		material := Material{Path: path, Version: module.Version, Imports: slices.Sorted(maps.Keys(l.imports[path]))}
		if err := material.read(module.Dir); err != nil {
			return nil, err
		}
		materials = append(materials, material)
	}
	return materials, nil
}

var (
	isLicense = regexp.MustCompile(`(?i)^(licen[cs]e|copying)(\.|-|$)`)
	isNotice  = regexp.MustCompile(`(?i)^(notice|patents)(\.|$)`)
)

// read adds what stands in the files of folder.
func (m *Material) read(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("%s: %w", m.Path, err)
	}
	var licenses []string
	for _, entry := range entries {
		if entry.IsDir() || !isLicense.MatchString(entry.Name()) && !isNotice.MatchString(entry.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return err
		}
		m.Texts = append(m.Texts, Text{entry.Name(), string(text)})
		if !isLicense.MatchString(entry.Name()) {
			continue
		}
		for _, match := range licensecheck.Scan(text).Match {
			if !match.IsURL && !slices.Contains(licenses, match.ID) {
				licenses = append(licenses, match.ID)
			}
		}
	}
	if licenses == nil {
		return fmt.Errorf("%s: no licence that is known in %s", m.Path, folder)
	}
	m.License = strings.Join(licenses, " AND ")
	return nil
}

// Notices is the text to pass on with a program that is made of these.
func Notices(materials []Material) []byte {
	var b bytes.Buffer
	for _, m := range materials {
		if m.Path == Main {
			continue
		}
		for _, text := range m.Texts {
			fmt.Fprintf(&b, "%s %s, %s\n\n%s\n%s\n", m.Path, m.Version, text.Name, strings.TrimSpace(text.Text), strings.Repeat("-", 80))
		}
	}
	return b.Bytes()
}

// Output runs a command in folder and returns what it prints.
func Output(folder string, environment []string, command string, args ...string) ([]byte, error) {
	c := exec.Command(command, args...)
	c.Dir = folder
	c.Env = append(os.Environ(), environment...)
	text, err := c.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("%v: %w\n%s", c, err, exit.Stderr)
	}
	return text, err
}
