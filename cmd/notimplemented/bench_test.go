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

// How long a document of 13 MB takes, and how much memory.
func BenchmarkFromOpenAPI(b *testing.B) {
	for name, write := range map[string]func(w io.Writer){"JSON": writeJSONDocument, "YAML": writeYAMLDocument} {
		b.Run(name, func(b *testing.B) {
			file := filepath.Join(b.TempDir(), "api")
			writeDocument(b, file, write)
			benchmark(b, func() io.Reader { return nil }, "from-openapi", file)
		})
	}
}

// writeDocument writes a document of 13 MB and 700 paths, most of which is
// schemas. It does so piece by piece, since the memory of this process counts for
// those that it starts.
func writeDocument(b *testing.B, name string, write func(w io.Writer)) {
	file, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(file)
	write(w)
	if err := errors.Join(w.Flush(), file.Close()); err != nil {
		b.Fatal(err)
	}
	if info, err := os.Stat(name); err != nil || info.Size() < 13e6 || info.Size() > 14e6 {
		b.Fatalf("error %v, %d bytes, want 13 MB", err, info.Size())
	}
}

func writeYAMLDocument(w io.Writer) {
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

func writeJSONDocument(w io.Writer) {
	fmt.Fprint(w, "{\n  \"openapi\": \"3.0.4\",\n  \"paths\": {")
	for i := range 700 {
		fmt.Fprintf(w, `%s
    "/orders/{id}/parts%d": {
      "parameters": [{"$ref": "#/components/parameters/id"}],
      "get": {"summary": "One part", "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/s%[2]d"}}}}}},
      "put": {"summary": "Another part", "responses": {"204": {"description": "Replaced"}}}
    }`, comma(i), i)
	}
	fmt.Fprint(w, `
  },
  "components": {
    "parameters": {"id": {"in": "path", "name": "id", "required": true, "schema": {"type": "string"}}},
    "schemas": {`)
	for i := range 26_000 {
		fmt.Fprintf(w, `%s
      "s%d": {
        "type": "object",
        "description": "What is known of a part of an order, and of what it is made",
        "properties": {
          "id": {"type": "string", "example": "part-%[2]d"},
          "count": {"type": "integer", "minimum": 1, "examples": [1, 2, 3]},
          "parts": {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "string"}, "made_of": {"enum": ["wood", "steel"]}}}}
        },
        "required": ["id", "count"]
      }`, comma(i), i)
	}
	fmt.Fprint(w, "\n    }\n  }\n}\n")
}

func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ","
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
