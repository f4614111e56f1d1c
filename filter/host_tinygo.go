// SPDX-License-Identifier: Apache-2.0

//go:build tinygo

package filter

import (
	"encoding/binary"
	"errors"
	"strconv"
	"unsafe"
)

// The SDK's own call passes no response code details.
//
//go:wasmimport env proxy_send_local_response
func proxySendLocalResponse(status uint32, details unsafe.Pointer, detailsSize uint32, body unsafe.Pointer, bodySize uint32,
	headers unsafe.Pointer, headersSize uint32, grpcStatus int32) uint32

func send(reply Reply) error {
	headers := serialize(reply.Headers)
	status := proxySendLocalResponse(Status,
		unsafe.Pointer(unsafe.SliceData(reply.Details)), uint32(len(reply.Details)),
		unsafe.Pointer(unsafe.SliceData(reply.Body)), uint32(len(reply.Body)),
		unsafe.Pointer(unsafe.SliceData(headers)), uint32(len(headers)), reply.GRPCStatus)
	if status != 0 {
		return errors.New("host status " + strconv.Itoa(int(status)))
	}
	return nil
}

// serialize writes pairs as hosts read them: their count, the sizes of each
// name and value, then all of these, each with a NUL behind it.
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
