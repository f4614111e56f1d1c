// SPDX-License-Identifier: Apache-2.0

package servers

// Declaration is what an operator declares of a server. It is right by the rules
// of the configuration: [New] checks nothing.
type Declaration struct {
	// Hosts are exact ("s3.example.com", "[2001:db8::1]") or domains ("*.example.com").
	Hosts []string
	// Implemented are the methods besides GET and HEAD, which are always
	// implemented (RFC 9110, section 9.1); nil where every method is that no
	// entry names.
	Implemented   []string
	Unimplemented []Entry
	DryRun        bool // of everything
}

// Entry is one thing that the server implements nowhere. Its conditions apply all
// together; an empty one is absent.
type Entry struct {
	Capability   string // empty for an entry of a method alone
	Method       string
	Header       string // in lower case
	Value        string // a member of the header's list
	Query        Parameter
	Path         string   // "/a/b", "/a/*" or "*/b", decoded
	Alternatives []string // what to use instead
	DryRun       bool
}

// Parameter is one of a query, decoded. Without a name there is none.
type Parameter struct {
	Name     string
	Value    string
	HasValue bool // else any value does, and none
}
