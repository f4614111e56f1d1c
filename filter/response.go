// SPDX-License-Identifier: Apache-2.0

//go:build tinygo

package filter

import "notimplemented/filter/answer"

// respond answers the request, and returns what is logged of it.
func (s *stream) respond(protocol answer.Protocol) (log []byte, err error) {
	server, b := s.decision.Server, &s.buffer
	made := answer.Make(b, s.plugin.config.Formats[server], protocol, s.decision.Missing)
	headers := s.plugin.headers[server]
	if protocol != answer.HTTP {
		headers = putPairs(b, made.Headers)
	}
	return made.Log, send(&made, headers)
}
