// SPDX-License-Identifier: Apache-2.0

package wasmtest

import (
	"encoding/binary"
	"slices"
)

// Status is what a host call returns.
type Status uint32

// The statuses that a host can return to the plugin.
const (
	OK                  Status = 0
	NotFound            Status = 1
	BadArgument         Status = 2
	InvalidMemoryAccess Status = 6
	Empty               Status = 7
	InternalFailure     Status = 10
	Unimplemented       Status = 12
)

const (
	requestHeaders      = 0
	pluginConfiguration = 7
	counter             = 0

	getHeaderMapValue = "proxy_get_header_map_value"
)

var levels = []string{"trace", "debug", "info", "warn", "error", "critical"}

// hostCalls are what the host does for the module; pointers and sizes are in the
// arguments as the ABI orders them.
var hostCalls = map[string]func(vm *VM, arguments []uint64) Status{
	"proxy_log": func(vm *VM, arguments []uint64) Status {
		message, ok := vm.read(arguments[1], arguments[2])
		switch {
		case !ok:
			return InvalidMemoryAccess
		case arguments[0] >= uint64(len(levels)):
			return BadArgument
		}
		vm.log = append(vm.log, levels[arguments[0]]+": "+message)
		return OK
	},

	"proxy_get_buffer_bytes": func(vm *VM, arguments []uint64) Status {
		if arguments[0] != pluginConfiguration {
			return NotFound
		}
		size := uint64(len(vm.configuration))
		start := min(arguments[1], size)
		end := min(start+arguments[2], size)
		if start == end {
			return OK // without a word where nothing is: so does Envoy
		}
		return vm.give([]byte(vm.configuration[start:end]), arguments[3], arguments[4])
	},

	getHeaderMapValue: func(vm *VM, arguments []uint64) Status {
		name, ok := vm.read(arguments[1], arguments[2])
		switch {
		case !ok:
			return InvalidMemoryAccess
		case vm.stream == nil || arguments[0] != requestHeaders:
			return BadArgument
		}
		i := slices.IndexFunc(vm.stream.fields, func(field [2]string) bool { return field[0] == name })
		if i < 0 {
			return NotFound
		}
		return vm.give([]byte(vm.stream.fields[i][1]), arguments[3], arguments[4])
	},

	"proxy_get_header_map_pairs": func(vm *VM, arguments []uint64) Status {
		switch {
		case vm.stream == nil || arguments[0] != requestHeaders:
			return BadArgument
		case len(vm.stream.fields) == 0:
			return vm.give(nil, arguments[1], arguments[2])
		}
		pairs := serialize(vm.stream.fields)
		if vm.Map != nil {
			pairs = vm.Map(pairs)
		}
		return vm.give(pairs, arguments[1], arguments[2])
	},

	"proxy_send_local_response": func(vm *VM, arguments []uint64) Status {
		details, detailsOK := vm.read(arguments[1], arguments[2])
		body, bodyOK := vm.read(arguments[3], arguments[4])
		pairs, pairsOK := vm.read(arguments[5], arguments[6])
		switch {
		case !detailsOK || !bodyOK || !pairsOK:
			return InvalidMemoryAccess
		case vm.stream == nil || vm.stream.reply != nil:
			return BadArgument
		}
		headers, ok := deserialize([]byte(pairs))
		if !ok {
			return BadArgument
		}
		vm.stream.reply = &Reply{uint32(arguments[0]), details, headers, body, int32(arguments[7])}
		return OK
	},

	"proxy_set_effective_context": func(vm *VM, arguments []uint64) Status {
		context := uint32(arguments[0])
		if !vm.contexts[context] {
			return BadArgument
		}
		vm.effective = context
		return OK
	},

	"proxy_set_property": func(vm *VM, arguments []uint64) Status {
		name, nameOK := vm.read(arguments[0], arguments[1])
		value, valueOK := vm.read(arguments[2], arguments[3])
		switch {
		case !nameOK || !valueOK:
			return InvalidMemoryAccess
		case vm.stream == nil:
			return BadArgument
		}
		vm.stream.properties[name] = append(vm.stream.properties[name], value)
		return OK
	},

	"proxy_define_metric": func(vm *VM, arguments []uint64) Status {
		name, ok := vm.read(arguments[1], arguments[2])
		switch {
		case arguments[0] != counter:
			return Unimplemented
		case !ok || !vm.writeNumber(arguments[3], uint32(len(vm.metrics))+1):
			return InvalidMemoryAccess
		}
		vm.metrics = append(vm.metrics, name)
		vm.Counters[name] += 0 // there from now on
		return OK
	},

	"proxy_increment_metric": func(vm *VM, arguments []uint64) Status {
		id, offset := uint32(arguments[0]), int64(arguments[1])
		switch {
		case id == 0 || id > uint32(len(vm.metrics)):
			return NotFound
		case offset < 0:
			return BadArgument
		}
		vm.Counters[vm.metrics[id-1]] += offset
		return OK
	},
}

func (vm *VM) read(pointer, size uint64) (text string, ok bool) {
	memory := vm.instance.Memory()
	if pointer+size > uint64(len(memory)) {
		return "", false
	}
	return string(memory[pointer : pointer+size]), true
}

func (vm *VM) write(pointer uint64, data []byte) (ok bool) {
	memory := vm.instance.Memory()
	if pointer+uint64(len(data)) > uint64(len(memory)) {
		return false
	}
	copy(memory[pointer:], data)
	return true
}

func (vm *VM) writeNumber(pointer uint64, number uint32) (ok bool) {
	return vm.write(pointer, binary.LittleEndian.AppendUint32(nil, number))
}

// give hands data over in memory that the module allocates; none of it is a
// null pointer.
func (vm *VM) give(data []byte, pointerAt, sizeAt uint64) Status {
	var pointer uint32
	if len(data) > 0 {
		if pointer, vm.trap = vm.allocate(uint32(len(data))); vm.trap != nil {
			return InternalFailure
		}
		if pointer == 0 || !vm.write(uint64(pointer), data) {
			return InvalidMemoryAccess
		}
	}
	if !vm.writeNumber(pointerAt, pointer) || !vm.writeNumber(sizeAt, uint32(len(data))) {
		return InvalidMemoryAccess
	}
	return OK
}

// serialize writes pairs as hosts do: their count, the sizes of each name and
// value, then all of these, each with a NUL behind it.
func serialize(pairs [][2]string) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(pairs)))
	for _, pair := range pairs {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(pair[0])))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(pair[1])))
	}
	for _, pair := range pairs {
		b = append(append(b, pair[0]...), 0)
		b = append(append(b, pair[1]...), 0)
	}
	return b
}

// deserialize is strict: ok is false unless b is all pairs and nothing else.
func deserialize(b []byte) (pairs [][2]string, ok bool) {
	number := func() (n int) {
		if len(b) < 4 {
			return -1
		}
		n, b = int(binary.LittleEndian.Uint32(b)), b[4:]
		return n
	}
	count := number()
	if count < 0 || count > len(b)/8 {
		return nil, false
	}
	sizes := make([]int, 2*count)
	for i := range sizes {
		sizes[i] = number()
	}
	pairs = make([][2]string, count)
	for i, size := range sizes {
		if size >= len(b) || b[size] != 0 {
			return nil, false
		}
		pairs[i/2][i%2], b = string(b[:size]), b[size+1:]
	}
	return pairs, len(b) == 0
}
