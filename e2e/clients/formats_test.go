// SPDX-License-Identifier: Apache-2.0

package clients

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// api is a section of docs/formats.md: a configuration of the plugin, and what
// each client reports with it.
type api struct {
	name, configuration string
	reports             []report
}

type report struct{ client, want string }

var (
	heading = regexp.MustCompile(`(?m)^## (.*)$`)
	block   = regexp.MustCompile("(?s)\n```(json|text)\n(.*?)\n```\n")
)

func documented(t *testing.T) (apis []api) {
	t.Helper()
	text, err := os.ReadFile("../../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := heading.FindAllSubmatchIndex(text, -1)
	for i, section := range sections {
		end := len(text)
		if i+1 < len(sections) {
			end = sections[i+1][0]
		}
		api := api{name: string(text[section[2]:section[3]])}
		for _, found := range block.FindAllSubmatch(text[section[1]:end], -1) {
			if string(found[1]) == "json" {
				api.configuration = string(found[2])
				continue
			}
			for line := range strings.Lines(string(found[2]) + "\n") {
				client, want, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
				api.reports = append(api.reports, report{client, want})
			}
		}
		if api.configuration != "" {
			apis = append(apis, api)
		}
	}
	return apis
}

// ask asks for what is not implemented, and returns what the client reports.
type ask func(t *testing.T, client, address string) string

// clients are those that docs/formats.md names, by API and name.
var clients = map[string]map[string]ask{
	"S3": {
		"boto3":         python,
		"boto3, HEAD":   python,
		"minio":         python,
		"minio-go":      minioGo,
		"aws-sdk-go-v2": awsGo,
	},
	"Azure Storage": {"azure-storage-blob": python},
	"Azure REST":    {"azure-core": python},
	"OData":         {"python-odata": python},
	"SCIM":          {"scim2-client": python},
	"FHIR":          {"fhirpy": python},
	"Kubernetes": {
		"client-go":  clientGo,
		"kubernetes": python,
	},
	"Connect": {
		"connect-go":           method("Check", connectGo(false)),
		"connect-go, stream":   method("Watch", connectGo(false)),
		"connect-node":         method("Check", javascript),
		"connect-node, stream": method("Watch", javascript),
		"connect-web":          method("Check", javascript),
		"connect-web, stream":  method("Watch", javascript),
	},
	"Twirp":          {"twirp": twirpGo},
	"Google":         {"google-cloud-storage": python},
	"OCI registries": {"go-containerregistry": containerRegistry},
	"JSON:API":       {"jsonapi-client": python},
	"GraphQL":        {"gql": python},
	"JSON-RPC":       {"jsonrpclib-pelix": python},
	"WebDAV":         {"webdav4": python},
}

func method(method string, call call) ask {
	return func(t *testing.T, client, address string) string {
		return call(t, strings.TrimSuffix(client, ", stream"), method, address)
	}
}

// TestFormats tests that each client reports what docs/formats.md says, and sends
// its request once.
func TestFormats(t *testing.T) {
	// The server is fine with anything, such as the first request of a registry's client.
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	apis := documented(t)
	var listeners []listener
	for i, api := range apis {
		listeners = append(listeners, listener{
			Name:          strconv.Itoa(i),
			Configuration: api.configuration,
			Server:        newServer(t, server.Listener.Addr().String(), false),
		})
	}
	proxy := serve(t, listeners...)
	untested := maps.Clone(clients)
	for i, api := range apis {
		delete(untested, api.name)
		if len(api.reports) != len(clients[api.name]) {
			t.Errorf("%s: %d clients, want %d", api.name, len(api.reports), len(clients[api.name]))
		}
		for _, report := range api.reports {
			t.Run(api.name+" "+report.client, func(t *testing.T) {
				ask := clients[api.name][report.client]
				if ask == nil {
					t.Fatal("no such client here")
				}
				before := proxy.count(t, strconv.Itoa(i), "downstream_rq_5xx")
				if got := ask(t, report.client, proxy.Address(strconv.Itoa(i))); got != report.want {
					t.Errorf("got %s\nwant %s", got, report.want)
				}
				if answers := proxy.count(t, strconv.Itoa(i), "downstream_rq_5xx") - before; answers != 1 {
					t.Errorf("%d times 501, want once", answers)
				}
			})
		}
	}
	if len(untested) > 0 {
		t.Errorf("docs/formats.md lacks %v", slices.Collect(maps.Keys(untested)))
	}
}
