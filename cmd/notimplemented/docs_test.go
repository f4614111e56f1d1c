// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// TestMain is the command itself where a test runs it from a shell.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "notimplemented" {
		main()
	}
	os.Exit(m.Run())
}

func readText(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	fence = regexp.MustCompile("(?s)\n```(\\w+)\n(.*?)```\n")
	word  = regexp.MustCompile(`'[^']*'|\S+`)
)

// blocks returns the blocks of code in a language.
func blocks(text, language string) (blocks []string) {
	for _, block := range fence.FindAllStringSubmatch(text, -1) {
		if block[1] == language {
			blocks = append(blocks, block[2])
		}
	}
	return blocks
}

// arguments splits a line as a shell does.
func arguments(line string) (args []string) {
	for _, w := range word.FindAllString(line, -1) {
		args = append(args, strings.Trim(w, "'"))
	}
	return args
}

// Every command in the documents prints what they say.
func TestTranscripts(t *testing.T) {
	names, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	documents := make(map[string]string)
	files := map[string]string{"envoy.yaml": readText(t, "../../envoy.yaml")}
	for _, name := range append(names, "../../README.md") {
		text := readText(t, name)
		documents[filepath.Base(name)] = text
		for _, config := range blocks(text, "json") {
			if strings.Contains(config, `"methd"`) {
				files["plugin.json"] = config
			}
		}
	}
	for _, name := range []string{"orders.yaml", "order.yaml", "customers.json", "access.log"} {
		files[name] = readText(t, "testdata/"+name)
	}
	write(t, files)
	count := 0
	for document, text := range documents {
		for _, block := range blocks(text, "console") {
			for _, transcript := range strings.Split("\n"+block, "\n$ ")[1:] {
				line, want, _ := strings.Cut(transcript, "\n")
				args := arguments(line)
				if args[0] != "notimplemented" || args[1] == "verify" {
					continue // the tests of Envoy have it
				}
				count++
				var both strings.Builder // as in a terminal
				run(args[1:], strings.NewReader(""), &both, &both)
				if got := both.String(); strings.TrimSuffix(got, "\n") != strings.TrimSuffix(want, "\n") {
					t.Errorf("%s: %s\n%s\nwant\n%s", document, line, got, want)
				}
			}
		}
	}
	if count < 5 {
		t.Errorf("%d commands, want more", count)
	}
}

// The pipeline of docs/command.md passes until an operation is new.
func TestPipeline(t *testing.T) {
	scripts := blocks(readText(t, "../../docs/command.md"), "sh")
	if len(scripts) != 1 {
		t.Fatalf("%d scripts, want 1", len(scripts))
	}
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	deploy, err := filepath.Abs("../../deploy")
	if err != nil {
		t.Fatal(err)
	}
	write(t, map[string]string{
		"envoy.yaml":     readText(t, "../../envoy.yaml"),
		"orders.yaml":    "openapi: 3.1.0\npaths:\n  /orders:\n    get: {}\n",
		"customers.json": readText(t, "testdata/customers.json"),
	})
	if err := os.CopyFS("deploy", os.DirFS(deploy)); err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if err := os.Symlink(executable, filepath.Join(bin, "notimplemented")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	pipeline := func() (string, error) {
		text, err := exec.Command("sh", "-e", "-c", scripts[0]).CombinedOutput()
		return string(text), err
	}
	if text, err := pipeline(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if err := os.WriteFile("orders.yaml", []byte("openapi: 3.1.0\npaths:\n  /orders/{id}:\n    patch: {}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	want := "orders.yaml:4:5: error: PATCH /orders/{id} is described here, but envoy.yaml:46:29 answers it with 501 (method PATCH)\n"
	if text, err := pipeline(); err == nil || !strings.HasSuffix(text, want) {
		t.Errorf("%v\n%s\nwant at the end\n%s", err, text, want)
	}
}

// Every example in the help works.
func TestHelpExamples(t *testing.T) {
	names, err := help.ReadDir("help")
	if err != nil {
		t.Fatal(err)
	}
	deploy, err := filepath.Abs("../../deploy")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"envoy.yaml":      readText(t, "../../envoy.yaml"),
		"plugin.json":     right,
		"api.yaml":        "openapi: 3.1.0\npaths: {/: {get: {}}}\n",
		"orders.yaml":     "openapi: 3.1.0\npaths: {/: {get: {}}}\n",
		"customers.json":  readText(t, "testdata/customers.json"),
		"access.log":      readText(t, "testdata/access.log"),
		"access.log.1.gz": readText(t, "testdata/access.log"),
	}
	write(t, files)
	if err := os.CopyFS("deploy", os.DirFS(deploy)); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := help.ReadFile("help/" + name.Name())
		if err != nil {
			t.Fatal(err)
		}
		_, examples, ok := strings.Cut(string(text), "\nExamples:\n\n")
		examples, _, _ = strings.Cut(examples, "\n\n")
		if !ok {
			t.Errorf("%s: no examples", name.Name())
		}
		for line := range strings.Lines(examples) {
			line, _, _ = strings.Cut(line, ">")
			stdin := files["access.log"]
			if _, behind, ok := strings.Cut(line, "|"); ok { // kubectl
				line = behind
				if strings.Contains(line, "check") {
					stdin = readText(t, "deploy/istio/trafficextension.yaml")
				}
			}
			args := arguments(line)[1:]
			if args[0] == "verify" {
				args = append(args, "-n") // the tests of Envoy send requests
			}
			if got := runs(stdin, args...); got.exit != 0 {
				t.Errorf("%s\nexit code %d\n%s%s", line, got.exit, got.stdout, got.stderr)
			}
		}
	}
}

// The steps of action.yml do what a GitHub workflow is promised, with blanks in names.
func TestAction(t *testing.T) {
	var action struct {
		Inputs map[string]struct{ Default string }
		Runs   struct {
			Steps []struct{ Run, Shell string }
		}
	}
	if err := yaml.Unmarshal([]byte(readText(t, "../../action.yml")), &action); err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	write(t, map[string]string{"a b/wrong.json": wrong, "right.json": right})
	run := func(arguments string) (string, int) {
		var all strings.Builder
		for _, step := range action.Runs.Steps {
			if step.Run == "" {
				continue // an action of others
			}
			command := exec.Command(step.Shell, "-e", "-c", step.Run)
			command.Env = append(os.Environ(), "GITHUB_ACTION_PATH="+root, "ARGUMENTS="+arguments)
			text, _ := command.CombinedOutput()
			all.Write(text)
			if code := command.ProcessState.ExitCode(); code != 0 {
				return all.String(), code
			}
		}
		return all.String(), 0
	}
	const isWrongThere = "::error file=a b/wrong.json,line=1,col=21::/unimplemented/0/methd: unknown key, want \"method\"\n"
	const isRightThere = "::notice file=right.json,line=1,col=1::answers 501 to every method but GET, HEAD, OPTIONS\n"
	for arguments, want := range map[string]string{
		action.Inputs["arguments"].Default: isWrongThere + isRightThere,
		"-strict 'a b'":                    isWrongThere,
		"right.json":                       isRightThere,
	} {
		if got, code := run(arguments); got != want || (code == 1) != strings.Contains(want, "error") {
			t.Errorf("%s: exit code %d\n%s\nwant\n%s", arguments, code, got, want)
		}
	}
}

// The hook of pre-commit runs what it says.
func TestHook(t *testing.T) {
	var hooks []struct {
		Entry string
		Args  []string
	}
	if err := yaml.Unmarshal([]byte(readText(t, "../../.pre-commit-hooks.yaml")), &hooks); err != nil || len(hooks) != 1 {
		t.Fatalf("%v, %d hooks", err, len(hooks))
	}
	script, err := filepath.Abs("../../" + strings.Fields(hooks[0].Entry)[0])
	if err != nil {
		t.Fatal(err)
	}
	write(t, map[string]string{"a/right.json": right})
	text, err := exec.Command(script, append(strings.Fields(hooks[0].Entry)[1:], hooks[0].Args...)...).CombinedOutput()
	if want := "a/right.json:1:1: " + isRight; err != nil || string(text) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, text, want)
	}
}
