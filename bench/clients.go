// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// client sends one request again and again, over one connection; one goroutine may
// send while another one receives.
type client interface {
	send() error
	receive() error // the next answer, which must be 200
}

// http1 is a client of HTTP/1.1. Envoy's own answer ends a pipeline.
type http1 struct {
	net.Conn
	reader  *bufio.Reader
	request []byte
}

func newHTTP1(conn net.Conn, path string, fields [][2]string) client {
	var b strings.Builder
	fmt.Fprintf(&b, "GET %s HTTP/1.1\r\nhost: bench\r\n", path)
	for _, field := range fields {
		fmt.Fprintf(&b, "%s: %s\r\n", field[0], field[1])
	}
	b.WriteString("\r\n")
	return &http1{conn, bufio.NewReader(conn), []byte(b.String())}
}

func (c *http1) send() error {
	_, err := c.Write(c.request)
	return err
}

func (c *http1) receive() error {
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("HTTP/1.1: %s", response.Status)
	}
	_, err = io.Copy(io.Discard, response.Body)
	return err
}

// http2Client is a client of HTTP/2 that puts what it can into HPACK's dynamic
// table: from the second request on, a field is a byte or two on the wire.
type http2Client struct {
	net.Conn
	framer  *http2.Framer
	encoder *hpack.Encoder
	block   bytes.Buffer
	fields  []hpack.HeaderField
	stream  uint32
}

func newHTTP2(conn net.Conn, path string, fields [][2]string) (client, error) {
	c := &http2Client{Conn: conn, framer: http2.NewFramer(conn, conn), stream: 1}
	c.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	c.encoder = hpack.NewEncoder(&c.block)
	c.fields = []hpack.HeaderField{
		{Name: ":method", Value: "GET"},
		{Name: ":scheme", Value: "http"},
		{Name: ":authority", Value: "bench", Sensitive: true}, // it would drive out the others
		{Name: ":path", Value: path},
	}
	for _, field := range fields {
		c.fields = append(c.fields, hpack.HeaderField{Name: field[0], Value: field[1]})
	}
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		return nil, err
	}
	return c, c.framer.WriteSettings()
}

func (c *http2Client) send() error {
	c.block.Reset()
	for _, field := range c.fields {
		if err := c.encoder.WriteField(field); err != nil {
			return err
		}
	}
	stream := c.stream
	c.stream += 2
	return c.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: c.block.Bytes(), EndStream: true, EndHeaders: true})
}

func (c *http2Client) receive() error {
	for {
		frame, err := c.framer.ReadFrame()
		if err != nil {
			return err
		}
		switch frame := frame.(type) {
		case *http2.MetaHeadersFrame:
			if status := frame.PseudoValue("status"); status != "200" || !frame.StreamEnded() {
				return fmt.Errorf("HTTP/2: status %s", status)
			}
			return nil
		case *http2.SettingsFrame, *http2.WindowUpdateFrame:
			// Nothing is sent that they bound, and Envoy waits for no acknowledgement.
		default:
			return fmt.Errorf("HTTP/2: %v", frame)
		}
	}
}
