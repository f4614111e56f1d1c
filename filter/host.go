// SPDX-License-Identifier: Apache-2.0

//go:build tinygo

package filter

import (
	"strconv"
	"unsafe"

	"notimplemented/filter/answer"
)

// The SDK's own calls allocate for each result, and have no place for response
// code details.

//go:wasmimport env proxy_get_header_map_value
func proxyGetHeaderMapValue(mapType uint32, key unsafe.Pointer, keySize uint32, value, size unsafe.Pointer) hostStatus

//go:wasmimport env proxy_get_header_map_pairs
func proxyGetHeaderMapPairs(mapType uint32, pairs, size unsafe.Pointer) hostStatus

//go:wasmimport env proxy_log
func proxyLog(level uint32, message unsafe.Pointer, size uint32) hostStatus

//go:wasmimport env proxy_send_local_response
func proxySendLocalResponse(status uint32, details unsafe.Pointer, detailsSize uint32, body unsafe.Pointer, bodySize uint32,
	headers unsafe.Pointer, headersSize uint32, grpcStatus int32) hostStatus

//go:wasmimport env proxy_define_metric
func proxyDefineMetric(metricType uint32, name unsafe.Pointer, nameSize uint32, id unsafe.Pointer) hostStatus

//go:wasmimport env proxy_increment_metric
func proxyIncrementMetric(id uint32, offset int64) hostStatus

//go:wasmimport env proxy_set_effective_context
func proxySetEffectiveContext(context uint32) hostStatus

//go:wasmimport env proxy_set_property
func proxySetProperty(path unsafe.Pointer, pathSize uint32, value unsafe.Pointer, valueSize uint32) hostStatus

const (
	mapRequestHeaders = 0
	metricCounter     = 0
	levelDebug        = 1
	levelError        = 4
)

// hostStatus is what a host call returns.
type hostStatus uint32

const (
	statusOK          hostStatus = 0
	statusNotFound    hostStatus = 1
	statusBadArgument hostStatus = 2
)

func (s hostStatus) Error() string {
	return "host status " + strconv.Itoa(int(s))
}

// result is where the host writes the address and the size of what it returns;
// a local variable would be allocated in each call.
var result struct {
	data *byte
	size uint32
}

func requestField(name string) (value string, ok bool, err error) {
	scratchUsed = scratchKept
	result.data, result.size = nil, 0
	switch status := proxyGetHeaderMapValue(mapRequestHeaders, unsafe.Pointer(unsafe.StringData(name)), uint32(len(name)),
		unsafe.Pointer(&result.data), unsafe.Pointer(&result.size)); status {
	case statusOK:
		return unsafe.String(result.data, result.size), true, nil
	case statusNotFound:
		return "", false, nil
	default:
		return "", false, status
	}
}

func requestFields() (pairs, error) {
	scratchUsed = scratchKept
	result.data, result.size = nil, 0
	status := proxyGetHeaderMapPairs(mapRequestHeaders, unsafe.Pointer(&result.data), unsafe.Pointer(&result.size))
	if status != statusOK {
		return nil, status
	}
	return unsafe.Slice(result.data, result.size), nil
}

func send(a *answer.Answer, headers pairs) error {
	details := a.Details()
	status := proxySendLocalResponse(uint32(a.Status),
		unsafe.Pointer(unsafe.SliceData(details)), uint32(len(details)),
		unsafe.Pointer(unsafe.SliceData(a.Body)), uint32(len(a.Body)),
		unsafe.Pointer(unsafe.SliceData(headers)), uint32(len(headers)), answer.Unimplemented)
	if status != statusOK {
		return status
	}
	return nil
}

func defineCounter(name string) (id uint32, err error) {
	result.size = 0
	status := proxyDefineMetric(metricCounter, unsafe.Pointer(unsafe.StringData(name)), uint32(len(name)), unsafe.Pointer(&result.size))
	if status != statusOK {
		return 0, status
	}
	return result.size, nil
}

func increment(counter uint32) error {
	if status := proxyIncrementMetric(counter, 1); status != statusOK {
		return status
	}
	return nil
}

// exists reports whether the host still has a context; current is the one that the
// host is in.
func exists(context, current uint32) bool {
	if context == current {
		return true
	}
	status := proxySetEffectiveContext(context)
	proxySetEffectiveContext(current)
	return status != statusBadArgument
}

// setProperty needs no answer: a host without properties does without this one.
func setProperty(name string, value []byte) {
	proxySetProperty(unsafe.Pointer(unsafe.StringData(name)), uint32(len(name)), unsafe.Pointer(unsafe.SliceData(value)), uint32(len(value)))
}

func log(level uint32, line []byte) {
	proxyLog(level, unsafe.Pointer(unsafe.SliceData(line)), uint32(len(line)))
}
