// SPDX-License-Identifier: Apache-2.0

// Package soak keeps a real Envoy busy, with SOAK requests, with a two-hundredth
// of that in requests of up to 8 MiB, and with a thousandth in updates, of the
// filter's configuration and of its listener. It compares what memory Envoy holds
// at the end of each with what it held after the first tenth.
package soak

import (
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
	"time"

	"notimplemented/e2e/harness/command"
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
	{"POST", "/a.B/C?uploads", http.Header{"Content-Type": {"application/grpc"}}, 200, "application/grpc", "", "12"},
	{"GET", "/", http.Header{"Prefer": {"a", "respond-async"}, "X-Padding": {strings.Repeat("x", 50<<10)}}, 501, "application/json", `{"error":"not_implemented","message":"This server does not implement asynchronous responses.","capability":"asynchronous responses"}`, ""},
}

// largeMix is as large as Envoy can be made to let in, 8 MiB, and smaller, in lines
// that HTTP/2 has room for.
func largeMix() (mix []exchange) {
	const lineSize = 48 << 10
	for size := 8 << 20; size > 0; size -= 1 << 20 {
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

const (
	// largeTolerance is for the large requests of all clients that are on their way.
	largeTolerance = tolerance + 2*clients*8<<20
	// listenerTolerance is what Envoy itself keeps of a listener that drains.
	listenerTolerance = 32 << 10
)

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
	flat("listeners that drain", updates, tolerance+updates*listenerTolerance, func(count int) (err error) {
		for i := 0; i < count && err == nil; i++ {
			err = s.replace()
		}
		return err
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
	plugin := command.Path(t, "PLUGIN")
	s := &soak{folder: t.TempDir(), plugin: plugin}
	if err := errors.Join(s.configure(), s.listen()); err != nil {
		t.Fatal(err)
	}
	s.process = envoy.Run(t, envoy.Fill(t, bootstrapText, s.folder))
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

// marker is a method that only the latest configuration implements.
func (s *soak) marker() string { return fmt.Sprint("VERSION-", s.version) }

type object = map[string]any

func typed(kind string, value object) object {
	value["@type"] = "type.googleapis.com/" + kind
	return value
}

// filter is the filter with the next version of its configuration.
func (s *soak) filter() (object, error) {
	s.version++
	configuration, err := json.Marshal(object{
		"implemented_methods": []string{"GET", "HEAD", "POST", s.marker()},
		"unimplemented": []any{
			object{"method": "PATCH", "alternatives": []string{"POST"}},
			object{"capability": "asynchronous responses", "header": "prefer", "value": "respond-async"},
			object{"capability": "multipart upload", "method": "POST", "query": "uploads"},
		},
	})
	if err != nil {
		return nil, err
	}
	return object{"name": "notimplemented", "typed_config": typed("envoy.extensions.filters.http.wasm.v3.Wasm", object{
		"config": object{
			"name":          "notimplemented",
			"vm_config":     object{"runtime": "envoy.wasm.runtime.v8", "code": object{"local": object{"filename": s.plugin}}},
			"configuration": typed("google.protobuf.StringValue", object{"value": string(configuration)}),
		},
	})}, nil
}

// configure gives the listener of the bootstrap the next configuration.
func (s *soak) configure() error {
	filter, err := s.filter()
	if err != nil {
		return err
	}
	return s.discover("filter.json", typed("envoy.config.core.v3.TypedExtensionConfig", filter))
}

// listen replaces the listener "replaced" by one with the next configuration.
func (s *soak) listen() error {
	filter, err := s.filter()
	if err != nil {
		return err
	}
	manager := typed("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", object{
		"stat_prefix":           "replaced",
		"http_protocol_options": object{"allow_custom_methods": true},
		"http_filters": []any{
			filter,
			object{"name": "router", "typed_config": typed("envoy.extensions.filters.http.router.v3.Router", object{})},
		},
		"route_config": object{"virtual_hosts": []any{object{"name": "all", "domains": []string{"*"}, "routes": []any{
			object{"match": object{"prefix": "/"}, "direct_response": object{"status": 200}},
		}}}},
	})
	return s.discover("listener.json", typed("envoy.config.listener.v3.Listener", object{
		"name":          "replaced",
		"address":       object{"socket_address": object{"address": "127.0.0.1", "port_value": 0}},
		"filter_chains": []any{object{"filters": []any{object{"name": "manager", "typed_config": manager}}}},
	}))
}

// discover lets Envoy find the resource in this file.
func (s *soak) discover(name string, resource object) error {
	response, err := json.Marshal(object{"version_info": strconv.Itoa(s.version), "resources": []any{resource}})
	if err != nil {
		return err
	}
	// Envoy reads the file when another one takes its name.
	path := filepath.Join(s.folder, name)
	if err := os.WriteFile(path+".next", response, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".next", path)
}

// update configures the filter anew and returns once each client has seen it.
func (s *soak) update() error {
	if err := s.configure(); err != nil {
		return err
	}
	for _, client := range s.clients {
		if err := s.await(client, s.address); err != nil {
			return err
		}
	}
	return nil
}

// replace replaces the other listener and returns once new connections see it;
// the old one drains for Envoy's default time, ten minutes.
func (s *soak) replace() error {
	if err := s.listen(); err != nil {
		return err
	}
	address, err := s.process.AwaitAddress("replaced")
	if err != nil {
		return err
	}
	transport := &http.Transport{DisableKeepAlives: true}
	client := &http.Client{Transport: transport, Timeout: patience}
	if err := s.await(client, address); err != nil {
		return err
	}
	return s.request(client, address, exchange{"TRACE", "/", nil, 501, "application/json",
		`{"error":"not_implemented","message":"This server does not implement the TRACE method.","method":"TRACE"}`, ""})
}

// await returns once a client has seen the latest configuration.
func (s *soak) await(client *http.Client, address string) error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		request, err := http.NewRequest(s.marker(), "http://"+address+"/", nil)
		if err != nil {
			return err
		}
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		response.Body.Close()
		if response.StatusCode == http.StatusOK {
			return nil
		}
	}
	return fmt.Errorf("configuration %d did not come within %v", s.version, patience)
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
				if err := s.request(client, s.address, mix[i%len(mix)]); err != nil {
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

func (s *soak) request(client *http.Client, address string, want exchange) error {
	request, err := http.NewRequest(want.method, "http://"+address+want.target, nil)
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
