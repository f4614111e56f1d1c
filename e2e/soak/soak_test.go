// SPDX-License-Identifier: Apache-2.0

// Package soak keeps a real Envoy busy, with SOAK requests, with a two-hundredth
// of that in requests of up to 8 MiB, and with a thousandth in updates, of the
// filter's configuration and of its listener. It compares what memory Envoy holds
// at the end of each with what it held after the first tenth.
package soak

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/template"
	"time"

	"notimplemented/e2e/harness/envoy"
)

func soakRequests(t *testing.T) int {
	text := os.Getenv("SOAK")
	if text == "" {
		return 20_000
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 10_000 {
		t.Fatalf("SOAK=%s, want a number of requests, at least 10000", text)
	}
	return n
}

// exchange is what a client sends, with what must come back.
type exchange struct {
	method, target string
	header         http.Header
	status         int
	contentType    string
	body           string
	grpcStatus     string
}

// mix is sent in turn.
var mix = []exchange{
	{"GET", "/", nil, 200, "text/plain", "passed", ""},
	{"TRACE", "/", nil, 501, "application/json", `{"error":"not_implemented","message":"This server does not implement the TRACE method.","method":"TRACE"}`, ""},
	{"GET", "/a?b=c", http.Header{"Prefer": {"a", "return=minimal"}}, 200, "text/plain", "passed", ""},
	{"GET", "/", http.Header{"Prefer": {"a", "respond-async"}}, 501, "application/json", `{"error":"not_implemented","message":"This server does not implement asynchronous responses.","capability":"asynchronous responses"}`, ""},
	{"POST", "/", nil, 200, "text/plain", "passed", ""},
	{"PATCH", "/", nil, 501, "application/json", `{"error":"not_implemented","message":"This server does not implement the PATCH method.","method":"PATCH","alternatives":["POST"]}`, ""},
	{"POST", "/?uploads", nil, 501, "application/json", `{"error":"not_implemented","message":"This server does not implement multipart upload.","capability":"multipart upload"}`, ""},
	{"HEAD", "/", nil, 200, "text/plain", "", ""},
	{"BREW", "/a.B/C", http.Header{"Content-Type": {"application/grpc"}}, 200, "application/grpc", "", "12"},
	{"GET", "/", http.Header{"Prefer": {"a", "respond-async"}, "X-Padding": {strings.Repeat("x", 50<<10)}}, 501, "application/json", `{"error":"not_implemented","message":"This server does not implement asynchronous responses.","capability":"asynchronous responses"}`, ""},
}

// largeMix is as large as Envoy can be made to let in, 8 MiB, in lines that HTTP/2
// has room for.
func largeMix() (mix []exchange) {
	const lineSize = 48 << 10
	for size := 1 << 20; size <= 8<<20; size += 1 << 20 {
		padding := slices.Repeat([]string{strings.Repeat("x", lineSize)}, size/lineSize-1)
		mix = append(mix,
			exchange{"GET", "/", http.Header{"X-Padding": padding}, 200, "text/plain", "passed", ""},
			exchange{"GET", "/", http.Header{"Prefer": append(padding, "respond-async")}, 501, "application/json", `{"error":"not_implemented","message":"This server does not implement asynchronous responses.","capability":"asynchronous responses"}`, ""},
		)
	}
	return mix
}

const (
	clients = 4 // of each protocol, with a connection each
	tenth   = 10
	// patience bounds the wait for an update; nothing depends on how long it takes.
	patience = 30 * time.Second
)

// tolerance is what Envoy's resident memory may grow by after the first tenth:
// allocators keep what they once had, and V8 collects when it likes. In a soak of
// a million requests, 17 bytes lost in each are more.
const tolerance = 16 << 20

// largeTolerance is for large requests: those of all clients are on their way.
const largeTolerance = 2 * clients * 8 << 20

// Every answer is right, under load and while configurations follow one another
// in the same VMs, and Envoy's memory stays what it was.
func TestSoak(t *testing.T) {
	requests := soakRequests(t)
	updates := requests / 1000
	s := start(t)
	figures := []string{fmt.Sprintf("%-28s%9s%14s%15s%8s", "", "count", "resident, KiB", "allocated, KiB", "VMs")}
	figure := func(what string, count int) (resident int) {
		t.Helper()
		resident, allocated, err := s.process.Memory()
		if err != nil {
			t.Fatal(err)
		}
		vms, err := s.process.Stat("wasm.envoy.wasm.runtime.v8.active")
		if err != nil {
			t.Fatal(err)
		}
		figures = append(figures, fmt.Sprintf("%-28s%9d%14d%15d%8d", what, count, resident>>10, allocated>>10, vms))
		return resident
	}
	flat := func(what string, count, tolerance int, run func(count int) error) {
		t.Helper()
		if err := run(count / tenth); err != nil {
			t.Fatal(err)
		}
		warm := figure(what+", the first", count/tenth)
		if err := run(count - count/tenth); err != nil {
			t.Fatal(err)
		}
		if end := figure(what, count); end > warm+tolerance {
			t.Errorf("%s: %d KiB resident, want at most %d more than the %d after the first tenth", what, end>>10, tolerance>>10, warm>>10)
		}
	}
	figure("started", 0)
	flat("requests", requests, tolerance, func(count int) error { return s.load(mix, count, nil) })
	large := largeMix()
	flat("requests of 1 to 8 MiB", requests/200, largeTolerance, func(count int) error { return s.load(large, count, nil) })
	flat("configuration updates", updates, tolerance, func(count int) (err error) {
		done, loaded := make(chan struct{}), make(chan error)
		go func() { loaded <- s.load(mix, 0, done) }()
		for i := 0; i < count && err == nil; i++ {
			err = s.update()
		}
		close(done)
		return errors.Join(err, <-loaded)
	})
	t.Log("\n" + strings.Join(figures, "\n"))
}

type soak struct {
	process *envoy.Process
	folder  string
	plugin  string
	version int
	clients []*http.Client
	address string
}

//go:embed bootstrap.yaml
var bootstrapText string

func start(t *testing.T) *soak {
	t.Helper()
	plugin, err := envoy.Plugin()
	if err != nil {
		t.Fatal(err)
	}
	s := &soak{folder: t.TempDir(), plugin: plugin}
	if err := s.configure(); err != nil {
		t.Fatal(err)
	}
	var bootstrap bytes.Buffer
	err = template.Must(template.New("bootstrap").Parse(bootstrapText)).Execute(&bootstrap, struct{ Folder, Path string }{s.folder, s.path()})
	if err != nil {
		t.Fatal(err)
	}
	if s.process, err = envoy.Start(bootstrap.Bytes()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.process.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := s.process.Hush(); err != nil {
		t.Fatal(err)
	}
	s.address = s.process.Address("main")
	for i := range 2 * clients {
		transport := &http.Transport{MaxConnsPerHost: 1, Protocols: new(http.Protocols), DisableCompression: true}
		transport.Protocols.SetHTTP1(i%2 == 0)
		transport.Protocols.SetUnencryptedHTTP2(i%2 == 1)
		t.Cleanup(transport.CloseIdleConnections)
		s.clients = append(s.clients, &http.Client{Transport: transport, Timeout: patience})
	}
	return s
}

func (s *soak) path() string { return filepath.Join(s.folder, "filter.json") }

// marker is a method that only the latest configuration implements.
func (s *soak) marker() string { return fmt.Sprint("VERSION-", s.version) }

// configure writes the filter's configuration, the next version of it, where
// Envoy looks for it.
func (s *soak) configure() error {
	s.version++
	configuration, err := json.Marshal(map[string]any{
		"implemented_methods": []string{"GET", "HEAD", "POST", s.marker()},
		"unimplemented": []any{
			map[string]any{"method": "PATCH", "alternatives": []string{"POST"}},
			map[string]any{"capability": "asynchronous responses", "header": "prefer", "value": "respond-async"},
			map[string]any{"capability": "multipart upload", "method": "POST", "query": "uploads"},
		},
	})
	if err != nil {
		return err
	}
	type object = map[string]any
	response, err := json.Marshal(object{
		"version_info": strconv.Itoa(s.version),
		"resources": []any{object{
			"@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig",
			"name":  "notimplemented",
			"typed_config": object{
				"@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
				"config": object{
					"name": "notimplemented",
					"vm_config": object{
						"runtime": "envoy.wasm.runtime.v8",
						"code":    object{"local": object{"filename": s.plugin}},
					},
					"configuration": object{"@type": "type.googleapis.com/google.protobuf.StringValue", "value": string(configuration)},
				},
			},
		}},
	})
	if err != nil {
		return err
	}
	// Envoy reads the file when another one takes its name.
	if err := os.WriteFile(s.path()+".next", response, 0o600); err != nil {
		return err
	}
	return os.Rename(s.path()+".next", s.path())
}

// update configures the filter anew and returns once each client has seen it.
func (s *soak) update() error {
	if err := s.configure(); err != nil {
		return err
	}
	deadline := time.Now().Add(patience)
	for _, client := range s.clients {
		for {
			request, err := http.NewRequest(s.marker(), "http://"+s.address+"/", nil)
			if err != nil {
				return err
			}
			response, err := client.Do(request)
			if err != nil {
				return err
			}
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				break
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("configuration %d did not come within %v", s.version, patience)
			}
		}
	}
	return nil
}

// load sends this many requests of a mix, or for 0 as many as there is time for until
// done is closed, and ends at the first answer that is wrong.
func (s *soak) load(mix []exchange, count int, done <-chan struct{}) error {
	var (
		wait sync.WaitGroup
		next atomic.Int64
		stop atomic.Bool
		errs = make(chan error, len(s.clients))
	)
	for _, client := range s.clients {
		wait.Go(func() {
			for !stop.Load() {
				i := int(next.Add(1) - 1)
				if count > 0 && i >= count {
					return
				}
				select {
				case <-done:
					return
				default:
				}
				if err := s.request(client, mix[i%len(mix)]); err != nil {
					stop.Store(true)
					errs <- err
					return
				}
			}
		})
	}
	wait.Wait()
	close(errs)
	var all []error
	for err := range errs {
		all = append(all, err)
	}
	return errors.Join(all...)
}

func (s *soak) request(client *http.Client, want exchange) error {
	request, err := http.NewRequest(want.method, "http://"+s.address+want.target, nil)
	if err != nil {
		return err
	}
	if want.header != nil {
		request.Header = want.header.Clone()
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil {
		return err
	}
	noStore := ""
	if want.status == 501 || want.grpcStatus != "" {
		noStore = "no-store"
	}
	header := response.Header
	if response.StatusCode != want.status || string(body) != want.body || header.Get("content-type") != want.contentType ||
		header.Get("cache-control") != noStore || header.Get("grpc-status") != want.grpcStatus {
		return fmt.Errorf("%s %s over %s: %d %v\n%s\nwant %d %s\n%s", want.method, want.target, response.Proto,
			response.StatusCode, header, body, want.status, want.contentType, want.body)
	}
	return nil
}
