// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"notimplemented/filter/config"
)

const openAPIUsage = `Usage: notimplemented from-openapi [file ...]

Prints a configuration whose "implemented_methods" are the methods of all
operations in these OpenAPI 3 documents together. It starts in dry run. Webhooks
and callbacks are not counted: others serve them. References to other files are
followed, references to other hosts are not. Without a file, or with "-", it reads
standard input.

Examples:

  notimplemented from-openapi api.yaml > plugin.json
  notimplemented from-openapi orders.yaml customers.json

Exit codes: 0 fine, 1 mistakes in a document, 2 wrong usage, or a file that cannot
be read.
`

const whyDryRun = `In dry run, since a document says what is described, not all that is implemented: OPTIONS for
browsers, health checks, whatever else is behind the same listener. Such requests pass and are
counted. List what they show to be implemented, then remove "dry_run".
`

func (c command) fromOpenAPI(args []string) int {
	flags := flag.NewFlagSet("from-openapi", flag.ContinueOnError)
	if exit, ok := c.parse(flags, args, openAPIUsage); !ok {
		return exit
	}
	methods := map[string]bool{}
	for _, file := range orStdin(flags.Args()) {
		s, err := c.read(file)
		if err != nil {
			return c.troubled(err)
		}
		if err := addMethods(methods, s); err != nil {
			fmt.Fprintf(c.stderr, "%s: %v\n", s.name, err)
			return exitMistakes
		}
	}
	written := configure(methods)
	// Names of methods are the document's own since OpenAPI 3.2.
	if _, err := config.Parse(written); err != nil {
		fmt.Fprintf(c.stderr, "%s\nin the configuration:\n%s", err, written)
		return exitMistakes
	}
	fmt.Fprint(c.stdout, string(written))
	fmt.Fprint(c.stderr, whyDryRun)
	return exitFine
}

// addMethods adds the methods of a document's operations.
func addMethods(methods map[string]bool, s source) error {
	loader := openapi3.NewLoader()
	loader.ReadFromURIFunc = readFile
	document, err := loader.LoadFromDataWithPath([]byte(s.text), &url.URL{Path: filepath.ToSlash(s.name)})
	switch {
	case err != nil:
		return err
	case !strings.HasPrefix(document.OpenAPI, "3."):
		return fmt.Errorf(`"openapi" is %q, want a version 3, like "3.1.0"`, document.OpenAPI)
	}
	count := 0
	for _, item := range document.Paths.Map() {
		for method := range item.Operations() {
			methods[method] = true
			count++
		}
	}
	if count == 0 {
		return errors.New("no operation, want one in its paths")
	}
	return nil
}

// readFile reads files only: what is printed must not depend on another host.
func readFile(loader *openapi3.Loader, location *url.URL) ([]byte, error) {
	if location.Host != "" {
		return nil, fmt.Errorf("reference to %s, want a file", location)
	}
	return openapi3.ReadFromFile(loader, location)
}

// configure writes a configuration, the methods in the order of most lists of
// them.
func configure(methods map[string]bool) []byte {
	usual := []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
	rank := func(method string) int {
		if i := slices.Index(usual, method); i >= 0 {
			return i
		}
		return len(usual)
	}
	sorted := slices.SortedFunc(maps.Keys(methods), func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
	})
	quotedMethods, _ := json.Marshal(sorted) // strings have no reason to fail
	list := strings.ReplaceAll(string(quotedMethods), `","`, `", "`)
	return []byte("{\n  \"implemented_methods\": " + list + ",\n  \"dry_run\": true\n}\n")
}
