// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"notimplemented/cmd/notimplemented/manifest"
	"notimplemented/cmd/notimplemented/request"
	"notimplemented/cmd/notimplemented/source"
	"notimplemented/cmd/notimplemented/verify"
	"notimplemented/filter/config"
)

func (c command) verify(args []string) int {
	flags := flag.NewFlagSet("verify", flag.ContinueOnError)
	v := verification{command: c, as: asText, gateway: verify.Gateway{TLS: &tls.Config{}}}
	plugin := flags.String("plugin", "", "")
	flags.Func("output", "", v.as.set)
	flags.Func("admin", "", func(text string) (err error) {
		v.admin, err = request.URL(text)
		return err
	})
	onlyPrint := flags.Bool("n", false, "")
	flags.StringVar(&v.gateway.Address, "connect", "", "")
	flags.BoolVar(&v.gateway.HTTP2, "http2", false, "")
	flags.BoolVar(&v.gateway.TLS.InsecureSkipVerify, "insecure", false, "")
	flags.DurationVar(&v.gateway.Timeout, "timeout", 5*time.Second, "")
	authorities := flags.String("cacert", "", "")
	others, exit, ok := c.parse(flags, args)
	switch {
	case !ok:
		return exit
	case len(others) < 2:
		return c.misused("want a file and at least one URL", flags.Name())
	}
	var locations []*url.URL
	for _, text := range others[1:] {
		location, err := request.URL(text)
		if err != nil {
			return c.misused(err.Error(), flags.Name())
		}
		locations = append(locations, location)
	}
	if *authorities != "" {
		pem, err := os.ReadFile(*authorities)
		if err != nil {
			return c.troubled(err)
		}
		v.gateway.TLS.RootCAs = x509.NewCertPool()
		if !v.gateway.TLS.RootCAs.AppendCertsFromPEM(pem) {
			return c.misused(fmt.Sprintf("-cacert %s has no certificate in PEM", *authorities), flags.Name())
		}
	}
	var document *config.Document
	if v.plugin, document, exit = c.only(others[0], *plugin); document == nil {
		return exit
	}
	v.configuration = verify.Configuration{Parsed: document.Config(), Declared: document.Declarations}
	for _, location := range locations {
		if *onlyPrint {
			v.print(location, *authorities)
		} else {
			exit = max(exit, v.at(location))
		}
	}
	if !*onlyPrint && v.asked > 0 {
		fmt.Fprintf(c.stderr, "%d of %d requests answered as %s says\n", v.right, v.asked, v.plugin.Start())
	}
	return exit
}

// verification is one run of the command.
type verification struct {
	command
	as            form
	plugin        *manifest.Plugin
	configuration verify.Configuration
	gateway       verify.Gateway
	admin         *url.URL // of Envoy, nil where its counters are not compared
	right, asked  int      // requests
}

// exchange is a probe over one version of HTTP, and what came of it.
type exchange struct {
	verify.Probe
	client   verify.Client
	response *verify.Response
	err      error
}

func (v *verification) probes(location *url.URL) []verify.Probe {
	probes, unasked := v.configuration.Probes(location)
	for _, pointer := range unasked {
		v.say(source.Note, pointer, "not tried, since no request was found that this entry alone answers")
	}
	return probes
}

// at asks the gateway at a URL, and prints each response that differs.
func (v *verification) at(location *url.URL) (exit int) {
	probes := v.probes(location)
	if v.admin == nil {
		answered := verify.Answered(probes)
		if left := len(probes) - len(answered); left > 0 {
			v.say(source.Note, "", fmt.Sprintf("%d of %d requests to %s are not sent, since no response shows a dry run; -admin compares Envoy's counters", left, len(probes), location))
		}
		probes = answered
	}
	clients, err := v.gateway.Clients(location)
	if err != nil {
		return v.troubled(fmt.Errorf("%s: %w", location, err))
	}
	var exchanges []*exchange
	for _, client := range clients {
		defer client.Close()
		for _, p := range probes {
			if client.CanSend(p) {
				exchanges = append(exchanges, &exchange{Probe: p, client: client})
			}
		}
	}
	before, err := v.counters()
	if err != nil {
		return v.troubled(err)
	}
	send(exchanges, location)
	after, err := v.counters()
	if err != nil {
		return v.troubled(err)
	}
	if err := noResponse(exchanges); err != nil {
		return v.troubled(fmt.Errorf("%s: %w", location, err))
	}
	counted := map[string]int{}
	for _, e := range exchanges {
		problem := ""
		switch {
		case e.err != nil:
			problem = "got no response: " + e.err.Error()
		default:
			problem = e.Problem(e.client.Version, e.response)
		}
		if problem == "" && e.DryRun {
			name := e.Counter()
			if counted[name]++; after[name]-before[name] < counted[name] {
				problem = "passes, but " + name + " does not count it: " + verify.NotLoaded
			}
		}
		v.asked++
		if problem == "" {
			v.right++
			continue
		}
		v.say(source.Error, e.Pointer, fmt.Sprintf("%s over %s: %s", e.Label(location), e.client.Version, problem))
		exit = exitMistakes
	}
	return exit
}

// noResponse is why no request at all got a response.
func noResponse(exchanges []*exchange) (err error) {
	for _, e := range exchanges {
		if err = e.err; err == nil {
			return nil
		}
	}
	return err
}

func (v *verification) counters() (verify.Counters, error) {
	if v.admin == nil {
		return nil, nil
	}
	return verify.ReadCounters(v.admin, v.gateway.Timeout)
}

// send sends what there is to send, a few requests at a time.
func send(exchanges []*exchange, location *url.URL) {
	var workers sync.WaitGroup
	next := make(chan *exchange)
	for range verify.AtATime {
		workers.Go(func() {
			for e := range next {
				e.response, e.err = e.client.Send(location, e.Probe)
			}
		})
	}
	for _, e := range exchanges {
		next <- e
	}
	close(next)
	workers.Wait()
}

func (v *verification) say(severity source.Severity, pointer, message string) {
	v.as.print(v.stdout, source.Finding{Position: v.plugin.Of(pointer), Severity: severity, Pointer: pointer, Message: message})
}

// print prints what would be sent as commands of curl.
func (v *verification) print(location *url.URL, authorities string) {
	versions := []string{"--http1.1"}
	switch {
	case location.Scheme == "https":
		versions = append(versions, "--http2")
	case v.gateway.HTTP2:
		versions = append(versions, "--http2-prior-knowledge")
	}
	for _, version := range versions {
		for _, p := range v.probes(location) {
			if version != versions[0] && !p.IsForHTTP2() {
				continue
			}
			words := []string{"curl", "-i", version}
			if p.Request.Method() == "HEAD" {
				words = append(words, "-I")
			} else {
				words = append(words, "-X", p.Request.Method())
			}
			for _, field := range p.Fields() {
				words = append(words, "-H", field[0]+": "+field[1])
			}
			if v.gateway.Address != "" {
				words = append(words, "--connect-to", "::"+v.gateway.Address)
			}
			if authorities != "" {
				words = append(words, "--cacert", authorities)
			}
			if v.gateway.TLS.InsecureSkipVerify {
				words = append(words, "--insecure")
			}
			path := p.Request.Path()
			if path == "" {
				words = append(words, "--request-target", location.Host)
			}
			words = append(words, "--path-as-is", location.Scheme+"://"+location.Host+path)
			for i, word := range words {
				words[i] = shellWord(word)
			}
			fmt.Fprintln(v.stdout, strings.Join(words, " "))
		}
	}
}

// shellWord quotes what a shell would read otherwise.
func shellWord(word string) string {
	const plain = "-_./:=@%+,"
	isPlain := !strings.ContainsFunc(word, func(r rune) bool {
		return !('0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || strings.ContainsRune(plain, r))
	})
	if isPlain && word != "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
