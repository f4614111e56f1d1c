// SPDX-License-Identifier: Apache-2.0

package playground

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"notimplemented/e2e/harness/command"
)

const (
	right = "{\n  \"implemented_methods\": [\"PUT\"]\n}"
	wrong = "{\n  \"implemented_methods\": [\"PUT\", \"GE T\"],\n  \"unimplemented\": [{\"methd\": \"PATCH\"}]\n}"
)

func TestSize(t *testing.T) {
	info, err := os.Stat(command.Path(t, "PLAYGROUND"))
	if err != nil {
		t.Fatal(err)
	}
	if most := int64(400_000); info.Size() > most {
		t.Errorf("%d bytes, want at most %d", info.Size(), most)
	}
}

// The page loads nothing, and its policy would not let it.
func TestNetwork(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked.Add(1) }))
	defer server.Close()
	p := open(t)
	p.ask(state{right, "POST", server.URL, ""})
	for _, request := range p.requests {
		if request != "file://"+command.Path(t, "PLAYGROUND") && !strings.HasPrefix(request, "data:image/svg+xml,") {
			t.Errorf("the page asks for %s", request)
		}
	}
	violated := evaluate[[]string](p, `async url => {
		const violated = new Set()
		addEventListener("securitypolicyviolation", event => violated.add(event.effectiveDirective))
		await fetch(url).catch(() => {})
		try { new WebSocket(url.replace("http", "ws")) } catch {}
		const add = (name, properties) => document.body.append(Object.assign(document.createElement(name), properties))
		add("img", {src: url})
		add("iframe", {src: url})
		add("link", {rel: "stylesheet", href: url})
		try { add("script", {src: url}) } catch {}
		try { document.body.innerHTML = "<b>" } catch {}
		while (!["connect-src", "img-src", "frame-src", "style-src-elem", "require-trusted-types-for"].every(name => violated.has(name))) {
			await new Promise(resolve => setTimeout(resolve))
		}
		return [...violated]
	}`, server.URL)
	if asked.Load() != 0 {
		t.Errorf("the page asked a server %d times; it violated %q", asked.Load(), violated)
	}
	p.troubles = nil // these violations
}

// Whatever somebody else has put into a link shows as text.
func TestHostileText(t *testing.T) {
	const hostile = `</textarea></pre></script><img src=x onerror="hacked=1"><svg onload=hacked=1>`
	p := open(t)
	all := p.ask(
		state{fmt.Sprintf(`{"unimplemented": [{"query": "q", "capability": %q}], "format": {"content_type": "text/plain", "body": "{message}"}}`, hostile), "GET", "/?q", "x: " + hostile},
		state{fmt.Sprintf(`{%q: 1}`, hostile), "GET", "/", ""},
		state{hostile, hostile, hostile, hostile},
	)
	if want := "This server does not implement " + hostile + "."; !strings.HasSuffix(all[0].Answer, want) {
		t.Errorf("the page shows %q, want at the end %q", all[0].Answer, want)
	}
	if want := strings.ReplaceAll(hostile, "/", "~1"); !strings.Contains(fmt.Sprint(all[1].Mistakes), want) {
		t.Errorf("the page shows %q, want %q in it", all[1].Mistakes, want)
	}
	if got := evaluate[string](p, `() => [...document.querySelectorAll("img, svg, iframe, a, script")].map(e => e.localName) + ", " + typeof hacked`); got != "script, undefined" {
		t.Errorf("the page has %s after hostile text", got)
	}
}

// A plugin that traps says so, and the page goes on.
func TestTrap(t *testing.T) {
	file := filepath.Join(temporary, "trap.html")
	wasm := filepath.Join(temporary, "trap.wasm")
	if err := os.WriteFile(wasm, trapping, 0o600); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.Command("go", "run", "-C", "../../tools", "./playground", "..", wasm, file).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	all := open(t, file).ask(
		state{right, "GET", "/", ""},
		state{right, "GET", "/", "a: 1"},
		state{right, "GET", "/", ""},
	)
	for i, want := range []string{"passes", "", "passes"} {
		trapped := strings.HasPrefix(all[i].Trap, "The plugin trapped: ")
		if all[i].Status != want || trapped != (want == "") {
			t.Errorf("request %d: the page shows %+v, want %q", i, all[i], want)
		}
	}
}

// trapping is a plugin that traps if a request has more than two fields.
var trapping = slices.Concat(
	[]byte("\x00asm\x01\x00\x00\x00"),
	section(1, "\x03", "\x60\x00\x00", "\x60\x02\x7f\x7f\x01\x7f", "\x60\x03\x7f\x7f\x7f\x01\x7f"), // three types
	section(3, "\x04", "\x00", "\x01", "\x01", "\x02"),                                             // of four functions
	section(5, "\x01", "\x00\x01"),                                                                 // a memory
	section(7, "\x05", "\x06memory\x02\x00", "\x06_start\x00\x00", "\x11proxy_on_vm_start\x00\x01",
		"\x12proxy_on_configure\x00\x02", "\x18proxy_on_request_headers\x00\x03"),
	section(10, "\x04", "\x02\x00\x0b", "\x04\x00\x41\x01\x0b", "\x04\x00\x41\x01\x0b",
		"\x0d\x00\x20\x01\x41\x02\x4b\x04\x40\x00\x0b\x41\x00\x0b"), // if fields > 2 { trap }; 0
)

func section(id byte, parts ...string) []byte {
	content := strings.Join(parts, "")
	return append([]byte{id, byte(len(content))}, content...)
}

// A click on a mistake selects its place.
func TestMistakeIsSelected(t *testing.T) {
	p := open(t)
	p.ask(state{strings.Repeat("\n", 200) + wrong, "GET", "/", ""})
	for i, want := range []string{`"GE T"`, `"methd"`} {
		perform(p, chromedp.Click(chromedp.CSS(fmt.Sprintf("#mistakes li:nth-child(%d) button", i+1))))
		got := evaluate[string](p, `() => {
			const e = document.activeElement, box = e.closest(".editor").getBoundingClientRect()
			const line = document.querySelectorAll("#numbers .wrong")[`+fmt.Sprint(i)+`].getBoundingClientRect()
			return e.id + " " + e.value.slice(e.selectionStart, e.selectionEnd) + " " + (line.top >= box.top && line.bottom <= box.bottom)
		}`)
		if got != "configuration "+want+" true" {
			t.Errorf("mistake %d: %s, want %s selected and in sight", i+1, got, want)
		}
	}
}

// Without a mouse: from the example to the answer, and a new line in the editor.
func TestKeyboard(t *testing.T) {
	p := open(t)
	p.ask(state{wrong, "GET", "/", ""})
	evaluate[bool](p, `() => { document.getElementById("example").focus(); return true }`)
	var got []string
	for range 8 {
		perform(p, chromedp.KeyEvent(kb.Tab))
		got = append(got, evaluate[string](p, `() => document.activeElement.id || document.activeElement.textContent.split(" ")[0]`))
	}
	if want := []string{"configuration", "2:34", "3:22", "method", "url", "fields", "answer", ""}; !slices.Equal(got[:7], want[:7]) {
		t.Errorf("Tab leads to %q, want %q", got, want)
	}
	p.ask(state{"{\n  \"a\": 1", "GET", "/", ""})
	evaluate[bool](p, `() => { const e = document.getElementById("configuration"); e.focus(); e.setSelectionRange(10, 10); return true }`)
	perform(p, chromedp.KeyEvent(kb.Enter+"x"))
	if got, want := evaluate[string](p, `() => document.getElementById("configuration").value`), "{\n  \"a\": 1\n  x"; got != want {
		t.Errorf("the editor has %q after a new line, want %q", got, want)
	}
}

// The address alone brings all of it back, and an example can be undone.
func TestAddress(t *testing.T) {
	p := open(t)
	first, initial := p.read(), p.awaitAddress("file://"+command.Path(t, "PLAYGROUND"))
	want := state{right + "   ü💥", "BREW", "/ü", "a: b\nc: \"d\""}
	p.ask(want)
	address := p.awaitAddress(initial)
	other := open(t)
	perform(other, chromedp.Navigate("about:blank"))
	other.visit(address)
	if got := other.read(); got != want {
		t.Errorf("the address brings %+v, want %+v", got, want)
	}
	p.choose(0)
	if got := p.read(); got != first {
		t.Errorf("the first example is %+v, want what the page starts with, %+v", got, first)
	}
	evaluate[bool](p, `() => { history.back(); return true }`)
	p.await(`document.getElementById("method").value === "BREW"`)
	if got := p.read(); got != want {
		t.Errorf("the way back leads to %+v, want %+v", got, want)
	}
	perform(other, chromedp.Navigate("about:blank"))
	other.visit("file://" + command.Path(t, "PLAYGROUND") + "#no.state")
	if got := other.read(); got != first {
		t.Errorf("an address that is none brings %+v, want the first example", got)
	}
}

// Every example shows what it is there for.
func TestExamples(t *testing.T) {
	p := open(t)
	names := evaluate[[]string](p, `() => [...document.querySelectorAll("#example option:not([hidden])")].map(option => option.textContent)`)
	want := map[string]string{
		"README": "501", "WebSocket": "501", "gRPC": "200, grpc-status: 12", "S3": "501", "SCIM": "501", "Paths": "501",
		"Gateway of three servers": "501", "Dry run": "passes, then 501", "Mistakes": "4 mistakes",
	}
	for i, name := range names {
		p.choose(i)
		got := evaluate[string](p, `() => {
			const $ = id => document.getElementById(id)
			const mistakes = $("mistakes").childElementCount
			return mistakes ? mistakes + " mistakes" : $("status").textContent + ($("hidden-answer").hidden ? "" : ", then " + $("hidden-status").textContent)
		}`)
		if got != want[name] {
			t.Errorf("%s shows %q, want %q", name, got, want[name])
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("no example %v", want)
	}
}

// What everybody can see and use: in light and dark, on a telephone too.
func TestAppearance(t *testing.T) {
	p := open(t)
	p.ask(state{Method: "-"}) // so that messages are there
	for _, scheme := range []string{"light", "dark"} {
		features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}
		if _, err := chromedp.Call(p.tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features}); err != nil {
			t.Fatal(err)
		}
		for _, width := range []int64{360, 1280} {
			perform(p, chromedp.EmulateViewport(width, 800))
			for _, s := range []state{
				{right, "POST", "/", "content-type: application/grpc-web"},
				{wrong, "", "nowhere", "field"},
				{`{"dry_run": true, "implemented_methods": ["PUT"]}`, strings.Repeat("M", 300), "/" + strings.Repeat("x", 300), ""},
				{`{` + strings.Repeat("x", 300), "GET", "/", ""},
			} {
				p.ask(s)
				for _, trouble := range evaluate[[]string](p, inspect) {
					t.Errorf("%s, %d pixels, %.40q: %s", scheme, width, s, trouble)
				}
			}
		}
	}
}

const inspect = `() => {
	const troubles = []
	if (document.documentElement.scrollWidth > innerWidth) troubles.push("wider than the screen: " + document.documentElement.scrollWidth)
	for (const e of document.querySelectorAll("input, select, textarea, button")) {
		const name = e.ariaLabel ?? [...e.labels ?? []].map(label => label.textContent).join("") ?? ""
		if (!(name || e.localName === "button" && e.textContent)) troubles.push("no label: " + e.outerHTML.slice(0, 80))
	}
	for (const reference of document.querySelectorAll("[aria-labelledby], [aria-describedby], label[for], [list]")) {
		for (const name of ["aria-labelledby", "aria-describedby", "for", "list"]) {
			for (const id of (reference.getAttribute(name) ?? "").split(" ").filter(Boolean)) {
				if (!document.getElementById(id)) troubles.push(name + " of nothing: " + id)
			}
		}
	}
	const channels = colour => {
		const [r, g, b, a = 1] = colour.match(/[\d.]+/g).map(Number)
		return [r, g, b, a]
	}
	const luminance = colour => {
		const [r, g, b] = colour.map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
		return 0.2126 * r + 0.7152 * g + 0.0722 * b
	}
	const contrast = (a, b) => {
		const [dark, light] = [luminance(a), luminance(b)].sort((a, b) => a - b)
		return (light + 0.05) / (dark + 0.05)
	}
	const behind = e => {
		for (; e; e = e.parentElement) {
			const colour = channels(getComputedStyle(e).backgroundColor)
			if (colour[3] === 1) return colour
		}
		return [255, 255, 255, 1]
	}
	for (const e of document.querySelectorAll("body *")) {
		const style = getComputedStyle(e)
		if (e.id === "configuration" || e.closest("#marks, datalist, script, noscript") || e.getClientRects().length === 0) continue
		const hasText = [...e.childNodes].some(node => node.nodeType === 3 && node.data.trim()) || "value" in e && e.localName !== "option"
		const ratio = contrast(channels(style.color), behind(e))
		if (hasText && ratio < 4.5) troubles.push("contrast " + ratio.toFixed(2) + ": " + e.outerHTML.slice(0, 80))
		if (e.matches("input, select, textarea")) {
			const border = contrast(channels(style.borderTopColor), behind(e.parentElement))
			if (border < 3) troubles.push("border " + border.toFixed(2) + ": " + e.outerHTML.slice(0, 80))
		}
	}
	const editor = document.querySelector(".editor")
	const border = contrast(channels(getComputedStyle(editor).borderTopColor), behind(editor.parentElement))
	if (border < 3) troubles.push("border of the editor: " + border.toFixed(2))
	return troubles
}`
