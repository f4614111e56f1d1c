// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

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
	exit = c.search(search, inputs)
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

// search fills in what the files have. The exit code is that of files that cannot
// be read.
func (c command) search(search manifest.Search, inputs []*input) (exit int) {
	var next atomic.Int64
	var readers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		readers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(inputs)); i = next.Add(1) - 1 {
				inputs[i].search(search, c.read)
			}
		})
	}
	readers.Wait()
	if slices.ContainsFunc(inputs, func(in *input) bool { return in.problem != nil && in.problem.IsError() }) {
		return exitTrouble
	}
	return exitFine
}

func (in *input) search(search manifest.Search, read func(name string) (*source.File, error)) {
	if in.problem != nil {
		return
	}
	file, err := read(in.name)
	if err != nil {
		in.problem = unreadable(in.name, err)
		return
	}
	if in.folder != "" && !search.CanHave(file.Text) {
		return
	}
	if found := search.In(file); in.folder == "" || found.Plugins != nil || search.Speaks(file.Text) {
		in.found = found
	}
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
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			f.top = path
			count := len(f.inputs)
			f.folder(path)
			if len(f.inputs) == count && !f.again {
				f.inputs = append(f.inputs, &input{name: path, folder: path, problem: whole(path, source.Error, "no .yaml, .yml or .json in it")})
			}
			continue
		}
		f.top = ""
		f.file(path, path)
	}
	return f.inputs
}

// folders are searched by [inputs].
type folders struct {
	inputs []*input
	seen   map[string]bool // by what is left of a path without symbolic links
	again  bool            // something was seen before
	top    string          // the folder that was given
}

// isNew reports whether a place was not seen before.
func (f *folders) isNew(place string) bool {
	if absolute, err := filepath.Abs(place); err == nil {
		place = absolute
	}
	if f.seen[place] {
		f.again = true
		return false
	}
	f.seen[place] = true
	return true
}

// file adds one, whose place has no symbolic link.
func (f *folders) file(name, place string) {
	if real, err := filepath.EvalSymlinks(place); err == nil && name == place {
		place = real
	}
	if !f.isNew(place) {
		return
	}
	f.inputs = append(f.inputs, &input{name: name, folder: f.top})
}

func (f *folders) folder(path string) {
	place, err := filepath.EvalSymlinks(path)
	var entries []fs.DirEntry
	if err == nil {
		entries, err = os.ReadDir(path)
	}
	if err != nil {
		f.inputs = append(f.inputs, &input{name: path, folder: f.top, problem: unreadable(path, err)})
		return
	}
	if !f.isNew(place) {
		return
	}
	for _, entry := range entries {
		name := filepath.Join(path, entry.Name())
		isFolder, isLink := entry.IsDir(), entry.Type()&fs.ModeSymlink != 0
		isManifest := slices.Contains([]string{".yaml", ".yml", ".json"}, strings.ToLower(filepath.Ext(name)))
		if isLink {
			info, err := os.Stat(name)
			if err != nil && isManifest {
				f.inputs = append(f.inputs, &input{name: name, folder: f.top, problem: whole(name, source.Note, "a symbolic link to nothing")})
			}
			if err != nil {
				continue
			}
			isFolder = info.IsDir()
		}
		switch {
		case isFolder && !strings.HasPrefix(entry.Name(), "."):
			f.folder(name)
		case isFolder || !isManifest:
		case isLink:
			f.file(name, name)
		default:
			f.file(name, filepath.Join(place, entry.Name()))
		}
	}
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
			found = append(found, *whole(in.folder, severity, "no file in it has this plugin"))
		}
		all = append(all, found...)
	}
	return all
}
