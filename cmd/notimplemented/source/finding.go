// SPDX-License-Identifier: Apache-2.0

package source

import "slices"

// Finding is one thing to say about a place in a file.
type Finding struct {
	Position
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
