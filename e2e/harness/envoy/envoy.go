// SPDX-License-Identifier: Apache-2.0

// Package envoy runs a real Envoy for the tests: the one that ENVOY names.
package envoy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"
)

// patience bounds every wait; no test depends on how long something takes.
const patience = 30 * time.Second

const tick = 5 * time.Millisecond

// Process is an Envoy that answers, until Stop.
type Process struct {
	Stdout, Stderr *Output

	command   *exec.Cmd
	folder    string
	admin     string        // the URL of the admin interface
	exited    chan struct{} // closed once exit is set
	exit      error
	listeners map[string]string
}

// Refused is the error of an Envoy that ended before it was ready.
type Refused struct {
	Exit   error
	Stderr string
}

func (r *Refused) Error() string {
	return fmt.Sprintf("envoy ended before it was ready: %v\n%s", r.Exit, r.Stderr)
}

// executable is the Envoy to run.
func executable() (string, error) {
	path := os.Getenv("ENVOY")
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf(`ENVOY=%q: %w; "make help" lists the targets that set it`, path, err)
	}
	return path, nil
}

// Start runs an Envoy from a bootstrap in JSON or YAML and returns when it is
// ready. Every port in the bootstrap can be 0: Address tells the real one.
// Arguments take the place of two workers and of the plugin's whole log.
func Start(bootstrap []byte, arguments ...string) (*Process, error) {
	executable, err := executable()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "envoy")
	if err != nil {
		return nil, err
	}
	if arguments == nil {
		arguments = []string{"--concurrency", "2", "--log-level", "warning", "--component-log-level", "wasm:debug"}
	}
	p := &Process{Stdout: new(Output), Stderr: new(Output), folder: folder, exited: make(chan struct{})}
	if err := p.start(executable, bootstrap, arguments); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	if err := p.ready(); err != nil {
		if _, refused := errors.AsType[*Refused](err); !refused {
			err = fmt.Errorf("%w\n%s", err, p.Stderr)
		}
		p.Stop()
		return nil, err
	}
	return p, nil
}

func (p *Process) start(executable string, bootstrap []byte, arguments []string) error {
	path := filepath.Join(p.folder, "bootstrap.yaml") // JSON is YAML too
	if err := os.WriteFile(path, bootstrap, 0o600); err != nil {
		return err
	}
	p.command = exec.Command(executable, append([]string{
		"--config-path", path,
		"--admin-address-path", filepath.Join(p.folder, "admin"),
		"--disable-hot-restart", // which would share memory with every other Envoy here
	}, arguments...)...)
	p.command.Stdout, p.command.Stderr = p.Stdout, p.Stderr
	if err := p.command.Start(); err != nil {
		return err
	}
	go func() {
		p.exit = p.command.Wait()
		close(p.exited)
	}()
	return nil
}

func (p *Process) ready() error {
	err := p.poll("the admin address", func() bool {
		address, err := os.ReadFile(filepath.Join(p.folder, "admin"))
		p.admin = "http://" + string(address)
		return err == nil && len(address) > 0
	})
	if err != nil {
		return err
	}
	err = p.poll("/ready", func() bool {
		_, err := get(p.admin + "/ready")
		return err == nil
	})
	if err != nil {
		return err
	}
	return p.readListeners()
}

func (p *Process) readListeners() error {
	body, err := get(p.admin + "/listeners?format=json")
	if err != nil {
		return err
	}
	var listeners struct {
		Statuses []struct {
			Name    string
			Address struct {
				Socket struct {
					Port int `json:"port_value"`
				} `json:"socket_address"`
			} `json:"local_address"`
		} `json:"listener_statuses"`
	}
	if err := json.Unmarshal(body, &listeners); err != nil {
		return fmt.Errorf("/listeners: %w", err)
	}
	p.listeners = make(map[string]string)
	for _, listener := range listeners.Statuses {
		p.listeners[listener.Name] = fmt.Sprintf("127.0.0.1:%d", listener.Address.Socket.Port)
	}
	return nil
}

func (p *Process) poll(what string, done func() bool) error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if done() {
			return nil
		}
		select {
		case <-p.exited:
			return &Refused{p.exit, p.Stderr.String()}
		case <-time.After(tick):
		}
	}
	return fmt.Errorf("%s did not come within %v", what, patience)
}

func get(url string) ([]byte, error) {
	client := http.Client{Timeout: patience}
	response, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, response.Status)
	}
	return io.ReadAll(response.Body)
}

// Address is where the named listener accepts connections, "" if there is no
// such listener.
func (p *Process) Address(listener string) string { return p.listeners[listener] }

// PID is the process's number.
func (p *Process) PID() int { return p.command.Process.Pid }

// Admin is where the admin interface accepts connections.
func (p *Process) Admin() string { return strings.TrimPrefix(p.admin, "http://") }

// AwaitAddress is Address for a listener that discovery adds.
func (p *Process) AwaitAddress(listener string) (string, error) {
	err := p.poll("listener "+listener, func() bool { return p.readListeners() == nil && p.Address(listener) != "" })
	return p.Address(listener), err
}

// Stat returns the value of a counter or a gauge.
func (p *Process) Stat(name string) (value int, err error) {
	body, err := get(p.admin + "/stats?filter=" + url.QueryEscape("^"+regexp.QuoteMeta(name)+"$"))
	if err == nil {
		_, err = fmt.Sscanf(string(body), name+": %d\n", &value)
	}
	return value, err
}

// AwaitStat returns once the counter or gauge has this value.
func (p *Process) AwaitStat(name string, value int) error {
	return p.poll(fmt.Sprintf("%s: %d", name, value), func() bool {
		got, err := p.Stat(name)
		return err == nil && got == value
	})
}

// Stop ends Envoy; only then is its output complete. It is an error if Envoy
// had not run until then, or does not end by itself.
func (p *Process) Stop() error {
	defer os.RemoveAll(p.folder)
	p.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited:
	case <-time.After(patience):
		p.command.Process.Kill()
		<-p.exited
	}
	if p.exit != nil {
		return fmt.Errorf("envoy: %w\n%s", p.exit, p.Stderr)
	}
	return nil
}

// Output is what a process has written to one of its streams so far.
type Output struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

func (o *Output) Write(data []byte) (int, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.buffer.Write(data)
}

func (o *Output) String() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.buffer.String()
}

// Await returns once this has been written so many times.
func (o *Output) Await(text string, times int) error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(tick) {
		if strings.Count(o.String(), text) >= times {
			return nil
		}
	}
	return fmt.Errorf("%s was not written %d times within %v", text, times, patience)
}
