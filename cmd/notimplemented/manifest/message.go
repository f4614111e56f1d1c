// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"

	http "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/wasm/v3"
	wasm "github.com/envoyproxy/go-control-plane/envoy/extensions/wasm/v3"
	"go.yaml.in/yaml/v4"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"

	"notimplemented/cmd/notimplemented/source"
	"notimplemented/filter/config"
)

// extensions are the types that run wasm; the messages of all are like the first.
var extensions = []string{
	"envoy.extensions.filters.http.wasm.v3.Wasm", "envoy.extensions.filters.network.wasm.v3.Wasm",
	"envoy.extensions.access_loggers.wasm.v3.WasmAccessLog", "envoy.extensions.stat_sinks.wasm.v3.Wasm",
}

// runtimes are the engines that Envoy can be built with for the plugin.
var runtimes = []string{"envoy.wasm.runtime.v8", "envoy.wasm.runtime.wamr", "envoy.wasm.runtime.wasmtime"}

// extension checks the message around the plugin's as Envoy does: its type, if one is
// said, its fields, what they can be, and the rules of its API.
func (c *candidate) extension(n, kind *yaml.Node, s scope) {
	before := len(c.findings)
	if kind != nil && !slices.Contains(extensions, path.Base(kind.Value)) {
		c.refuse(kind, "unknown type "+quoted(kind.Value)+`, want "type.googleapis.com/`+extensions[0]+`"`)
	}
	message := &http.Wasm{}
	c.fields(n, message.ProtoReflect(), s)
	vm := field(c.node, "vm_config")
	if vm == nil && (s.isPatch || s.reader == nobody) || slices.ContainsFunc(c.findings[before:], source.Finding.IsError) {
		return // the rest is elsewhere, or not known
	}
	c.rules(n, message.ValidateAll())
	config := message.GetConfig()
	//lint:ignore SA1019 Envoy still reads it
	if config.GetFailOpen() && config.GetFailurePolicy() != wasm.FailurePolicy_UNSPECIFIED {
		c.refuse(field(c.node, "fail_open"), `"fail_open" beside "failure_policy", want one of them`)
	}
	switch runtime := config.GetVmConfig().GetRuntime(); {
	case vm == nil:
		c.refuse(c.node, `no "vm_config", want the plugin's code in it`)
	case config.GetVmConfig().GetCode() == nil && !s.isPatch:
		c.refuse(vm, `no "code", want the file of the plugin in it`)
	case runtime != "" && !slices.Contains(runtimes, runtime):
		c.refuse(field(vm, "runtime"), "unknown runtime "+quoted(runtime)+", want "+quoted(runtimes[0]))
	}
}

func (c *candidate) fields(n *yaml.Node, message protoreflect.Message, s scope) {
	fields := message.Descriptor().Fields()
	for _, m := range members(n) {
		field := fields.ByTextName(m.Name)
		if field == nil {
			field = fields.ByJSONName(m.Name)
		}
		if field == nil {
			if m.Name != "@type" {
				c.unknown(m, fields, s)
			}
			continue
		}
		if s.isNull(m.Value) {
			continue
		}
		if oneof := field.ContainingOneof(); oneof != nil {
			if other := message.WhichOneof(oneof); other != nil && other != field {
				c.refuse(m.Key, quoted(m.Name)+" beside "+quoted(string(other.Name()))+", want one of them")
				continue
			}
		}
		kind := field.Message()
		isObject := kind != nil && !field.IsList() && !field.IsMap()
		switch {
		case isObject && kind.FullName() == "google.protobuf.Any":
			message.Mutable(field) // another's, or what any has looked at
		case isObject && kind.ParentFile().Package() != "google.protobuf":
			if m.Value.Kind != yaml.MappingNode {
				c.refuse(m.Value, typeOf(m.Value)+" as "+quoted(m.Name)+", want an object")
				continue
			}
			c.fields(m.Value, message.Mutable(field).Message(), s)
		default:
			c.leaf(m, message, field, s)
		}
	}
}

// unknown reports a member that the message has no field for. Behind Kubernetes
// Envoy passes over it.
func (c *candidate) unknown(m source.Member, fields protoreflect.FieldDescriptors, s scope) {
	var names []string
	for i := range fields.Len() {
		names = append(names, string(fields.Get(i).Name()))
	}
	want := "want one of " + strings.Join(names, ", ")
	if i := slices.IndexFunc(names, func(name string) bool { return config.IsNear(name, m.Name) }); i >= 0 {
		want = "want " + quoted(names[i])
	}
	c.refuse(m.Key, "unknown key "+quoted(m.Name)+" in Envoy's message, "+want)
	if s.reader == kubernetes {
		c.findings[len(c.findings)-1].Severity = source.Warning
	}
}

// leaf takes a value as the JSON of protocol buffers has it.
func (c *candidate) leaf(m source.Member, message protoreflect.Message, field protoreflect.FieldDescriptor, s scope) {
	text, _ := encode(m.Value, s.file, s.scalar)
	kind := field.Kind().String()
	if message := field.Message(); message != nil {
		kind = strings.ToLower(strings.TrimSuffix(string(message.Name()), "Value"))
	}
	want := "want a " + kind
	if enum := field.Enum(); enum != nil {
		var names []string
		for i := range enum.Values().Len() {
			names = append(names, string(enum.Values().Get(i).Name()))
		}
		want = "want one of " + strings.Join(names, ", ")
		text = bytes.ToUpper(text) // as Envoy takes them
	}
	if kind == "bool" && (string(text) == `"true"` || string(text) == `"false"`) {
		text = bytes.Trim(text, `"`) // likewise
	}
	fresh := message.New()
	err := protojson.Unmarshal([]byte(`{"`+field.JSONName()+`":`+string(text)+`}`), fresh.Interface())
	isUnknown := field.Enum() != nil && !field.IsList() && field.Enum().Values().ByNumber(fresh.Get(field).Enum()) == nil
	if err != nil || isUnknown {
		value := string(text)
		if m.Value.Kind != yaml.ScalarNode {
			value = typeOf(m.Value)
		}
		c.refuse(m.Value, value+" as "+quoted(m.Name)+", "+want)
		return
	}
	if fresh.Has(field) {
		message.Set(field, fresh.Get(field))
	}
}

var capital = regexp.MustCompile(`\B[A-Z]`)

// rules reports what the validation rules of the API say.
func (c *candidate) rules(n *yaml.Node, err error) {
	switch err := err.(type) {
	case interface{ AllErrors() []error }:
		for _, err := range err.AllErrors() {
			c.rules(n, err)
		}
	case interface {
		Field() string
		Reason() string
		Cause() error
	}:
		name, _, _ := strings.Cut(err.Field(), "[")
		name = strings.ToLower(capital.ReplaceAllString(name, "_$0"))
		if at := field(n, name); at != nil {
			n = at
		}
		if err.Cause() != nil {
			c.rules(n, err.Cause())
		} else {
			c.refuse(n, quoted(name)+": "+err.Reason())
		}
	}
}
