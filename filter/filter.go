// SPDX-License-Identifier: Apache-2.0

//go:build tinygo

// Package filter is the proxy-wasm plugin: it answers 501 Not Implemented for
// what a server implements on no resource, and lets every other request pass.
package filter

import (
	"errors"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"notimplemented/filter/config"
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
	p.stream.plugin = p
	p.stream.lookup = p.stream.field
	p.stream.logDryRun = p.stream.dryRun
	return p
}

// plugin is one configuration in one VM.
type plugin struct {
	types.DefaultPluginContext
	vm       *VM
	context  uint32         // its number in the VM
	config   *config.Config // nil before one is taken
	answers  answers
	stream   stream
	counters [outcomes][]counter
	failed   bool // a host call failed at some time
}

// OnPluginStart takes the configuration, of this size in bytes, or refuses it.
func (p *plugin) OnPluginStart(size int) types.OnPluginStartStatus {
	beginCallback()
	taken, err := configure(size)
	if err != nil {
		proxywasm.LogCritical("configuration refused: " + err.Error())
		return types.OnPluginStartStatusFailed
	}
	p.config = taken
	p.answers.prepare(taken)
	for o := range p.counters {
		p.counters[o] = make([]counter, 1+taken.Server.Known())
	}
	if taken.Server.IsDry() {
		proxywasm.LogWarn(taken.Server.String())
	} else {
		proxywasm.LogInfo(taken.Server.String())
	}
	return types.OnPluginStartStatusOK
}

func configure(size int) (*config.Config, error) {
	if err := config.CheckSize(size); err != nil {
		return nil, err
	}
	json, err := proxywasm.GetPluginConfiguration()
	if err != nil && !errors.Is(err, types.ErrorStatusNotFound) {
		return nil, err
	}
	return config.Parse(json)
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
