// SPDX-License-Identifier: Apache-2.0

//go:build tinygo

package filter

import (
	"errors"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"notimplemented/filter/answer"
	"notimplemented/filter/servers"
)

// current is the stream whose request headers are before a plugin. The callbacks of
// a VM never overlap and nothing outlasts one, so every stream is the same value.
var current stream

type stream struct {
	plugin   *plugin
	header   servers.Header // empty before it is fetched
	decision servers.Decision
	buffer   answer.Buffer // holds what is sent and logged
}

const (
	passesWithout = "request passes, cannot "
	// dryRunProperty holds the details of the first dry run. It is Envoy's filter state
	// "wasm.not_implemented_dry_run", for access logs.
	dryRunProperty = "not_implemented_dry_run"
)

// errEmpty is that the host gives nothing where there must be something.
var errEmpty = errors.New("empty")

// requestHeaders answers the request if something is missing for it. If the host
// cannot be asked, the request passes, and nothing more is asked.
func (s *stream) requestHeaders(p *plugin) types.Action {
	d := &s.decision
	s.plugin = p
	beginCallback()
	s.header = nil
	s.buffer.Reset()
	method, ok, err := requestField(":method")
	if ok && method == "" {
		err = errEmpty // no request is without one
	}
	if err != nil {
		p.log(passesWithout+"read :method", err)
		return types.ActionContinue
	}
	if !ok {
		return types.ActionContinue
	}
	keepResult()
	if err := p.config.Servers.Decide(d, method, currentRequest); err != nil {
		p.log(passesWithout+"read the request", err)
		return types.ActionContinue
	}
	var answerLog []byte
	if d.Missing != nil {
		protocol, err := answer.ProtocolOf(currentRequest)
		if err != nil {
			p.log(passesWithout+"read the request", err)
			return types.ActionContinue
		}
		if answerLog, err = s.respond(protocol); err != nil {
			p.log(passesWithout+"send the response", err)
			return types.ActionContinue
		}
	}
	for i, missing := range d.DryRun {
		p.count(passed, missing)
		start := s.buffer.Len()
		s.buffer.Put("dry run: ")
		details := answer.PutLog(&s.buffer, missing)
		if i == 0 {
			setProperty(dryRunProperty, details)
		}
		log(levelDebug, s.buffer.From(start))
	}
	if d.Missing == nil {
		return types.ActionContinue
	}
	p.count(answered, d.Missing)
	log(levelDebug, answerLog)
	return types.ActionPause
}

// currentRequest is the current stream's.
var currentRequest = servers.Request{Field: field, Header: header}

func field(name string) (value string, ok bool, err error) {
	if len(current.header) > 0 {
		value, ok = current.header.First(name)
		return value, ok, nil
	}
	return requestField(name)
}

// header asks for all fields at once, which costs the host no more than one that is
// asked for alone.
func header() (servers.Header, error) {
	pairs, err := requestFields()
	if err != nil {
		return nil, err
	}
	keepResult()
	current.header = pairs.header()
	if len(current.header) == 0 {
		return nil, errEmpty // all requests have some
	}
	return current.header, nil
}
