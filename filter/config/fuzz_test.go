// SPDX-License-Identifier: Apache-2.0

package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"notimplemented/filter/config/configtest"

	"notimplemented/filter/servers"
)

// What Parse accepts it enforces; what it refuses it explains. It never panics.
func FuzzParse(f *testing.F) {
	for _, tt := range configtest.Refusals {
		f.Add([]byte(tt.Config))
	}
	for _, tt := range configtest.Acceptances {
		f.Add([]byte(tt.Config))
	}
	schema := schema(f)
	f.Fuzz(func(t *testing.T, config []byte) {
		taken, err := Parse(config)
		if err != nil {
			checkMistakes(t, config, err)
			return
		}
		if err := validate(schema, string(config)); err != nil {
			t.Errorf("Parse accepts what the schema does not: %v", err)
		}
		var declared struct {
			ImplementedMethods []string `json:"implemented_methods"`
			Unimplemented      []struct{ Method, Header, Value, Query, Capability string }
		}
		if err := json.Unmarshal(config, &declared); err != nil {
			t.Fatalf("Parse accepts what encoding/json does not: %v", err)
		}
		for _, method := range append(declared.ImplementedMethods, "GET", "HEAD") {
			if got := decide(taken, [2]string{":method", method}); got != "" {
				t.Errorf("%q is implemented and got %q", method, got)
			}
		}
		if declared.ImplementedMethods != nil {
			other := strings.Join(declared.ImplementedMethods, "") + "GETHEADX"
			if got := decide(taken, [2]string{":method", other}); got == "" {
				t.Errorf("%.100q is not implemented and passes", other)
			}
		}
		for i, entry := range declared.Unimplemented {
			method := entry.Method
			if method == "" {
				method = "GET"
			}
			r := [][2]string{{":method", method}}
			if entry.Query != "" {
				r = append(r, [2]string{":path", "/?x&" + percentEncode(entry.Query) + "=1"})
			}
			if entry.Header != "" {
				r = append(r, [2]string{strings.ToLower(entry.Header), "x"}, [2]string{strings.ToLower(entry.Header), "x, " + entry.Value + " ;q=1"})
			}
			if got := decide(taken, r...); got == "" {
				t.Errorf("entry %d: %q passes", i, r)
			}
		}
	})
}

func percentEncode(s string) (encoded string) {
	for _, octet := range []byte(s) {
		encoded += fmt.Sprintf("%%%02X", octet)
	}
	return encoded
}

func checkMistakes(t *testing.T, config []byte, err error) {
	var mistakes Mistakes
	if !errors.As(err, &mistakes) || len(mistakes) == 0 {
		t.Fatalf("error %#v, want Mistakes", err)
	}
	last := 0
	for _, m := range mistakes {
		if m.Problem == "" || m.Offset < last || m.Offset > len(config) {
			t.Errorf("mistake %+v after offset %d of %d", m, last, len(config))
		}
		last = m.Offset
	}
}

// decide returns what is missing for a request, behind "dry run: " where that keeps
// it from being answered; nothing for a request that passes.
func decide(taken *Config, fields ...[2]string) (decision string) {
	header := servers.Header(fields)
	method, _ := header.First(":method")
	var d servers.Decision
	_ = taken.Servers.Decide(&d, method, header.Request()) // no question has an error
	for _, missing := range d.DryRun {
		decision += "dry run: " + missing.Name
	}
	if d.Missing != nil {
		decision += d.Missing.Name
	}
	return decision
}
