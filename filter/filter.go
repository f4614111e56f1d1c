// SPDX-License-Identifier: Apache-2.0

//go:build tinygo

// Package filter is the proxy-wasm plugin: it answers 501 Not Implemented for
// what a server implements on no resource, and lets every other request pass.
package filter

import (
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"notimplemented/filter/config"
)

// version is what the log calls this build. The linker sets it.
var version string

// VM makes the plugins that share one wasm VM.
type VM struct{ types.DefaultVMContext }

// NewPluginContext is called by the SDK once for each plugin of the VM.
func (*VM) NewPluginContext(context uint32) types.PluginContext {
	register(&plugin{context: context})
	return &root{context: context}
}

// root is what the SDK knows of a plugin: whatever it could reach through the
// interface would have its type described in the module, down to the names of the
// fields.
type root struct {
	types.DefaultPluginContext
	context uint32
}

// OnPluginStart takes the configuration, of this size in bytes, or refuses it.
func (r *root) OnPluginStart(size int) types.OnPluginStartStatus {
	beginCallback()
	forgetPlugins(r.context)
	taken, err := configure(size)
	if err != nil {
		proxywasm.LogCritical("configuration refused: " + err.Error())
		return types.OnPluginStartStatusFailed
	}
	p := plugins[pluginIndex(r.context)]
	p.config = taken
	p.headers = headersOf(taken.Formats)
	p.counters = [outcomes][]counter{}
	answers := "notimplemented " + version + ": " + taken.Servers.String()
	if taken.Servers.IsDry() {
		proxywasm.LogWarn(answers)
	} else {
		proxywasm.LogInfo(answers)
	}
	return types.OnPluginStartStatusOK
}

func configure(size int) (*config.Config, error) {
	if err := config.CheckSize(size); err != nil {
		return nil, err
	}
	reserve(size)
	json, err := proxywasm.GetPluginConfiguration()
	if err != nil && err != types.ErrorStatusNotFound {
		return nil, err
	}
	return config.ParseForLog(json)
}

// plugin is one configuration in one VM.
type plugin struct {
	context  uint32              // its number in the VM
	config   *config.Config      // nil before one is taken
	headers  []pairs             // of each server's answers
	counters [outcomes][]counter // by label, none before the first one counts
	failed   bool                // a host call failed at some time
}

// logFailure says why a request passes. It is loud only once: a host that fails
// once fails often.
func (p *plugin) logFailure(what string, err error) {
	p.log("request passes, cannot "+what, err)
}

func (p *plugin) log(what string, err error) {
	log := proxywasm.LogDebug
	if !p.failed {
		p.failed = true
		log = proxywasm.LogError
	}
	log(what + ": " + err.Error())
}
