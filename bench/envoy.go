// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
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
	"syscall"
	"time"
)

// Where there are two cores, the worker has one for itself.
const (
	workerCore = 0
	otherCore  = 1
)

// patience bounds the start of an Envoy.
const patience = 60 * time.Second

// process is an Envoy whose listeners are Unix sockets, named like variants.
type process struct {
	command *exec.Cmd
	folder  string
	log     bytes.Buffer
}

// startEnvoy returns once every variant answers.
func startEnvoy(ctx context.Context, variants []variant, workers int) (*process, error) {
	folder, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	p := &process{folder: folder}
	var listeners []object
	for _, v := range variants {
		listeners = append(listeners, v.listener(p.socket(v)))
	}
	bootstrap, err := json.Marshal(object{"static_resources": object{"listeners": listeners}})
	if err != nil {
		return nil, err
	}
	p.command = exec.CommandContext(ctx, os.Getenv("ENVOY"), "--config-yaml", string(bootstrap), "--concurrency", strconv.Itoa(workers),
		"--log-level", "error", "--disable-hot-restart")
	if len(bootstrap) > 100<<10 { // the size of one argument is limited
		path := filepath.Join(folder, "bootstrap.json")
		if err := os.WriteFile(path, bootstrap, 0o600); err != nil {
			return nil, err
		}
		p.command.Args[1], p.command.Args[2] = "--config-path", path
	}
	p.command.Stderr = &p.log
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("ENVOY: %w", err)
	}
	for _, v := range variants {
		if err := p.await(v); err != nil {
			p.stop()
			return nil, fmt.Errorf("%s: %w\n%s", v.name, err, p.log.String())
		}
	}
	return p, nil
}

func (p *process) socket(v variant) string {
	return filepath.Join(p.folder, v.name+".sock")
}

func (p *process) await(v variant) (err error) {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if _, err = p.send(v, "GET"); err == nil {
			return nil
		}
		// A child that has ended is a zombie until it is waited for.
		if stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.command.Process.Pid)); bytes.Contains(stat, []byte(") Z ")) {
			return fmt.Errorf("envoy ended: %w", err)
		}
	}
	return err
}

// send returns the status of one request.
func (p *process) send(v variant, method string) (int, error) {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", p.socket(v))
	}
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

func (p *process) stop() {
	p.command.Process.Signal(syscall.SIGTERM)
	p.command.Wait() // its exit says nothing about what was measured
	os.RemoveAll(p.folder)
}

// threads returns the ids of the threads with the name, or of all for "".
func (p *process) threads(name string) (ids []int, err error) {
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", p.command.Process.Pid))
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
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/schedstat", p.command.Process.Pid, id))
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

// memory is the resident memory in bytes.
func (p *process) memory() (int, error) {
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	pages, err := strconv.Atoi(strings.Fields(string(statm))[1])
	return pages * os.Getpagesize(), err
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
