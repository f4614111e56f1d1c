// SPDX-License-Identifier: Apache-2.0

// Command bench compares the plugin with other ways to answer 501, in one real
// Envoy: the one that ENVOY names, with the plugin that PLUGIN names.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

func main() {
	rounds := flag.Int("rounds", 40, "how often everything is measured")
	only := flag.String("only", "", "measure one `group`, and leave the files as they are: "+strings.Join(groupNames(), ", "))
	further := flag.String("plugins", "", "further builds of the plugin to compare with, `name=path …`")
	flag.Parse()
	// So that no Envoy stays behind.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, os.Stderr, *rounds, *only, *further); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// measured is what is measured with what.
type measured struct {
	plugins []module // this one and further builds of it
	modules []module // and the peers
	rounds  int
}

// groups are what can be measured, in order.
var groups = []struct {
	name    string
	measure func(ctx context.Context, m measured, r *results) error
}{
	{"instructions", func(_ context.Context, m measured, r *results) (err error) {
		r.Modules, err = countInstructions(m.modules)
		return err
	}},
	{"requests", func(ctx context.Context, m measured, r *results) (err error) {
		r.Added, err = measureAdded(ctx, m.modules, m.rounds)
		return err
	}},
	{"growth", func(ctx context.Context, m measured, r *results) (err error) {
		r.Growth, err = measureGrowth(ctx, m.plugins, (m.rounds+3)/4)
		return err
	}},
	{"hostile", func(ctx context.Context, m measured, r *results) (err error) {
		r.Hostile, err = measureAttacks(ctx, m.plugins, (m.rounds+3)/4)
		return err
	}},
	{"starts", func(ctx context.Context, m measured, r *results) (err error) {
		r.Starts, err = measureStarts(ctx, m.modules)
		return err
	}},
}

func groupNames() (names []string) {
	for _, group := range groups {
		names = append(names, group.name)
	}
	return names
}

func run(ctx context.Context, stdout, progress io.Writer, rounds int, only, further string) error {
	for _, name := range []string{"ENVOY", "PLUGIN"} {
		if _, err := os.Stat(os.Getenv(name)); err != nil {
			return fmt.Errorf(`%s: %w; "make bench" sets it`, name, err)
		}
	}
	if only != "" && !slices.Contains(groupNames(), only) {
		return fmt.Errorf("group %q, want one of %s", only, strings.Join(groupNames(), ", "))
	}
	plugins, err := listPlugins(further)
	if err != nil {
		return err
	}
	peers, leftOut, err := buildPeers("../build/bench", progress)
	if err != nil {
		return err
	}
	if err := pin(os.Getpid(), otherCore, "-acp"); err != nil {
		return err
	}
	m := measured{plugins, slices.Concat(plugins, peers), rounds}
	r := results{Rounds: rounds, Requests: aSample, LeftOut: leftOut}
	for _, group := range groups {
		if only != "" && only != group.name {
			continue
		}
		fmt.Fprintln(progress, "measuring", group.name)
		if err := group.measure(ctx, m, &r); err != nil {
			return fmt.Errorf("%s: %w", group.name, err)
		}
	}
	text, err := r.document()
	if err != nil {
		return err
	}
	if _, err := io.WriteString(stdout, text); err != nil || only != "" {
		return err
	}
	return r.write()
}
