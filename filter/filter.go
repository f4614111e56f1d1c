// SPDX-License-Identifier: Apache-2.0

// Package filter answers 501 Not Implemented for what a server implements on no
// resource, as its operator declares it, and lets every other request pass.
package filter

import (
	"errors"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"
)

// VM makes the plugins that share one wasm VM.
type VM struct {
	types.DefaultVMContext
	counters counters
}

// NewPluginContext is called by the SDK once for each plugin of the VM.
func (vm *VM) NewPluginContext(context uint32) types.PluginContext {
	p := &plugin{vm: vm, context: context}
	register(p)
	p.stream = &stream{plugin: p}
	p.stream.lookup = p.stream.field
	p.stream.logDryRun = p.stream.dryRun
	return p
}

// plugin is one configuration in one VM.
type plugin struct {
	types.DefaultPluginContext
	vm       *VM
	context  uint32  // its number in the VM
	server   *Server // nil before a configuration is taken
	stream   *stream
	counters [outcomes][]counter
	failed   bool // a host call failed at some time
}

// OnPluginStart takes the configuration, of this size in bytes, or refuses it.
func (p *plugin) OnPluginStart(size int) types.OnPluginStartStatus {
	beginCallback()
	server, err := configure(size)
	if err != nil {
		proxywasm.LogCritical("configuration refused: " + err.Error())
		return types.OnPluginStartStatusFailed
	}
	p.server = server
	for o := range p.counters {
		p.counters[o] = make([]counter, server.counters())
	}
	if server.IsDry() {
		proxywasm.LogWarn(server.String())
	} else {
		proxywasm.LogInfo(server.String())
	}
	return types.OnPluginStartStatusOK
}

func configure(size int) (*Server, error) {
	if err := CheckSize(size); err != nil {
		return nil, err
	}
	config, err := proxywasm.GetPluginConfiguration()
	if err != nil && !errors.Is(err, types.ErrorStatusNotFound) {
		return nil, err
	}
	return Parse(config)
}

// NewHttpContext is called by the SDK once for each stream, but not in the
// compiled plugin: see dispatch_tinygo.go.
func (p *plugin) NewHttpContext(uint32) types.HttpContext {
	return p.stream
}

// stream is the request whose headers are before the plugin. The callbacks of a
// VM never overlap and nothing outlasts one, so every stream is the same value.
type stream struct {
	types.DefaultHttpContext
	plugin    *plugin
	lookup    Lookup        // field, bound once
	logDryRun func(Missing) // dryRun, bound once
	last      firstLine     // of the field that was asked for last
	fields    search        // in the whole header map, once it was asked for
	failed    bool          // the host could not be asked
	buffer    Buffer
	line      []byte // of the last dry run
}

// errEmpty is that the host gives nothing where there must be something.
var errEmpty = errors.New("empty")

// OnHttpRequestHeaders answers the request if something is missing for it.
func (s *stream) OnHttpRequestHeaders(int, bool) types.Action {
	beginCallback()
	s.last, s.fields, s.failed = firstLine{}, search{}, false
	if s.plugin.server == nil {
		return types.ActionContinue
	}
	method, ok := s.field(":method", 0)
	if ok && method == "" {
		// No request is without one, so it is the host that gave nothing.
		s.fail("read :method", errEmpty)
	}
	if method == "" {
		return types.ActionContinue
	}
	keepResult()
	missing, ok := s.plugin.server.Missing(method, s.lookup, s.logDryRun)
	if !ok {
		return types.ActionContinue
	}
	reply := s.plugin.server.Reply(&s.buffer, missing, s.lookup)
	// The filter's own trouble is never a 501.
	if s.failed {
		return types.ActionContinue
	}
	if err := send(reply); err != nil {
		s.fail("send the response", err)
		return types.ActionContinue
	}
	s.plugin.count(answered, missing)
	logDebug(reply.Log)
	return types.ActionPause
}

// firstLine is what the host returns for a field alone.
type firstLine struct {
	name, value string
	ok          bool
}

// field is the stream's Lookup. The host returns the first line of a field alone;
// where that does not decide, it is asked for all, once. Where an entry may concern
// a GET, that is at once: all fields cost less than two that are asked for alone.
func (s *stream) field(name string, line int) (value string, ok bool) {
	if line == 0 && name == s.last.name {
		return s.last.value, s.last.ok
	}
	if line == 0 && s.fields.pairs == nil && !s.plugin.server.asks {
		value, ok, err := requestField(name)
		if err != nil {
			s.fail("read "+name, err)
		}
		s.last = firstLine{name, value, ok}
		return value, ok
	}
	if s.fields.pairs == nil {
		pairs, err := requestFields()
		if err == nil && len(pairs) == 0 {
			err = errEmpty
		}
		if err != nil {
			s.fail("read the fields", err)
			return "", false
		}
		s.fields.pairs, s.last = pairs, firstLine{}
	}
	return s.fields.line(name, line)
}

func (s *stream) dryRun(missing Missing) {
	if s.failed {
		return // it would not be answered
	}
	s.plugin.count(passed, missing)
	s.line = missing.appendLog(append(s.line[:0], "dry run: "...))
	logDebug(s.line)
}

// fail lets the request pass.
func (s *stream) fail(what string, err error) {
	s.failed = true
	s.plugin.logFailure("request passes, cannot "+what, err)
}

// logFailure is loud only once: a host that fails once fails often.
func (p *plugin) logFailure(what string, err error) {
	log := proxywasm.LogDebug
	if !p.failed {
		p.failed = true
		log = proxywasm.LogError
	}
	log(what + ": " + err.Error())
}
