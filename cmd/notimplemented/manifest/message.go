// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	// Messages of other extensions that run wasm, whose types are known by their names.
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/access_loggers/wasm/v3"
	http "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/wasm/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/wasm/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/stat_sinks/wasm/v3"
	wasm "github.com/envoyproxy/go-control-plane/envoy/extensions/wasm/v3"
	"go.yaml.in/yaml/v4"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"notimplemented/cmd/notimplemented/source"
	"notimplemented/filter/config"
)

// runtimes are the engines that Envoy can be built with for the plugin.
var runtimes = []string{"envoy.wasm.runtime.v8", "envoy.wasm.runtime.wamr", "envoy.wasm.runtime.wasmtime"}

func (c *candidate) refuse(n *yaml.Node, severity source.Severity, message string) {
	c.findings = append(c.findings, source.Finding{Position: c.file.Of(n), Severity: severity, Message: message})
}

// extension checks the message around the plugin's.
func (c *candidate) extension(n, outer *yaml.Node, kind string, s scope) {
	name := kind[strings.LastIndexByte(kind, '/')+1:]
	if _, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(name)); err != nil {
		at, _ := member(n, "type_url", "typeUrl", "@type")
		c.refuse(at, source.Error, "unknown type "+quoted(kind)+`, want "type.googleapis.com/`+wasmFilter+`"`)
	}
	if name != wasmFilter {
		return
	}
	fields := (&http.Wasm{}).ProtoReflect().Descriptor().Fields()
	for _, m := range envoyMembers(outer) {
		if m.Name != "@type" && fieldOf(fields, m.Name) == nil {
			c.unknown(m, fields, s)
		}
	}
}

func fieldOf(fields protoreflect.FieldDescriptors, name string) protoreflect.FieldDescriptor {
	if field := fields.ByTextName(name); field != nil {
		return field
	}
	return fields.ByJSONName(name)
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
	severity := source.Error
	if s.reader == kubernetes {
		severity = source.Warning
	}
	c.refuse(m.Key, severity, "unknown key "+quoted(m.Name)+" in Envoy's message, "+want)
}

// message checks the plugin's message as Envoy does: its fields, what they can be,
// and the rules of its API.
func (c *candidate) message(n *yaml.Node, config *wasm.PluginConfig, s scope) {
	before := len(c.findings)
	c.fields(n, config.ProtoReflect(), s)
	vm, _ := member(n, "vm_config", "vmConfig")
	if vm == nil && (s.isPatch || s.reader == nobody) || slices.ContainsFunc(c.findings[before:], source.Finding.IsError) {
		return // the rest is elsewhere, or not known
	}
	c.rules(n, config.ValidateAll())
	//lint:ignore SA1019 Envoy still reads it
	if config.FailOpen && config.FailurePolicy != wasm.FailurePolicy_UNSPECIFIED {
		at, _ := member(n, "fail_open", "failOpen")
		c.refuse(at, source.Error, `"fail_open" beside "failure_policy", want one of them`)
	}
	switch runtime := config.GetVmConfig().GetRuntime(); {
	case vm == nil:
		c.refuse(n, source.Error, `no "vm_config", want the plugin's code in it`)
	case config.GetVmConfig().GetCode() == nil && !s.isPatch:
		c.refuse(vm, source.Error, `no "code", want the file of the plugin in it`)
	case runtime != "" && !slices.Contains(runtimes, runtime):
		at, _ := member(vm, "runtime")
		c.refuse(at, source.Error, "unknown runtime "+quoted(runtime)+", want "+quoted(runtimes[0]))
	}
}

func (c *candidate) fields(n *yaml.Node, message protoreflect.Message, s scope) {
	for _, m := range envoyMembers(n) {
		field := fieldOf(message.Descriptor().Fields(), m.Name)
		if field == nil {
			if !m.IsMerge() || s.reader == envoy && m.Key.Value != "<<" {
				c.unknown(m, message.Descriptor().Fields(), s)
			}
			continue
		}
		if s.isNull(m.Value) {
			continue
		}
		if oneof := field.ContainingOneof(); oneof != nil {
			if other := message.WhichOneof(oneof); other != nil && other != field {
				c.refuse(m.Key, source.Error, quoted(m.Name)+" beside "+quoted(string(other.Name()))+", want one of them")
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
				c.refuse(m.Value, source.Error, typeOf(m.Value)+" as "+quoted(m.Name)+", want an object")
				continue
			}
			c.fields(m.Value, message.Mutable(field).Message(), s)
		default:
			c.leaf(m, message, field, s)
		}
	}
}

// leaf takes a value as the JSON of protocol buffers has it.
func (c *candidate) leaf(m source.Member, message protoreflect.Message, field protoreflect.FieldDescriptor, s scope) {
	s.reader = s.reading()
	text, _ := encode(m.Value, s)
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
		c.refuse(m.Value, source.Error, value+" as "+quoted(m.Name)+", "+want)
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
		at := n
		if i := slices.IndexFunc(envoyMembers(n), func(m source.Member) bool {
			return strings.EqualFold(strings.ReplaceAll(m.Name, "_", ""), strings.ReplaceAll(name, "_", ""))
		}); i >= 0 {
			at = envoyMembers(n)[i].Value
		}
		if err.Cause() != nil {
			c.rules(at, err.Cause())
			return
		}
		c.refuse(at, source.Error, quoted(name)+": "+err.Reason())
	}
}

// reading is who reads Envoy's messages, where Kubernetes does not.
func (s scope) reading() reader {
	if s.reader == nobody {
		return envoy
	}
	return s.reader
}
