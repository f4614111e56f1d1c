// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"notimplemented/e2e/harness/command"
	"notimplemented/e2e/harness/envoy"
)

const (
	patience = 30 * time.Second
	tick     = 20 * time.Millisecond
)

// server is a Prometheus that answers, for the time of the test.
type server struct {
	address string
	at      string // the moment that queries are about, in seconds
}

var ready = regexp.MustCompile(`(?s)msg="Listening on"[^\n]* address=(\S+).*Server is ready`)

// start runs Prometheus with prometheus.yaml, but for this Envoy and faster.
func start(t *testing.T, admin string) *server {
	t.Helper()
	alerts, err := filepath.Abs("../../deploy/prometheus-alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile("prometheus.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "prometheus.yaml")
	faster := strings.NewReplacer("5s", "200ms", "envoy:9901", admin, "../../deploy/prometheus-alerts.yaml", alerts)
	if err := os.WriteFile(path, []byte(faster.Replace(string(config))), 0o600); err != nil {
		t.Fatal(err)
	}
	process := exec.Command(command.Path(t, "PROMETHEUS"), "--config.file", path, "--storage.tsdb.path", filepath.Join(folder, "data"),
		"--web.listen-address", "127.0.0.1:0")
	log := new(envoy.Output)
	process.Stderr = log
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		process.Process.Signal(syscall.SIGTERM)
		if err := process.Wait(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("Prometheus' log:\n%s", log)
		}
	})
	var match []string
	poll(t, "Prometheus", func() bool {
		match = ready.FindStringSubmatch(log.String())
		return match != nil
	})
	return &server{address: match[1]}
}

// await returns once the query has this value; later queries are about the same
// moment, whatever becomes of the next scrape.
func (s *server) await(t *testing.T, query string, value int) {
	t.Helper()
	want := strconv.Itoa(value)
	poll(t, query+" = "+want, func() bool {
		s.at = fmt.Sprintf("%.3f", float64(time.Now().UnixMilli())/1000)
		samples := s.query(t, query)
		return len(samples) == 1 && samples[0].value == want
	})
}

func poll(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(tick) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come within %v", what, patience)
		}
	}
}

type sample struct {
	labels map[string]string
	value  string
}

func (s sample) positive() bool {
	number, err := strconv.ParseFloat(s.value, 64)
	return err == nil && number > 0
}

var label = regexp.MustCompile(`{{(\w+)}}`)

// legend is what Grafana makes of the format.
func (s sample) legend(format string) string {
	return label.ReplaceAllStringFunc(format, func(name string) string { return s.labels[strings.Trim(name, "{}")] })
}

func (s *server) query(t *testing.T, query string) (samples []sample) {
	t.Helper()
	var data struct {
		Result []struct {
			Metric map[string]string
			Value  [2]any
		}
	}
	s.get(t, "/api/v1/query?time="+s.at+"&query="+url.QueryEscape(query), &data)
	for _, result := range data.Result {
		samples = append(samples, sample{result.Metric, fmt.Sprint(result.Value[1])})
	}
	return samples
}

type rule struct{ Name, Type, Query, Health string }

// rules are those that Prometheus has evaluated.
func (s *server) rules(t *testing.T) (rules []rule) {
	t.Helper()
	poll(t, "the health of the rules", func() bool {
		var data struct{ Groups []struct{ Rules []rule } }
		s.get(t, "/api/v1/rules", &data)
		rules = nil
		for _, group := range data.Groups {
			rules = append(rules, group.Rules...)
		}
		return !slices.ContainsFunc(rules, func(r rule) bool { return r.Health != "ok" })
	})
	return rules
}

// get asks the HTTP API.
func (s *server) get(t *testing.T, path string, data any) {
	t.Helper()
	client := http.Client{Timeout: patience}
	response, err := client.Get("http://" + s.address + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	envelope := struct {
		Data  any
		Error string
	}{Data: data}
	if err := json.NewDecoder(response.Body).Decode(&envelope); err != nil || envelope.Error != "" {
		t.Fatalf("%s: %s, %v, %s", path, response.Status, err, envelope.Error)
	}
}
