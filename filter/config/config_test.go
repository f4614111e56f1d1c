// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"strings"
	"testing"

	"notimplemented/filter/config/configtest"
)

func TestParseRefuses(t *testing.T) {
	for _, tt := range configtest.Refusals {
		t.Run(tt.Name, func(t *testing.T) {
			parsed, err := Parse([]byte(tt.Config))
			if err == nil {
				t.Fatalf("Parse(%.200s) = %v, want the error\n%s", tt.Config, parsed, tt.Want)
			}
			if got := err.Error(); got != tt.Want {
				t.Errorf("Parse(%.200s):\n%s\nwant\n%s", tt.Config, got, tt.Want)
			}
		})
	}
}

func TestMistakesHaveOffsets(t *testing.T) {
	config := `{"implemented_methods": ["GET" , "GE T"], "dryrun": true}`
	_, err := Parse([]byte(config))
	var mistakes Mistakes
	if !errors.As(err, &mistakes) || len(mistakes) != 2 {
		t.Fatalf("Parse: %v, want two mistakes", err)
	}
	for i, want := range []string{`"GE T"`, `"dryrun"`} {
		if rest := config[mistakes[i].Offset:]; !strings.HasPrefix(rest, want) {
			t.Errorf("mistake %d (%v) is at %q, want %q", i, mistakes[i], rest, want)
		}
	}
}

func TestParseAccepts(t *testing.T) {
	for _, tt := range configtest.Acceptances {
		t.Run(tt.Name, func(t *testing.T) {
			parsed, err := Parse([]byte(tt.Config))
			if err != nil {
				t.Fatalf("Parse(%.200s): %v", tt.Config, err)
			}
			if got := parsed.Servers.String(); got != tt.Want {
				t.Errorf("Parse(%.200s) = %q, want %q", tt.Config, got, tt.Want)
			}
		})
	}
}

func TestIsDry(t *testing.T) {
	for config, want := range map[string]bool{
		`{"implemented_methods": ["POST"]}`:                                                     false,
		`{"implemented_methods": ["POST"], "dry_run": true}`:                                    true,
		`{"unimplemented": [{"method": "PUT"}, {"method": "POST", "dry_run": true}]}`:           true,
		`{"unimplemented": [{"method": "PUT"}, {"query": "q", "capability": "c"}]}`:             false,
		`{"unimplemented": [{"method": "PUT"}, {"query":"q","capability":"c","dry_run":true}]}`: true,
	} {
		parsed, err := Parse([]byte(config))
		if err != nil {
			t.Fatal(err)
		}
		if got := parsed.Servers.IsDry(); got != want {
			t.Errorf("IsDry of %s = %v, want %v", config, got, want)
		}
	}
}
