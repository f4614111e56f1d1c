// SPDX-License-Identifier: Apache-2.0

// Command playground puts the page of docs/playground, the plugin and the examples
// of the documents into one file: playground ROOT PLUGIN PAGE.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "playground:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 3 {
		return errors.New("want the root of the repository, the plugin and the page")
	}
	page, err := page(args[0], args[1])
	if err != nil {
		return err
	}
	return os.WriteFile(args[2], page, 0o644)
}

// page is the page with the plugin of this path.
func page(root, plugin string) ([]byte, error) {
	folder := filepath.Join(root, "docs/playground")
	html, err := os.ReadFile(filepath.Join(folder, "index.html"))
	if err != nil {
		return nil, err
	}
	style, err := os.ReadFile(filepath.Join(folder, "style.css"))
	if err != nil {
		return nil, err
	}
	script, err := script(root, plugin)
	if err != nil {
		return nil, err
	}
	for _, part := range []struct {
		reference string
		content   []byte
		format    string
	}{
		{`<link rel="stylesheet" href="style.css">`, style, "<style>%s</style>"},
		{`<script type="module" src="page.js"></script>`, script, `<script type="module">%s</script>`},
		// First of all, so that it holds for everything.
		{`<meta charset="utf-8">`, policy(style, script), `<meta charset="utf-8">` + "\n" + `<meta http-equiv="Content-Security-Policy" content="%s">`},
	} {
		if bytes.Count(html, []byte(part.reference)) != 1 {
			return nil, fmt.Errorf("index.html: want one %s", part.reference)
		}
		html = bytes.Replace(html, []byte(part.reference), fmt.Appendf(nil, part.format, part.content), 1)
	}
	return html, nil
}

// policy lets in this style and this script, and nothing from anywhere. No text
// becomes markup.
func policy(style, script []byte) []byte {
	source := func(content []byte) string {
		sum := sha256.Sum256(content)
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return []byte("default-src 'none'; style-src " + source(style) + "; script-src 'wasm-unsafe-eval' " + source(script) +
		"; img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'")
}

// script is all modules in one, and what they import that is no file of theirs.
func script(root, plugin string) ([]byte, error) {
	wasm, err := os.ReadFile(plugin)
	if err != nil {
		return nil, err
	}
	examples, err := examples(root)
	if err != nil {
		return nil, err
	}
	built, err := json.Marshal(map[string]string{"sha256": fmt.Sprintf("%x", sha256.Sum256(wasm))})
	if err != nil {
		return nil, err
	}
	made := map[string]struct {
		content []byte
		loader  api.Loader
	}{
		"plugin.wasm":     {wasm, api.LoaderBinary},
		"./examples.json": {examples, api.LoaderJSON},
		"built":           {built, api.LoaderJSON},
	}
	result := api.Build(api.BuildOptions{
		EntryPoints: []string{filepath.Join(root, "docs/playground/page.js")},
		Bundle:      true,
		Format:      api.FormatESModule,
		Target:      api.ES2022,
		Charset:     api.CharsetUTF8,
		LogLevel:    api.LogLevelSilent,
		Plugins: []api.Plugin{{Name: "made", Setup: func(build api.PluginBuild) {
			for name, file := range made {
				build.OnResolve(api.OnResolveOptions{Filter: "^" + regexp.QuoteMeta(name) + "$"}, func(api.OnResolveArgs) (api.OnResolveResult, error) {
					return api.OnResolveResult{Path: name, Namespace: "made"}, nil
				})
				build.OnLoad(api.OnLoadOptions{Filter: "^" + regexp.QuoteMeta(name) + "$", Namespace: "made"}, func(api.OnLoadArgs) (api.OnLoadResult, error) {
					text := string(file.content)
					return api.OnLoadResult{Contents: &text, Loader: file.loader}, nil
				})
			}
		}}},
	})
	if len(result.Errors) > 0 {
		return nil, errors.New(strings.Join(api.FormatMessages(result.Errors, api.FormatMessagesOptions{}), ""))
	}
	return result.OutputFiles[0].Contents, nil
}

// examples are those of examples.json, each with the configuration that the document
// has below its heading.
func examples(root string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(root, "docs/playground/examples.json"))
	if err != nil {
		return nil, err
	}
	var examples []map[string]string
	if err := json.Unmarshal(text, &examples); err != nil {
		return nil, fmt.Errorf("examples.json: %w", err)
	}
	for _, example := range examples {
		document, err := os.ReadFile(filepath.Join(root, example["document"]))
		if err != nil {
			return nil, err
		}
		heading := regexp.MustCompile("(?m)^#+ " + regexp.QuoteMeta(example["heading"]) + "$")
		place := heading.FindIndex(document)
		if place == nil {
			return nil, fmt.Errorf("%s has no heading %q", example["document"], example["heading"])
		}
		block := regexp.MustCompile("(?s)\n```json\n(.*?)\n```\n").FindSubmatch(document[place[1]:])
		if block == nil {
			return nil, fmt.Errorf("%s has no configuration below %q", example["document"], example["heading"])
		}
		example["configuration"] = string(block[1])
	}
	return json.Marshal(examples)
}
