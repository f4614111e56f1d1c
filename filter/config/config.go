// SPDX-License-Identifier: Apache-2.0

// Package config reads the plugin's JSON configuration, or says everything that
// is wrong with it.
package config

import (
	"bytes"
	"sort"
	"strconv"

	"notimplemented/filter/answer"
	"notimplemented/filter/servers"
)

// MaxSize is the size of the largest configuration, in bytes.
const MaxSize = 64 << 10

// Config is a configuration without a mistake. [Parse] is the only way to make
// one.
type Config struct {
	Server *servers.Server
	Format *answer.Format
}

// CheckSize refuses a configuration by its size in bytes, before it is read.
// Its error is of type [Mistakes].
func CheckSize(size int) error {
	if size > MaxSize {
		return Mistakes{{Problem: "configuration is " + strconv.Itoa(size) + " bytes, want at most " + strconv.Itoa(MaxSize>>10) + " KiB"}}
	}
	return nil
}

// Parse reads a configuration. Its error is of type [Mistakes]: a violation of
// JSON alone, else everything that is wrong.
func Parse(json []byte) (*Config, error) {
	if err := CheckSize(len(json)); err != nil {
		return nil, err
	}
	if len(bytes.Trim(json, " \t\r\n")) == 0 {
		return nil, Mistakes{{Problem: `no configuration, want "implemented_methods" or "unimplemented"`}}
	}
	if err := checkSyntax(json); err != nil {
		return nil, err
	}
	d := readDeclaration(json)
	d.check()
	if len(d.mistakes) > 0 {
		sort.Stable(byOffset(d.mistakes))
		return nil, d.mistakes
	}
	return &Config{servers.New(d.server()), d.answerFormat()}, nil
}
