// SPDX-License-Identifier: Apache-2.0

//go:build !tinygo

package filter

import (
	"errors"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"
)

// Natively the SDK's calls stand in, since its emulated host sees no others.

func requestField(name string) (value string, ok bool, err error) {
	value, err = proxywasm.GetHttpRequestHeader(name)
	if errors.Is(err, types.ErrorStatusNotFound) {
		return "", false, nil
	}
	return value, err == nil, err
}

func requestFields() (pairs, error) {
	fields, err := proxywasm.GetHttpRequestHeaders()
	return appendPairs(nil, fields), err
}

// send leaves the response code details out, which the SDK has no place for.
func send(reply Reply) error {
	return proxywasm.SendHttpResponse(Status, reply.Headers, reply.Body, reply.GRPCStatus)
}

func defineCounter(name string) (id uint32, err error) {
	return uint32(proxywasm.DefineCounterMetric(name)), nil
}

func increment(counter uint32) error {
	proxywasm.MetricCounter(counter).Increment(1)
	return nil
}

func logDebug(line []byte) {
	proxywasm.LogDebug(string(line))
}

func beginCallback() {}

func keepResult() {}
