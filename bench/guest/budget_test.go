// SPDX-License-Identifier: Apache-2.0

package guest

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// toolchain compiles the plugin that the budgets are for. Another LLVM or
// wasm-opt turns it into other instructions.
var toolchain = regexp.MustCompile(`^tinygo version 0\.41\.1 .* LLVM version 19\..*, wasm-opt version 108\b`)

// What the plugin may cost.
const (
	moduleBytes = 140 << 10

	getInstructions   = 600
	knownInstructions = 1_700 // a 501 to a registered method
	otherInstructions = 2_000
	firstInstructions = 15_000 // the first of a VM defines the counter
	requestMemory     = 256 << 10

	serversInstructions = 1_600 // two servers, over one; 40 for each byte of the host
	manyPercent         = 150   // a thousand of something, of what ten cost
	manyHostilePercent  = 200   // the same, where the request has much of it too
	hostileInstructions = 82    // for each byte that is read, whatever it is
	hostileRequests     = 100   // of each configuration

	configurationInstructions = 100_000_000 // V8 executes four to seven of these a nanosecond
	configurationMemory       = 4 << 20
	configurationLog          = 16 << 10
)

const config = `{"implemented_methods": ["GET", "HEAD", "POST"]}`

// A byte that each request left behind would already be seen in the memory.
const requests = 100_000

func with(method string) [][2]string { return to("example.com", method) }

func to(host, method string) [][2]string {
	return [][2]string{{":method", method}, {":path", "/"}, {":scheme", "http"}, {":authority", host}, {"user-agent", "curl/8"}, {"accept", "*/*"}}
}

func pluginWasm(t *testing.T) []byte {
	t.Helper()
	path := os.Getenv("PLUGIN")
	if path == "" {
		t.Fatal(`PLUGIN is unset; "make test" builds the plugin and sets it`)
	}
	if compiler := os.Getenv("TOOLCHAIN"); !toolchain.MatchString(compiler) {
		t.Skipf("not run: the budgets hold for %v, and this plugin was compiled by %q", toolchain, compiler)
	}
	wasm, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf(`%v; "make build" makes it`, err)
	}
	return wasm
}

func start(t *testing.T, config string) *VM {
	t.Helper()
	vm, err := Start(pluginWasm(t), config)
	if err != nil {
		t.Fatal(err)
	}
	return vm
}

// within prints a figure beside its budget.
func within(t *testing.T, what string, figure, budget uint64) {
	t.Helper()
	report := t.Logf
	if figure > budget {
		report = t.Errorf
	}
	report("%-45s %7d of %7d", what, figure, budget)
}

func TestModuleBudget(t *testing.T) {
	within(t, "bytes of plugin.wasm", uint64(len(pluginWasm(t))), moduleBytes)
}

func TestRequestBudget(t *testing.T) {
	for _, tt := range []struct {
		name, method string
		answered     bool
		budget       uint64
	}{
		{"a GET that passes", "GET", false, getInstructions},
		{"a 501", "TRACE", true, knownInstructions},
		{"a 501 to a method that is not registered", "BREW", true, otherInstructions},
	} {
		t.Run(tt.name, func(t *testing.T) {
			vm := start(t, config)
			request := with(tt.method)
			costs := make([]uint64, requests)
			var memory uint32
			for i := range costs {
				cost, answered, err := vm.Send(request)
				if err != nil {
					t.Fatal(err)
				}
				if answered != tt.answered {
					t.Fatalf("request %d: answered %v, want %v", i, answered, tt.answered)
				}
				costs[i] = cost
				if i == 0 {
					memory = vm.Memory()
				}
			}
			within(t, "wasm instructions, first of all", costs[0], firstInstructions)
			costs = costs[1:]
			slices.Sort(costs)
			typical := costs[len(costs)/2]
			within(t, "wasm instructions", typical, tt.budget)
			within(t, fmt.Sprintf("wasm instructions, worst of %d", requests), costs[len(costs)-1], 2*typical)
			within(t, "bytes of memory", uint64(vm.Memory()), requestMemory)
			if vm.Memory() != memory {
				t.Errorf("%d bytes of memory after the first request, %d after %d, want the same", memory, vm.Memory(), requests)
			}
		})
	}
}

// typical is what a request comes to cost.
func typical(t *testing.T, vm *VM, request [][2]string) (instructions uint64) {
	t.Helper()
	var costs [9]uint64
	for i := range costs {
		cost, _, err := vm.Send(request)
		if err != nil {
			t.Fatal(err)
		}
		costs[i] = cost
	}
	slices.Sort(costs[:])
	return costs[len(costs)/2]
}

// What is looked up costs no more where there is more of it.
func TestManyEntriesBudget(t *testing.T) {
	commas, ampersands := strings.Repeat(",", 4000), strings.Repeat("&", 4000)
	hostile := with("GET")
	hostile[1][1] += "?" + ampersands
	for range 14 {
		hostile = append(hostile, [2]string{"x-f", commas})
	}
	for _, tt := range []struct {
		name  string
		entry func(i int) string
	}{
		{"header", numbered(`{"capability":"c","header":"h-%03d"}`)},
		{"value", numbered(`{"capability":"c","header":"x-f","value":"v%d"}`)},
		{"query", numbered(`{"capability":"c","query":"q%d"}`)},
		{"query of POST", numbered(`{"capability":"c","method":"POST","query":"q%d"}`)},
	} {
		for _, request := range []struct {
			name    string
			fields  [][2]string
			percent uint64
		}{
			{"a GET", with("GET"), manyPercent},
			{"a GET of 60 KiB", hostile, manyHostilePercent},
		} {
			t.Run(tt.name+", "+request.name, func(t *testing.T) {
				cost := func(entries int) uint64 {
					return typical(t, start(t, `{"unimplemented":[`+list(entries, tt.entry)+`]}`), request.fields)
				}
				within(t, "wasm instructions with 1000", cost(1000), cost(10)*request.percent/100)
			})
		}
	}
}

// A browser asks for what no entry is about, and few names are asked for one by one.
func TestBrowserBudget(t *testing.T) {
	browser := [][2]string{{":method", "GET"}, {":path", "/index.html?lang=en"}, {":scheme", "https"}, {":authority", "www.example.com"},
		{"sec-ch-ua", `"Chromium";v="120", "Not_A Brand";v="24"`}, {"sec-ch-ua-mobile", "?0"}, {"sec-ch-ua-platform", `"Linux"`},
		{"upgrade-insecure-requests", "1"}, {"user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"},
		{"accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"}, {"sec-fetch-site", "none"},
		{"sec-fetch-mode", "navigate"}, {"accept-encoding", "gzip, deflate, br"}, {"accept-language", "en-US,en;q=0.9"}, {"cookie", "session=0123456789abcdef; theme=dark"}}
	for entries, budget := range map[int]uint64{1: 1_000, 4: 1_500, 8: 2_000, 1000: 3_800} {
		vm := start(t, `{"unimplemented":[`+list(entries, numbered(`{"capability":"c","header":"x-h%d","value":"v"}`))+`]}`)
		within(t, fmt.Sprintf("wasm instructions beside %d header entries", entries), typical(t, vm, browser), budget)
	}
}

// Of several servers the one that the host names answers, or the top.
func TestServersBudget(t *testing.T) {
	const methods = `"implemented_methods":["GET","HEAD","POST","PUT"]`
	top, hosted := start(t, `{`+methods+`}`), start(t, `{"implemented_methods":["GET","HEAD","POST"]}`)
	two := start(t, `{`+methods+`,"servers":[{"hosts":["h0.example.com","*.d0.example.com"],"implemented_methods":["GET","HEAD","POST"]}]}`)
	many := start(t, `{`+methods+`,"servers":[`+list(100, func(server int) string {
		return `{"implemented_methods":["GET","HEAD","POST"],"hosts":[` + list(5, func(i int) string {
			return fmt.Sprintf(`"h%[1]d.example.com","*.d%[1]d.example.com"`, 5*server+i)
		}) + `]}`
	})+`]}`)
	for host, one := range map[string]*VM{"example.com": top, "h0.example.com": hosted, "a.d0.example.com": hosted} {
		within(t, "wasm instructions of a GET to "+host, typical(t, two, to(host, "GET")), getInstructions)
		for _, method := range []string{"PUT", "TRACE"} {
			cost := typical(t, two, to(host, method))
			within(t, fmt.Sprintf("wasm instructions of %s to %s", method, host), cost, typical(t, one, to(host, method))+serversInstructions)
			within(t, "wasm instructions with 1000 hosts", typical(t, many, to(host, method)), cost*manyPercent/100)
		}
	}
}

// New configurations in a VM that goes on must not fill it.
func TestReconfigurationBudget(t *testing.T) {
	vm := start(t, config)
	for i := range 1000 {
		method := fmt.Sprintf("M%d", i)
		if err := vm.Update(fmt.Sprintf(`{"unimplemented": [{"method": %q}, {"capability": "c", "query": "q%d"}]}`, method, i)); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			method   string
			answered bool
		}{{method, true}, {"GET", false}} {
			if _, answered, err := vm.Send(with(tt.method)); err != nil || answered != tt.answered {
				t.Fatalf("configuration %d: %s answered %v, %v, want %v", i, tt.method, answered, err, tt.answered)
			}
		}
	}
	within(t, "bytes of memory after 1000 configurations", uint64(vm.Memory()), requestMemory)
}
