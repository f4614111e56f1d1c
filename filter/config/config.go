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

// Document is what a configuration says, without a mistake. It refers to the JSON that
// it was read from.
type Document struct {
	declarations []servers.Declaration
	formats      []*answer.Format
}

// ReadForLog is the first half of [ParseForLog], [Document.Config] the other.
func ReadForLog(json []byte) (*Document, error) {
	d, err := read(json, forLog)
	if err != nil {
		return nil, err
	}
	return d.document(), nil
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
	return &Config{servers.New(d.declarations[0], d.declarations[1:]...), formats}
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
	return d.document().Config(), nil
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

// document is what the configuration says; it has no mistake.
func (d *document) document() *Document {
	formats := []*answer.Format{d.top.answerFormat()}
	for _, s := range d.servers {
		if s.hasFormat() {
			formats = append(formats, s.answerFormat())
		} else {
			formats = append(formats, formats[0])
		}
	}
	return &Document{d.declarations(), formats}
}
