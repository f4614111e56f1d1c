// SPDX-License-Identifier: Apache-2.0

package envoygateway

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"notimplemented/e2e/harness/command"
)

// Envoy Gateway listens on fixed ports, reads /certs and looks itself up by a
// host name of the cluster, and its Envoy unlinks the shared memory of any other
// in /dev/shm. So the tests run in a mount and a network namespace of their own,
// where all that changes nothing on this machine.
func TestMain(m *testing.M) {
	if os.Getenv(inside) == "" {
		os.Exit(again())
	}
	if err := enter(); err != nil {
		fmt.Fprintln(os.Stderr, "namespaces:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

const inside = "NOTIMPLEMENTED_INSIDE"

func again() (code int) {
	notimplemented, err := command.Build() // which needs a network
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	tests := exec.Command("/proc/self/exe", os.Args[1:]...)
	tests.Env = append(os.Environ(), inside+"=yes", command.Variable+"="+notimplemented)
	tests.Stdout, tests.Stderr = os.Stdout, os.Stderr
	tests.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET,
		Pdeathsig:  syscall.SIGKILL,
	}
	if os.Geteuid() != 0 {
		tests.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		tests.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		tests.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	err = tests.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "namespaces:", err)
		return 1
	}
	return 0
}

// enter changes to a root that is this machine's, but can have new entries.
func enter() error {
	const root = "/mnt"
	folder, err := os.Getwd()
	if err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("/: %w", err)
	}
	if err := unix.Mount("tmpfs", root, "tmpfs", 0, ""); err != nil {
		return fmt.Errorf("%s: %w", root, err)
	}
	entries, err := os.ReadDir("/")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		path := "/" + entry.Name()
		switch {
		case path == root:
		case entry.Type() == os.ModeSymlink:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			if err := os.Symlink(target, root+path); err != nil {
				return err
			}
		case entry.IsDir():
			if err := os.Mkdir(root+path, 0o755); err != nil {
				return err
			}
			if err := unix.Mount(path, root+path, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
		}
	}
	if err := unix.Mount("tmpfs", root+"/dev/shm", "tmpfs", 0, ""); err != nil {
		return fmt.Errorf("/dev/shm: %w", err)
	}
	if err := unix.Chroot(root); err != nil {
		return err
	}
	if err := os.Chdir(folder); err != nil {
		return err
	}
	return loopback()
}

// loopback takes up the one interface that a new network namespace has.
func loopback() error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(socket)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP)
	return unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, request)
}

// name has the host name lead to this machine.
func name(t *testing.T, host string) {
	t.Helper()
	hosts := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(hosts, []byte("127.0.0.1 localhost "+host+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount(hosts, "/etc/hosts", "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount("/etc/hosts", 0); err != nil {
			t.Error(err)
		}
	})
}
