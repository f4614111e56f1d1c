// SPDX-License-Identifier: Apache-2.0

// Package rawhttp sends requests as they are, over HTTP/1.1 and HTTP/2, where Go's
// client would refuse or repair them: unknown methods, CONNECT, repeated and
// connection-specific fields.
package rawhttp

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// HTTP1 and HTTP2, without TLS and without an upgrade from one to the other. HTTP10
// sends no host by itself, as many health checks do not.
var (
	HTTP10 = Protocol{"HTTP/1.0", dialHTTP10}
	HTTP1  = Protocol{"HTTP/1.1", dialHTTP1}
	HTTP2  = Protocol{"HTTP/2", dialHTTP2}
)

// Protocol is a way to talk to a server. Dial connects for the time of a test,
// and whatever fails on the connection ends that test.
type Protocol struct {
	Name string
	Dial func(t testing.TB, address string) Conn
}

// OverEach runs a test once for each protocol.
func OverEach(t *testing.T, name string, test func(t *testing.T, protocol Protocol)) {
	for _, protocol := range []Protocol{HTTP1, HTTP2} {
		t.Run(name+" over "+protocol.Name, func(t *testing.T) { test(t, protocol) })
	}
}

// Transport is Go's own client of the protocol, for what it can send: bodies
// that do not end, and requests from several goroutines.
func (p Protocol) Transport(t testing.TB) *http.Transport {
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetHTTP1(p.Name == HTTP1.Name)
	transport.Protocols.SetUnencryptedHTTP2(p.Name == HTTP2.Name)
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// Conn is one connection.
type Conn interface {
	// Do sends all requests before it reads the first response, and returns the
	// responses in the order of the requests.
	Do(requests ...Request) []Response
	// Try is Do of one request, to which it is no end of the test if none comes.
	Try(request Request) (Response, error)
	// Close cuts the connection, whatever is under way.
	Close()
}

// Request is sent as it is; Path is the authority for CONNECT without a Protocol.
type Request struct {
	Method, Path string
	Host         string // "" is example.test, but none over HTTP/1.0
	Fields       []Field
	Body         string
	Trailers     []Field
	Unfinished   bool   // the end of the body is held back, for ever
	Protocol     string // of an extended CONNECT over HTTP/2: RFC 8441
}

// Field is one line of a header section.
type Field struct{ Name, Value string }

// Response is what came back, the header without what differs from one time to
// the next: date and x-envoy-upstream-service-time.
type Response struct {
	Interim []int // the statuses of the 1xx responses before
	Status  int
	Header  map[string]string
	Body    string
}

// String writes the response like curl -i, with the header sorted.
func (r Response) String() string {
	var b strings.Builder
	for _, status := range r.Interim {
		fmt.Fprintln(&b, status)
	}
	fmt.Fprintln(&b, r.Status)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		fmt.Fprintf(&b, "%s: %s\n", name, r.Header[name])
	}
	return b.String() + "\n" + r.Body
}

func (r *Response) add(name, value string) {
	name = strings.ToLower(name)
	if name == "date" || name == "x-envoy-upstream-service-time" {
		return
	}
	if before, ok := r.Header[name]; ok {
		value = before + ", " + value
	}
	r.Header[name] = value
}

const (
	host     = "example.test"
	patience = 30 * time.Second
)

func dial(t testing.TB, address string) net.Conn {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	connection.SetDeadline(time.Now().Add(patience))
	return connection
}

type http1 struct {
	t          testing.TB
	name, host string // the host of a request without one
	connection net.Conn
	reader     *bufio.Reader
}

func dialHTTP10(t testing.TB, address string) Conn { return newHTTP1(t, "HTTP/1.0", "", address) }

func dialHTTP1(t testing.TB, address string) Conn {
	return newHTTP1(t, "HTTP/1.1", host, address)
}

func newHTTP1(t testing.TB, name, host, address string) Conn {
	connection := dial(t, address)
	return &http1{t, name, host, connection, bufio.NewReader(connection)}
}

func (c *http1) Do(requests ...Request) []Response {
	c.t.Helper()
	c.write(requests)
	var responses []Response
	for _, request := range requests {
		response, err := c.read(request.Method)
		if err != nil {
			c.t.Fatalf("%.20s %s over %s: %v", request.Method, request.Path, c.name, err)
		}
		responses = append(responses, response)
	}
	return responses
}

func (c *http1) Try(request Request) (Response, error) {
	c.t.Helper()
	c.write([]Request{request})
	return c.read(request.Method)
}

func (c *http1) Close() { c.connection.Close() }

func (c *http1) write(requests []Request) {
	c.t.Helper()
	var b bytes.Buffer
	for _, request := range requests {
		fmt.Fprintf(&b, "%s %s %s\r\n", request.Method, request.Path, c.name)
		if host := cmp.Or(request.Host, c.host); host != "" {
			fmt.Fprintf(&b, "host: %s\r\n", host)
		}
		for _, field := range request.Fields {
			fmt.Fprintf(&b, "%s: %s\r\n", field.Name, field.Value)
		}
		switch {
		case request.Trailers != nil:
			fmt.Fprintf(&b, "transfer-encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n", len(request.Body), request.Body)
			for _, field := range request.Trailers {
				fmt.Fprintf(&b, "%s: %s\r\n", field.Name, field.Value)
			}
			b.WriteString("\r\n")
		case request.Unfinished:
			fmt.Fprintf(&b, "content-length: %d\r\n\r\n%s", len(request.Body)+1, request.Body)
		case request.Body != "":
			fmt.Fprintf(&b, "content-length: %d\r\n\r\n%s", len(request.Body), request.Body)
		default:
			b.WriteString("\r\n")
		}
	}
	if _, err := c.connection.Write(b.Bytes()); err != nil {
		c.t.Fatal(err)
	}
}

func (c *http1) read(method string) (Response, error) {
	var response Response
	// ReadResponse asks the method only whether a body follows.
	read, err := http.ReadResponse(c.reader, &http.Request{Method: method})
	for err == nil && interim(read.StatusCode) {
		response.Interim = append(response.Interim, read.StatusCode)
		read, err = http.ReadResponse(c.reader, &http.Request{Method: method})
	}
	if err != nil {
		return Response{}, err
	}
	defer read.Body.Close()
	response.Status, response.Header = read.StatusCode, make(map[string]string)
	for name, values := range read.Header {
		response.add(name, strings.Join(values, ", "))
	}
	if read.Close && read.Header["Connection"] == nil { // ReadResponse may have removed the field
		response.add("connection", "close")
	}
	body, err := io.ReadAll(read.Body)
	response.Body = string(body)
	return response, err
}

func interim(status int) bool { return status < 200 && status != http.StatusSwitchingProtocols }

type http2Conn struct {
	t          testing.TB
	connection net.Conn
	framer     *http2.Framer
	block      bytes.Buffer
	fields     *hpack.Encoder
	stream     uint32
}

func dialHTTP2(t testing.TB, address string) Conn {
	connection := dial(t, address)
	c := &http2Conn{t: t, connection: connection, framer: http2.NewFramer(connection, connection), stream: 1}
	c.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	c.fields = hpack.NewEncoder(&c.block)
	if _, err := io.WriteString(connection, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	if err := c.framer.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *http2Conn) Do(requests ...Request) []Response {
	c.t.Helper()
	responses, failed, err := c.do(requests)
	if err != nil {
		c.t.Fatalf("%.20s %s over HTTP/2: %v", failed.Method, failed.Path, err)
	}
	return responses
}

func (c *http2Conn) Try(request Request) (Response, error) {
	responses, _, err := c.do([]Request{request})
	if err != nil {
		return Response{}, err
	}
	return responses[0], nil
}

func (c *http2Conn) Close() { c.connection.Close() }

func (c *http2Conn) do(requests []Request) (responses []Response, failed Request, err error) {
	first := c.stream
	for _, request := range requests {
		if err := c.write(request); err != nil {
			return nil, request, err
		}
		c.stream += 2
	}
	responses = make([]Response, len(requests))
	for ended := 0; ended < len(requests); {
		stream, end, err := c.read(responses, first)
		if err != nil {
			return nil, requests[(max(stream, first)-first)/2], err
		}
		if end {
			ended++
		}
	}
	return responses, Request{}, nil
}

func (c *http2Conn) write(request Request) error {
	c.field(":method", request.Method)
	if request.Method == http.MethodConnect && request.Protocol == "" {
		c.field(":authority", request.Path)
	} else {
		c.field(":scheme", "http")
		c.field(":authority", cmp.Or(request.Host, host))
		c.field(":path", request.Path)
	}
	if request.Protocol != "" {
		c.field(":protocol", request.Protocol)
	}
	for _, field := range request.Fields {
		c.field(field.Name, field.Value)
	}
	content := request.Body != "" || request.Unfinished
	if content && !request.Unfinished {
		c.field("content-length", strconv.Itoa(len(request.Body)))
	}
	trailers := request.Trailers != nil
	if err := c.headers(http2.HeadersFrameParam{EndStream: !content && !trailers}); err != nil {
		return err
	}
	if content {
		if err := c.framer.WriteData(c.stream, !request.Unfinished && !trailers, []byte(request.Body)); err != nil {
			return err
		}
	}
	if !trailers {
		return nil
	}
	for _, field := range request.Trailers {
		c.field(field.Name, field.Value)
	}
	return c.headers(http2.HeadersFrameParam{EndStream: true})
}

// headers sends the fields so far.
func (c *http2Conn) headers(frame http2.HeadersFrameParam) error {
	defer c.block.Reset()
	frame.StreamID, frame.BlockFragment, frame.EndHeaders = c.stream, c.block.Bytes(), true
	return c.framer.WriteHeaders(frame)
}

func (c *http2Conn) field(name, value string) {
	c.fields.WriteField(hpack.HeaderField{Name: name, Value: value})
}

// read takes one frame; end tells that the response on that stream is whole.
func (c *http2Conn) read(responses []Response, first uint32) (stream uint32, end bool, err error) {
	frame, err := c.framer.ReadFrame()
	if err != nil {
		return 0, false, err
	}
	stream = frame.Header().StreamID
	switch frame := frame.(type) {
	case *http2.SettingsFrame:
		if !frame.IsAck() {
			err = c.framer.WriteSettingsAck()
		}
	case *http2.GoAwayFrame:
		// Without an error it only says that no further request is wanted.
		if frame.ErrCode != http2.ErrCodeNo {
			err = fmt.Errorf("GOAWAY %v", frame.ErrCode)
		}
	case *http2.RSTStreamFrame:
		// After a whole response it only says that the rest of the body is not wanted.
		if stream >= first && frame.ErrCode != http2.ErrCodeNo {
			err = fmt.Errorf("RST_STREAM %v", frame.ErrCode)
		}
	case *http2.MetaHeadersFrame:
		response := &responses[(stream-first)/2]
		if response.Header == nil {
			response.Status, err = strconv.Atoi(frame.PseudoValue("status"))
			if interim(response.Status) {
				response.Interim = append(response.Interim, response.Status)
				return stream, false, err
			}
			response.Header = make(map[string]string)
		}
		for _, field := range frame.RegularFields() {
			response.add(field.Name, field.Value)
		}
		end = frame.StreamEnded()
	case *http2.DataFrame:
		responses[(stream-first)/2].Body += string(frame.Data())
		end = frame.StreamEnded()
	}
	return stream, end, err
}
