// SPDX-License-Identifier: Apache-2.0

package quickstart

import (
	"crypto/rand"
	"reflect"
	"slices"
	"strings"
	"testing"

	"notimplemented/e2e/harness/behaviour"
	"notimplemented/e2e/harness/rawhttp"
	"notimplemented/e2e/harness/upstream"
)

// implemented is what envoy.yaml says.
var implemented = []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"}

// missingMethod is the answer of the filter; alternatives is JSON, or nothing.
func missingMethod(method, alternatives string) rawhttp.Response {
	if len(method) > 64 {
		method = method[:64] + "…"
	}
	if alternatives != "" {
		alternatives = `,"alternatives":` + alternatives
	}
	return behaviour.Answer(`{"error":"not_implemented","message":"This server does not implement the ` + method +
		` method.","method":"` + method + `"` + alternatives + `}`)
}

// CONNECT is in connections_test.go.
func TestRegisteredMethods(t *testing.T) {
	connect(t)
	for _, method := range behaviour.RegisteredMethods {
		if method == "CONNECT" {
			continue
		}
		// Envoy itself answers 400 to a QUERY without it.
		request := rawhttp.Request{Method: method, Path: "/", Fields: []rawhttp.Field{{Name: "content-type", Value: "text/plain"}}}
		rawhttp.OverEach(t, method, func(t *testing.T, protocol rawhttp.Protocol) {
			switch {
			case slices.Contains(implemented, method):
				passes(t, protocol, request)
			case method == "PATCH":
				missing(t, protocol, request, missingMethod(method, `["PUT"]`))
			default:
				missing(t, protocol, request, missingMethod(method, ""))
			}
		})
	}
}

func TestExtensionMethods(t *testing.T) {
	connect(t)
	for _, tt := range []struct {
		name         string
		methods      []string
		alternatives string
	}{
		{"each token character", tchars(), ""},
		{"all token characters", []string{strings.Join(tchars(), "")}, ""},
		{"lengths", []string{strings.Repeat("M", 64), strings.Repeat("M", 65), strings.Repeat("M", 8000)}, ""},
		{"other cases of an implemented one", []string{"get", "Get", "gET"}, `["GET"]`},
		{"other cases of a missing one", []string{"patch", "Trace"}, ""},
	} {
		rawhttp.OverEach(t, tt.name, func(t *testing.T, protocol rawhttp.Protocol) {
			id := rand.Text()
			connection := protocol.Dial(t, envoyAddress)
			for _, method := range tt.methods {
				got := connection.Do(rawhttp.Request{Method: method, Path: "/", Fields: []rawhttp.Field{{Name: upstream.ID, Value: id}}})[0]
				if want := missingMethod(method, tt.alternatives); !reflect.DeepEqual(got, want) {
					t.Errorf("%s: got %v\nwant %v", method, got, want)
				}
			}
			received, err := upstream.Received(upstreamAddress, id)
			if err != nil || len(received) > 0 {
				t.Errorf("the upstream server received %v, %v, want nothing", received, err)
			}
		})
	}
}

// tchars returns the characters of a token: RFC 9110, section 5.6.2.
func tchars() (tchars []string) {
	for c := '!'; c <= '~'; c++ {
		if !strings.ContainsRune(`"(),/:;<=>?@[\]{}`, c) {
			tchars = append(tchars, string(c))
		}
	}
	return tchars
}
