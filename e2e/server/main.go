// SPDX-License-Identifier: Apache-2.0

// Command server is the server behind Envoy in docker-compose.yaml:
//
//	server httpbin      is go-httpbin, to try the filter with
//	server recorder     is the upstream server of the tests
//	server healthy URL  asks for the URL, for health checks: its image has nothing else
package main

import (
	"fmt"
	"net/http"
	"os"

	"github.com/mccutchen/go-httpbin/v2/httpbin"

	"notimplemented/e2e/harness/upstream"
)

const address = ":10001"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	switch {
	case len(arguments) == 1 && arguments[0] == "httpbin":
		return http.ListenAndServe(address, httpbin.New().Handler())
	case len(arguments) == 1 && arguments[0] == "recorder":
		return http.ListenAndServe(address, upstream.Handler())
	case len(arguments) == 2 && arguments[0] == "healthy":
		return healthy(arguments[1])
	}
	return fmt.Errorf("arguments are %q, want httpbin, recorder or healthy URL", arguments)
}

func healthy(url string) error {
	response, err := http.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, response.Status)
	}
	return nil
}
