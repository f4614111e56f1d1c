// SPDX-License-Identifier: Apache-2.0

package clients

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// run runs a command of Debian's, in a folder and without anybody's configuration.
func run(t *testing.T, folder, name string, arguments ...string) (output string, err error) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Fatalf(`%v; "make e2e-clients" installs it`, err)
	}
	command := exec.CommandContext(t.Context(), name, arguments...)
	command.Dir = folder
	command.Env = append(os.Environ(), "HOME="+folder, "LC_ALL=C.UTF-8", "RCLONE_CONFIG=/dev/null",
		"AWS_CA_BUNDLE=", // which rclone cannot read
		"GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0", "no_proxy=*")
	printed, err := command.CombinedOutput()
	return string(printed), err
}

// do runs a command that must succeed.
func do(t *testing.T, folder, name string, arguments ...string) {
	t.Helper()
	if output, err := run(t, folder, name, arguments...); err != nil {
		t.Fatalf("%s %q: %v\n%s", name, arguments, err, output)
	}
}

// line runs a command that must fail, and returns the last line of its output that
// matches, from there on.
func line(t *testing.T, pattern, folder, name string, arguments ...string) string {
	t.Helper()
	output, err := run(t, folder, name, arguments...)
	found := regexp.MustCompile(`(?m)`+pattern+`.*$`).FindAllString(output, -1)
	if err == nil || len(found) == 0 {
		t.Fatalf("%s %q: %v, want a line with %s:\n%s", name, arguments, err, pattern, output)
	}
	return strings.TrimSpace(found[len(found)-1])
}

func write(t *testing.T, folder, name, text string) (path string) {
	t.Helper()
	path = filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// s3Remote is what rclone has to know of a server of S3.
func s3Remote(address string) string {
	return ":s3,provider=Other,access_key_id=test,secret_access_key=test,region=us-east-1,endpoint='http://" + address + "':"
}

func rcloneS3(t *testing.T, _, address string) string {
	folder := t.TempDir()
	return line(t, `NotImplemented: `, folder, "rclone", "copyto", "--s3-acl", "public-read", write(t, folder, "file", "content"), s3Remote(address)+"bucket/file")
}

func rcloneWebDAV(t *testing.T, _, address string) string {
	remote := ":webdav,url='http://" + address + "/dav':"
	return line(t, `Copy call failed: `, t.TempDir(), "rclone", "copyto", remote+"file", remote+"copy")
}

func svnLock(t *testing.T, _, address string) string {
	folder := t.TempDir()
	do(t, folder, "svn", "checkout", "--quiet", "http://"+address+"/svn", "copy")
	return line(t, `^svn: E175002: `, filepath.Join(folder, "copy"), "svn", "lock", "--non-interactive", "file")
}

// checkout is one with a commit, of a repository there.
func checkout(t *testing.T, address string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	do(t, folder, "git", "init", "--quiet", "--initial-branch=main")
	do(t, folder, "git", "-c", "user.name=test", "-c", "user.email=test@example.test", "commit", "--quiet", "--allow-empty", "--message=test")
	do(t, folder, "git", "remote", "add", "origin", "http://"+address+"/repository.git")
	return folder
}

func gitPush(t *testing.T, _, address string) string {
	folder := checkout(t, address)
	return line(t, `^remote: `, folder, "git", "push", "origin", "main")
}

func gitLFSLock(t *testing.T, _, address string) string {
	folder := checkout(t, address)
	write(t, folder, "file", "content")
	return line(t, `^Locking `, folder, "git", "lfs", "lock", "file")
}

// gitLFSPush does what "git push" has git-lfs do before.
func gitLFSPush(t *testing.T, _, address string) string {
	folder := checkout(t, address)
	const update = `echo "refs/heads/main $(git rev-parse HEAD) refs/heads/main $(printf %040d 0)"`
	output, err := run(t, folder, "sh", "-c", update+` | git lfs pre-push origin "$(git remote get-url origin)"`)
	if err != nil || output != "" {
		return output
	}
	return "no error"
}
