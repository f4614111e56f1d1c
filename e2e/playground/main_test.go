// SPDX-License-Identifier: Apache-2.0

// Package playground asks the page of docs/playground in a real browser. Its host of the
// plugin is the third one, and must agree with the command and with Envoy.
package playground

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"notimplemented/e2e/harness/command"
)

// patience bounds every wait; no test depends on how long something takes.
const patience = 2 * time.Minute

var (
	browser   context.Context
	temporary string // a folder for the time of the tests
)

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	if temporary, err = os.MkdirTemp("", "playground"); err != nil {
		return 0, err
	}
	defer os.RemoveAll(temporary)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(cmp.Or(os.Getenv("CHROMIUM"), "chromium")), // make installs it
		chromedp.NoSandbox, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	defer stop()
	var closeBrowser context.CancelFunc
	browser, closeBrowser = chromedp.NewContext(allocator)
	defer closeBrowser()
	if _, err := chromedp.Run(browser, chromedp.Title()); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// page is the playground in a tab of its own.
type page struct {
	t   *testing.T
	tab context.Context

	mu       sync.Mutex
	requests []string // addresses
	troubles []string // what the browser complains of
}

// state is what a person has put in. The keys are the identifiers of the controls.
type state struct {
	Configuration string `json:"configuration"`
	Method        string `json:"method"`
	URL           string `json:"url"`
	Fields        string `json:"fields"`
}

// shown is what the page says to that.
type shown struct {
	Verdict  string // the line of the log, or that there are mistakes
	Mistakes []string
	Problem  string // of the request
	Status   string
	Answer   string
	Hidden   string // the answer without the dry run
	Operator map[string][]string
	Trap     string
}

// open opens the page that make has built, or another one like it.
func open(t *testing.T, file ...string) *page {
	t.Helper()
	address := "file://" + strings.Join(append(file, command.Path(t, "PLAYGROUND"))[:1], "")
	tab, closeTab := chromedp.NewContext(browser)
	tab, cancel := context.WithTimeout(tab, patience)
	p := &page{t: t, tab: tab}
	t.Cleanup(func() {
		cancel()
		closeTab()
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, trouble := range p.troubles {
			t.Errorf("the browser: %s", trouble)
		}
	})
	if err := chromedp.Listen(tab, p.listen); err != nil {
		t.Fatal(err)
	}
	p.enable()
	p.visit(address)
	return p
}

// awaitAddress returns the address of the page once it is another one than before.
func (p *page) awaitAddress(before string) string {
	p.t.Helper()
	p.await(fmt.Sprintf("location.href !== %q", before))
	return evaluate[string](p, `() => location.href`)
}

// read returns what the controls have.
func (p *page) read() state {
	p.t.Helper()
	return evaluate[state](p, `() => Object.fromEntries(["configuration", "method", "url", "fields"].map(id => [id, document.getElementById(id).value]))`)
}

// choose chooses the example with this index.
func (p *page) choose(example int) {
	p.t.Helper()
	evaluate[bool](p, `i => {
		const examples = document.getElementById("example")
		examples.value = String(i)
		return examples.dispatchEvent(new Event("change"))
	}`, example)
}

func (p *page) listen(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch event := event.(type) {
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, event.Request.URL)
	case *runtime.EventExceptionThrown:
		p.troubles = append(p.troubles, fmt.Sprint(event.ExceptionDetails.Text, " ", event.ExceptionDetails.Exception))
	case *log.EventEntryAdded:
		p.troubles = append(p.troubles, event.Entry.Text)
	}
}

// enable has the browser tell what listen wants to know.
func (p *page) enable() {
	p.t.Helper()
	_, err := chromedp.Call(p.tab, network.Enable, network.EnableParams{})
	if err == nil {
		_, err = chromedp.Call(p.tab, log.Enable, cdp.Empty{})
	}
	if err == nil {
		_, err = chromedp.Call(p.tab, runtime.Enable, cdp.Empty{})
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// visit returns when the page shows something.
func (p *page) visit(address string) {
	p.t.Helper()
	perform(p, chromedp.Navigate(address))
	p.await(`document.getElementById("numbers")?.childElementCount > 0`)
}

// await waits until an expression is true.
func (p *page) await(expression string) {
	p.t.Helper()
	evaluate[bool](p, `async () => {
		while (!(`+expression+`)) await new Promise(resolve => setTimeout(resolve))
		return true
	}`)
}

func perform[T any](p *page, action chromedp.Action[T]) T {
	p.t.Helper()
	result, err := chromedp.Run(p.tab, action)
	if err != nil {
		p.t.Fatal(err)
	}
	return result
}

// evaluate calls a function in the page.
func evaluate[T any](p *page, function string, arguments ...any) T {
	p.t.Helper()
	values, err := json.Marshal(append([]any{}, arguments...))
	if err != nil {
		p.t.Fatal(err)
	}
	return perform(p, chromedp.Evaluate[T](fmt.Sprintf("(%s)(...%s)", function, values), chromedp.EvalAwaitPromise))
}

// ask puts each state in, as a person would, and returns what the page shows of it.
func (p *page) ask(states ...state) []shown {
	p.t.Helper()
	return evaluate[[]shown](p, `states => {
		const $ = id => document.getElementById(id)
		return states.map(state => {
			for (const [id, value] of Object.entries(state)) {
				$(id).value = value
				$(id).dispatchEvent(new Event("input", {bubbles: true}))
			}
			return {
				Verdict: $("verdict").textContent,
				Mistakes: Array.from($("mistakes").children, item => item.textContent),
				Problem: $("problem").textContent,
				Status: $("status").textContent,
				Answer: $("answer").textContent,
				Hidden: $("hidden-answer").hidden ? "" : $("hidden-text").textContent,
				Operator: Object.fromEntries(Array.from($("operator").children, row => [
					row.querySelector("dt").firstChild.textContent,
					Array.from(row.querySelectorAll("dd:not(.none)"), value => value.textContent)])),
				Trap: $("trap").hidden ? "" : $("trap").textContent,
			}
		})
	}`, states)
}
