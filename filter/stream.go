// SPDX-License-Identifier: Apache-2.0

//go:build tinygo

package filter

import (
	"errors"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"notimplemented/filter/answer"
	"notimplemented/filter/servers"
)

// stream is the request whose headers are before the plugin. The callbacks of a
// VM never overlap and nothing outlasts one, so every stream of a plugin is the
// same value.
type stream struct {
	plugin    *plugin
	lookup    servers.Lookup        // field, bound once
	logDryRun func(servers.Missing) // dryRun, bound once
	last      firstLine             // of the field that was asked for last
	fields    search                // in the whole header map, once it was asked for
	failed    bool                  // the host could not be asked
	line      []byte                // of the last dry run
}

// errEmpty is that the host gives nothing where there must be something.
var errEmpty = errors.New("empty")

// requestHeaders answers the request if something is missing for it.
func (s *stream) requestHeaders() types.Action {
	beginCallback()
	s.last, s.fields, s.failed = firstLine{}, search{}, false
	p := s.plugin
	if p.config == nil {
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
	missing, ok := p.config.Server.Missing(method, s.lookup, s.logDryRun)
	if !ok {
		return types.ActionContinue
	}
	var response *response
	if answer.IsGRPC(s.lookup) {
		response = p.answers.grpc(&missing)
	} else {
		response = p.answers.http(&missing)
	}
	// The filter's own trouble is never a 501.
	if s.failed {
		return types.ActionContinue
	}
	if err := send(response); err != nil {
		s.fail("send the response", err)
		return types.ActionContinue
	}
	p.count(answered, &missing)
	logDebug(response.log)
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
	if line == 0 && s.fields.pairs == nil && !s.plugin.config.Server.AsksOfGET() {
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

func (s *stream) dryRun(missing servers.Missing) {
	if s.failed {
		return // it would not be answered
	}
	s.plugin.count(passed, &missing)
	s.line = answer.AppendDetails(append(s.line[:0], "dry run: 501 "...), &missing)
	logDebug(s.line)
}

// fail lets the request pass.
func (s *stream) fail(what string, err error) {
	s.failed = true
	s.plugin.logFailure("request passes, cannot "+what, err)
}
