// SPDX-License-Identifier: Apache-2.0

// Package guest runs a proxy-wasm module as Envoy does, callback by callback,
// and counts the wasm instructions that it executes: the same on every run.
package guest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/bytecodealliance/wasmtime-go/v35"
)

// Request is the fields of a request, line by line.
type Request [][2]string

// first returns the first line of a field.
func (r Request) first(name string) (value string, ok bool) {
	for _, line := range r {
		if line[0] == name {
			return line[1], true
		}
	}
	return "", false
}

// VM is a module with one plugin in it.
type VM struct {
	store    *wasmtime.Store
	memory   *wasmtime.Memory
	exports  map[string]*wasmtime.Func
	allocate string // the export that makes room for what the host hands over

	config   string
	request  Request
	answered bool           // the module sent a response
	logged   string         // the last line
	defined  uint32         // how many metrics
	plugin   int32          // its context
	last     int32          // the newest context
	live     map[int32]bool // contexts
}

// Start instantiates a module and configures the plugin.
func Start(module []byte, config string) (*VM, error) {
	engineConfig := wasmtime.NewConfig()
	engineConfig.SetConsumeFuel(true)
	engine := wasmtime.NewEngineWithConfig(engineConfig)
	compiled, err := wasmtime.NewModule(engine, module)
	if err != nil {
		return nil, err
	}
	vm := &VM{store: wasmtime.NewStore(engine), exports: make(map[string]*wasmtime.Func), live: make(map[int32]bool)}
	vm.store.SetWasi(wasmtime.NewWasiConfig())
	if err := vm.store.SetFuel(math.MaxInt64); err != nil {
		return nil, err
	}
	linker := wasmtime.NewLinker(engine)
	if err := linker.DefineWasi(); err != nil {
		return nil, err
	}
	for _, imported := range compiled.Imports() {
		if imported.Module() != "env" {
			continue
		}
		name := *imported.Name()
		call := func(_ *wasmtime.Caller, args []wasmtime.Val) ([]wasmtime.Val, *wasmtime.Trap) {
			status, err := vm.host(name, args)
			if err != nil {
				return nil, wasmtime.NewTrap(err.Error())
			}
			return []wasmtime.Val{wasmtime.ValI32(status)}, nil
		}
		if err := linker.FuncNew("env", name, imported.Type().FuncType(), call); err != nil {
			return nil, err
		}
	}
	instance, err := linker.Instantiate(vm.store, compiled)
	if err != nil {
		return nil, err
	}
	vm.memory = instance.GetExport(vm.store, "memory").Memory()
	for _, export := range compiled.Exports() {
		if function := instance.GetFunc(vm.store, export.Name()); function != nil {
			vm.exports[export.Name()] = function
		}
	}
	// What Envoy prefers.
	vm.allocate = vm.either("malloc", "proxy_on_memory_allocate")
	if _, err := vm.call(vm.either("_initialize", "_start")); err != nil {
		return nil, err
	}
	return vm, vm.Configure(config)
}

func (vm *VM) either(first, second string) string {
	if _, ok := vm.exports[first]; ok {
		return first
	}
	return second
}

// Configure adds a plugin with the configuration, and then removes the one
// before it, as Envoy does on an update.
func (vm *VM) Configure(config string) error {
	former := vm.plugin
	vm.config, vm.logged = config, ""
	var err error
	if vm.plugin, err = vm.create(0); err != nil {
		return err
	}
	if former == 0 {
		if _, err := vm.call("proxy_on_vm_start", vm.plugin, 0); err != nil {
			return err
		}
	}
	taken, err := vm.call("proxy_on_configure", vm.plugin, int32(len(config)))
	if err != nil {
		return err
	}
	if taken == 0 {
		return errors.New(vm.logged)
	}
	if former == 0 {
		return nil
	}
	return vm.end(former)
}

// Send runs all callbacks of one request; answered says that the module sent
// a response instead of letting the request pass.
func (vm *VM) Send(request Request) (instructions uint64, answered bool, err error) {
	before := vm.Instructions()
	vm.request, vm.answered = request, false
	stream, err := vm.create(vm.plugin)
	if err != nil {
		return 0, false, err
	}
	if _, err := vm.call("proxy_on_request_headers", stream, int32(len(request)), 1); err != nil {
		return 0, false, err
	}
	if err := vm.end(stream); err != nil {
		return 0, false, err
	}
	return vm.Instructions() - before, vm.answered, nil
}

// Instructions is how many were executed since the start.
func (vm *VM) Instructions() uint64 {
	left, err := vm.store.GetFuel()
	if err != nil {
		panic(err) // only where fuel is not counted
	}
	return math.MaxInt64 - left
}

// Memory is the size of the linear memory in bytes.
func (vm *VM) Memory() int {
	return int(vm.memory.DataSize(vm.store))
}

// create makes a context: of a plugin, where its parent is 0, or of a stream.
func (vm *VM) create(parent int32) (context int32, err error) {
	vm.last++
	vm.live[vm.last] = true
	_, err = vm.call("proxy_on_context_create", vm.last, parent)
	return vm.last, err
}

func (vm *VM) end(context int32) error {
	for _, callback := range []string{"proxy_on_done", "proxy_on_log", "proxy_on_delete"} {
		if _, err := vm.call(callback, context); err != nil {
			return err
		}
	}
	delete(vm.live, context)
	return nil
}

// call skips what the module does not export, as hosts do.
func (vm *VM) call(export string, args ...any) (int32, error) {
	function, ok := vm.exports[export]
	if !ok {
		return 0, nil
	}
	result, err := function.Call(vm.store, args...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", export, err)
	}
	value, _ := result.(int32)
	return value, nil
}

// Statuses of the ABI.
const (
	statusOK            = 0
	statusNotFound      = 1
	statusBadArgument   = 2
	statusUnimplemented = 12
)

func (vm *VM) host(name string, args []wasmtime.Val) (int32, error) {
	switch name {
	case "proxy_log":
		vm.logged = vm.read(args[1], args[2])
		return statusOK, nil
	case "proxy_get_buffer_bytes":
		return vm.give(vm.config, args[3], args[4])
	case "proxy_get_header_map_value":
		value, ok := vm.request.first(vm.read(args[1], args[2]))
		if !ok {
			return statusNotFound, nil
		}
		return vm.give(value, args[3], args[4])
	case "proxy_get_header_map_pairs":
		return vm.give(vm.pairs(), args[1], args[2])
	case "proxy_send_local_response":
		vm.answered = true
		return statusOK, nil
	case "proxy_set_effective_context":
		if !vm.live[args[0].I32()] {
			return statusBadArgument, nil
		}
		return statusOK, nil
	case "proxy_define_metric":
		vm.defined++
		binary.LittleEndian.PutUint32(vm.memory.UnsafeData(vm.store)[args[3].I32():], vm.defined)
		return statusOK, nil
	case "proxy_increment_metric":
		return statusOK, nil
	}
	return statusUnimplemented, nil
}

func (vm *VM) pairs() string {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(vm.request)))
	var lines []byte
	for _, line := range vm.request {
		for _, text := range line {
			b = binary.LittleEndian.AppendUint32(b, uint32(len(text)))
			lines = append(append(lines, text...), 0)
		}
	}
	return string(append(b, lines...))
}

func (vm *VM) read(address, size wasmtime.Val) string {
	start := int(address.I32())
	return string(vm.memory.UnsafeData(vm.store)[start : start+int(size.I32())])
}

// give hands a value over in the guest's own memory.
func (vm *VM) give(value string, address, size wasmtime.Val) (int32, error) {
	var place int32
	if value != "" {
		var err error
		if place, err = vm.call(vm.allocate, int32(len(value))); err != nil {
			return 0, err
		}
	}
	memory := vm.memory.UnsafeData(vm.store)
	copy(memory[place:], value)
	binary.LittleEndian.PutUint32(memory[address.I32():], uint32(place))
	binary.LittleEndian.PutUint32(memory[size.I32():], uint32(len(value)))
	return statusOK, nil
}
