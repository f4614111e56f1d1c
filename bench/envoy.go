// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"notimplemented/e2e/harness/envoy"
)

// Where there are two cores, the worker has one for itself.
const (
	workerCore = 0
	otherCore  = 1
)

// process is an Envoy whose listeners are Unix sockets, named like variants.
type process struct {
	*envoy.Process
	sockets string // the folder
}

// startEnvoy returns once every variant answers. The end of the context is the
// end of Envoy too.
func startEnvoy(ctx context.Context, variants []variant, workers int) (*process, error) {
	folder, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	p := &process{sockets: folder}
	var listeners []object
	for _, v := range variants {
		listeners = append(listeners, v.listener(p.socket(v)))
	}
	bootstrap, err := json.Marshal(object{
		"admin":            object{"address": object{"socket_address": object{"address": "127.0.0.1", "port_value": 0}}},
		"static_resources": object{"listeners": listeners},
	})
	if err != nil {
		return nil, err
	}
	if p.Process, err = envoy.Start(bootstrap, "--concurrency", strconv.Itoa(workers), "--log-level", "error"); err != nil {
		os.RemoveAll(folder)
		return nil, err
	}
	context.AfterFunc(ctx, p.stop)
	for _, v := range variants {
		if _, err := p.send(v, "GET"); err != nil {
			p.stop()
			return nil, fmt.Errorf("%s: %w\n%s", v.name, err, p.Stderr)
		}
	}
	return p, nil
}

func (p *process) stop() {
	p.Stop() // its exit says nothing about what was measured
	os.RemoveAll(p.sockets)
}

func (p *process) socket(v variant) string { return filepath.Join(p.sockets, v.name+".sock") }

func (p *process) dial(v variant) (net.Conn, error) { return net.Dial("unix", p.socket(v)) }

// send returns the status of one request.
func (p *process) send(v variant, method string) (int, error) {
	dial := func(context.Context, string, string) (net.Conn, error) { return p.dial(v) }
	transport := &http.Transport{DialContext: dial, DisableKeepAlives: true}
	request, err := http.NewRequest(method, "http://bench/", nil)
	if err != nil {
		return 0, err
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

// worker returns the thread of the only worker, on its core.
func (p *process) worker() ([]int, error) {
	ids, err := p.threads("wrk:worker_0")
	if err != nil || len(ids) != 1 {
		return nil, fmt.Errorf("%d worker threads: %w", len(ids), err)
	}
	return ids, pin(ids[0], workerCore, "-cp")
}

// threads returns the ids of the threads with the name, or of all for "".
func (p *process) threads(name string) (ids []int, err error) {
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", p.PID()))
	if err != nil {
		return nil, err
	}
	for _, task := range tasks {
		comm, err := os.ReadFile(task + "/comm")
		if err != nil {
			continue // ended meanwhile
		}
		if id, err := strconv.Atoi(filepath.Base(task)); err == nil && (name == "" || strings.TrimSpace(string(comm)) == name) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// cpu is the time that the threads have run for.
func (p *process) cpu(threads []int) (total time.Duration, err error) {
	for _, id := range threads {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/schedstat", p.PID(), id))
		if err != nil {
			return 0, err
		}
		running, _, _ := strings.Cut(string(stat), " ")
		nanoseconds, err := strconv.ParseInt(running, 10, 64)
		if err != nil {
			return 0, err
		}
		total += time.Duration(nanoseconds)
	}
	return total, nil
}

// pin keeps the threads of a process, or one thread, on a core; what they start
// stays there too.
func pin(id, core int, options string) error {
	if runtime.NumCPU() < 2 {
		return nil
	}
	output, err := exec.Command("taskset", options, strconv.Itoa(core), strconv.Itoa(id)).CombinedOutput()
	if err != nil {
		return fmt.Errorf("taskset: %w: %s", err, output)
	}
	return nil
}
