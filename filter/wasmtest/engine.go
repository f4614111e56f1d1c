// SPDX-License-Identifier: Apache-2.0

package wasmtest

import (
	"context"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// Engine makes an instance of a module, without running any of it yet. What the module
// imports from "env" calls the host.
type Engine func(wasm []byte, host HostCall) (Instance, error)

// HostCall is a call of the module to the host, with pointers and sizes as unsigned
// numbers. An error ends the call of the module that it is a part of.
type HostCall func(name string, arguments []uint64) (Status, error)

// Instance is a module that can be called.
type Instance interface {
	// Function returns an exported function, nil if there is none.
	Function(name string) Function
	// Memory is the linear memory itself, until the next call.
	Memory() []byte
	Close() error
}

// Function is one of the module's; the result is 0 if it has none. An error is a trap.
type Function func(arguments ...uint32) (result uint32, err error)

// maxPages is Envoy's limit of the linear memory: 1 GiB.
const maxPages = 1 << 30 >> 16

var (
	ctx = context.Background()
	// compiled keeps a module from being compiled for each VM of it.
	compiled = wazero.NewCompilationCache()
)

// Wazero is an engine that needs nothing but Go.
func Wazero(wasm []byte, host HostCall) (Instance, error) {
	config := wazero.NewRuntimeConfig().WithCompilationCache(compiled).WithMemoryLimitPages(maxPages)
	w := &wazeroInstance{runtime: wazero.NewRuntimeWithConfig(ctx, config)}
	if err := w.instantiate(wasm, host); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

type wazeroInstance struct {
	runtime wazero.Runtime
	module  api.Module
}

func (w *wazeroInstance) instantiate(wasm []byte, host HostCall) error {
	module, err := w.runtime.CompileModule(ctx, wasm)
	if err != nil {
		return err
	}
	env := w.runtime.NewHostModuleBuilder("env")
	for _, function := range module.ImportedFunctions() {
		from, name, _ := function.Import()
		if from != "env" {
			return fmt.Errorf("the module imports %s.%s", from, name)
		}
		parameters := function.ParamTypes()
		call := api.GoModuleFunc(func(_ context.Context, _ api.Module, stack []uint64) {
			for i, parameter := range parameters {
				if parameter == api.ValueTypeI32 {
					stack[i] = uint64(uint32(stack[i])) // wazero leaves anything in the upper half
				}
			}
			status, err := host(name, stack)
			if err != nil {
				panic(err) // which wazero makes the error of the call
			}
			stack[0] = uint64(status)
		})
		env.NewFunctionBuilder().WithGoModuleFunction(call, parameters, function.ResultTypes()).Export(name)
	}
	if _, err := env.Instantiate(ctx); err != nil {
		return err
	}
	w.module, err = w.runtime.InstantiateModule(ctx, module, wazero.NewModuleConfig().WithStartFunctions())
	return err
}

func (w *wazeroInstance) Function(name string) Function {
	function := w.module.ExportedFunction(name)
	if function == nil {
		return nil
	}
	return func(arguments ...uint32) (uint32, error) {
		var stack [4]uint64
		for i, argument := range arguments {
			stack[i] = uint64(argument)
		}
		err := function.CallWithStack(ctx, stack[:])
		return uint32(stack[0]), err
	}
}

func (w *wazeroInstance) Memory() []byte {
	memory := w.module.Memory()
	bytes, _ := memory.Read(0, memory.Size())
	return bytes
}

func (w *wazeroInstance) Close() error { return w.runtime.Close(ctx) }
