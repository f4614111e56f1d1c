// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"time"
)

// Gateway says how to reach a gateway.
type Gateway struct {
	Address string      // HOST:PORT in place of the URL's, or empty
	TLS     *tls.Config // for https
	Timeout time.Duration
	// Plain HTTP/2 besides HTTP/1.1, without TLS; with TLS the gateway offers it.
	HTTP2 bool
}

// Response is what a gateway sends back.
type Response struct {
	Status    int
	Header    http.Header
	Body      []byte
	Continued bool // a 100 came first
}

// AtATime is how many requests may wait for their responses: a gateway without the
// plugin hands them to the server.
const AtATime = 4

// most is how much of a body is read: more than any answer of the plugin.
const most = 128 << 10

// dial connects to the gateway, whatever address the URL has.
func (g Gateway) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if g.Address != "" {
		address = g.Address
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

// A Client speaks one version of HTTP.
type Client struct {
	Version   string
	transport *http.Transport
	timeout   time.Duration
}

// Clients connects to the gateway of a URL, and returns a client for each version of
// HTTP that it is to be asked with. An error is that there is no gateway.
func (g Gateway) Clients(location *url.URL) ([]Client, error) {
	isTLS := location.Scheme == "https"
	port := location.Port()
	switch {
	case port != "":
	case isTLS:
		port = "443"
	default:
		port = "80"
	}
	ctx, cancel := context.WithTimeout(context.Background(), g.Timeout)
	defer cancel()
	conn, err := g.dial(ctx, "tcp", net.JoinHostPort(location.Hostname(), port))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	http2 := g.HTTP2 && !isTLS
	if isTLS {
		config := g.TLS.Clone()
		config.ServerName = location.Hostname()
		config.NextProtos = []string{"h2", "http/1.1"}
		secure := tls.Client(conn, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		http2 = secure.ConnectionState().NegotiatedProtocol == "h2"
	}
	var clients []Client
	add := func(version string, set func(*http.Protocols)) {
		protocols := new(http.Protocols)
		set(protocols)
		clients = append(clients, Client{version, &http.Transport{
			DialContext:         g.dial,
			TLSClientConfig:     g.TLS.Clone(),
			Protocols:           protocols,
			DisableCompression:  true, // which would send accept-encoding
			MaxIdleConnsPerHost: AtATime,
		}, g.Timeout})
	}
	add("HTTP/1.1", func(p *http.Protocols) { p.SetHTTP1(true) })
	if http2 {
		add("HTTP/2", func(p *http.Protocols) { p.SetHTTP2(isTLS); p.SetUnencryptedHTTP2(!isTLS) })
	}
	return clients, nil
}

// CanSend reports whether this version of HTTP has such a request.
func (c Client) CanSend(p Probe) bool {
	return c.Version == "HTTP/1.1" || p.IsForHTTP2()
}

// Send sends a request without a body, and follows no redirect.
func (c Client) Send(location *url.URL, p Probe) (*Response, error) {
	response := &Response{}
	ctx, cancel := context.WithTimeout(httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
		Got1xxResponse: func(code int, _ textproto.MIMEHeader) error {
			response.Continued = response.Continued || code == http.StatusContinue
			return nil
		},
	}), c.timeout)
	defer cancel()
	sent := (&http.Request{
		Method: p.Request.Method(),
		URL:    &url.URL{Scheme: location.Scheme, Host: location.Host, Opaque: p.Request.Path()},
		Header: http.Header{},
	}).WithContext(ctx)
	for _, field := range p.Fields() {
		sent.Header.Add(field[0], field[1])
	}
	received, err := c.transport.RoundTrip(sent)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, fmt.Errorf("no response within %s", c.timeout)
	case err != nil:
		return nil, err
	}
	defer received.Body.Close()
	response.Status, response.Header = received.StatusCode, received.Header
	response.Body, err = io.ReadAll(io.LimitReader(received.Body, most))
	return response, err
}

// Close closes the connections.
func (c Client) Close() { c.transport.CloseIdleConnections() }
