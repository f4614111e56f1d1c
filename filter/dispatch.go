// SPDX-License-Identifier: Apache-2.0

//go:build tinygo

package filter

import "github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

// The SDK enters each stream into two maps and takes it out again, which is three
// quarters of the instructions of a request, and what it keeps of a plugin stays for
// ever. tools/trim exports these functions under the names of the SDK's, which serve
// one plugin, that stands for all. It exports no proxy_on_delete, which would be one
// more entry into the VM for each request.

//export proxy_on_context_create
func sdkContextCreate(context, root uint32)

//export proxy_on_configure
func sdkConfigure(context, size uint32) bool

var (
	// known is the context that the SDK knows, or 0.
	known uint32
	// starting is the context that is configured now.
	starting uint32
)

//export plugin_configure
func configure(context, size uint32) bool {
	starting = context
	return sdkConfigure(known, size)
}

// plugins are those of this VM that have a configuration: several, where listeners
// share it or a new configuration is about to replace an old one.
var plugins []*plugin

// register enters a plugin, in place of the one that the host did not delete before
// it started it again.
func register(p *plugin) {
	for i, former := range plugins {
		if former.context == p.context {
			former.release()
			plugins[i] = p
			return
		}
	}
	plugins = append(plugins, p)
}

// forgetPlugins forgets those that the host has deleted.
func forgetPlugins() {
	kept := plugins[:0]
	for _, p := range plugins {
		if exists(p.context, starting) {
			kept = append(kept, p)
		} else {
			p.release()
		}
	}
	plugins = kept
}

// release gives back all that belongs to the plugin, itself too.
func (p *plugin) release() {
	memory := p.memory // itself is in it
	memory.release()
}

// streams are those whose request headers are still to come. Envoy creates a stream
// right before, or when it rejects a request before the filters: those stay here,
// until there are too many and the older half goes.
var (
	streams     [256]struct{ context, root uint32 }
	streamCount int
)

//export stream_context_create
func contextCreate(context, root uint32) {
	if root == 0 {
		if known == 0 {
			known = context
			sdkContextCreate(context, root)
		}
		return
	}
	if streamCount == len(streams) {
		streamCount = copy(streams[:], streams[len(streams)/2:])
	}
	s := &streams[streamCount]
	s.context, s.root = context, root
	streamCount++
}

//export stream_request_headers
func requestHeaders(context uint32, _ int, _ bool) types.Action {
	root := takeStream(context)
	for _, p := range plugins {
		if p.context == root {
			return current.requestHeaders(p)
		}
	}
	return types.ActionContinue
}

// takeStream removes a stream and returns the context of its plugin, 0 if the
// stream is not there.
func takeStream(context uint32) (root uint32) {
	for i := uint(streamCount) - 1; i < uint(len(streams)); i-- {
		if s := &streams[i]; s.context == context {
			root = s.root
			streamCount--
			if i != uint(streamCount) { // seldom
				*s = streams[streamCount]
			}
			return root
		}
	}
	return 0
}
