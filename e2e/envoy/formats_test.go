// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"cmp"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"notimplemented/e2e/harness/project"
	"reflect"
	"strings"
	"testing"
)

// described is what the plugin reads of a configuration in docs/.
type described struct {
	Unimplemented []struct {
		Method, Header, Value, Query, Path, Capability string

		Alternatives []string
	}
	Format struct {
		ContentType string `json:"content_type"`
		Body        any
	}
}

// TestFormats tests every configuration of docs/formats.md, and docs/s3.json: the
// plugin takes it, and answers each of its entries in its format.
func TestFormats(t *testing.T) {
	configurations := append(project.Blocks(t, "docs/formats.md", "json"), project.File(t, "docs/s3.json"))
	var managers []manager
	for _, configuration := range configurations {
		managers = append(managers, manager{configuration, "- {op: add, path: /upgrade_configs/-, value: {upgrade_type: SPDY/3.1}}"})
	}
	_, addresses := serveManagers(t, upstreamAddress(t), managers...)
	for i, configuration := range configurations {
		var c described
		if err := json.Unmarshal([]byte(configuration), &c); err != nil {
			t.Fatal(err)
		}
		for _, entry := range c.Unimplemented {
			request, err := http.NewRequestWithContext(t.Context(), entry.Method, "http://"+addresses[i]+cmp.Or(strings.TrimPrefix(entry.Path, "*"), "/")+"?"+entry.Query, nil)
			if err != nil {
				t.Fatal(err)
			}
			if entry.Header != "" {
				request.Header.Set(entry.Header, entry.Value)
			}
			if entry.Header == "upgrade" {
				request.Header.Set("connection", "upgrade") // without which Envoy drops it
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != http.StatusNotImplemented || response.Header.Get("content-type") != c.Format.ContentType {
				t.Errorf("%v: %s, %q, want 501, %q", entry, response.Status, response.Header.Get("content-type"), c.Format.ContentType)
			}
			kind, name := "method", entry.Method
			message := "This server does not implement the " + entry.Method + " method."
			if entry.Capability != "" {
				kind, name, message = "capability", entry.Capability, "This server does not implement "+entry.Capability+"."
			}
			instead := ""
			if len(entry.Alternatives) > 0 {
				instead = " Use " + strings.Join(entry.Alternatives, " or ") + "."
			}
			if _, ok := c.Format.Body.(string); ok {
				escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;").Replace
				if c.Format.ContentType == "text/plain" {
					escape = func(text string) string { return text }
				}
				name, message, instead = escape(name), escape(message), escape(instead)
			}
			words := strings.NewReplacer("{kind}", kind, "{name}", name, "{message}", message, "{instead}", instead)
			if got, want := decode(t, c.Format.Body, body), render(c.Format.Body, words, entry.Alternatives); !reflect.DeepEqual(got, want) {
				t.Errorf("got %v\nwant %v", got, want)
			}
		}
	}
}

// render is a body with the words for its placeholders.
func render(body any, words *strings.Replacer, alternatives []string) any {
	switch body := body.(type) {
	case string:
		if body == "{alternatives}" {
			array := make([]any, len(alternatives))
			for i, alternative := range alternatives {
				array[i] = alternative
			}
			return array
		}
		return words.Replace(body)
	case []any:
		var array []any
		for _, element := range body {
			array = append(array, render(element, words, alternatives))
		}
		return array
	case map[string]any:
		object := make(map[string]any)
		for name, value := range body {
			object[words.Replace(name)] = render(value, words, alternatives)
		}
		return object
	}
	return body
}

// decode is what came where the format has this body: JSON, or well-formed XML.
func decode(t *testing.T, body any, received []byte) (value any) {
	t.Helper()
	if _, ok := body.(string); !ok {
		if err := json.Unmarshal(received, &value); err != nil {
			t.Errorf("%s: %v", received, err)
		}
		return value
	}
	for decoder := xml.NewDecoder(strings.NewReader(string(received))); ; {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return string(received)
		} else if err != nil {
			t.Errorf("%s: %v", received, err)
			return string(received)
		}
	}
}
