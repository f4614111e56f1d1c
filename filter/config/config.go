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

// Parse is [Read] and [Document.Config] in one.
func Parse(json []byte) (*Config, error) {
	d, err := Read(json)
	if err != nil {
		return nil, err
	}
	return d.Config(), nil
}

// Document is what a configuration says, without a mistake. It refers to the JSON that
// it was read from.
type Document struct {
	Declarations []servers.Declaration // the top first, even where that declares nothing
	formats      []*answer.Format
}

// Read reads a configuration. Its error is of type [Mistakes]: a violation of
// JSON alone, else everything that is wrong.
func Read(json []byte) (*Document, error) {
	return read(json, limits{})
}

// ReadForLog is [Read] with an error that fits into a log: 20 mistakes, then how
// many more there are, none of which quotes more than 128 bytes.
func ReadForLog(json []byte) (*Document, error) {
	return read(json, forLog)
}

// Config returns the configuration, which is a copy of all that it keeps of the
// document.
func (d *Document) Config() *Config {
	formats := make([]*answer.Format, len(d.formats))
	for i, format := range d.formats {
		if i > 0 && format == d.formats[0] {
			formats[i] = formats[0] // inherited
		} else {
			formats[i] = format.Clone()
		}
	}
	return &Config{servers.New(d.Declarations[0], d.Declarations[1:]...), formats}
}

func read(json []byte, limits limits) (*Document, error) {
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
	return d.document(), nil
}

// document is what the configuration says; it has no mistake.
func (d *document) document() *Document {
	all := &Document{[]servers.Declaration{d.top.declaration()}, []*answer.Format{d.top.answerFormat()}}
	for _, s := range d.servers {
		if s.dryRun == nil {
			s.dryRun = d.top.dryRun
		}
		format := all.formats[0]
		if s.hasFormat() {
			format = s.answerFormat()
		}
		all.Declarations, all.formats = append(all.Declarations, s.declaration()), append(all.formats, format)
	}
	return all
}
