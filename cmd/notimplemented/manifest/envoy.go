// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"encoding/base64"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v4"

	"notimplemented/cmd/notimplemented/source"
)

const (
	stringValue = "type.googleapis.com/google.protobuf.StringValue"
	wasmFilter  = "envoy.extensions.filters.http.wasm.v3.Wasm"
)

// isEnvoy reports whether a document is Envoy's.
func isEnvoy(document *yaml.Node) bool {
	return !isKubernetes(document) && isForHost(document)
}

// member returns a member as Envoy reads a mapping: the last of a name counts, and
// none whose key has the tag !ignore. Kubernetes knows neither.
func member(n *yaml.Node, names ...string) (value *yaml.Node, ok bool) {
	for _, m := range source.Merged(n) {
		if slices.Contains(names, m.Name) && m.Key.Tag != "!ignore" {
			value, ok = m.Value, true
		}
	}
	return value, ok
}

// text returns the value of a member that is a scalar, else "".
func text(n *yaml.Node, names ...string) string {
	value, ok := member(n, names...)
	if !ok || value.Kind != yaml.ScalarNode {
		return ""
	}
	return value.Value
}

// message takes what is around Envoy's plugins from a mapping, and the plugin if
// it is one.
func (f *finder) message(n *yaml.Node, s *scope) bool {
	if _, ok := member(n, "http_filters", "httpFilters"); ok {
		s.manager = n
	}
	config, ok := member(n, "typed_config", "typedConfig")
	if name := text(n, "name"); ok && name != "" {
		s.filter = name
	}
	if plugin, ok := wasmConfig(config); ok {
		f.pluginConfig(plugin, *s)
		return true
	}
	if _, ok := member(n, "vm_config", "vmConfig"); ok {
		f.pluginConfig(n, *s)
		return true
	}
	return false
}

// wasmConfig returns the PluginConfig of an HTTP filter, which has no vm_config
// where an EnvoyFilter merges it into another.
func wasmConfig(filter *yaml.Node) (config *yaml.Node, ok bool) {
	kind := text(filter, "type_url", "typeUrl")
	if kind == "" {
		kind = text(filter, "@type")
	}
	if !strings.HasSuffix(kind, "/"+wasmFilter) {
		return nil, false
	}
	if value, ok := member(filter, "value"); ok {
		filter = value
	}
	config, ok = member(filter, "config")
	return config, ok && config.Kind == yaml.MappingNode
}

// pluginConfig takes Envoy's message of this name.
func (f *finder) pluginConfig(n *yaml.Node, s scope) {
	for _, c := range *s.candidates {
		if c.node == n { // an alias of it
			c.names = append(c.names, s.filter)
			return
		}
	}
	c := &candidate{node: n, file: s.file, resource: s.resource, Plugin: &Plugin{
		CustomMethods: allowsCustomMethods(s.manager),
		names:         []string{text(n, "name"), text(n, "root_id", "rootId"), s.filter, file(n)},
		place:         func(int) source.Position { return s.file.Of(n) },
	}}
	if config, ok := member(n, "configuration"); ok && config.ShortTag() != "!!null" {
		c.any(config, s)
	}
	*s.candidates = append(*s.candidates, c)
}

// file returns the base name of the file that a plugin's code is in.
func file(n *yaml.Node) string {
	vm, _ := member(n, "vm_config", "vmConfig")
	code, _ := member(vm, "code")
	local, _ := member(code, "local")
	remote, _ := member(code, "remote")
	uri, _ := member(remote, "http_uri", "httpUri")
	return base(text(local, "filename") + text(uri, "uri"))
}

// base returns the last part of a file's name or of an image's.
func base(name string) string {
	name, _, _ = strings.Cut(name, "?")
	if name == "" {
		return ""
	}
	return path.Base(name)
}

// allowsCustomMethods reports whether a connection manager hands methods that it
// does not know to its filters. Where none is to be seen, nothing is sure.
func allowsCustomMethods(manager *yaml.Node) bool {
	if manager == nil {
		return true
	}
	options, _ := member(manager, "http_protocol_options", "httpProtocolOptions")
	return text(options, "allow_custom_methods", "allowCustomMethods") == "true"
}

// any unpacks a google.protobuf.Any as Envoy does.
func (c *candidate) any(config *yaml.Node, s scope) {
	refuse := func(n *yaml.Node, message string) {
		c.errors = append(c.errors, source.Finding{Position: s.file.Of(n), Severity: source.Error, Message: message})
	}
	c.place = func(int) source.Position { return s.file.Of(config) }
	if config.Kind != yaml.MappingNode {
		refuse(config, `no object, want one with "@type" and "value"`)
		return
	}
	kind, ok := member(config, "@type")
	if !ok {
		refuse(config, `no "@type", want "`+stringValue+`"`)
	}
	for _, m := range source.Members(config) {
		switch {
		case m.Key.Tag == "!ignore" || m.Name == "@type" || m.Name == "value":
		case m.IsMerge(): // Envoy refuses it anywhere, Kubernetes nowhere
		default:
			refuse(m.Key, "unknown key "+quoted(m.Name)+`, want "@type" and "value" only`)
		}
	}
	value, ok := member(config, "value")
	if !ok || s.isNull(value) {
		return
	}
	c.place = func(int) source.Position { return s.file.Of(value) }
	prefix, name := cutType(kind)
	if kind != nil && prefix == "" {
		refuse(kind, quoted(kind.Value)+` is no type, want "`+stringValue+`"`)
	}
	c.declares = hasDeclaration(value)
	switch {
	case kind != nil && prefix != "" && name != "google.protobuf.StringValue" && name != "google.protobuf.BytesValue":
		refuse(kind, quoted(kind.Value)+` reaches the plugin as protobuf, not as JSON, want "`+stringValue+`"`)
	case !s.isString(value):
		refuse(value, typeOf(value)+`, want a string with the JSON in it, like "value: |" and the JSON below`)
	case name == "google.protobuf.BytesValue":
		text, err := decodeBase64(value.Value)
		if err != nil {
			refuse(value, "no base64: "+err.Error())
			return
		}
		c.JSON, c.declares = text, declares(text)
	default:
		c.JSON = []byte(value.Value)
		c.declares = declares(c.JSON)
		c.place = func(offset int) source.Position { return s.file.InScalar(value, offset) }
	}
}

func cutType(kind *yaml.Node) (prefix, name string) {
	if kind == nil {
		return "", ""
	}
	i := strings.LastIndexByte(kind.Value, '/')
	return kind.Value[:max(i, 0)], kind.Value[i+1:]
}

func typeOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "object"
	case yaml.SequenceNode:
		return "array"
	}
	return "no string"
}

// decodeBase64 takes both alphabets, and as many "=" as it should have or fewer.
func decodeBase64(text string) ([]byte, error) {
	bare := strings.TrimRight(text, "=")
	if padding := len(text) - len(bare); padding > 0 && padding > (4-len(bare)%4)%4 {
		return nil, base64.CorruptInputError(len(bare))
	}
	if i := strings.IndexAny(bare, "\r\n"); i >= 0 {
		return nil, base64.CorruptInputError(i)
	}
	return base64.RawStdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "/").Replace(bare))
}

var (
	// What Envoy's YAML takes for something else than a string.
	envoyBoolean = regexp.MustCompile(`^(?:[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|true|True|TRUE|false|False|FALSE)$`)
	envoyNull    = regexp.MustCompile(`^(?:~|null|Null|NULL|)$`)
)

func isEnvoyString(n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode {
		return false
	}
	isTagged := n.Style&yaml.TaggedStyle != 0
	if n.Tag == "!" || isQuoted(n) && !isTagged {
		return true
	}
	if envoyBoolean.MatchString(n.Value) {
		return false
	}
	// A larger number is handed over as its digits.
	_, err := strconv.ParseInt(n.Value, 0, 32)
	return err != nil
}

func isQuoted(n *yaml.Node) bool {
	return n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
}

func isEnvoyNull(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && !isQuoted(n) && n.Style&yaml.TaggedStyle == 0 && envoyNull.MatchString(n.Value)
}

// isReadAsJSON reports whether Envoy takes a file of this name for JSON.
func isReadAsJSON(name string) bool {
	ending := strings.ToLower(path.Ext(name))
	return ending != "" && ending != ".yaml" && ending != ".yml"
}

// structs are the members whose value is any object, so that "<<" is a name there.
var structs = []string{"metadata", "filter_metadata", "filterMetadata", "json_format", "jsonFormat", "static_layer", "staticLayer"}

// refusedByEnvoy says what Envoy refuses of a document that no other part of it
// shows.
func refusedByEnvoy(file *source.File, name string, document *yaml.Node) (findings []source.Finding) {
	refuse := func(at source.Position, message string) {
		findings = append(findings, source.Finding{Position: at, Severity: source.Error, Message: message})
	}
	if isReadAsJSON(name) {
		if at, ok := notJSON(file, document); ok {
			refuse(at, "no JSON, which Envoy reads from a file of this name, want .yaml")
		}
	}
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		for i, child := range n.Content {
			switch key := n.Content[max(i-1, 0)]; {
			case n.Kind == yaml.MappingNode && i%2 == 0:
				if child.Value == "<<" && child.Tag != "!ignore" {
					refuse(file.Of(child), `"<<" merges nothing in Envoy, want the members themselves`)
				}
			case n.Kind == yaml.MappingNode && (key.Value == "<<" || slices.Contains(structs, key.Value)):
			default:
				walk(child)
			}
		}
	}
	walk(document.Content[0])
	return findings
}

var (
	jsonName   = regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$]*$`)
	jsonScalar = regexp.MustCompile(`^(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)$`)
)

// notJSON returns where a document is not what Envoy takes for JSON. That is more
// than JSON: names without quotes, single quotes, a comma at the end.
func notJSON(file *source.File, document *yaml.Node) (at source.Position, ok bool) {
	if jsontext.Value(file.Raw).IsValid(jsontext.AllowDuplicateNames(true)) {
		return source.Position{}, false
	}
	if !utf8.Valid(file.Raw) {
		return file.Start(), true
	}
	root := document.Content[0]
	if start := strings.TrimLeft(string(file.Raw), " \t\r\n"); !strings.HasPrefix(start, "{") {
		return file.Start(), true
	}
	if end := strings.TrimRight(file.Text, " \t\r\n"); !strings.HasSuffix(end, "}") {
		return file.At(len(end) - 1), true
	}
	var find func(n *yaml.Node, isName bool) *yaml.Node
	find = func(n *yaml.Node, isName bool) *yaml.Node {
		switch {
		case n.Kind == yaml.AliasNode || n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 || n.HeadComment+n.LineComment+n.FootComment != "":
			return n
		case n.Kind != yaml.ScalarNode && n.Style&yaml.FlowStyle == 0:
			return n
		case n.Kind != yaml.ScalarNode || isQuoted(n):
		case isName && !jsonName.MatchString(n.Value) || !isName && !jsonScalar.MatchString(n.Value):
			return n
		}
		for i, child := range n.Content {
			if wrong := find(child, n.Kind == yaml.MappingNode && i%2 == 0); wrong != nil {
				return wrong
			}
		}
		return nil
	}
	if wrong := find(root, false); wrong != nil {
		return file.Of(wrong), true
	}
	return source.Position{}, false
}
