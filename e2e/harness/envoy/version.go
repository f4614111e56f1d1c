// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
)

var version = regexp.MustCompile(`version: [0-9a-f]+/(1\.(\d+)\.\d+)`)

// Version is like 1.40.0.
func Version() (string, error) {
	match, err := versions()
	if err != nil {
		return "", err
	}
	return match[1], nil
}

// Minor is the 40 of Envoy 1.40.0, for what differs from one to the next.
func Minor() (int, error) {
	match, err := versions()
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(match[2])
}

func versions() (match []string, err error) {
	executable, err := executable()
	if err != nil {
		return nil, err
	}
	output, err := exec.Command(executable, "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("%s --version: %w", executable, err)
	}
	if match = version.FindStringSubmatch(string(output)); match == nil {
		return nil, fmt.Errorf("%s --version is %q, want a version 1.x", executable, output)
	}
	return match, nil
}
