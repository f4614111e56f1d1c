// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"notimplemented/e2e/harness/envoy"
)

func TestRefusedConfigurationStopsEnvoy(t *testing.T) {
	for _, tt := range []struct {
		name, configuration string
		want                string
	}{
		{"none", "", `no configuration, want "implemented_methods" or "unimplemented"`},
		{"syntax", `{"implemented_methods": ["GET",]}`, `syntax error at offset 30: invalid character ',' at start of value`},
		{"too long", strings.Repeat(" ", 70000), `configuration is 70000 bytes, want at most 64 KiB`},
		{"every mistake", `{"implemented_methods": ["GET", "GE T"], "unimplemented": [{"methd": "PATCH"}]}`,
			`/implemented_methods/1: "GE T" is not a method, want one like "GET"` + "\n" +
				`/unimplemented/0/methd: unknown key, want "method"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			process, err := envoy.Start(bootstrap(t, upstreamAddress(t), manager{configuration: tt.configuration}))
			refused, ok := errors.AsType[*envoy.Refused](err)
			if !ok {
				if err == nil {
					err = process.Stop()
				}
				t.Fatalf("Envoy started: %v", err)
			}
			got, want := logged(refused.Stderr, "critical"), []string{"configuration refused: " + tt.want}
			if !slices.Equal(got, want) {
				t.Errorf("logged\n%q, want\n%q", got, want)
			}
		})
	}
}

func TestRefusedConfigurationStopsEnvoyUnderEveryFailurePolicy(t *testing.T) {
	for _, policy := range []string{"FAIL_OPEN", "FAIL_RELOAD"} {
		t.Run(policy, func(t *testing.T) {
			process, err := envoy.Start(bootstrap(t, upstreamAddress(t), manager{`{"implemented_methods": []}`,
				"- {op: add, path: /http_filters/0/typed_config/config/failure_policy, value: " + policy + "}"}))
			if _, ok := errors.AsType[*envoy.Refused](err); !ok {
				if err == nil {
					err = process.Stop()
				}
				t.Fatalf("Envoy started: %v", err)
			}
		})
	}
}

func TestMissingPluginStopsEnvoy(t *testing.T) {
	process, err := envoy.Start(bootstrap(t, upstreamAddress(t), manager{`{"implemented_methods": ["GET"]}`,
		"- {op: replace, path: /http_filters/0/typed_config/config/vm_config/code/local/filename, value: " + t.TempDir() + "/plugin.wasm}"}))
	if _, ok := errors.AsType[*envoy.Refused](err); !ok {
		if err == nil {
			err = process.Stop()
		}
		t.Fatalf("Envoy started: %v", err)
	}
}
