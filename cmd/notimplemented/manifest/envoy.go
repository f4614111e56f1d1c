// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"encoding/base64"
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	wasm "github.com/envoyproxy/go-control-plane/envoy/extensions/wasm/v3"
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

// message takes what is around Envoy's plugins from a mapping, and the plugin if
// it is one.
func (f *finder) message(n *yaml.Node, s *scope) (ok bool) {
	if has(n, "http_filters", "httpFilters") && !s.isPatch {
		s.manager = n
	}
	if matcher, ok := member(n, "xds_matcher", "xdsMatcher"); ok {
		s.skipped = skippedMethods(matcher)
	}
	if name := text(n, "name"); name != "" && has(n, "typed_config", "typedConfig") {
		s.filter = name
	}
	// An extension's message, or what stands for it in an EnvoyFilter.
	outer, kind := n, text(n, "type_url", "typeUrl")
	if kind == "" {
		kind = text(n, "@type")
	} else if value, ok := member(n, "value"); ok {
		outer = value
	}
	config, _ := member(outer, "config")
	switch {
	case strings.HasSuffix(kind, "/"+wasmFilter) && config != nil && config.Kind == yaml.MappingNode,
		kind != "" && has(config, "vm_config", "vmConfig"):
		f.pluginConfig(config, *s, func(c *candidate) { c.extension(n, outer, kind, *s) })
		return true
	case has(n, "vm_config", "vmConfig"):
		f.pluginConfig(n, *s, func(*candidate) {})
		return true
	}
	any, _ := member(n, "configuration")
	if value, ok := member(any, "value"); ok && has(any, "@type") && (declares.MatchString(value.Value) || isDeclared(value)) {
		s.isPatch = true
		f.pluginConfig(n, *s, func(*candidate) {})
		return true
	}
	return false
}

// pluginConfig takes Envoy's message of this name; around checks what it stands in.
func (f *finder) pluginConfig(n *yaml.Node, s scope, around func(*candidate)) {
	for _, c := range *s.candidates {
		if c.node == n { // an alias of it
			c.names = append(c.names, s.filter)
			return
		}
	}
	vm, _ := member(n, "vm_config", "vmConfig")
	code, _ := member(vm, "code")
	local, _ := member(code, "local")
	remote, _ := member(code, "remote")
	uri, _ := member(remote, "http_uri", "httpUri")
	c := &candidate{node: n, file: s.file, resource: s.resource, Plugin: &Plugin{
		CustomMethods: allowsCustomMethods(s.manager),
		Skipped:       s.skipped,
		names:         []string{text(n, "name"), text(n, "root_id", "rootId"), s.filter, base(text(local, "filename") + text(uri, "uri"))},
		place:         func(int) source.Position { return s.file.Of(n) },
	}}
	if config, ok := member(n, "configuration"); ok && !s.isNull(config) {
		c.any(config, s)
	} else if s.isPatch && vm == nil {
		c.Part = true
	}
	c.check = func() {
		around(c)
		c.message(n, &wasm.PluginConfig{}, s)
	}
	*s.candidates = append(*s.candidates, c)
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

// skippedMethods returns the methods that a matcher skips its filter for by their names.
// Matchers of other forms are not understood.
func skippedMethods(matcher *yaml.Node) (methods []string) {
	tree, _ := member(matcher, "matcher_tree", "matcherTree")
	input, _ := member(tree, "input")
	header, _ := member(input, "typed_config", "typedConfig")
	if text(header, "header_name", "headerName") != ":method" {
		return nil
	}
	exact, _ := member(tree, "exact_match_map", "exactMatchMap")
	byName, _ := member(exact, "map")
	for _, m := range source.Merged(byName) {
		action, _ := member(m.Value, "action")
		config, _ := member(action, "typed_config", "typedConfig")
		if strings.HasSuffix(text(config, "@type"), "/envoy.extensions.filters.common.matcher.action.v3.SkipFilter") {
			methods = append(methods, m.Name)
		}
	}
	return methods
}

// any unpacks a google.protobuf.Any as Envoy does.
func (c *candidate) any(config *yaml.Node, s scope) {
	refuse := func(n *yaml.Node, message string) { c.refuse(n, source.Error, message) }
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
		c.JSON, c.declares = text, declaresMember(text)
	default:
		c.JSON = []byte(value.Value)
		c.declares = declaresMember(c.JSON)
		c.place = s.file.Nested(value).At
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

func (s scope) isString(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && strings.HasPrefix(s.reading().scalar(n), `"`)
}

func (s scope) isNull(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && s.reading().scalar(n) == "null"
}

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
func refusedByEnvoy(document *yaml.Node, s scope) (findings []source.Finding) {
	refuse := func(at source.Position, message string) {
		findings = append(findings, source.Finding{Position: at, Severity: source.Error, Message: message})
	}
	switch {
	case isReadAsJSON(s.key) && !jsontext.Value(s.file.Raw).IsValid(jsontext.AllowDuplicateNames(true)):
		refuse(s.file.Start(), "no JSON, which Envoy reads from a file of this name, want .yaml")
	case !isReadAsJSON(s.key) && halfCharacter.MatchString(s.file.Text):
		refuse(s.file.At(halfCharacter.FindStringIndex(s.file.Text)[0]), "half a character, which is no YAML, want the character itself")
	}
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		for i, child := range n.Content {
			switch key := n.Content[max(i-1, 0)]; {
			case n.Kind == yaml.MappingNode && i%2 == 0:
				if child.Value == "<<" && child.Tag != "!ignore" {
					refuse(s.file.Of(child), `"<<" merges nothing in Envoy, want the members themselves`)
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

// halfCharacter is an escape that JSON has for half a character, in a text that
// was read as JSON.
var halfCharacter = regexp.MustCompile(`\\u[dD][89a-fA-F]`)

// envoyMembers returns the members of a mapping as Envoy reads them.
func envoyMembers(n *yaml.Node) (all []source.Member) {
	for _, m := range slices.Backward(source.Members(n)) {
		if m.Key.Tag != "!ignore" && !slices.ContainsFunc(all, func(later source.Member) bool { return later.Name == m.Name }) {
			all = append(all, m)
		}
	}
	slices.Reverse(all)
	return all
}

// declaresMember reports whether the JSON has a member that no other plugin's
// configuration has.
func declaresMember(text []byte) bool {
	var members map[string]json.RawMessage
	_ = json.Unmarshal(text, &members) // what is no object has no member
	for name := range members {
		if isDeclaration(name) {
			return true
		}
	}
	return false
}
