// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"fmt"
	"math/rand/v2"
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
	config := "{\"implemented_methods\":\t[\"GET\" \t,\r\n\t\"GE T\"]\t\n,\r\t\"dryrun\"\n:\ttrue}"
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

// The first mistakes of the document are kept for the log, in whatever order they are
// found, and the others are counted.
func TestMistakesForLog(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		servers := make([]string, 30)
		for i := range servers {
			parts := []string{
				fmt.Sprintf(`"hosts": [%s]`, []string{`"a%d"`, `"a:1"`, `"a0"`, `7`}[random.IntN(4)]),
				fmt.Sprintf(`"unimplemented": [%s]`, []string{`{"method": "put"}`, `{"method": "PUT", "alternatives": ["PUT"]}`, `{"query": "?a"}`, `7`}[random.IntN(4)]),
				fmt.Sprintf(`"implemented_methods": [%s]`, []string{`"GET"`, `"get"`, `7`}[random.IntN(3)]),
			}
			random.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
			servers[i] = "{" + strings.ReplaceAll(strings.Join(parts, ", "), "%d", fmt.Sprint(i)) + "}"
		}
		json := []byte(`{"servers": [` + strings.Join(servers[:random.IntN(30)+1], ", ") + `]}`)
		var all, kept Mistakes
		_, err := Parse(json)
		errors.As(err, &all)
		_, err = ReadForLog(json)
		errors.As(err, &kept)
		want := all
		if more := len(all) - 20; more > 0 {
			want = append(all[:20:20], Mistake{Problem: fmt.Sprintf("and %d more", more)})
		}
		if kept.Error() != want.Error() {
			t.Fatalf("%s\nhas for the log\n%v\nwant\n%v", json, kept, want)
		}
	}
}

// An unknown key is taken for the nearest one within two edits.
func TestUnknownKeys(t *testing.T) {
	// edits is how many there are between two words, by its definition.
	var edits func(a, b string, most int) int
	edits = func(a, b string, most int) int {
		switch {
		case a == "" || b == "" || most == 0:
			return max(len(a), len(b)) * min(1, len(a)+len(b))
		case a[0] == b[0]:
			return edits(a[1:], b[1:], most)
		}
		return 1 + min(edits(a[1:], b[1:], most-1), edits(a[1:], b, most-1), edits(a, b[1:], most-1))
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		key := []byte(topKeys[random.IntN(len(topKeys))])
		for range 1 + random.IntN(4) {
			i := random.IntN(len(key))
			c := "abdefhilmnoprstuv_"[random.IntN(18)]
			switch random.IntN(3) {
			case 0:
				key[i] = c
			case 1:
				key = append(key[:i], append([]byte{c}, key[i:]...)...)
			default:
				key = append(key[:i], key[i+1:]...)
			}
		}
		want, least := `want one of "`, 3
		for _, known := range topKeys {
			if n := edits(string(key), known, 3); n < least {
				want, least = "want "+quote(known), n
			}
		}
		_, err := Parse([]byte(fmt.Sprintf(`{"implemented_methods": ["GET"], %q: 0}`, key)))
		if least > 0 && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, %s", key, err, want)
		}
	}
}
