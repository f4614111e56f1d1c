// SPDX-License-Identifier: Apache-2.0

//go:build wasip1

// Command go is the rule of the filter, for three methods, with the SDK for
// official Go.
package main

import (
	"slices"
	"strings"
	"sync"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

var (
	implemented = []string{"GET", "HEAD", "POST"}
	counter     = sync.OnceValue(func() proxywasm.MetricCounter { return proxywasm.DefineCounterMetric("not_implemented_total") })
)

func main() {}

func init() {
	proxywasm.SetHttpContext(func(uint32) types.HttpContext { return &stream{} })
}

type stream struct {
	types.DefaultHttpContext
}

func (*stream) OnHttpRequestHeaders(int, bool) types.Action {
	method, err := proxywasm.GetHttpRequestHeader(":method")
	if err != nil || slices.Contains(implemented, method) {
		return types.ActionContinue
	}
	counter().Increment(1)
	proxywasm.LogDebug("501 not_implemented_method[" + method + "]")
	message := "This server does not implement the " + method + " method."
	headers := [][2]string{{"content-type", "application/json"}, {"cache-control", "no-store"}, {"x-content-type-options", "nosniff"}}
	body := `{"error":"not_implemented","message":"` + message + `","method":"` + method + `"}`
	grpcStatus := int32(-1)
	contentType, err := proxywasm.GetHttpRequestHeader("content-type")
	if err == nil && strings.HasPrefix(contentType, "application/grpc") {
		headers, body, grpcStatus = headers[1:2], message, 12
	}
	if proxywasm.SendHttpResponse(501, headers, []byte(body), grpcStatus) != nil {
		return types.ActionContinue
	}
	return types.ActionPause
}
