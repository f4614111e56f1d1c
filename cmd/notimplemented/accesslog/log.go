// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"notimplemented/filter/servers"
)

// Log is what has been read; the zero value is ready.
type Log struct {
	Unread int    // lines that are in no known format
	First  string // the first of them, with its place
	// Others are requests of further methods, once there are too many that nobody
	// registered: nobody implements so many, and clients can send any.
	Others int

	methods map[string]*Method
	others  int // of them, that nobody registered
}

// most bounds how many methods are told apart that nobody registered.
const most = 1000

// Method is what has been seen of one method.
type Method struct {
	Name        string
	Requests    int
	Statuses    map[int]int // how often each
	ByProxy     int         // requests that no server has answered
	Implemented bool
}

// Methods returns the methods, in no order.
func (l *Log) Methods() []*Method {
	return slices.Collect(maps.Values(l.methods))
}

// Read reads the lines of a file, which can be compressed by gzip.
func (l *Log) Read(name string, r io.Reader) error {
	lines, what := bufio.NewReaderSize(r, 1<<20), name
	if magic, _ := lines.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		what += " (gzip)"
		text, err := gzip.NewReader(lines)
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		lines = bufio.NewReaderSize(text, 1<<20)
	}
	for number := 1; ; number++ {
		line, err := lines.ReadSlice('\n')
		e, ok := parse(bytes.TrimSpace(line))
		switch {
		case len(bytes.TrimSpace(line)) == 0:
		case ok && !errors.Is(err, bufio.ErrBufferFull):
			l.add(e)
		default:
			if l.Unread++; l.Unread == 1 {
				l.First = fmt.Sprintf("%s:%d: %.100q", name, number, bytes.TrimSpace(line))
			}
		}
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = lines.ReadSlice('\n')
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("%s: %w", what, err)
		}
	}
}

func (l *Log) add(e exchange) {
	if string(e.method) == absent {
		return // Envoy could not read the request
	}
	m := l.method(e.method)
	if m == nil {
		l.Others++
		return
	}
	m.Requests++
	m.Statuses[e.status]++
	if e.byProxy {
		m.ByProxy++
	} else if implements(e.status) && !isOtherCase(m.Name) {
		m.Implemented = true
	}
}

func (l *Log) method(name []byte) *Method {
	if m, ok := l.methods[string(name)]; ok {
		return m
	}
	isRegistered := slices.Contains(servers.RegisteredMethods[:], string(name))
	if !isRegistered && (l.others == most || !servers.IsToken(string(name))) {
		return nil
	}
	if !isRegistered {
		l.others++
	}
	if l.methods == nil {
		l.methods = map[string]*Method{}
	}
	m := &Method{Name: string(name), Statuses: map[int]int{}}
	l.methods[m.Name] = m
	return m
}

// implements reports whether only a server that implements the method gives this
// status. A 400, 401, 403, 429 or 5xx can come before anyone looks at the method.
func implements(status int) bool {
	switch status {
	case 409, 412, 415, 422, 428:
		return true
	}
	return status >= 200 && status < 400
}

// isOtherCase reports whether a method is a registered one but for its case, which
// is another method that nobody means.
func isOtherCase(name string) bool {
	return slices.ContainsFunc(servers.RegisteredMethods[:], func(registered string) bool {
		return name != registered && strings.EqualFold(name, registered)
	})
}
