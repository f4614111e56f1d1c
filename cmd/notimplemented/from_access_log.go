// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"notimplemented/cmd/notimplemented/accesslog"
)

const whyLogDryRun = `
In dry run: a log shows what was asked for, not all that is implemented.
Rare requests, new operations and other servers of the listener may be missing.
Such requests pass and are counted. List what they show, then remove "dry_run".
`

func (c command) fromAccessLog(args []string) int {
	flags := flag.NewFlagSet("from-access-log", flag.ContinueOnError)
	names, exit, ok := c.parse(flags, args)
	if !ok {
		return exit
	}
	var log accesslog.Log
	for _, name := range orStdin(names) {
		if err := c.readLog(&log, name); err != nil {
			return c.troubled(err)
		}
	}
	implemented := methodSet{}
	for _, m := range log.Methods() {
		if m.Implemented {
			implemented[m.Name] = true
		}
	}
	if len(implemented) == 0 {
		c.table(&log)
		fmt.Fprintln(c.stderr, "notimplemented: no method was seen to be implemented")
		return exitMistakes
	}
	if exit := c.write(draft{methods: implemented}); exit != exitFine {
		return exit
	}
	c.table(&log)
	fmt.Fprint(c.stderr, whyLogDryRun)
	return exitFine
}

func (c command) readLog(log *accesslog.Log, name string) error {
	if name == "-" {
		return log.Read("stdin", c.stdin)
	}
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	return log.Read(name, file)
}

// table says what was seen of each method.
func (c command) table(log *accesslog.Log) {
	methods := log.Methods()
	slices.SortFunc(methods, func(a, b *accesslog.Method) int { return compareMethods(a.Name, b.Name) })
	table := tabwriter.NewWriter(c.stderr, 0, 0, 2, ' ', 0)
	if methods != nil {
		fmt.Fprintln(table, "method\trequests\tstatuses\tverdict")
	}
	for _, m := range methods {
		var statuses []string
		for _, status := range slices.Sorted(maps.Keys(m.Statuses)) {
			statuses = append(statuses, fmt.Sprintf("%d (%d)", status, m.Statuses[status]))
		}
		verdict := "not seen to be implemented"
		switch {
		case m.Implemented:
			verdict = "implemented"
		case m.ByProxy > 0:
			verdict += fmt.Sprintf(", %d answered by a proxy", m.ByProxy)
		}
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\n", m.Name, m.Requests, strings.Join(statuses, ", "), verdict)
	}
	_ = table.Flush() // to standard error
	if log.Others > 0 {
		fmt.Fprintf(c.stderr, "requests of still other methods, left out: %d\n", log.Others)
	}
	if log.Unread > 0 {
		fmt.Fprintf(c.stderr, "lines in no known format: %d, the first is %s\n", log.Unread, log.First)
	}
}
