// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"notimplemented/filter/config"
)

const checkUsage = `Usage: notimplemented check [file ...]

Says what is wrong with each configuration of the plugin, a line for each mistake:
file:line:column: pointer: problem. Where nothing is wrong, it says what will be
answered. Without a file, or with "-", it reads standard input.

A file is the plugin JSON itself, or YAML or JSON for a host: a configuration of
Envoy, an Istio TrafficExtension, WasmPlugin or EnvoyFilter, an Envoy Gateway
EnvoyExtensionPolicy or EnvoyPatchPolicy, any number of them in a file. YAML is
read as Kubernetes reads it. Of the wasm plugins in it, those are checked that
have "notimplemented" in their name, root_id or address, or "implemented_methods"
or "unimplemented" in their configuration; others are named on standard error. A
file without any is a mistake.

Warnings go to standard error and change no exit code.

Examples:

  notimplemented check plugin.json
  notimplemented check envoy.yaml deploy/*.yaml
  kubectl get trafficextensions -A -o yaml | notimplemented check

Exit codes: 0 fine, 1 mistakes in a file, 2 wrong usage, or a file that cannot be read.
`

func (c command) check(args []string) int {
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	if exit, ok := c.parse(flags, args, checkUsage); !ok {
		return exit
	}
	exit := exitFine
	for _, file := range orStdin(flags.Args()) {
		s, err := c.read(file)
		if err != nil {
			exit = c.troubled(err)
			continue
		}
		configurations, err := c.find(s)
		if err != nil {
			exit = max(exit, exitMistakes)
		}
		for _, configuration := range configurations {
			server, ok := c.server(configuration)
			if !ok {
				exit = max(exit, exitMistakes)
				continue
			}
			at := configuration.at(start(configuration.json))
			fmt.Fprintf(c.stdout, "%s: %s\n", at, server.Servers)
			for _, warning := range warnings(configuration) {
				fmt.Fprintln(c.stderr, warning)
			}
		}
	}
	return exit
}

// find says which plugins it leaves out, and returns its error as printed.
func (c command) find(s source) ([]configuration, error) {
	configurations, others, err := find(s)
	for _, other := range others {
		fmt.Fprintln(c.stderr, other)
	}
	if err != nil {
		fmt.Fprintln(c.stdout, err)
	}
	return configurations, err
}

// server parses a configuration, or says what is wrong with it.
func (c command) server(configuration configuration) (taken *config.Config, ok bool) {
	for _, finding := range configuration.host {
		fmt.Fprintln(c.stdout, finding)
	}
	taken, err := config.Parse(configuration.json)
	if mistakes, ok := errors.AsType[config.Mistakes](err); ok {
		for _, mistake := range mistakes {
			fmt.Fprintln(c.stdout, finding{configuration.at(mistake.Offset), mistake.String()})
		}
	}
	return taken, err == nil && configuration.host == nil
}

// start returns where the value of a JSON text starts.
func start(text []byte) int {
	return len(text) - len(bytes.TrimLeft(text, " \t\r\n"))
}

// everyday are fields that nearly every request has, of itself or by Envoy.
var everyday = []string{
	"accept", "accept-encoding", "accept-language", "cache-control", "content-length", "content-type", "cookie",
	"priority", "referer", "user-agent", "x-forwarded-for", "x-forwarded-proto", "x-request-id",
}

// warnings says what is right by its form and probably not meant.
func warnings(c configuration) (warnings []finding) {
	var declared struct {
		Methods []string                                        `json:"implemented_methods"`
		Entries []struct{ Method, Header, Value, Query string } `json:"unimplemented"`
	}
	_ = json.Unmarshal(c.json, &declared) // the plugin's parser has taken it
	warn := func(pointer, problem string) {
		warnings = append(warnings, finding{c.at(offset(c.json, pointer)), "warning: " + pointer + ": " + problem})
	}
	hasOptions := slices.Contains(declared.Methods, "OPTIONS")
	for i, entry := range declared.Entries {
		pointer := "/unimplemented/" + strconv.Itoa(i)
		name := strings.ToLower(entry.Header)
		if entry.Method == "OPTIONS" && entry.Header == "" && entry.Query == "" {
			hasOptions = true // missing on purpose
		}
		switch {
		case entry.Value != "" || entry.Query != "":
		case name == "prefer":
			warn(pointer+"/header", `servers must ignore preferences that they do not know (RFC 7240, section 2), want no entry for "prefer"`)
		case slices.Contains(everyday, name) || strings.HasPrefix(name, "sec-fetch-") || strings.HasPrefix(name, "sec-ch-"):
			warn(pointer+"/header", fmt.Sprintf(`nearly every request has %q, want a "value" or a "query" beside it`, entry.Header))
		}
	}
	if declared.Methods != nil && !hasOptions {
		warn("/implemented_methods", `"OPTIONS" is missing, browsers ask with it before they call from other origins, want it here, or as {"method": "OPTIONS"} in "unimplemented" if that is meant`)
	}
	return warnings
}

// offset returns where the value of a member starts.
func offset(text []byte, pointer string) int {
	decoder := jsontext.NewDecoder(bytes.NewReader(text))
	for decoder.StackPointer() != jsontext.Pointer(pointer) {
		if _, err := decoder.ReadToken(); err != nil {
			return 0
		}
	}
	name := int(decoder.InputOffset())
	return len(text) - len(bytes.TrimLeft(text[name:], " \t\r\n:"))
}
