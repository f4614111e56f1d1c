// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// command is the name of the command, and the start of its files' names.
const command = "notimplemented"

// platforms are those that a release has the command for.
var platforms = []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64"}

// commands are the command for each platform, by the names of their files.
func commands(root, version string) (map[string][]byte, error) {
	folder, err := os.MkdirTemp("", command)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	flags := "-s -w"
	if version != untagged {
		flags += " -X main.tag=" + version
	}
	files := make(map[string][]byte)
	for _, platform := range platforms {
		system, processor, _ := strings.Cut(platform, "/")
		name := command + "-" + system + "-" + processor
		if system == "windows" {
			name += ".exe"
		}
		build := exec.Command("go", "build", "-buildvcs=auto", "-trimpath", "-ldflags="+flags, "-o", filepath.Join(folder, name), ".")
		build.Dir = filepath.Join(root, "cmd", command)
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+processor,
			// The checkout can belong to another user, as it does in a container.
			"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*")
		if text, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%v: %w\n%s", build, err, text)
		}
		if files[name], err = os.ReadFile(filepath.Join(folder, name)); err != nil {
			return nil, err
		}
	}
	return files, nil
}
