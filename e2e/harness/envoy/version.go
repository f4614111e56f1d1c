// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
)

var version = regexp.MustCompile(`version: [0-9a-f]+/1\.(\d+)\.\d+`)

// Minor is the 40 of Envoy 1.40.0, for what differs from one to the next.
func Minor() (int, error) {
	executable, err := file("ENVOY")
	if err != nil {
		return 0, err
	}
	output, err := exec.Command(executable, "--version").Output()
	if err != nil {
		return 0, fmt.Errorf("%s --version: %w", executable, err)
	}
	match := version.FindSubmatch(output)
	if match == nil {
		return 0, fmt.Errorf("%s --version is %q, want a version 1.x", executable, output)
	}
	return strconv.Atoi(string(match[1]))
}
