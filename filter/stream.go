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
	plugin   *plugin
	fetch    servers.Fetch   // header, bound once
	fields   []servers.Field // none before they are fetched
	decision servers.Decision
	line     []byte // of the last dry run
}

// errEmpty is that the host gives nothing where there must be something.
var errEmpty = errors.New("empty")

// requestHeaders answers the request if something is missing for it. If the host
// cannot be asked, the request passes, and nothing more is asked.
func (s *stream) requestHeaders() types.Action {
	p, d := s.plugin, &s.decision
	if p.config == nil {
		return types.ActionContinue
	}
	beginCallback()
	s.fields = s.fields[:0]
	method, ok, err := requestField(":method")
	if ok && method == "" {
		err = errEmpty // no request is without one
	}
	if err != nil {
		p.logFailure("read :method", err)
		return types.ActionContinue
	}
	if !ok {
		return types.ActionContinue
	}
	keepResult()
	if err := p.config.Servers.Decide(d, method, s.fetch); err != nil {
		p.logFailure("read the fields", err)
		return types.ActionContinue
	}
	var r *response
	if d.Missing != nil {
		if r, err = s.response(method); err != nil {
			p.logFailure("read the fields", err)
			return types.ActionContinue
		}
	}
	if r != nil {
		if err := send(r); err != nil {
			p.logFailure("send the response", err)
			return types.ActionContinue
		}
	}
	for _, missing := range d.DryRun {
		p.count(passed, missing)
		s.line = answer.AppendDetails(append(s.line[:0], "dry run: 501 "...), missing)
		logDebug(s.line)
	}
	if r == nil {
		return types.ActionContinue
	}
	p.count(answered, d.Missing)
	logDebug(r.log)
	return types.ActionPause
}

// response is the answer to what is missing.
func (s *stream) response(method string) (*response, error) {
	d := &s.decision
	if method != "POST" {
		return s.plugin.answers.http(d.Server, d.Missing), nil
	}
	fields, err := s.header()
	if err != nil {
		return nil, err
	}
	if answer.IsGRPC(fields) {
		return s.plugin.answers.grpc(d.Missing), nil
	}
	return s.plugin.answers.http(d.Server, d.Missing), nil
}

// header fetches all fields, once. All at once cost the host no more than one that
// is asked for alone.
func (s *stream) header() ([]servers.Field, error) {
	if len(s.fields) > 0 {
		return s.fields, nil
	}
	pairs, err := requestFields()
	if err != nil {
		return nil, err
	}
	s.fields = appendFields(s.fields, pairs)
	if len(s.fields) == 0 {
		return nil, errEmpty // all requests have some
	}
	return s.fields, nil
}
