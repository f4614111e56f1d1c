// SPDX-License-Identifier: Apache-2.0

// Package finding is what there is to say about a place in a file, and the forms
// in which it is printed.
package finding

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"notimplemented/cmd/notimplemented/source"
)

// Finding is one thing to say.
type Finding struct {
	source.Position
	Severity Severity
	Pointer  string // JSON pointer in the plugin's configuration, often empty
	Message  string
}

// Severity is how much a finding matters.
type Severity string

const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Note    Severity = "note"
)

// IsError reports whether the finding is a mistake in the file.
func (f Finding) IsError() bool { return f.Severity == Error }

// Sort puts the findings of one file into its order.
func Sort(findings []Finding) {
	slices.SortStableFunc(findings, func(a, b Finding) int { return a.Compare(b.Position) })
}

// Form is a form of output.
type Form string

const (
	Text   Form = "text"
	JSON   Form = "json"   // an object a line
	GitHub Form = "github" // commands of a GitHub workflow
)

// Forms are all of them.
var Forms = []Form{Text, JSON, GitHub}

// Print writes a finding as one line.
func (form Form) Print(w io.Writer, f Finding) error {
	message := f.Message
	if f.Pointer != "" {
		message = f.Pointer + ": " + message
	}
	message = strings.NewReplacer("\r", `\r`, "\n", `\n`).Replace(message)
	var err error
	switch form {
	case JSON:
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		err = encoder.Encode(struct {
			File     string   `json:"file"`
			Line     int      `json:"line"`
			Column   int      `json:"column"`
			Severity Severity `json:"severity"`
			Pointer  string   `json:"pointer"`
			Message  string   `json:"message"`
		}{f.File, f.Line, f.Column, f.Severity, f.Pointer, f.Message})
	case GitHub:
		command := f.Severity
		if command == Note {
			command = "notice"
		}
		_, err = fmt.Fprintf(w, "::%s file=%s,line=%d,col=%d::%s\n", command, property.Replace(f.File), f.Line, f.Column, data.Replace(message))
	default:
		_, err = fmt.Fprintf(w, "%s: %s: %s\n", f.Position, f.Severity, message)
	}
	return err
}

// What a workflow command wants escaped, in its message and in its properties.
var (
	data     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
