// SPDX-License-Identifier: Apache-2.0

package guest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

const (
	hostileSize = 56_000 // bytes, of the 60 KiB that Envoy takes by default
	// A line more is "name: value" and its end; the host serializes it with as much.
	hostileLine = 4
)

// hostilePieces are what lists, queries and hosts are made of, and what entries ask for.
var hostilePieces = []string{"w0", "w9", "w10", "wx", "a", "W1", "p0", "p1", "px", "q=0", "q=1", "Q=0.", "=", "==", "v", "p0=v", "p0=x",
	"%", "%7", "%70", "%70%30", "&", "&&", ",", ",,", ";", ";;", " ", "\t", `"`, `""`, `"\"`, `\`, ".", "0", ":", "?", "/", "x-f", "\x80"}

// hostileConfigurations have as many entries as there can be, of each kind.
var hostileConfigurations = []string{
	`{"unimplemented":[` + list(900, numbered(`{"capability":"c","header":"x-f","value":"w%d"}`)) + `]}`,
	`{"unimplemented":[{"capability":"c","header":"x-f","value":"w"},` + list(900, numbered(`{"capability":"c","method":"POST","header":"x-f","value":"w%d"}`)) + `]}`,
	`{"unimplemented":[` + list(200, numbered(`{"capability":"c","header":"x-f","value":"w%d","query":"c"}`)) + `,` +
		list(200, numbered(`{"capability":"d","method":"HEAD","header":"x-f","value":"w%d","query":"a"}`)) + `,` +
		list(200, numbered(`{"capability":"e","method":"GET","header":"x-f","value":"w%d","query":"b"}`)) + `]}`,
	`{"unimplemented":[` + list(900, numbered(`{"capability":"c","header":"h%d","query":"q"}`)) + `,{"capability":"c","header":"x-f","value":"a","query":"none"}]}`,
	`{"unimplemented":[` + list(900, numbered(`{"capability":"c","query":"p%d"}`)) + `]}`,
	`{"unimplemented":[` + list(300, numbered(`{"capability":"c","query":"p%d=v","header":"some"}`)) + `,` +
		list(300, numbered(`{"capability":"d","method":"HEAD","query":"p%d=v","header":"few"}`)) + `,` +
		list(300, numbered(`{"capability":"e","method":"GET","query":"p%d=v","header":"none"}`)) + `]}`,
	`{"unimplemented":[` + list(900, numbered(`{"capability":"c","query":"p0=w%d"}`)) + `]}`,
	`{"servers":[{"implemented_methods":["PUT"],"hosts":[` + list(120, func(i int) string { return `"*` + strings.Repeat(".a", i+1) + `"` }) + `]}]}`,
	`{"implemented_methods":[` + list(900, func(i int) string { return fmt.Sprintf(`"%064d"`, i) }) + `]}`,
	`{"dry_run":true,"unimplemented":[` + list(900, numbered(`{"capability":"c%[1]d","header":"x-f","value":"w%[1]d","dry_run":true}`)) + `]}`,
}

// hostileRequest has much of a unit somewhere, and how many bytes it is.
func hostileRequest(random *rand.Rand, unit string) (place string, request [][2]string, size int) {
	fill := func(size int) string { return strings.Repeat(unit, size/len(unit)+1)[:size] }
	method := []string{"GET", "HEAD", "POST"}[random.IntN(3)]
	request = [][2]string{{":method", method}, {":path", "/"}, {":authority", "a.example"}}
	switch place = []string{"path", "field", "lines of a field", "fields", "host", "method", "name"}[random.IntN(7)]; place {
	case "path":
		request[1][1] = "/?" + fill(hostileSize)
	case "field":
		request = append(request, [2]string{"x-f", fill(hostileSize)})
	case "lines of a field":
		// By HPACK a line that is there already is a byte.
		lines := 14
		if random.IntN(2) == 0 {
			lines = 2000
		}
		for i := range lines {
			value := fill(hostileSize / lines)
			if random.IntN(2) == 0 {
				value = value[i%len(unit):]
			}
			request = append(request, [2]string{"x-f", value})
		}
	case "fields":
		for i := range 5000 {
			request = append(request, [2]string{fmt.Sprintf("h%d", i%1000), unit})
		}
	case "host":
		request[2][1] = fill(hostileSize)
	case "method":
		request[0][1] = fill(hostileSize)
	case "name":
		request = append(request, [2]string{fill(hostileSize), unit})
	}
	for _, line := range request {
		size += len(line[0]) + len(line[1]) + hostileLine
	}
	return place, request, size
}

// What a request has much of is read once, at so much a byte, whatever it is.
func TestHostileBudget(t *testing.T) {
	random := rand.New(rand.NewPCG(19, 0))
	for i, config := range hostileConfigurations {
		t.Run(fmt.Sprintf("%d %.60s", i, config), func(t *testing.T) {
			vm := start(t, config)
			worst, of := 0.0, ""
			for range hostileRequests {
				var unit string
				for range 1 + random.IntN(6) {
					unit += hostilePieces[random.IntN(len(hostilePieces))]
				}
				place, request, size := hostileRequest(random, unit)
				cost, _, err := vm.Send(request)
				if err != nil {
					t.Fatal(err)
				}
				if each := float64(cost) / float64(size); each > worst {
					worst, of = each, fmt.Sprintf("%s of %q, %s", place, unit, request[0][1][:min(4, len(request[0][1]))])
				}
			}
			if report := t.Logf; worst > hostileInstructions {
				report = t.Errorf
				report("%.1f instructions a byte, want at most %d: %s", worst, hostileInstructions, of)
			} else {
				report("%.1f instructions a byte: %s", worst, of)
			}
		})
	}
}
