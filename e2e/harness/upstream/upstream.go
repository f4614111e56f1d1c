// SPDX-License-Identifier: Apache-2.0

// Package upstream is the server behind Envoy in the tests. It answers every
// request with what it received, and tells afterwards whether one arrived.
package upstream

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
)

// ID is the request header by which Received finds a request.
const ID = "x-test-id"

// Request is one request as the server received it.
type Request struct {
	Method   string      `json:"method"`
	Target   string      `json:"target"`
	Protocol string      `json:"protocol"`
	Header   http.Header `json:"header"`
	Body     string      `json:"body"`
}

// Start serves HTTP/1.1 and HTTP/2 without TLS on a free port of this machine,
// as long as the process lives.
func Start() (address string, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: Handler(), Protocols: new(http.Protocols)}
	server.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: 4096} // Envoy would go over a limit before it knows it
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	go server.Serve(listener)
	return listener.Addr().String(), nil
}

// Handler answers /405 and /501 with those statuses, /received with the
// requests it got whose ID is the query's id, and any other path with 200 and
// the request, as JSON.
func Handler() http.Handler { return &recorder{requests: make(map[string][]Request)} }

type recorder struct {
	mutex    sync.Mutex
	requests map[string][]Request
}

// No ServeMux, which would redirect an unclean path.
func (s *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/received" {
		writeJSON(w, s.received(r.URL.Query().Get("id")))
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	request := Request{r.Method, r.RequestURI, r.Proto, r.Header, string(body)}
	s.record(request)
	switch r.URL.Path {
	case "/405":
		w.Header().Set("allow", "GET, HEAD")
		writeText(w, http.StatusMethodNotAllowed, "not on this resource\n")
	case "/501":
		w.Header().Set("retry-after", "120")
		writeText(w, http.StatusNotImplemented, "the server's own words\n")
	default:
		writeJSON(w, request)
	}
}

func (s *recorder) record(request Request) {
	id := request.Header.Get(ID)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.requests[id] = append(s.requests[id], request)
}

func (s *recorder) received(id string) []Request {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.Clone(s.requests[id])
}

func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("content-type", "application/json")
	json.NewEncoder(w).Encode(value)
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("content-type", "text/plain")
	w.WriteHeader(status)
	io.WriteString(w, text)
}

// Received asks the server at address for the requests with this ID, in the
// order of their arrival.
func Received(address, id string) ([]Request, error) {
	response, err := http.Get("http://" + address + "/received?id=" + url.QueryEscape(id))
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("upstream: %s", response.Status)
	}
	var requests []Request
	return requests, json.NewDecoder(response.Body).Decode(&requests)
}
