// SPDX-License-Identifier: Apache-2.0

package behaviour

import (
	"strconv"

	"notimplemented/e2e/harness/rawhttp"
)

// Answer is the plugin's 501 with this body, whole, as a client gets it from Envoy.
// The pairs are fields that differ; an empty value stands for none.
func Answer(body string, pairs ...string) rawhttp.Response {
	header := map[string]string{
		"cache-control":          "no-store",
		"content-length":         strconv.Itoa(len(body)),
		"content-type":           "application/json",
		"server":                 "envoy",
		"x-content-type-options": "nosniff",
	}
	for i := 0; i < len(pairs); i += 2 {
		if header[pairs[i]] = pairs[i+1]; pairs[i+1] == "" {
			delete(header, pairs[i])
		}
	}
	return rawhttp.Response{Status: 501, Header: header, Body: body}
}
