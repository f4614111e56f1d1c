// SPDX-License-Identifier: Apache-2.0

package contract_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"notimplemented/filter/answer"
	"notimplemented/filter/config"
	"notimplemented/filter/contract"
	"notimplemented/filter/servers"
)

// The core keeps the contract, whatever the configuration and the requests.
func FuzzCore(f *testing.F) {
	for _, seed := range contract.Seeds(3000) {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, seed []byte) {
		choices := contract.Choices(seed)
		json := choices.Configuration(true)
		promised, err := contract.Read(json)
		if err != nil {
			t.Fatalf("%s: %v", json, err)
		}
		taken, err := config.Parse([]byte(json))
		if err != nil {
			t.Fatalf("%s: %v, want it taken", json, err)
		}
		var d servers.Decision
		for range 10 {
			r := choices.Request(promised)
			if method, _ := servers.Header(r).First(":method"); method == "" {
				continue // the host's trouble, of which the core knows nothing
			}
			want := promised.Outcome(r)
			if got := outcomeOf(t, taken, &d, r); got != describe(want) {
				t.Errorf("%s\nrequest %q\n%s\nwant\n%s", json, r, got, describe(want))
			}
		}
	})
}

// outcomeOf is what the core makes of a request.
func outcomeOf(t *testing.T, taken *config.Config, d *servers.Decision, r servers.Header) string {
	t.Helper()
	method, _ := r.First(":method")
	if err := taken.Servers.Decide(d, method, r.Request()); err != nil {
		t.Fatal(err)
	}
	var o contract.Outcome
	for _, missing := range d.DryRun {
		o.DryRuns = append(o.DryRuns, string(answer.AppendDetails(nil, missing)))
	}
	if d.Missing != nil {
		said, _ := taken.Formats[d.Server].HTTP(nil, d.Missing)
		if isGRPC, _ := answer.IsGRPC(method, r.Request()); isGRPC {
			said, _ = answer.GRPC(nil, d.Missing)
		}
		o.Answer = &contract.Answer{Status: answer.Status, Details: string(said.Details), Headers: said.Headers, Body: string(said.Body), GRPCStatus: said.GRPCStatus}
	}
	return describe(o)
}

func describe(o contract.Outcome) string {
	answer := "passes"
	if o.Answer != nil {
		answer = fmt.Sprintf("%d %q %q %q %d", o.Answer.Status, o.Answer.Details, o.Answer.Headers, o.Answer.Body, o.Answer.GRPCStatus)
	}
	return fmt.Sprintf("dry runs %q, %s", o.DryRuns, answer)
}

// The parser finds every value that is wrong beside others, and no more.
func FuzzMistakes(f *testing.F) {
	for _, seed := range contract.Seeds(3000) {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, seed []byte) {
		choices := contract.Choices(seed)
		json := choices.Configuration(false)
		promised, err := contract.Read(json)
		if err != nil {
			t.Fatalf("%s: %v", json, err)
		}
		want := map[string]string{}
		for _, mistake := range promised.Mistakes() {
			want[mistake.Pointer] = mistake.Other
		}
		_, err = config.Parse([]byte(json))
		var mistakes config.Mistakes
		if errors.As(err, &mistakes); len(mistakes) != len(want) {
			t.Errorf("%s\n%v\nwant %q", json, err, want)
		}
		if !slices.IsSortedFunc(mistakes, func(a, b config.Mistake) int { return a.Offset - b.Offset }) {
			t.Errorf("%s\n%v\nis not in the order of the document", json, mistakes)
		}
		for _, mistake := range mistakes {
			if other, ok := want[mistake.Pointer]; !ok || !strings.Contains(mistake.Problem, other) {
				t.Errorf("%s\n%v\nwant %q", json, mistake, want)
			}
		}
	})
}
