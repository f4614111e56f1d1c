// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"reflect"
	"testing"

	kubernetes "sigs.k8s.io/yaml"
)

// What the encoder makes of YAML is what Kubernetes makes of it.
func TestYAMLAsKubernetes(t *testing.T) {
	for _, text := range []string{
		"[y, Y, yes, Yes, YES, on, On, ON, true, True, TRUE, n, N, no, No, NO, off, Off, OFF, false, False, FALSE]",
		"['yes', \"no\", !!str on, yEs, oN]",
		"[null, Null, NULL, ~, nULL, '~', ]",
		"a:\nb: ''\nc: |\n",
		"[1, -1, 0x1f, 0b11, 1_000, 1.5, 1e3, .5, 9223372036854775808, '1', 1.0.0]",
		"[2001-12-14, 2001-12-14t21:59:43.10-05:00, '2001-12-14']",
		"{yes: 1, 2: 1, 2.5: 1, off: 1, 'on': 1}",
		"a: &a {b: 1, c: 2}\nd: {<<: *a, b: 3}\ne: {<<: [{b: 4, f: 5}, *a], b: 3}\ng: *a\n",
		"a: >\n  b\n  c\n\n  d\ne: |-\n  f\n  g\nh: 'i\n  j'\nk: \"l\\\n  m\\n\\u00fc\"\n",
		"a: !!binary aGVsbG8=",
		"<html & more>: \"\\u2028<>&\"",
		"{}",
		"[[], {}, {a: []}]",
		`{"a": ["b", null, true, 1, {"c": "\"/"}]}`,
		"# nothing but a comment\nimplemented_methods:\n- GET\n- POST # and a comment\n",
	} {
		documents, err := source{"", text}.documents()
		if err != nil || len(documents) != 1 {
			t.Errorf("%s\n%d documents, error %v", text, len(documents), err)
			continue
		}
		var e encoder
		e.append(documents[0].Content[0])
		encoded, err := kubernetes.YAMLToJSON([]byte(text))
		if err != nil {
			t.Errorf("%s\n%v", text, err)
			continue
		}
		if got, want := decoded(t, e.json), decoded(t, encoded); !reflect.DeepEqual(got, want) {
			t.Errorf("%s\n%s, want\n%s", text, e.json, encoded)
		}
	}
}

func decoded(t *testing.T, text []byte) (value any) {
	t.Helper()
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatalf("%s\n%v", text, err)
	}
	return value
}

func TestYAMLRefusedAsByKubernetes(t *testing.T) {
	for _, text := range []string{
		"a: 1\na: 2\n", "{a: 1, 'a': 2}", "b: {yes: 1, true: 2}", "[", "a: *b", "a: &a [*a]", "{[a]: b}", "a: !!int b", "\ta: b", "a: \x00",
	} {
		if _, err := kubernetes.YAMLToJSONStrict([]byte(text)); err == nil {
			t.Errorf("Kubernetes takes %q", text)
		}
		if _, err := (source{"", text}).documents(); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
