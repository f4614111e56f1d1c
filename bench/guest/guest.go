// SPDX-License-Identifier: Apache-2.0

// Package guest counts the wasm instructions that a proxy-wasm module executes for what
// Envoy asks of it: the same on every run.
package guest

import (
	"errors"
	"math"
	"strings"

	"github.com/bytecodealliance/wasmtime-go/v35"

	"notimplemented/filter/wasmtest"
)

// VM is a module with one plugin that takes requests.
type VM struct {
	*wasmtest.VM
	store  *wasmtime.Store
	plugin *wasmtest.Plugin
}

// Start instantiates a module and configures the plugin.
func Start(module []byte, config string) (vm *VM, err error) {
	vm = &VM{}
	if vm.VM, err = wasmtest.Start(vm.instantiate, module); err != nil {
		return nil, err
	}
	return vm, vm.Update(config)
}

// Update makes a plugin of the configuration take the place of the one before. The
// error is the plugin's log if it refuses.
func (vm *VM) Update(config string) error {
	plugin, ok, err := vm.Configure(config)
	if err != nil {
		return err
	}
	if !ok {
		return errors.Join(errors.New(strings.Join(vm.Log(), "\n")), plugin.Delete())
	}
	former := vm.plugin
	vm.plugin = plugin
	if former == nil {
		return nil
	}
	return former.Delete()
}

// Send runs all callbacks of one request; answered says that the module sent
// a response instead of letting the request pass.
func (vm *VM) Send(request [][2]string) (instructions uint64, answered bool, err error) {
	before := vm.Instructions()
	reply, err := vm.plugin.Request(request)
	vm.Log() // or it would grow
	return vm.Instructions() - before, reply != nil, err
}

// Instructions is how many were executed since the start.
func (vm *VM) Instructions() uint64 {
	left, err := vm.store.GetFuel()
	if err != nil {
		panic(err) // only where fuel is not counted
	}
	return math.MaxInt64 - left
}

// instantiate is the engine, which has WASI too, for modules that other SDKs make.
func (vm *VM) instantiate(wasm []byte, host wasmtest.HostCall) (wasmtest.Instance, error) {
	config := wasmtime.NewConfig()
	config.SetConsumeFuel(true)
	engine := wasmtime.NewEngineWithConfig(config)
	module, err := wasmtime.NewModule(engine, wasm)
	if err != nil {
		return nil, err
	}
	vm.store = wasmtime.NewStore(engine)
	vm.store.SetWasi(wasmtime.NewWasiConfig())
	if err := vm.store.SetFuel(math.MaxInt64); err != nil {
		return nil, err
	}
	linker := wasmtime.NewLinker(engine)
	if err := linker.DefineWasi(); err != nil {
		return nil, err
	}
	for _, imported := range module.Imports() {
		if imported.Module() != "env" {
			continue
		}
		name := *imported.Name()
		call := func(_ *wasmtime.Caller, values []wasmtime.Val) ([]wasmtime.Val, *wasmtime.Trap) {
			arguments := make([]uint64, len(values))
			for i, value := range values {
				if value.Kind() == wasmtime.KindI64 {
					arguments[i] = uint64(value.I64())
				} else {
					arguments[i] = uint64(uint32(value.I32()))
				}
			}
			status, err := host(name, arguments)
			if err != nil {
				return nil, wasmtime.NewTrap(err.Error())
			}
			return []wasmtime.Val{wasmtime.ValI32(int32(status))}, nil
		}
		if err := linker.FuncNew("env", name, imported.Type().FuncType(), call); err != nil {
			return nil, err
		}
	}
	made, err := linker.Instantiate(vm.store, module)
	return instance{vm.store, made}, err
}

type instance struct {
	store *wasmtime.Store
	*wasmtime.Instance
}

func (i instance) Function(name string) wasmtest.Function {
	function := i.GetFunc(i.store, name)
	if function == nil {
		return nil
	}
	return func(arguments ...uint32) (uint32, error) {
		values := make([]any, len(arguments))
		for i, argument := range arguments {
			values[i] = int32(argument)
		}
		result, err := function.Call(i.store, values...)
		number, _ := result.(int32)
		return uint32(number), err
	}
}

func (i instance) Memory() []byte { return i.GetExport(i.store, "memory").Memory().UnsafeData(i.store) }

func (i instance) Close() error {
	i.store.Close()
	return nil
}
