// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"notimplemented/cmd/notimplemented/lint"
	"notimplemented/cmd/notimplemented/manifest"
	"notimplemented/cmd/notimplemented/source"
)

func (c command) check(args []string) int {
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	strict := flags.Bool("strict", false, "")
	plugin := flags.String("plugin", "", "")
	var documents []string
	flags.Func("openapi", "", func(name string) error {
		documents = append(documents, name)
		return nil
	})
	as := asText
	flags.Func("output", "", as.set)
	paths, exit, ok := c.parse(flags, args)
	if !ok {
		return exit
	}
	inputs := inputs(orStdin(paths))
	search := manifest.Search{Name: *plugin, Several: len(inputs) > 1 || inputs[0].folder != ""}
	for _, in := range inputs {
		in.search(search, c.read)
		if in.problem != nil && in.problem.IsError() {
			exit = exitTrouble
		}
	}
	all := findings(inputs, as)
	described, problems, unread := c.operations(documents)
	exit = max(exit, unread)
	all = append(all, problems...)
	var plugins []*manifest.Plugin
	for _, in := range inputs {
		plugins = append(plugins, in.found.Plugins...)
	}
	all = append(all, lint.Operations(plugins, described)...)
	for _, f := range once(all) {
		as.print(c.stdout, f)
		if f.Severity == source.Error || *strict && f.Severity == source.Warning {
			exit = max(exit, exitMistakes)
		}
	}
	return exit
}

// input is a file to check, and what it has.
type input struct {
	name    string
	folder  string // that it was found in, empty where the file itself was named
	problem *source.Finding
	found   manifest.Found
}

// search fills in what the file has.
func (in *input) search(search manifest.Search, read func(name string) (*source.File, error)) {
	file := in.read(read)
	if file == nil || in.folder != "" && !search.CanHave(file.Text) {
		return
	}
	if found := search.In(file); in.folder == "" || found.Plugins != nil || search.Speaks(file.Text) {
		in.found = found
	}
}

// read returns the file, nil where there is a problem.
func (in *input) read(read func(name string) (*source.File, error)) *source.File {
	if in.problem != nil {
		return nil
	}
	file, err := read(in.name)
	if err != nil {
		in.problem = unreadable(in.name, err)
		return nil
	}
	return file
}

func whole(name string, severity source.Severity, message string) *source.Finding {
	return &source.Finding{Position: source.Position{File: name, Line: 1, Column: 1}, Severity: severity, Message: message}
}

func unreadable(name string, err error) *source.Finding {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		err = path.Err
	}
	return whole(name, source.Error, "cannot be read: "+err.Error())
}

// inputs are the files given, and those in the folders given, each once.
func inputs(paths []string) []*input {
	f := &folders{seen: map[string]bool{}}
	for _, path := range paths {
		if info, err := os.Stat(path); err != nil || !info.IsDir() {
			f.file(path, "")
		} else if !f.folder(path, path) {
			f.add(path, path, whole(path, source.Error, "no .yaml, .yml or .json file in this folder"))
		}
	}
	return f.inputs
}

// folders are searched by [inputs].
type folders struct {
	inputs []*input
	seen   map[string]bool // files and folders, by their paths without symbolic links
}

// isNew reports whether a file or folder was not seen before.
func (f *folders) isNew(path string) bool {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	isNew := !f.seen[path]
	f.seen[path] = true
	return isNew
}

func (f *folders) add(path, top string, problem *source.Finding) {
	f.inputs = append(f.inputs, &input{name: path, folder: top, problem: problem})
}

func (f *folders) file(path, top string) {
	if f.isNew(path) {
		f.add(path, top, nil)
	}
}

// folder adds the files below a folder, and reports whether there are any, or it was
// seen before.
func (f *folders) folder(path, top string) (ok bool) {
	if !f.isNew(path) {
		return true
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		f.add(path, top, unreadable(path, err))
		return true
	}
	for _, entry := range entries {
		name := filepath.Join(path, entry.Name())
		isManifest := slices.Contains([]string{".yaml", ".yml", ".json"}, strings.ToLower(filepath.Ext(name)))
		if entry.Type().IsRegular() && !isManifest {
			continue
		}
		info, err := os.Stat(name) // of what a link leads to
		if err == nil && info.IsDir() {
			ok = !strings.HasPrefix(entry.Name(), ".") && f.folder(name, top) || ok
			continue
		}
		switch {
		case !isManifest:
			continue
		case err != nil:
			f.add(name, top, whole(name, source.Note, "a dangling symbolic link"))
		default:
			f.file(name, top)
		}
		ok = true
	}
	return ok
}

// findings are all that there is to say, in the order of the files. A file
// without the plugin is a mistake only where none has it.
func findings(inputs []*input, as form) (all []source.Finding) {
	has := func(in *input) bool { return len(in.found.Plugins) > 0 }
	severity := source.Note
	if !slices.ContainsFunc(inputs, has) {
		severity = source.Error
	}
	searched := map[string]bool{"": true} // folders
	for _, in := range inputs {
		if in.problem != nil {
			all = append(all, *in.problem)
			continue
		}
		isQuiet := severity == source.Note && !has(in) && (in.folder != "" && !in.found.Speaks || as == asGitHub)
		var found []source.Finding
		for _, f := range in.found.Findings {
			if !isQuiet || f.Severity != source.Note {
				found = append(found, f)
			}
		}
		for _, plugin := range in.found.Plugins {
			found = append(found, lint.Plugin(plugin)...)
		}
		if other := in.found.Other; other != nil && !isQuiet {
			other.Severity = severity
			found = append(found, *other)
		}
		source.Sort(found)
		if severity == source.Error && found == nil && !searched[in.folder] {
			searched[in.folder] = true
			found = append(found, *whole(in.folder, severity, "no file in this folder has the plugin"))
		}
		all = append(all, found...)
	}
	return all
}
