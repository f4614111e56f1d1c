// SPDX-License-Identifier: Apache-2.0

//go:build tinygo

// Package filter is the proxy-wasm plugin: it answers 501 Not Implemented for
// what a server implements on no resource, and lets every other request pass.
package filter

import (
	"bytes"
	"strconv"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"notimplemented/filter/answer"
	"notimplemented/filter/config"
)

// version is what the log calls this build. The linker sets it.
var version string

// VM makes the plugins that share one wasm VM.
type VM struct{ types.DefaultVMContext }

// NewPluginContext is called by the SDK once: see [contextCreate].
func (*VM) NewPluginContext(uint32) types.PluginContext { return &root{} }

// root is what the SDK knows of all plugins of a VM: whatever it could reach through
// the interface would have its type described in the module, down to the names of the
// fields.
type root struct{ types.DefaultPluginContext }

// OnPluginStart takes the configuration, of this size in bytes, or refuses it.
func (r *root) OnPluginStart(size int) types.OnPluginStartStatus {
	beginCallback()
	forgetPlugins()
	allocateIn(&reading)
	status := start(size)
	allocateIn(&permanent)
	reading.release()
	return status
}

// reading is the region of all that is needed only while a configuration is read.
var reading region

func start(size int) types.OnPluginStartStatus {
	read, err := configuration(size)
	if err != nil {
		proxywasm.LogCritical("configuration refused: " + err.Error())
		return types.OnPluginStartStatusFailed
	}
	taken := newPlugin(starting, read).config.Servers
	answers := "notimplemented " + version + ": " + taken.String()
	if taken.IsDry() {
		proxywasm.LogWarn(answers)
	} else {
		proxywasm.LogInfo(answers)
	}
	return types.OnPluginStartStatusOK
}

func configuration(size int) (*config.Document, error) {
	if err := config.CheckSize(size); err != nil {
		return nil, err
	}
	json, err := proxywasm.GetPluginConfiguration()
	if err != nil && err != types.ErrorStatusNotFound {
		return nil, err
	}
	return config.ReadForLog(json)
}

// plugin is one configuration in one VM.
type plugin struct {
	memory   region // of all that it refers to, and of itself
	context  uint32 // its number in the VM
	config   *config.Config
	headers  []pairs             // of each server's answers
	counters [outcomes][]counter // by label
	failed   bool                // a host call failed at some time
}

// newPlugin takes a configuration in place of the one that the plugin may have.
func newPlugin(context uint32, read *config.Document) *plugin {
	var sent answer.Buffer // the headers
	memory := new(region)
	allocateIn(memory)
	p := &plugin{context: context, config: read.Config()}
	p.headers = make([]pairs, len(p.config.Formats))
	for i, format := range p.config.Formats {
		if i > 0 && format == p.config.Formats[0] {
			p.headers[i] = p.headers[0] // inherited
			continue
		}
		allocateIn(&reading)
		sent.Reset()
		headers := putPairs(&sent, format.Headers())
		allocateIn(memory)
		p.headers[i] = bytes.Clone(headers)
	}
	p.counters[answered] = make([]counter, p.config.Servers.Labels())
	if p.config.Servers.IsDry() {
		p.counters[passed] = make([]counter, p.config.Servers.Labels())
	}
	memory.trim()
	p.memory = *memory
	allocateIn(&permanent)
	register(p)
	allocateIn(&reading)
	return p
}

// log says what could not be done. It is loud only once: a host that fails once fails
// often.

func (p *plugin) log(what string, err error) {
	level := uint32(levelDebug)
	if !p.failed {
		p.failed = true
		level = levelError
	}
	b := &current.buffer
	start := b.Len()
	b.Put(what)
	b.Put(": ")
	if status, ok := err.(hostStatus); ok {
		b.Put("host status ")
		b.Put(strconv.Itoa(int(status)))
	} else {
		b.Put(err.Error())
	}
	log(level, b.From(start))
}
