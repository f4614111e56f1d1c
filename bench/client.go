// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"io"
	"net"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// client sends one GET again and again, over one connection of HTTP/2; one goroutine
// may send while another one receives. It puts what it can into HPACK's dynamic
// table: from the second request on, such a field is a byte or two on the wire.
type client struct {
	net.Conn
	framer  *http2.Framer
	encoder *hpack.Encoder
	block   bytes.Buffer
	fields  []hpack.HeaderField
	stream  uint32
}

func newClient(conn net.Conn, path string, fields [][2]string) (*client, error) {
	c := &client{Conn: conn, framer: http2.NewFramer(conn, conn), stream: 1}
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

// frameSize is what every server takes.
const frameSize = 16 << 10

func (c *client) send() error {
	c.block.Reset()
	for _, field := range c.fields {
		if err := c.encoder.WriteField(field); err != nil {
			return err
		}
	}
	stream := c.stream
	c.stream += 2
	err := c.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, EndStream: true,
		BlockFragment: c.block.Next(frameSize), EndHeaders: c.block.Len() == 0})
	for err == nil && c.block.Len() > 0 {
		fragment := c.block.Next(frameSize)
		err = c.framer.WriteContinuation(stream, c.block.Len() == 0, fragment)
	}
	return err
}

// receive reads the next answer, which must be 200.
func (c *client) receive() error {
	for {
		frame, err := c.framer.ReadFrame()
		if err != nil {
			return err
		}
		switch frame := frame.(type) {
		case *http2.MetaHeadersFrame:
			if status := frame.PseudoValue("status"); status != "200" || !frame.StreamEnded() {
				return fmt.Errorf("status %s", status)
			}
			return nil
		case *http2.SettingsFrame, *http2.WindowUpdateFrame:
			// Nothing is sent that they bound, and Envoy waits for no acknowledgement.
		default:
			return fmt.Errorf("%v", frame)
		}
	}
}
