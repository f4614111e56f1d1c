// SPDX-License-Identifier: Apache-2.0

// Package monitoring tests the dashboard and the alerts of deploy/, with a real
// Prometheus that scrapes a real Envoy.
package monitoring

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"notimplemented/e2e/harness/command"
	"notimplemented/e2e/harness/envoy"
	"notimplemented/e2e/harness/manifest"
	"notimplemented/e2e/harness/project"
	"notimplemented/e2e/harness/rawhttp"
)

func TestPromtool(t *testing.T) {
	promtool := filepath.Join(filepath.Dir(command.Path(t, "PROMETHEUS")), "promtool")
	for _, arguments := range [][]string{
		{"check", "config", "prometheus.yaml"}, // the alerts with it
		{"test", "rules", "alerts.yaml"},
	} {
		if output, err := exec.Command(promtool, arguments...).CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", arguments, err, output)
		}
	}
}

// Istio has them by itself.
func TestLabelsAreTheSame(t *testing.T) {
	_, tags, ok := strings.Cut(project.File(t, "envoy.yaml"), "\n  stats_tags:\n")
	if !ok {
		t.Fatal("envoy.yaml has no stats_tags")
	}
	for _, name := range []string{"envoy/envoy.yaml", "envoy-gateway/envoyproxy.yaml"} {
		text := project.File(t, "deploy/"+name)
		for tag := range strings.Lines(tags) {
			if tag = strings.TrimSpace(tag); !strings.Contains(text, tag) {
				t.Errorf("%s does not have the tag of envoy.yaml %s", name, tag)
			}
		}
	}
}

func TestQueries(t *testing.T) {
	process := startEnvoy(t)
	prometheus := start(t, process.Admin())
	// A rate is that of a counter which has grown from one scrape to a later one.
	for round := 1; round <= 2; round++ {
		load(t, process.Address("main"))
		prometheus.await(t, "sum(not_implemented_total) + sum(not_implemented_dry_run_total)", 9*round)
	}

	t.Run("dashboard", func(t *testing.T) {
		want := map[string]map[string]string{
			"Answered 501, per second": {
				"capability websocket": "some", "method OTHER": "some", "method PATCH": "some", "method TRACE": "some"},
			"Passed in a dry run, per second": {
				"capability multipart_upload": "some"},
			"Most asked for, since each Envoy started": {
				"capability websocket": "2", "method OTHER": "4", "method PATCH": "2", "method TRACE": "8",
				"capability multipart_upload, dry run": "2"},
			"Share of all requests": {"answered": "some", "dry run": "some"},
		}
		variables := strings.NewReplacer("$__rate_interval", "1m", "$manager", "main")
		got := make(map[string]map[string]string)
		for _, panel := range panels(t) {
			got[panel.Title] = make(map[string]string)
			for _, target := range panel.Targets {
				for _, sample := range prometheus.query(t, variables.Replace(target.Expr)) {
					value := sample.value
					// How much it is depends on when the scrapes were.
					if strings.Contains(target.Expr, "rate(") && sample.positive() {
						value = "some"
					}
					got[panel.Title][sample.legend(target.LegendFormat)] = value
				}
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("the panels show\n%v, want\n%v", got, want)
		}
	})

	t.Run("alerts", func(t *testing.T) {
		// All that the counters have, since they have appeared.
		want := map[string]map[string]string{
			"ClientsAskForWhatIsNotImplemented": {
				"capability websocket": "2", "method OTHER": "4", "method PATCH": "2", "method TRACE": "8"},
		}
		got := make(map[string]map[string]string)
		for _, rule := range prometheus.rules(t) {
			samples := prometheus.query(t, rule.Query)
			if rule.Type == "recording" { // alerts.yaml has values
				if len(samples) != 1 {
					t.Errorf("%s is %v, want a sample", rule.Name, samples)
				}
				continue
			}
			got[rule.Name] = make(map[string]string)
			for _, sample := range samples {
				got[rule.Name][sample.legend("{{component}} {{tag}}")] = sample.value
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("the alerts see\n%v, want\n%v", got, want)
		}
	})
}

type panel struct {
	Title   string
	Targets []struct{ Expr, LegendFormat string }
}

func panels(t *testing.T) []panel {
	t.Helper()
	var dashboard struct{ Panels []panel }
	if err := json.Unmarshal([]byte(project.File(t, "deploy/grafana-dashboard.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	return dashboard.Panels
}

// startEnvoy is "make run", but with one entry in dry run.
func startEnvoy(t *testing.T) *envoy.Process {
	t.Helper()
	host, port := manifest.Server(t)
	return envoy.Run(t, envoy.Quickstart(t, append(envoy.OtherServer(host, port), `"query": "uploads"`, `"query": "uploads", "dry_run": true`)...))
}

// load sends requests of which eight are answered and one counts as dry run.
func load(t *testing.T, address string) {
	t.Helper()
	websocket := []rawhttp.Field{{Name: "connection", Value: "upgrade"}, {Name: "upgrade", Value: "websocket"}}
	for _, tt := range []struct {
		request rawhttp.Request
		times   int
		status  int
	}{
		{rawhttp.Request{Method: "GET", Path: "/"}, 3, 200},
		{rawhttp.Request{Method: "TRACE", Path: "/"}, 4, 501},
		{rawhttp.Request{Method: "BREW", Path: "/"}, 2, 501},
		{rawhttp.Request{Method: "PATCH", Path: "/"}, 1, 501},
		{rawhttp.Request{Method: "GET", Path: "/", Fields: websocket}, 1, 501},
		{rawhttp.Request{Method: "POST", Path: "/?uploads"}, 1, 200},
	} {
		for range tt.times {
			if got := rawhttp.HTTP1.Dial(t, address).Do(tt.request)[0].Status; got != tt.status {
				t.Fatalf("%s %s is answered with %d, want %d", tt.request.Method, tt.request.Path, got, tt.status)
			}
		}
	}
}
