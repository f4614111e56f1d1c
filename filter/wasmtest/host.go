// SPDX-License-Identifier: Apache-2.0

// Package wasmtest is a host for the tests of the compiled plugin. It drives the
// module through proxy-wasm 0.2 as Envoy does, calling only what is exported,
// and each of the calls that it offers to the module can be made to fail.
package wasmtest

import (
	"errors"
	"fmt"
)

// VM is one instance of a module, which any number of plugins share. An error of
// one of its methods, or of its plugins and streams, is a trap or a breach of
// the ABI; no call may follow.
type VM struct {
	// Fail is asked before each call of the module to the host, which is named
	// like "proxy_get_header_map_value upgrade". Where ok is true the host does
	// nothing and returns the status: with OK, it gives nothing back.
	Fail func(call string) (status Status, ok bool)
	// Map, where there is one, is given each header map that the module asks for, as
	// bytes, and returns what the module gets.
	Map func(pairs []byte) []byte
	// Counters are the metrics by their names.
	Counters map[string]int64

	instance Instance
	exported map[string]Function // those that were asked for
	allocate Function
	trap     error  // of allocate, during a call to the host
	last     uint32 // identifier of a context
	contexts map[uint32]bool
	metrics  []string
	log      []string

	// What the module can ask for during a callback.
	effective     uint32 // context
	configuration string
	stream        *Stream
}

// Plugin is one configuration in a VM: a root context.
type Plugin struct {
	vm *VM
	id uint32
}

// Stream is one request: an HTTP context.
type Stream struct {
	vm     *VM
	id     uint32
	fields [][2]string
	reply  *Reply

	properties map[string][]string // by name, each time that they were set
}

// Properties returns the values of a property in the order in which they were set.
func (s *Stream) Properties(name string) []string { return s.properties[name] }

// Reply is a local response, as the module sent it.
type Reply struct {
	Status     uint32
	Details    string
	Headers    [][2]string
	Body       string
	GRPCStatus int32
}

// Start makes a VM of a module.
func Start(engine Engine, wasm []byte) (*VM, error) {
	vm := &VM{
		Counters: make(map[string]int64),
		exported: make(map[string]Function),
		contexts: make(map[uint32]bool),
	}
	var err error
	if vm.instance, err = engine(wasm, vm.answer); err != nil {
		return nil, err
	}
	if err := vm.start(); err != nil {
		return nil, errors.Join(err, vm.Close())
	}
	return vm, nil
}

func (vm *VM) start() error {
	vm.allocate = vm.either("malloc", "proxy_on_memory_allocate")
	if vm.allocate == nil {
		return errors.New("the module exports no allocator")
	}
	if begin := vm.either("_initialize", "_start"); begin != nil {
		_, err := begin()
		return err
	}
	return nil
}

// function returns an exported function, nil if there is none.
func (vm *VM) function(name string) Function {
	function, ok := vm.exported[name]
	if !ok {
		function = vm.instance.Function(name)
		vm.exported[name] = function
	}
	return function
}

func (vm *VM) either(first, second string) Function {
	if function := vm.function(first); function != nil {
		return function
	}
	return vm.function(second)
}

// Close releases the VM.
func (vm *VM) Close() error { return vm.instance.Close() }

// Memory is the size of the linear memory in bytes.
func (vm *VM) Memory() uint32 { return uint32(len(vm.instance.Memory())) }

// Permanent is how many bytes of the memory the module will never give back, if it has
// been built to tell.
func (vm *VM) Permanent() (uint32, error) { return vm.call("permanent_bytes", 0) }

// Log returns what was logged since it was last asked, like "info: message".
func (vm *VM) Log() (lines []string) {
	lines, vm.log = vm.log, nil
	return lines
}

// call calls a function of the module, if there is one; missing is the result
// without one.
func (vm *VM) call(name string, missing uint32, arguments ...uint32) (uint32, error) {
	function := vm.function(name)
	if function == nil {
		return missing, nil
	}
	result, err := function(arguments...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	return result, nil
}

// identify returns the identifier of a new context.
func (vm *VM) identify() uint32 {
	vm.last++
	vm.contexts[vm.last] = true
	return vm.last
}

func (vm *VM) delete(id uint32) error {
	done, err := vm.call("proxy_on_done", 1, id)
	if err != nil {
		return err
	}
	if done == 0 {
		return errors.New("proxy_on_done: the plugin wants to be kept")
	}
	_, err = vm.call("proxy_on_delete", 0, id)
	delete(vm.contexts, id)
	return err
}

// Configure makes a plugin; ok tells whether it took its configuration. A
// plugin that did not is not used by hosts, but must be deleted.
func (vm *VM) Configure(configuration string) (plugin *Plugin, ok bool, err error) {
	plugin = &Plugin{vm, vm.identify()}
	ok, err = plugin.Start(configuration)
	return plugin, ok, err
}

// Start creates the plugin once more under its identifier, as Envoy does with one
// that it did not delete; ok tells whether it took its configuration.
func (p *Plugin) Start(configuration string) (ok bool, err error) {
	vm := p.vm
	vm.effective = p.id
	if _, err := vm.call("proxy_on_context_create", 0, p.id, 0); err != nil {
		return false, err
	}
	started, err := vm.call("proxy_on_vm_start", 1, p.id, 0)
	if err != nil {
		return false, err
	}
	if started == 0 {
		return false, errors.New("proxy_on_vm_start: refused")
	}
	vm.configuration = configuration
	taken, err := vm.call("proxy_on_configure", 1, p.id, uint32(len(configuration)))
	vm.configuration = ""
	if err == nil && vm.effective != p.id {
		err = errors.New("proxy_on_configure: left in the context of another")
	}
	return taken != 0, err
}

// Delete ends the plugin; its streams must have ended.
func (p *Plugin) Delete() error { return p.vm.delete(p.id) }

// Request runs a stream from its beginning to its end. The reply is nil if the
// request passes.
func (p *Plugin) Request(fields [][2]string) (*Reply, error) {
	stream, err := p.Open()
	if err != nil {
		return nil, err
	}
	reply, err := stream.Request(fields)
	if err != nil {
		return nil, err
	}
	return reply, stream.Close()
}

// Open begins a stream.
func (p *Plugin) Open() (*Stream, error) {
	id := p.vm.identify()
	_, err := p.vm.call("proxy_on_context_create", 0, id, p.id)
	return &Stream{vm: p.vm, id: id, properties: make(map[string][]string)}, err
}

const (
	actionContinue = 0
	actionPause    = 1
)

// Request hands over the header of a request that has no body. The reply is nil if the
// request passes.
func (s *Stream) Request(fields [][2]string) (*Reply, error) {
	s.fields = fields
	const endOfStream = 1
	action, err := s.during("proxy_on_request_headers", uint32(len(fields)), endOfStream)
	switch {
	case err != nil:
		return nil, err
	case s.reply != nil && action != actionPause:
		return nil, fmt.Errorf("proxy_on_request_headers: action %d for an answered request", action)
	case s.reply == nil && action != actionContinue:
		return nil, fmt.Errorf("proxy_on_request_headers: action %d without an answer", action)
	}
	return s.reply, nil
}

// Close hands over a response, the server's or the module's own, and ends the
// stream.
func (s *Stream) Close() error {
	for _, callback := range []string{"proxy_on_response_headers", "proxy_on_response_body"} {
		action, err := s.during(callback, 1, 1)
		if err != nil {
			return err
		}
		if action != actionContinue {
			return fmt.Errorf("%s: action %d", callback, action)
		}
	}
	if _, err := s.during("proxy_on_log"); err != nil {
		return err
	}
	return s.vm.delete(s.id)
}

// during calls a function of the module which can ask for this stream's header.
func (s *Stream) during(callback string, arguments ...uint32) (action uint32, err error) {
	s.vm.stream = s
	action, err = s.vm.call(callback, actionContinue, append([]uint32{s.id}, arguments...)...)
	s.vm.stream = nil
	return action, err
}

// answer is the host's side of a call; what this host does not know is unimplemented,
// as in Envoy.
func (vm *VM) answer(name string, arguments []uint64) (Status, error) {
	if vm.Fail != nil {
		call := name
		if name == getHeaderMapValue {
			field, _ := vm.read(arguments[1], arguments[2])
			call += " " + field
		}
		if status, ok := vm.Fail(call); ok {
			return status, nil
		}
	}
	function, ok := hostCalls[name]
	if !ok {
		return Unimplemented, nil
	}
	return function(vm, arguments), vm.trap
}
