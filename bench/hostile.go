// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// attack is a request that is cheap to send and expensive to read, by a configuration
// whose entries make the plugin read it. It passes.
type attack struct {
	name   string
	config string
	unit   string // repeated in the path, in the query after "?", else in lines of a field
}

// limits are how much of fields Envoy takes, by default and at most.
var limits = []struct{ KiB, size, requests int }{{60, 54_000, 200}, {8192, 8_000_000, 8}}

const (
	lineSize  = 1_800    // HPACK's table has room for two
	mostLines = 5_000    // there is room for all of a request
	mostPath  = 64 << 10 // that Envoy takes over HTTP/2
)

// The first entries make the plugin look, the others match for another method.
var (
	byParameter = entries(`{"capability":"c","query":"a=c"},{"capability":"c","method":"POST","query":"a=b"}`, `"query":"pN"`)
	byMember    = entries(`{"capability":"c","header":"x-f","value":"other"},{"capability":"d","header":"x-f","value":"another"}`, `"header":"x-f","value":"wN"`)
	byPath      = entries(`{"capability":"c","path":"*/a/b"},{"capability":"c","path":"/a/c"}`, `"path":"/N/*"`)
)

var attacks = []attack{
	{"path of slashes", byPath, "/"},
	{"query of `a=b&`", byParameter, "?a=b&"},
	{"query of `&%7`", byParameter, "?&%7"},
	{"query of parameters that match for POST", byParameter, "?p1&p2&p3&"},
	{"lines of `;,`", byMember, ";,"},
	{"lines of members of weight 0", byMember, "w0;q=0,"},
	{"lines of quoted strings", byMember, `"",`},
	{"lines of members that match for POST", byMember, "w1,w2,w3,"},
}

// entries returns a configuration with as many entries as it may have.
func entries(first, condition string) string {
	return `{"unimplemented":[` + first + "," + list(998, `{"capability":"c","method":"POST",`+condition+`}`) + `]}`
}

// request is as large as the size. Its lines are two that alternate, so that each is read
// and by HPACK is a byte.
func (a attack) request(size int) *http.Request {
	target := &url.URL{Scheme: "http", Host: "bench", Path: "/"}
	header := http.Header{"User-Agent": {"bench"}, "Accept-Encoding": {"identity"}}
	switch a.unit[0] {
	case '/':
		target.Path = strings.Repeat(a.unit, size/len(a.unit))
	case '?':
		query := a.unit[1:]
		target.RawQuery = strings.Repeat(query, size/len(query))
	default:
		line := strings.Repeat(a.unit, lineSize/len(a.unit))
		header["X-F"] = slices.Repeat([]string{line, line[1:]}, size/lineSize/2)
	}
	return &http.Request{Method: "GET", URL: target, Host: "bench", Header: header}
}

// load sends the request over one connection, over HTTP/2 if Envoy takes it.
func (a attack) load(size, requests int) load {
	sent := a.request(size)
	return load{requests, func(p *process, v variant) error {
		transport := &http.Transport{
			DialContext: func(context.Context, string, string) (net.Conn, error) { return p.dial(v) },
			Protocols:   new(http.Protocols),
		}
		isLong := len(sent.URL.RequestURI()) > mostPath
		transport.Protocols.SetHTTP1(isLong)
		transport.Protocols.SetUnencryptedHTTP2(!isLong)
		defer transport.CloseIdleConnections()
		for range requests {
			response, err := transport.RoundTrip(sent)
			if err != nil {
				return err
			}
			_, err = io.Copy(io.Discard, response.Body)
			response.Body.Close()
			if err != nil || response.StatusCode != 200 {
				return fmt.Errorf("status %d for %s, want 200: %w", response.StatusCode, a.name, err)
			}
		}
		return nil
	}}
}

// hurt is the CPU time of Envoy's worker for one request of an attack.
type hurt struct {
	Plugin  string  `json:"plugin"`
	Attack  string  `json:"attack"`
	Limit   int     `json:"limit_kib"`
	Without float64 `json:"without_us"`
	With    float64 `json:"with_us"`
	Times   float64 `json:"times"`
}

func measureAttacks(ctx context.Context, plugins []module, rounds int) (all []hurt, err error) {
	for _, a := range attacks {
		compared, loads := []variant{none}, []load{}
		for _, plugin := range plugins {
			compared = append(compared, variant{name: plugin.name, passes: true, filters: []object{plugin.filter(plugin.name, a.config)}})
		}
		for _, limit := range limits {
			loads = append(loads, a.load(limit.size, limit.requests))
		}
		costs, err := compare(ctx, compared, loads, rounds)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.name, err)
		}
		for i, plugin := range plugins {
			for j, limit := range limits {
				without := costs[0][j].Median
				with := without + costs[1+i][j].Median
				all = append(all, hurt{plugin.label, a.name, limit.KiB, without, with, with / without})
			}
		}
	}
	return all, nil
}
