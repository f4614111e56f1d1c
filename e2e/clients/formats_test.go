// SPDX-License-Identifier: Apache-2.0

package clients

import (
	"cmp"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"notimplemented/e2e/harness/project"
)

// api is a section of docs/formats.md: a configuration of the plugin, and what
// each client reports with it.
type api struct {
	name, configuration string
	reports             []report
}

type report struct {
	client   string
	requests int // which are answered with 501
	want     string
}

var (
	heading  = regexp.MustCompile(`(?m)^## (.*)$`)
	block    = regexp.MustCompile("(?s)\n```(json|text)\n(.*?)\n```\n")
	reported = regexp.MustCompile(`(?m)^(.*?)(?: \((\d+) requests\))?: (.*)$`)
)

func documented(t *testing.T) (apis []api) {
	t.Helper()
	text := project.File(t, "docs/formats.md")
	sections := heading.FindAllStringSubmatchIndex(text, -1)
	for i, section := range sections {
		end := len(text)
		if i+1 < len(sections) {
			end = sections[i+1][0]
		}
		api := api{name: text[section[2]:section[3]]}
		for _, found := range block.FindAllStringSubmatch(text[section[1]:end], -1) {
			if found[1] == "json" {
				api.configuration = found[2]
				continue
			}
			for _, line := range reported.FindAllStringSubmatch(found[2], -1) {
				requests, _ := strconv.Atoi(cmp.Or(line[2], "1")) // which the pattern has made a number
				api.reports = append(api.reports, report{line[1], requests, line[3]})
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
		"boto3":         python("S3"),
		"boto3, HEAD":   python("S3"),
		"minio":         python("S3"),
		"minio-go":      minioGo,
		"minio-js":      javascript("apis.js"),
		"aws-sdk-go-v2": awsGo,
		"rclone":        rcloneS3,
	},
	"Azure Storage": {"azure-storage-blob": python("Azure Storage"), "azure-storage-blob, HEAD": python("Azure Storage")},
	"Azure REST":    {"azure-core": python("Azure REST")},
	"OData":         {"python-odata": python("OData"), "python-odata, $batch": python("OData")},
	"SCIM":          {"scim2-client": python("SCIM"), "scim2-client, /Me": python("SCIM"), "scim2-client, /Bulk": python("SCIM")},
	"FHIR":          {"fhirpy": python("FHIR"), "fhirpy, $everything": python("FHIR")},
	"Kubernetes": {
		"client-go":                         clientGo,
		"client-go, exec":                   kubernetesExec,
		"client-go, exec with SPDY":         kubernetesExec,
		"client-go, port-forward":           kubernetesPortForward,
		"client-go, port-forward with SPDY": kubernetesPortForward,
		"client-go, watch":                  kubernetesWatch,
		"kubernetes":                        python("Kubernetes"),
	},
	"Connect": {
		"connect-go":           method("Check", connectGo(false)),
		"connect-go, stream":   method("Watch", connectGo(false)),
		"connect-node":         method("Check", health),
		"connect-node, stream": method("Watch", health),
		"connect-web":          method("Check", health),
		"connect-web, stream":  method("Watch", health),
	},
	"Twirp": {"twirp": twirpGo},
	"Google": {
		"google-cloud-storage":                 python("Google"),
		"google-api-services-storage for Java": java("Google"),
	},
	"OCI registries": {"go-containerregistry": containerRegistry},
	"JSON:API":       {"jsonapi-client": python("JSON:API")},
	"GraphQL":        {"gql": python("GraphQL")},
	"JSON-RPC":       {"jsonrpclib-pelix": python("JSON-RPC")},
	"WebDAV": {
		"webdav4": python("WebDAV"),
		"rclone":  rcloneWebDAV,
		"svn":     svnLock,
	},
	"Git":                          {"git": gitPush},
	"Git LFS":                      {"git-lfs, lock": gitLFSLock, "git-lfs, push": gitLFSPush},
	"OpenAI":                       {"openai": python("OpenAI")},
	"Elasticsearch and OpenSearch": {"elasticsearch": python("Elasticsearch and OpenSearch"), "opensearch-py": python("Elasticsearch and OpenSearch")},
	"CouchDB":                      {"kivik": kivikGo},
	"GitHub":                       {"go-github": goGitHub, "octokit": javascript("apis.js")},
}

// behind are the servers of those APIs whose clients ask for something else before.
// Any other server is fine with everything.
var behind = map[string]func(t *testing.T) (address string){
	"WebDAV": apache,
}

func method(method string, call call) ask {
	return func(t *testing.T, client, address string) string {
		return call(t, strings.TrimSuffix(client, ", stream"), method, address)
	}
}

// TestFormats tests that each client reports what docs/formats.md says, and sends
// as many requests.
func TestFormats(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	apis := documented(t)
	var listeners []listener
	for i, api := range apis {
		address := server.Listener.Addr().String()
		if start := behind[api.name]; start != nil {
			address = start(t)
		}
		listeners = append(listeners, listener{Name: strconv.Itoa(i), Configuration: api.configuration, Server: newServer(t, address, false)})
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
				if answers := proxy.count(t, strconv.Itoa(i), "downstream_rq_5xx") - before; answers != report.requests {
					t.Errorf("%d times 501, want %d", answers, report.requests)
				}
			})
		}
	}
	if len(untested) > 0 {
		t.Errorf("docs/formats.md lacks %v", slices.Collect(maps.Keys(untested)))
	}
}
