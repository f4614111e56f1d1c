// SPDX-License-Identifier: Apache-2.0

// Package deploy tests the files of deploy/: the plugin's configuration in each
// of them, and those for plain Envoy. Those for Istio and Envoy Gateway are
// tested with them, in e2e/istio and e2e/envoy-gateway.
package deploy

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"notimplemented/e2e/harness/behaviour"
	"notimplemented/e2e/harness/command"
	"notimplemented/e2e/harness/envoy"
	"notimplemented/e2e/harness/manifest"
	"notimplemented/e2e/harness/project"
	"notimplemented/e2e/harness/rawhttp"
)

// checked is what "notimplemented check" says of the files with the plugin's
// configuration.
const checked = `deploy/envoy/envoy.yaml:46:29: note: answers 501 to every method but GET, HEAD, POST, PUT, DELETE, OPTIONS
deploy/envoy-gateway/envoyextensionpolicy.yaml:20:9: note: answers 501 to every method but GET, HEAD, POST, PUT, DELETE, OPTIONS
deploy/istio/trafficextension.yaml:19:7: note: answers 501 to every method but GET, HEAD, POST, PUT, DELETE, OPTIONS
deploy/istio/wasmplugin.yaml:18:5: note: answers 501 to every method but GET, HEAD, POST, PUT, DELETE, OPTIONS
`

// unconfigured are all the other files, since it refuses a file without one.
var unconfigured = []string{
	"deploy/envoy/buffer.yaml",
	"deploy/envoy/method-matcher.yaml",
	"deploy/envoy-gateway/buffer.yaml",
	"deploy/envoy-gateway/envoypatchpolicy.yaml",
	"deploy/envoy-gateway/envoyproxy.yaml",
	"deploy/grafana-dashboard.json",
	"deploy/istio/buffer.yaml",
	"deploy/istio/envoyfilter.yaml",
	"deploy/istio/meshconfig.yaml",
	"deploy/prometheus-alerts.yaml",
}

func TestPluginConfigurations(t *testing.T) {
	const root = "../.."
	var files []string
	err := fs.WalkDir(os.DirFS(root), "deploy", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !slices.Contains(unconfigured, path) {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	stdout, stderr, exit := command.Run(t, root, append([]string{"check"}, files...)...)
	if exit != 0 || stdout != checked {
		t.Errorf("exit code %d\n%s\n%s\nwant\n%s", exit, stderr, stdout, checked)
	}
}

// installed is where the plugin is, according to the files for Envoy.
const installed = "/etc/envoy/plugin.wasm"

func TestEnvoyTakesIt(t *testing.T) {
	plugin := command.Path(t, "PLUGIN")
	path := filepath.Join(t.TempDir(), "envoy.yaml")
	if err := os.WriteFile(path, []byte(project.File(t, "deploy/envoy/envoy.yaml", installed, plugin)), 0o600); err != nil {
		t.Fatal(err)
	}
	output, err := exec.Command(os.Getenv("ENVOY"), "--mode", "validate", "-c", path).CombinedOutput()
	if err != nil || !bytes.HasSuffix(output, []byte(" OK\n")) {
		t.Errorf("%v\n%s", err, output)
	}
}

// anything is an entry that concerns any method, and everything the answer.
var anything = []string{`"unimplemented": [`, `"unimplemented": [{"capability": "everything", "query": "any"},`}

const everything = `501 {"error":"not_implemented","message":"This server does not implement everything.","capability":"everything"}`

func TestEnvoyAnswers(t *testing.T) {
	ask(t, bootstrap(t, anything...), everything)
}

func TestMethodMatcher(t *testing.T) {
	change := parse(t, project.File(t, "deploy/envoy/method-matcher.yaml"))
	file := parse(t, string(bootstrap(t, anything...)))
	listener := file["static_resources"].(map[string]any)["listeners"].([]any)[0]
	chain := listener.(map[string]any)["filter_chains"].([]any)[0]
	manager := chain.(map[string]any)["filters"].([]any)[0].(map[string]any)["typed_config"]
	filters := manager.(map[string]any)["http_filters"].([]any)
	matched := change["http_filters"].([]any)[0].(map[string]any)
	extension := matched["typed_config"].(map[string]any)["extension_config"].(map[string]any)
	extension["typed_config"] = filters[0].(map[string]any)["typed_config"]
	filters[0] = matched
	changed, err := yaml.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "envoy.yaml")
	if err := os.WriteFile(path, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	const warning = `warning: /unimplemented/0: no effect on "GET", "HEAD", for which Envoy's matcher skips the plugin`
	if stdout, stderr, _ := command.Run(t, ".", "check", path); strings.Count(stdout, "warning") != 1 || !strings.Contains(stdout, warning) {
		t.Errorf("%s%s\nwant %s", stdout, stderr, warning)
	}
	ask(t, changed, "200")
}

// bootstrap is envoy.yaml of deploy/, on free ports and with more changes in pairs.
func bootstrap(t *testing.T, pairs ...string) []byte {
	t.Helper()
	plugin := command.Path(t, "PLUGIN")
	host, port := manifest.Server(t)
	return []byte(project.File(t, "deploy/envoy/envoy.yaml", append(pairs,
		installed, plugin,
		"port_value: 10000", "port_value: 0", "port_value: 9901", "port_value: 0",
		"address: server, port_value: 8080", "address: "+host+", port_value: "+port)...))
}

// ask starts an Envoy; get is what becomes of a GET that the entry concerns.
func ask(t *testing.T, bootstrap []byte, get string) {
	t.Helper()
	process := envoy.Run(t, bootstrap)
	manifest.Ask(t, process.Address("main"),
		manifest.Answer{Method: "POST", Path: "/?any", Want: everything},
		manifest.Answer{Method: "GET", Path: "/?any", Want: get})
}

func TestDryRunInAccessLog(t *testing.T) {
	process := envoy.Run(t, bootstrap(t, `"alternatives": ["PUT"]}`, `"alternatives": ["PUT"], "dry_run": true}`))
	rawhttp.OverEach(t, "PATCH", func(t *testing.T, protocol rawhttp.Protocol) {
		protocol.Dial(t, process.Address("main")).Do(rawhttp.Request{Method: "PATCH", Path: "/"}, rawhttp.Request{Method: "GET", Path: "/"})
	})
	if err := process.Stop(); err != nil {
		t.Error(err)
	}
	var got []string
	for line := range strings.Lines(process.Stdout.String()) {
		fields := strings.Fields(line)
		got = append(got, fields[1]+" "+fields[len(fields)-1])
	}
	slices.Sort(got) // each worker logs for itself
	want := []string{`"GET -`, `"GET -`, `"PATCH not_implemented_method[PATCH]`, `"PATCH not_implemented_method[PATCH]`}
	if !slices.Equal(got, want) {
		t.Errorf("logged\n%swith %q, want %q", process.Stdout, got, want)
	}
}

func TestBehaviour(t *testing.T) {
	process := envoy.Run(t, bootstrap(t, `"alternatives": ["PUT"]}`, `"alternatives": ["PUT"]}, `+behaviour.Entries))
	behaviour.Compare(t, behaviour.Envoy, process.Address("main"))
}

func parse(t *testing.T, text string) (value map[string]any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	return value
}
