// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"notimplemented/cmd/notimplemented/source"
)

// form is a form in which findings are printed.
type form string

const (
	asText   form = "text"
	asJSON   form = "json"   // an object a line
	asGitHub form = "github" // commands of a GitHub workflow
)

// set takes the value of a flag.
func (f *form) set(name string) error {
	switch *f = form(name); *f {
	case asText, asJSON, asGitHub:
		return nil
	}
	return errors.New("want text, json or github")
}

// print writes a finding as one line.
func (form form) print(w io.Writer, f source.Finding) {
	message := f.Message
	if f.Pointer != "" {
		message = f.Pointer + ": " + message
	}
	message = strings.NewReplacer("\r", `\r`, "\n", `\n`).Replace(message)
	switch form {
	case asJSON:
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(struct {
			File     string          `json:"file"`
			Line     int             `json:"line"`
			Column   int             `json:"column"`
			Severity source.Severity `json:"severity"`
			Pointer  string          `json:"pointer"`
			Message  string          `json:"message"`
		}{f.File, f.Line, f.Column, f.Severity, f.Pointer, f.Message})
	case asGitHub:
		command := f.Severity
		if command == source.Note {
			command = "notice"
		}
		fmt.Fprintf(w, "::%s file=%s,line=%d,col=%d::%s\n", command, property.Replace(f.File), f.Line, f.Column, data.Replace(message))
	default:
		fmt.Fprintf(w, "%s: %s: %s\n", f.Position, f.Severity, message)
	}
}

// What a workflow command wants escaped, in its message and in its properties.
var (
	data     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// once leaves out findings that are there already.
func once(findings []source.Finding) []source.Finding {
	said := map[source.Finding]bool{}
	return slices.DeleteFunc(findings, func(f source.Finding) bool {
		again := said[f]
		said[f] = true
		return again
	})
}
