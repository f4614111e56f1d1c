// SPDX-License-Identifier: Apache-2.0

package servers

// Request is what the host can be asked about a request. Each question costs a call
// of the host, whose error it returns.
type Request struct {
	// Field returns the first line of a field; ok is false if there is none.
	Field func(name string) (value string, ok bool, err error)
	// Header returns all lines of all fields.
	Header func() (Header, error)
}

// Header is the lines of a request's fields in order, name and value of each. Names
// are in lower case; pseudo-headers are fields, too.
type Header [][2]string

// First returns the first line of a field; ok is false if there is none.
func (h Header) First(name string) (value string, ok bool) {
	for i := range h {
		if h[i][0] == name {
			return h[i][1], true
		}
	}
	return "", false
}

// Request returns the request with this header; it has no errors.
func (h Header) Request() Request {
	return Request{
		Field: func(name string) (string, bool, error) {
			value, ok := h.First(name)
			return value, ok, nil
		},
		Header: func() (Header, error) { return h, nil },
	}
}
