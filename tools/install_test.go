// SPDX-License-Identifier: Apache-2.0

// Package tools tests what a user's first minute depends on: that the scripts
// get the tools, or say in a line why they cannot.
package tools

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// shell runs a script with nothing on PATH but these programs.
func shell(t *testing.T, folder, script string, programs []string, environment ...string) (output string, err error) {
	t.Helper()
	path := t.TempDir()
	for _, name := range programs {
		found, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(found, filepath.Join(path, filepath.Base(name))); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.Command("/bin/sh", "-c", script)
	command.Dir = folder
	command.Env = append(environment, "PATH="+path)
	text, err := command.CombinedOutput()
	return string(text), err
}

// program writes an executable file.
func program(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestGoIsCheckedFirst(t *testing.T) {
	old := program(t, filepath.Join(t.TempDir(), "go"), "#!/bin/sh\necho go1.19.8\n")
	home := "HOME=" + t.TempDir()
	for _, tt := range []struct {
		name, want  string
		programs    []string
		environment []string
	}{
		{"no Go", "Go is not on PATH. Get 1.21 or later from https://go.dev/dl/; it fetches the version in go.mod by itself.\n", nil, []string{home}},
		{"no Go for root", "sudo has another PATH, without Go. Run make without sudo: it asks for root where it needs it.\n", nil, []string{home, "SUDO_USER=me"}},
		{"an old Go", "go1.19.8 is too old. Get Go 1.21 or later from https://go.dev/dl/; it fetches the version in go.mod by itself.\n", []string{old}, []string{home}},
		{"no HOME", "HOME is not set, and Go keeps its caches there. Run make with HOME=/your/home.\n", []string{"go"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := shell(t, "..", "tools/install.sh .tools/tinygo-0.0.0/bin/tinygo", tt.programs, tt.environment...)
			if err == nil || got != tt.want {
				t.Errorf("%v\n%s\nwant\n%s", err, got, tt.want)
			}
		})
	}
}

func TestOnlyRootInstallsPackages(t *testing.T) {
	command := exec.Command("/bin/sh", "debian-install.sh", "no-such-package", "nor-this")
	path := t.TempDir()
	for _, name := range []string{"id", "dpkg-query", "apt-get"} {
		program(t, filepath.Join(path, name), "#!/bin/sh\n[ $0 = "+path+"/id ] && echo 1000\n")
	}
	command.Env = []string{"PATH=" + path}
	text, err := command.CombinedOutput()
	const want = "Only root can install what is missing: apt-get install --no-install-recommends no-such-package nor-this\n"
	if err == nil || string(text) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, text, want)
	}
}

func TestBlankInPath(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "my checkout")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	makefile, err := filepath.Abs("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command("make", "-C", folder, "-f", makefile, "build").CombinedOutput()
	if want := `There is a blank in the path of this checkout, "` + folder + `", which make cannot handle.`; err == nil || !strings.Contains(string(text), want) {
		t.Errorf("%v\n%s\nwant\n%s", err, text, want)
	}
}

// release is an archive like TinyGo's own, of the TinyGo that make has set.
func release(t *testing.T) []byte {
	t.Helper()
	tinygo := os.Getenv("TINYGO")
	if tinygo == "" {
		t.Fatal(`TINYGO is unset; "make test" installs TinyGo and sets it`)
	}
	output, err := exec.Command(tinygo, "env", "TINYGOROOT", "WASMOPT").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(string(output))
	var b bytes.Buffer
	compressed, err := gzip.NewWriterLevel(&b, gzip.NoCompression)
	if err != nil {
		t.Fatal(err)
	}
	archive := tar.NewWriter(compressed)
	add := func(name, path string) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := archive.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o755, Size: int64(len(content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	add("tinygo/bin/tinygo", tinygo)
	add("tinygo/bin/wasm-opt", lines[1])
	for _, folder := range []string{"src/internal/task", "src/runtime"} { // by which TinyGo finds its root
		files, err := filepath.Glob(filepath.Join(lines[0], folder, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
				add("tinygo/"+folder+"/"+filepath.Base(path), path)
			}
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := compressed.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTinyGoRelease(t *testing.T) {
	const version = "1.2.3"
	archive := release(t)
	name := fmt.Sprintf("tinygo%s.%s-%s.tar.gz", version, runtime.GOOS, runtime.GOARCH)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v"+version+"/"+name {
			http.NotFound(w, r)
			return
		}
		w.Write(archive)
	}))
	t.Cleanup(server.Close)
	checkout := t.TempDir()
	if err := os.CopyFS(filepath.Join(checkout, "tools"), os.DirFS(".")); err != nil {
		t.Fatal(err)
	}
	sums := filepath.Join(checkout, "tools/tinygo/SHA256SUMS")
	tool := filepath.Join(checkout, ".tools/tinygo-"+version+"/bin/tinygo")
	install := func(sum string) (string, error) {
		program(t, sums, sum+"  "+name+"\n")
		command := exec.Command("tools/install.sh", ".tools/tinygo-"+version+"/bin/tinygo")
		command.Dir = checkout
		command.Env = append(os.Environ(), "TINYGO_RELEASES="+server.URL)
		text, err := command.CombinedOutput()
		return string(text), err
	}
	sum := fmt.Sprintf("%x", sha256.Sum256(archive))

	// As one out of a cache whose libraries are not here.
	program(t, tool, "#!/bin/sh\nexit 127\n")
	text, err := install(strings.Repeat("0", 64))
	if want := "has the SHA-256 " + sum + ", want 000000"; err == nil || !strings.Contains(text, want) {
		t.Errorf("%v\n%s\nwant\n%s", err, text, want)
	}
	const getting = "Getting TinyGo 1.2.3 into .tools/tinygo-1.2.3\n"
	if text, err := install(sum); err != nil || text != getting {
		t.Fatalf("%v\n%s\nwant\n%s", err, text, getting)
	}
	if output, err := exec.Command(tool, "version").Output(); err != nil || !strings.HasPrefix(string(output), "tinygo version ") {
		t.Errorf("%v\n%s", err, output)
	}
	if text, err := install(sum); err != nil || text != "" {
		t.Errorf("%v\n%s\nwant nothing, since it is there", err, text)
	}
}

// ports are three that run.sh would take, and are free.
func ports(t *testing.T) (port int) {
	t.Helper()
	for range 100 {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port = listener.Addr().(*net.TCPAddr).Port
		listener.Close()
		free := true
		for _, other := range []int{port + 1, port - 99} {
			listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", other))
			if free = free && err == nil; err == nil {
				listener.Close()
			}
		}
		if free {
			return port
		}
	}
	t.Fatal("no three free ports")
	return 0
}

func TestTakenPort(t *testing.T) {
	port := ports(t)
	for _, taken := range []int{port, port + 1, port - 99} {
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", taken))
		if err != nil {
			t.Fatal(err)
		}
		text, err := exec.Command("./run.sh", "no-envoy", fmt.Sprint(port)).CombinedOutput()
		listener.Close()
		if want := fmt.Sprintf("Port %d is taken. Take others: make run PORT=", taken); err == nil || !strings.HasPrefix(string(text), want) || strings.Count(string(text), "\n") != 1 {
			t.Errorf("%v\n%s\nwant a line that starts with\n%s", err, text, want)
		}
	}
}

func TestRunAtAnotherPort(t *testing.T) {
	port := ports(t)
	command := exec.Command("tools/run.sh", os.Getenv("ENVOY"), fmt.Sprint(port))
	command.Dir = ".."
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan error, 1)
	go func() { exited <- command.Wait() }()
	t.Cleanup(func() {
		command.Process.Signal(syscall.SIGTERM)
		if err := <-exited; err != nil {
			t.Errorf("%v\n%s", err, &output)
		}
	})
	for url, want := range map[string]string{
		fmt.Sprintf("http://127.0.0.1:%d/", port):         "200 the server behind the proxy\n",
		fmt.Sprintf("http://127.0.0.1:%d/ready", port-99): "200 LIVE\n",
	} {
		var got string
		for deadline := time.Now().Add(30 * time.Second); got != want && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			if response, err := http.Get(url); err == nil {
				var body bytes.Buffer
				body.ReadFrom(response.Body)
				response.Body.Close()
				got = fmt.Sprintf("%d %s", response.StatusCode, &body)
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
}
