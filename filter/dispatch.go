// SPDX-License-Identifier: Apache-2.0

//go:build tinygo

package filter

import "github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

// The SDK enters each stream into two maps and takes it out again, which is three
// quarters of the instructions of a request. tools/trim exports these functions
// under the names of the SDK's, which go on to serve the plugins. It exports no
// proxy_on_delete, which would be one more entry into the VM for each request.

//export proxy_on_context_create
func sdkContextCreate(context, root uint32)

//export proxy_on_delete
func sdkDelete(context uint32)

// plugins are those of this VM: several, where listeners share it or a new
// configuration is about to replace an old one.
var plugins []*plugin

// register enters a plugin, in place of the one that the host did not delete before
// it started it again.
func register(p *plugin) {
	if i := pluginIndex(p.context); i >= 0 {
		plugins[i] = p
		return
	}
	plugins = append(plugins, p)
}

// forgetPlugins forgets those that the host has deleted.
func forgetPlugins(current uint32) {
	kept := plugins[:0]
	for _, p := range plugins {
		if exists(p.context, current) {
			kept = append(kept, p)
		} else {
			sdkDelete(p.context)
		}
	}
	clear(plugins[len(kept):])
	plugins = kept
}

func pluginIndex(context uint32) int {
	for i, p := range plugins {
		if p.context == context {
			return i
		}
	}
	return -1
}

// streams are those whose request headers are still to come. Envoy creates a stream
// right before, or when it rejects a request before the filters: those stay here,
// until there are too many and the older half goes.
var streams []struct{ context, root uint32 }

const maxStreams = 256

//export stream_context_create
func contextCreate(context, root uint32) {
	if root == 0 {
		sdkContextCreate(context, root)
		return
	}
	if len(streams) == maxStreams {
		streams = streams[:copy(streams, streams[maxStreams/2:])]
	}
	streams = append(streams, struct{ context, root uint32 }{context, root})
}

//export stream_request_headers
func requestHeaders(context uint32, _ int, _ bool) types.Action {
	i := pluginIndex(takeStream(context))
	if i < 0 {
		return types.ActionContinue
	}
	return current.requestHeaders(plugins[i])
}

// takeStream removes a stream and returns the context of its plugin, 0 if the
// stream is not there.
func takeStream(context uint32) (root uint32) {
	for i := len(streams) - 1; i >= 0; i-- {
		if s := streams[i]; s.context == context {
			last := len(streams) - 1
			streams[i] = streams[last]
			streams = streams[:last]
			return s.root
		}
	}
	return 0
}
