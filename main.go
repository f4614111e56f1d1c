// SPDX-License-Identifier: Apache-2.0

//go:build tinygo

// Command notimplemented is a proxy-wasm plugin that answers 501 Not
// Implemented for what the server behind the proxy implements nowhere.
package main

import (
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"

	"notimplemented/filter"
)

func main() {
	proxywasm.SetVMContext(&filter.VM{})
}
