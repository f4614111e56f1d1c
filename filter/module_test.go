// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"context"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
)

// Only the glue knows proxy-wasm, and the decision knows the standard library
// alone.
func TestLayers(t *testing.T) {
	const (
		sdk  = "github.com/tetratelabs/proxy-wasm-go-sdk/"
		json = "github.com/go-json-experiment/json/"
	)
	allowed := map[string][]string{
		"filter.go":          {sdk},
		"host_go.go":         {sdk},
		"host_tinygo.go":     {sdk},
		"dispatch_tinygo.go": {sdk},
		"json.go":            {json},
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range parsed.Imports {
			path := strings.Trim(spec.Path.Value, `"`)
			isAllowed := func(prefix string) bool { return strings.HasPrefix(path, prefix) }
			if strings.Contains(path, ".") && !slices.ContainsFunc(allowed[file], isAllowed) {
				t.Errorf("%s imports %s, want only %q", file, path, allowed[file])
			}
		}
	}
}

// Hosts link env.proxy_* only, and enter the VM for every callback that is
// exported.
func TestModule(t *testing.T) {
	wasm := pluginWasm(t)
	ctx := context.Background()
	runtime := wazero.NewRuntime(ctx)
	defer runtime.Close(ctx)
	module, err := runtime.CompileModule(ctx, wasm)
	if err != nil {
		t.Fatal(err)
	}
	if len(module.ImportedFunctions()) == 0 {
		t.Error("the module imports nothing")
	}
	for _, function := range module.ImportedFunctions() {
		if from, name, _ := function.Import(); from != "env" || !strings.HasPrefix(name, "proxy_") {
			t.Errorf("the module imports %s.%s, want env.proxy_* only", from, name)
		}
	}
	exported := slices.Sorted(maps.Keys(module.ExportedFunctions()))
	want := []string{"_start", "malloc", "proxy_abi_version_0_2_0", "proxy_on_configure", "proxy_on_context_create", "proxy_on_delete",
		"proxy_on_memory_allocate", "proxy_on_request_headers", "proxy_on_vm_start"}
	if !slices.Equal(exported, want) {
		t.Errorf("the module exports %q, want %q", exported, want)
	}
	if _, ok := module.ExportedMemories()["memory"]; !ok {
		t.Error("the module exports no memory")
	}
	t.Logf("%d bytes", len(wasm))
}

// The module has more requirements than the plugin: the command's and the tests'.
func TestPluginLinksLittle(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "-tags", "tinygo,tinygo.wasm,wasm_unknown", "-f", "{{with .Module}}{{.Path}}{{end}}", "notimplemented")
	list.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm")
	output, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	modules := strings.Fields(string(output))
	slices.Sort(modules)
	want := []string{"github.com/go-json-experiment/json", "github.com/tetratelabs/proxy-wasm-go-sdk", "notimplemented"}
	if got := slices.Compact(modules); !slices.Equal(got, want) {
		t.Errorf("the plugin is made of %q, want %q", got, want)
	}
}
