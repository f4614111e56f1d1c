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
}

// NewPluginContext is called by the SDK once for each plugin of the VM.
func (VM) NewPluginContext(uint32) types.PluginContext {
	p := &plugin{}
	p.stream = &stream{plugin: p}
	p.stream.lookup = p.stream.field
	p.stream.logDryRun = p.stream.dryRun
	return p
}

// plugin is one configuration in one VM.
type plugin struct {
	types.DefaultPluginContext
	server *Server // nil before a configuration is taken
	stream *stream
	failed bool // a host call failed at some time
}

// OnPluginStart takes the configuration, of this size in bytes, or refuses it.
func (p *plugin) OnPluginStart(size int) types.OnPluginStartStatus {
	server, err := configure(size)
	if err != nil {
		proxywasm.LogCritical("configuration refused: " + err.Error())
		return types.OnPluginStartStatusFailed
	}
	p.server = server
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

// NewHttpContext is called by the SDK once for each stream.
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
	fields    [][2]string   // all fields of the request, once they were asked for
	found     found         // the last of them that was looked up
	failed    bool          // the host could not be asked
	buffer    []byte        // of the last reply
}

// found is where a line of a field stands among all fields. The search for the
// next one goes on from there: a request of thousands of lines must not keep the
// host busy for seconds.
type found struct {
	name        string
	line, index int
}

// OnHttpRequestHeaders answers the request if something is missing for it.
func (s *stream) OnHttpRequestHeaders(int, bool) types.Action {
	s.fields, s.found, s.failed = nil, found{}, false
	if s.plugin.server == nil {
		return types.ActionContinue
	}
	method, ok := s.field(":method", 0)
	if ok && method == "" {
		// No request is without one, so it is the host that gave nothing.
		s.fail("read :method", errors.New("empty"))
	}
	if method == "" {
		return types.ActionContinue
	}
	missing, ok := s.plugin.server.Missing(method, s.lookup, s.logDryRun)
	if !ok {
		return types.ActionContinue
	}
	var reply Reply
	reply, s.buffer = s.plugin.server.Reply(s.buffer[:0], missing, s.lookup)
	// The filter's own trouble is never a 501.
	if s.failed {
		return types.ActionContinue
	}
	if err := send(reply); err != nil {
		s.fail("send the response", err)
		return types.ActionContinue
	}
	proxywasm.LogDebug("501 " + string(reply.Details))
	return types.ActionPause
}

// field is the stream's Lookup. A host call gives the first line of a field;
// only where that does not decide are the others fetched.
func (s *stream) field(name string, line int) (value string, ok bool) {
	if line == 0 {
		value, err := proxywasm.GetHttpRequestHeader(name)
		if err != nil && !errors.Is(err, types.ErrorStatusNotFound) {
			s.fail("read "+name, err)
		}
		return value, err == nil
	}
	if s.fields == nil {
		fields, err := proxywasm.GetHttpRequestHeaders()
		if err != nil {
			s.fail("read the fields", err)
			return "", false
		}
		s.fields = fields
	}
	first, skip := 0, line
	if s.found.name == name && s.found.line < line {
		first, skip = s.found.index+1, line-s.found.line-1
	}
	for i := first; i < len(s.fields); i++ {
		if s.fields[i][0] != name {
			continue
		}
		if skip == 0 {
			s.found = found{name, line, i}
			return s.fields[i][1], true
		}
		skip--
	}
	return "", false
}

func (s *stream) dryRun(missing Missing) {
	s.buffer = missing.appendDetails(s.buffer[:0])
	proxywasm.LogDebug("dry run: 501 " + string(s.buffer))
}

// fail lets the request pass, and is loud only once: a host that fails once
// fails often.
func (s *stream) fail(what string, err error) {
	s.failed = true
	log := proxywasm.LogDebug
	if !s.plugin.failed {
		s.plugin.failed = true
		log = proxywasm.LogError
	}
	log("request passes, cannot " + what + ": " + err.Error())
}
