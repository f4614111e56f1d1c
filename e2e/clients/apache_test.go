// SPDX-License-Identifier: Apache-2.0

package clients

import (
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"notimplemented/e2e/harness/envoy"
)

const apacheConfiguration = `
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule dav_module /usr/lib/apache2/modules/mod_dav.so
LoadModule dav_fs_module /usr/lib/apache2/modules/mod_dav_fs.so
LoadModule dav_svn_module /usr/lib/apache2/modules/mod_dav_svn.so
User www-data
Group www-data
ServerName localhost
Listen %[2]s
ServerRoot %[1]s
PidFile %[1]s/pid
DefaultRuntimeDir %[1]s
ErrorLog /dev/stderr
DocumentRoot %[1]s
DavLockDB %[1]s/locks
<Location /dav>
	DAV on
</Location>
<Location /svn>
	DAV svn
	SVNPath %[1]s/repository
</Location>
`

// apache starts a server of WebDAV: of files below /dav, of Subversion below /svn.
func apache(t *testing.T) (address string) {
	t.Helper()
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "dav"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, folder, "dav/file", "content")
	do(t, folder, "svnadmin", "create", "repository")
	do(t, folder, "svn", "import", "--quiet", "--message=test", "dav", "file://"+filepath.Join(folder, "repository"))
	// It runs as another user, who has to get there, too.
	if err := os.Chmod(filepath.Dir(folder), 0o755); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chmod(path, 0o777)
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 5 { // it takes no port 0, and somebody else may take the one that was free
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address = listener.Addr().String()
		listener.Close()
		command := exec.Command("/usr/sbin/apache2", "-D", "FOREGROUND", "-f", write(t, folder, "configuration", fmt.Sprintf(apacheConfiguration, folder, address)))
		log := new(envoy.Output)
		command.Stdout, command.Stderr = log, log
		if err := command.Start(); err != nil {
			t.Fatalf(`%v; "make e2e-clients" installs it`, err)
		}
		exited := make(chan error, 1)
		go func() { exited <- command.Wait() }()
		if answers(t, address, exited) {
			t.Cleanup(func() {
				command.Process.Signal(syscall.SIGTERM)
				<-exited
				if t.Failed() {
					t.Logf("Apache's log:\n%s", log)
				}
			})
			return address
		}
		t.Logf("Apache at %s:\n%s", address, log)
	}
	t.Fatal("Apache does not start")
	return ""
}

// answers waits until something answers at the address, or the process has ended.
func answers(t *testing.T, address string, exited <-chan error) bool {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		if response, err := http.Get("http://" + address + "/dav/file"); err == nil {
			response.Body.Close()
			return true
		}
		select {
		case <-exited:
			return false
		case <-time.After(20 * time.Millisecond):
		}
	}
	t.Fatalf("nothing answers at %s", address)
	return false
}
