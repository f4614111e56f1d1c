// SPDX-License-Identifier: Apache-2.0

package filter_test

import (
	"context"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
)

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
	want := []string{"_start", "malloc", "proxy_abi_version_0_2_0", "proxy_on_configure", "proxy_on_context_create",
		"proxy_on_memory_allocate", "proxy_on_request_headers", "proxy_on_vm_start"}
	if !slices.Equal(exported, want) {
		t.Errorf("the module exports %q, want %q", exported, want)
	}
	if _, ok := module.ExportedMemories()["memory"]; !ok {
		t.Error("the module exports no memory")
	}
	t.Logf("%d bytes", len(wasm))
}

// What decides knows no proxy-wasm, so that the command can be made of it, too.
func TestCommandLinksNoSDK(t *testing.T) {
	output, err := exec.Command("go", "list", "-C", "../cmd/notimplemented", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range strings.Fields(string(output)) {
		if strings.Contains(path, "proxy-wasm-go-sdk") || path == "notimplemented/filter" {
			t.Errorf("the command links %s", path)
		}
	}
}
