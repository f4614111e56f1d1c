// SPDX-License-Identifier: Apache-2.0

// Package config reads the plugin's JSON configuration, or says everything that
// is wrong with it.
package config

import (
	"bytes"
	"strconv"

	"notimplemented/filter/answer"
	"notimplemented/filter/servers"
)

// MaxSize is the size of the largest configuration, in bytes.
const MaxSize = 64 << 10

// Config is a configuration without a mistake. [Parse] is the only way to make
// one.
type Config struct {
	Servers *servers.Servers
	Formats []*answer.Format // of the answers of each server
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
	return parse(json, limits{})
}

// ParseForLog is [Parse] with an error that fits into a log: 20 mistakes, then how
// many more there are, none of which quotes more than 128 bytes.
func ParseForLog(json []byte) (*Config, error) {
	return parse(json, forLog)
}

// Declared returns what a configuration without a mistake declares, the top first,
// even where that declares nothing. Its error is [Parse]'s.
func Declared(json []byte) ([]servers.Declaration, error) {
	d, err := read(json, limits{})
	if err != nil {
		return nil, err
	}
	return d.declarations(), nil
}

func parse(json []byte, limits limits) (*Config, error) {
	d, err := read(json, limits)
	if err != nil {
		return nil, err
	}
	return d.config(), nil
}

// read reads a document without a mistake.
func read(json []byte, limits limits) (*document, error) {
	if err := CheckSize(len(json)); err != nil {
		return nil, err
	}
	if len(bytes.Trim(json, " \t\r\n")) == 0 {
		return nil, Mistakes{{Problem: `no configuration, want "implemented_methods" or "unimplemented"`}}
	}
	if err := checkSyntax(json, limits); err != nil {
		return nil, err
	}
	d := readDocument(json, limits)
	d.check()
	if err := d.mistakes.err(); err != nil {
		return nil, err
	}
	return d, nil
}

// declarations are those of the servers, the top first.
func (d *document) declarations() []servers.Declaration {
	all := []servers.Declaration{d.top.declaration()}
	for _, s := range d.servers {
		if s.dryRun == nil {
			s.dryRun = d.top.dryRun
		}
		all = append(all, s.declaration())
	}
	return all
}

// config is what the document says; it has no mistake.
func (d *document) config() *Config {
	formats := []*answer.Format{d.top.answerFormat()}
	for _, s := range d.servers {
		if s.hasFormat() {
			formats = append(formats, s.answerFormat())
		} else {
			formats = append(formats, formats[0])
		}
	}
	declared := d.declarations()
	return &Config{servers.New(declared[0], declared[1:]...), formats}
}
