// SPDX-License-Identifier: Apache-2.0

// Command bench compares the plugin with other ways to answer 501, in one real
// Envoy: the one that ENVOY names, with the plugin that PLUGIN names.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	rounds := flag.Int("rounds", 40, "how often everything is measured")
	flag.Parse()
	// So that no Envoy stays behind.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, os.Stderr, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, stdout, progress io.Writer, rounds int) error {
	for _, name := range []string{"ENVOY", "PLUGIN"} {
		if _, err := os.Stat(os.Getenv(name)); err != nil {
			return fmt.Errorf(`%s: %w; "make bench" sets it`, name, err)
		}
	}
	modules, leftOut, err := buildModules("../build/bench")
	if err != nil {
		return err
	}
	if err := pin(os.Getpid(), otherCore, "-acp"); err != nil {
		return err
	}
	r := results{Rounds: rounds, Requests: requests, LeftOut: leftOut}
	for _, step := range []struct {
		name    string
		measure func() error
	}{
		{"wasm instructions", func() (err error) { r.Modules, err = countInstructions(modules); return err }},
		{"CPU a request", func() (err error) { r.Added, err = measureAdded(ctx, modules, rounds); return err }},
		{"growth with the configuration", func() (err error) { r.Growth, err = measureGrowth(ctx, modules, (rounds+3)/4); return err }},
		{"starts", func() (err error) { r.Starts, err = measureStarts(ctx, modules); return err }},
	} {
		fmt.Fprintln(progress, "measuring", step.name)
		if err := step.measure(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return errors.Join(r.print(stdout), r.save("results.json"), r.plot("results.svg"))
}
