// SPDX-License-Identifier: Apache-2.0

package guest

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

const (
	hostileSize = 56_000 // bytes, of the 60 KiB that Envoy takes by default
	// A line more is "name: value" and its end; the host serializes it with as much.
	hostileLine = 4
)

// hostilePieces are what paths, queries, lists and hosts are made of, and what entries ask
// for; last what a search found to cost most.
var hostilePieces = []string{"w1", "w9", "wx", "a", "W1", "p1", "px", "q=0", "q=1", "Q=0.", "=", "v", "p1=v", "p=w1",
	"%", "%7", "%70", "%70%31", "&", ",", ";", " ", "\t", `"`, `"\"`, `\`, ".", "0", ":", "?", "#", "/", "/a", "/p1", "%2f", "x-f", "\x80",
	";,", `\,`, "w1,", "&%7", "%a&", ";&"}

// hostileConditions are what entries can ask for, by key, in each way that is read
// differently; N is a number.
var hostileConditions = map[string][]string{
	"method": {`"method":"GET"`, `"method":"HEAD"`, `"method":"POST"`},
	"header": {`"header":"hN"`, `"header":"x-f"`},
	"value":  {`"value":"wN"`, `"value":"w1"`},
	"query":  {`"query":"pN"`, `"query":"pN=v"`, `"query":"p=wN"`},
	"path": {`"path":"/pN"`, `"path":"/pN/*"`, `"path":"*/pN"`,
		`"path":"` + strings.Repeat("/a", 14) + `/pN/*"`, `"path":"*` + strings.Repeat("/p1", 15) + `/pN"`},
}

// A condition that hostile configurations lack would be one that nobody has tried to abuse.
func TestHostileConditions(t *testing.T) {
	text, err := os.ReadFile("../../config.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Defs struct {
			Entry struct{ Properties map[string]any }
		} `json:"$defs"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"capability", "alternatives", "dry_run"} { // which are none
		delete(schema.Defs.Entry.Properties, key)
	}
	want, got := slices.Sorted(maps.Keys(schema.Defs.Entry.Properties)), slices.Sorted(maps.Keys(hostileConditions))
	if !slices.Equal(got, want) {
		t.Errorf("hostile configurations have the conditions %q, want %q", got, want)
	}
}

// hostileEntries is a configuration with as many entries as there is room for.
func hostileEntries(random *rand.Rand) string {
	var shapes [3]string
	size := 0
	for i := range shapes {
		shapes[i] = hostileEntry(random)
		size = max(size, len(strings.ReplaceAll(shapes[i], "N", "1000,")))
	}
	return `{"unimplemented":[` + list(min(1000, configurationSize/size), func(i int) string {
		return strings.ReplaceAll(shapes[i%len(shapes)], "N", fmt.Sprint(i+1))
	}) + `]}`
}

// hostileEntry has some conditions, at least one of them with a number.
func hostileEntry(random *rand.Rand) string {
	for {
		entry := `{"capability":"c"`
		if random.IntN(4) == 0 {
			entry = `{"dry_run":true,"capability":"cN"`
		}
		conditions := ""
		for _, key := range slices.Sorted(maps.Keys(hostileConditions)) {
			if key == "value" && !strings.Contains(conditions, "header") || random.IntN(2) == 0 {
				continue
			}
			ways := hostileConditions[key]
			conditions += "," + ways[random.IntN(len(ways))]
		}
		if strings.Contains(conditions, "N") {
			return entry + conditions + "}"
		}
	}
}

// hostileConfigurations have as much as there can be of what is read of a request.
func hostileConfigurations(random *rand.Rand) []string {
	all := []string{
		`{"servers":[{"implemented_methods":["PUT"],"hosts":[` + list(120, func(i int) string { return `"*` + strings.Repeat(".a", i+1) + `"` }) + `]}]}`,
		`{"implemented_methods":[` + list(900, func(i int) string { return fmt.Sprintf(`"%064d"`, i) }) + `]}`,
	}
	for range 30 {
		all = append(all, hostileEntries(random))
	}
	return all
}

var hostilePlaces = []string{"path", "query", "field", "lines of a field", "fields", "host", "method", "name"}

// hostileRequest has much of a unit somewhere, and how many bytes it is.
func hostileRequest(random *rand.Rand, unit string) (place string, request [][2]string, size int) {
	fill := func(size int) string { return strings.Repeat(unit, size/len(unit)+1)[:size] }
	method := []string{"GET", "HEAD", "POST"}[random.IntN(3)]
	request = [][2]string{{":method", method}, {":path", "/"}, {":authority", "a.example"}}
	switch place = hostilePlaces[random.IntN(len(hostilePlaces))]; place {
	case "path":
		request[1][1] = "/" + fill(hostileSize)
	case "query":
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
	for i, config := range hostileConfigurations(random) {
		t.Run(fmt.Sprintf("%d %.60s", i, config), func(t *testing.T) {
			vm := start(t, config)
			worst, of := 0.0, ""
			for range hostileRequests {
				var unit string
				for range 1 + random.IntN(3) {
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
