// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/bytecodealliance/wasmtime-go/v35"
)

// object is a JSON object of Envoy's configuration.
type object map[string]any

// variant is one way to answer 501, on a listener of its own.
type variant struct {
	name    string // of files too
	label   string
	filters []object
	routes  []object // nil for one that answers 200 to everything
	passes  bool     // lets TRACE pass: there is nothing that would answer 501
}

// none is what all others are compared with.
var none = variant{name: "none", label: "no filter", passes: true}

const pluginLabel = "this plugin"

const rule = `{"implemented_methods": ["GET", "HEAD", "POST"]}`

//go:embed peers/hand.wat
var handWAT string

//go:embed peers/rule.lua
var luaRule string

// module is a variant that is a compiled filter.
type module struct {
	name, label, path string
}

// listPlugins returns the plugin and further builds of it, which are written like
// "name=path", with a blank between two.
func listPlugins(further string) (plugins []module, err error) {
	plugins = []module{{"plugin", pluginLabel, os.Getenv("PLUGIN")}}
	for _, text := range strings.Fields(further) {
		name, path, ok := strings.Cut(text, "=")
		if !ok {
			return nil, fmt.Errorf("plugin %q, want name=path", text)
		}
		if !filepath.IsAbs(path) {
			path = filepath.Join("..", path) // as make sees it
		}
		plugins = append(plugins, module{name, name, path})
	}
	return plugins, nil
}

// peer is another filter in wasm.
type peer struct {
	name, label string
	build       func(path string) error
}

var peers = []peer{
	{"hand", "hand-written wasm", func(path string) error {
		wasm, err := wasmtime.Wat2Wasm(handWAT)
		if err != nil {
			return err
		}
		return os.WriteFile(path, wasm, 0o644)
	}},
	{"rust", "Rust SDK", func(path string) error { return compile(exec.Command("peers/rust/build.sh", path)) }},
	{"go", "official Go with its SDK", func(path string) error {
		build := exec.Command("go", "build", "-buildmode=c-shared", "-ldflags=-s -w", "-o", path, "./peers/go")
		build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
		return compile(build)
	}},
}

func compile(build *exec.Cmd) error {
	output, err := build.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, bytes.TrimSpace(output))
	}
	return nil
}

// buildPeers builds the peers into the folder; leftOut are the labels of those that
// cannot be built here.
func buildPeers(folder string, progress io.Writer) (modules []module, leftOut []string, err error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, nil, err
	}
	if folder, err = filepath.Abs(folder); err != nil {
		return nil, nil, err
	}
	for _, p := range peers {
		m := module{p.name, p.label, filepath.Join(folder, p.name+".wasm")}
		if err := p.build(m.path); err != nil {
			fmt.Fprintf(progress, "not measured: %s: %v\n", p.label, err)
			leftOut = append(leftOut, p.label)
			continue
		}
		modules = append(modules, m)
	}
	return modules, leftOut, nil
}

// variants returns what is compared, first the one that all others are
// compared with.
func variants(modules []module) []variant {
	all := []variant{
		none,
		{name: "native", label: "route match and direct_response", routes: nativeRoutes()},
		{name: "lua", label: "Lua filter", filters: []object{typed("lua", "envoy.extensions.filters.http.lua.v3.Lua",
			object{"default_source_code": object{"inline_string": luaRule}})}},
	}
	for _, m := range modules {
		all = append(all, variant{name: m.name, label: m.label, filters: []object{m.filter(m.name, rule)}})
		if m.name == "plugin" {
			all = append(all, matched(m))
		}
	}
	return all
}

func nativeRoutes() []object {
	var headers []object
	for _, pair := range [][2]string{{"content-type", "application/json"}, {"cache-control", "no-store"}, {"x-content-type-options", "nosniff"}} {
		headers = append(headers, object{"header": object{"key": pair[0], "value": pair[1]}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"})
	}
	body := `{"error":"not_implemented","message":"This server does not implement the method."}`
	return []object{
		{"match": object{"prefix": "/", "headers": methodIs("GET|HEAD|POST")}, "direct_response": object{"status": 200}},
		{"match": object{"prefix": "/"}, "direct_response": object{"status": 501, "body": object{"inline_string": body}}, "response_headers_to_add": headers},
	}
}

// matched is the plugin behind Envoy's own matcher, as in deploy/envoy/method-matcher.yaml.
func matched(plugin module) variant {
	const name = "matched"
	skip := object{"action": typed("skip", "envoy.extensions.filters.common.matcher.action.v3.SkipFilter", object{})}
	input := typed("method", "envoy.type.matcher.v3.HttpRequestHeaderMatchInput", object{"header_name": ":method"})
	return variant{name: name, label: "this plugin, methods matched by Envoy", filters: []object{
		typed(name, "envoy.extensions.common.matching.v3.ExtensionWithMatcher", object{
			"xds_matcher": object{"matcher_tree": object{
				"input":           input,
				"exact_match_map": object{"map": object{"GET": skip, "HEAD": skip, "POST": skip}},
			}},
			"extension_config": plugin.filter(name, rule),
		}),
	}}
}

func methodIs(pattern string) []object {
	return []object{{"name": ":method", "string_match": object{"safe_regex": object{"regex": pattern}}}}
}

// filter runs the module in the VM that has the id, with its other users.
func (m module) filter(vm, config string) object {
	return typed(vm, "envoy.extensions.filters.http.wasm.v3.Wasm", object{"config": object{
		"name": vm,
		"vm_config": object{
			"vm_id": vm, "runtime": "envoy.wasm.runtime.v8",
			"code": object{"local": object{"filename": m.path}},
		},
		"configuration": object{"@type": "type.googleapis.com/google.protobuf.StringValue", "value": config},
	}})
}

func typed(name, kind string, config object) object {
	config["@type"] = "type.googleapis.com/" + kind
	return object{"name": name, "typed_config": config}
}

func (v variant) listener(socket string) object {
	routes := v.routes
	if routes == nil {
		routes = []object{{"match": object{"prefix": "/"}, "direct_response": object{"status": 200}}}
	}
	filters := append(append([]object{}, v.filters...), typed("router", "envoy.extensions.filters.http.router.v3.Router", object{}))
	manager := typed("envoy.filters.network.http_connection_manager",
		"envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", object{
			"stat_prefix":                  v.name,
			"max_request_headers_kb":       limits[len(limits)-1].KiB,
			"common_http_protocol_options": object{"max_headers_count": mostLines},
			"http_filters":                 filters,
			"route_config":                 object{"virtual_hosts": []object{{"name": "all", "domains": []string{"*"}, "routes": routes}}},
		})
	return object{
		"name":          v.name,
		"address":       object{"pipe": object{"path": socket}},
		"filter_chains": []object{{"filters": []object{manager}}},
	}
}
