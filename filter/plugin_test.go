// SPDX-License-Identifier: Apache-2.0

// Package filter_test tests the compiled plugin, which is all that hosts ever run.
package filter_test

import (
	"fmt"
	"os"
	"regexp"
	"testing"

	"notimplemented/filter/contract"
	"notimplemented/filter/wasmtest"
)

// pluginWasm reads the compiled plugin.
func pluginWasm(t testing.TB) []byte { return wasmOf(t, "PLUGIN") }

// checkedWasm reads the plugin that fills what it gives back with a pattern, and
// tells what it will never give back.
func checkedWasm(t testing.TB) []byte { return wasmOf(t, "CHECKED") }

func wasmOf(t testing.TB, variable string) []byte {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		t.Fatalf(`%s is unset; "make test" builds the plugin and sets it`, variable)
	}
	wasm, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf(`%v; "make build" makes it`, err)
	}
	return wasm
}

// startVM starts the compiled plugin for the time of the test, in a host that
// can be made to fail.
func startVM(t *testing.T) *wasmtest.VM { return started(t, pluginWasm(t)) }

func started(t *testing.T, wasm []byte) *wasmtest.VM {
	t.Helper()
	vm, err := wasmtest.Start(wasmtest.Wazero, wasm)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = vm.Close() })
	return vm
}

// configured makes a plugin and forgets what configuring it logged.
func configured(t *testing.T, vm *wasmtest.VM, config string) *wasmtest.Plugin {
	t.Helper()
	plugin, ok, err := vm.Configure(config)
	if err != nil || !ok {
		t.Fatalf("Configure(%s) = %v, %v, log %q", config, ok, err, vm.Log())
	}
	vm.Log()
	return plugin
}

var version = regexp.MustCompile(`^(info|warn): notimplemented (\(devel\)|v\d\S*): `)

// taken is what vm has logged, without the version of the plugin.
func taken(vm *wasmtest.VM) (log []string) {
	for _, line := range vm.Log() {
		log = append(log, version.ReplaceAllString(line, "$1: notimplemented VERSION: "))
	}
	return log
}

// outcomeOf is what a request came to, and what was logged about it.
func outcomeOf(t *testing.T, vm *wasmtest.VM, plugin *wasmtest.Plugin, r request) (reply string, log []string) {
	t.Helper()
	sent, err := plugin.Request(r)
	if err != nil {
		t.Fatalf("request %.200q: %v", r, err)
	}
	return describe(sent), vm.Log()
}

const passes = "passes"

func describe(reply *wasmtest.Reply) string {
	if reply == nil {
		return passes
	}
	return fmt.Sprintf("%d %s %q %s %d", reply.Status, reply.Details, reply.Headers, reply.Body, reply.GRPCStatus)
}

// expected is the outcome by the contract.
func expected(promised contract.Contract, r request) (reply string, log []string) {
	o := promised.Outcome(r)
	for _, details := range o.DryRuns {
		log = append(log, "debug: dry run: 501 "+details)
	}
	if o.Answer == nil {
		return passes, log
	}
	reply = describe((*wasmtest.Reply)(o.Answer))
	return reply, append(log, "debug: 501 "+o.Answer.Details)
}

type request = [][2]string

func read(t testing.TB, json string) contract.Contract {
	t.Helper()
	promised, err := contract.Read(json)
	if err != nil {
		t.Fatalf("Read(%s): %v", json, err)
	}
	return promised
}

const (
	closed    = `{"implemented_methods": ["POST", "PUT", "brew"]}`
	open      = `{"unimplemented": [{"method": "PATCH"}, {"method": "brew"}]}`
	websocket = `{"unimplemented": [{"capability": "websocket", "header": "Upgrade", "value": "WebSocket"}]}`
	presence  = `{"unimplemented": [{"capability": "ranges", "header": "range"}]}`
	uploads   = `{"unimplemented": [{"capability": "uploads", "method": "POST", "query": "uploads"}]}`
	ordered   = `{"unimplemented": [{"capability": "1", "query": "a", "header": "h"}, {"capability": "2", "query": "a"}, {"capability": "3", "query": "b"}]}`
	allDry    = `{"dry_run": true, "implemented_methods": ["POST"], "unimplemented": [{"capability": "1", "query": "a", "dry_run": true}, {"capability": "2", "query": "a"}, {"capability": "3", "query": "b"}]}`
	oneDry    = `{"unimplemented": [{"capability": "1", "query": "a", "dry_run": true}, {"capability": "2", "query": "b"}]}`
	methodDry = `{"implemented_methods": ["POST"], "unimplemented": [{"method": "PUT", "dry_run": true}, {"method": "PUT", "capability": "c", "query": "a"}]}`
)
