// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// How long a million lines take, and how much memory.
func BenchmarkFromAccessLog(b *testing.B) {
	for name, line := range map[string]string{
		"text": benchmarked("Istio"),
		"JSON": benchmarked("JSON"),
	} {
		b.Run(name, func(b *testing.B) {
			benchmark(b, func() io.Reader { return io.LimitReader(&repeated{line: line}, int64(1_000_000*len(line))) }, "from-access-log")
		})
	}
}

func benchmarked(name string) string {
	i := slices.IndexFunc(logFormats, func(f logFormat) bool { return f.name == name })
	return logFormats[i].write(logged{method: "GET", path: "/orders?a=%20", agent: "curl/8", host: "api.example.com", forward: "-", status: 200, details: "via_upstream", server: "10.0.0.9:80", took: "2"}) + "\n"
}

// How long a document of 13 MB takes, and how much memory. Of 700 paths, most of it is
// schemas. It is written piece by piece, since the memory of this process counts for
// those that it starts.
func BenchmarkFromOpenAPI(b *testing.B) {
	name := filepath.Join(b.TempDir(), "api")
	file, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(file)
	writeDocument(w)
	if err := errors.Join(w.Flush(), file.Close()); err != nil {
		b.Fatal(err)
	}
	benchmark(b, func() io.Reader { return nil }, "from-openapi", name)
}

func writeDocument(w io.Writer) {
	fmt.Fprint(w, "openapi: 3.0.4\npaths:\n")
	for i := range 700 {
		fmt.Fprintf(w, `  /orders/{id}/parts%d:
    parameters:
    - $ref: '#/components/parameters/id'
    get:
      summary: One part
      responses:
        '200': {description: OK, content: {application/json: {schema: {$ref: '#/components/schemas/s%[1]d'}}}}
    put:
      summary: Another part
      responses:
        '204': {description: Replaced}
`, i)
	}
	fmt.Fprint(w, "components:\n  parameters:\n    id: {in: path, name: id, required: true, schema: {type: string}}\n  schemas:\n")
	for i := range 24_000 {
		fmt.Fprintf(w, `    s%d:
      type: object
      description: |
        What is known of a part of an order, and of what it is made.
        Parts have parts.
      properties:
        id:
          type: string
          example: part-%[1]d
        count:
          type: integer
          minimum: 1
          examples: [1, 2, 3]
        parts:
          type: array
          items:
            type: object
            properties:
              id:
                type: string
              made_of:
                enum: [wood, steel]
      required: [id, count]
`, i)
	}
}

// How long a folder of 30,000 files takes, one of which has the plugin: the others are
// worth no parser.
func BenchmarkCheckFolder(b *testing.B) {
	folder := b.TempDir()
	others := []string{
		"kind: Deployment\nspec:\n" + strings.Repeat("- name: c\n  image: app:1\n  env: [{name: A, value: some value}]\n", 70),
		`{"all": [` + strings.Repeat(`{"name": "n", "value": "some text of a value"},`, 80) + `{}]}`,
		"kind: Secret\ndata:\n" + strings.Repeat("  key: c29tZSB0ZXh0IHRoYXQgaXMgc2VjcmV0\n", 100),
	}
	for i := range 30_000 {
		text := others[i%len(others)]
		if i == 0 {
			text = `{"implemented_methods": ["POST"]}`
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%d.yaml", i)), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	benchmark(b, func() io.Reader { return nil }, "check", folder)
}

// benchmark runs the command as a process of its own.
func benchmark(b *testing.B, stdin func() io.Reader, args ...string) {
	executable, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	most := int64(0)
	for b.Loop() {
		command := exec.Command(executable, args...)
		command.Args[0] = "notimplemented"
		command.Stdin = stdin()
		if text, err := command.CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, text)
		}
		most = max(most, command.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) // in KiB on Linux
	}
	b.ReportMetric(float64(most)/1024, "MiB")
}

// repeated is the same line again and again.
type repeated struct {
	line string
	at   int
}

func (r *repeated) Read(p []byte) (n int, err error) {
	for n < len(p) {
		count := copy(p[n:], r.line[r.at:])
		n, r.at = n+count, (r.at+count)%len(r.line)
	}
	return n, nil
}
