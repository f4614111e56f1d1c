// SPDX-License-Identifier: Apache-2.0

//go:build !tinygo

package filter

import "github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"

// send leaves the response code details out: the SDK's call, which its emulated
// host sees in tests, has no place for them.
func send(reply Reply) error {
	return proxywasm.SendHttpResponse(Status, reply.Headers, reply.Body, reply.GRPCStatus)
}
