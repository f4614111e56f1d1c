// SPDX-License-Identifier: Apache-2.0

package rawhttp

import (
	"cmp"
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// HTTP3 does not ask whose certificate the server has. It is in no OverEach, as
// only a listener of its own speaks it.
var HTTP3 = Protocol{"HTTP/3", dialHTTP3}

type http3Conn struct {
	t      testing.TB
	client *http3.ClientConn
}

func dialHTTP3(t testing.TB, address string) Conn {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	config := &tls.Config{InsecureSkipVerify: true, NextProtos: []string{http3.NextProtoH3}}
	connection, err := quic.DialAddr(ctx, address, config, &quic.Config{MaxIdleTimeout: patience})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.CloseWithError(quic.ApplicationErrorCode(http3.ErrCodeNoError), "") })
	return &http3Conn{t, (&http3.Transport{DisableCompression: true}).NewClientConn(connection)}
}

func (c *http3Conn) Do(requests ...Request) []Response {
	c.t.Helper()
	responses, errs := make([]Response, len(requests)), make([]error, len(requests))
	var wait sync.WaitGroup
	for i, request := range requests {
		wait.Go(func() { responses[i], errs[i] = c.Try(request) })
	}
	wait.Wait()
	for i, err := range errs {
		if err != nil {
			c.t.Fatalf("%.20s %s over HTTP/3: %v", requests[i].Method, requests[i].Path, err)
		}
	}
	return responses
}

func (c *http3Conn) Close() {
	c.client.CloseWithError(quic.ApplicationErrorCode(http3.ErrCodeNoError), "")
}

func (c *http3Conn) Try(request Request) (response Response, err error) {
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	sent := c.request(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		Got1xxResponse: func(status int, _ textproto.MIMEHeader) error {
			response.Interim = append(response.Interim, status)
			return nil
		},
	}), request)
	roundTrip := c.client.RoundTrip
	if request.Protocol != "" {
		roundTrip = c.extendedConnect
	}
	received, err := roundTrip(sent)
	if err != nil {
		return Response{}, err
	}
	defer received.Body.Close()
	response.Status, response.Header = received.StatusCode, make(map[string]string)
	for name, values := range received.Header {
		response.add(name, strings.Join(values, ", "))
	}
	if request.Protocol != "" && received.StatusCode == http.StatusOK {
		return response, nil // what follows is the other protocol
	}
	body, err := io.ReadAll(received.Body)
	response.Body = string(body)
	return response, err
}

// extendedConnect sends one to servers that did not ask for it, too, for which
// RoundTrip has an error of its own.
func (c *http3Conn) extendedConnect(request *http.Request) (*http.Response, error) {
	stream, err := c.client.OpenRequestStream(request.Context())
	if err != nil {
		return nil, err
	}
	request.Body = nil
	if err := stream.SendRequestHeader(request); err != nil {
		return nil, err
	}
	return stream.ReadResponse()
}

func (c *http3Conn) request(ctx context.Context, request Request) *http.Request {
	authority := cmp.Or(request.Host, host)
	sent := (&http.Request{
		Method: request.Method,
		Host:   authority,
		URL:    &url.URL{Scheme: "https", Host: authority, Opaque: request.Path},
		Header: http.Header{"User-Agent": nil},
		Proto:  request.Protocol,
	}).WithContext(ctx)
	if request.Method == http.MethodConnect && request.Protocol == "" {
		sent.Host, sent.URL = request.Path, &url.URL{Scheme: "https", Host: request.Path}
	}
	for _, field := range request.Fields {
		sent.Header.Add(field.Name, field.Value)
	}
	for _, field := range request.Trailers {
		if sent.Trailer == nil {
			sent.Trailer = make(http.Header)
		}
		sent.Trailer.Add(field.Name, field.Value)
	}
	switch {
	case request.Unfinished:
		sent.Body, sent.ContentLength = &unfinished{strings.NewReader(request.Body), ctx.Done()}, -1
	case request.Body != "" || request.Trailers != nil:
		sent.Body, sent.ContentLength = io.NopCloser(strings.NewReader(request.Body)), int64(len(request.Body))
	}
	return sent
}

// unfinished is a body whose end does not come before over.
type unfinished struct {
	io.Reader
	over <-chan struct{}
}

func (u *unfinished) Read(p []byte) (int, error) {
	if n, err := u.Reader.Read(p); err != io.EOF {
		return n, err
	}
	<-u.over
	return 0, io.ErrUnexpectedEOF
}

func (u *unfinished) Close() error { return nil }
