// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"notimplemented/cmd/notimplemented/check"
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
	files, exit := c.files(orStdin(paths))
	search := manifest.Search{Name: *plugin, Several: len(files) > 1 || !slices.Equal(files, orStdin(paths))}
	var results []manifest.Found
	for _, name := range files {
		file, err := c.read(name)
		if err != nil {
			exit = c.troubled(err)
			continue
		}
		results = append(results, search.In(file))
	}
	all := findings(results)
	described, problems, unread := c.operations(documents)
	exit = max(exit, unread)
	all = append(all, problems...)
	var plugins []*manifest.Plugin
	for _, r := range results {
		plugins = append(plugins, r.Plugins...)
	}
	all = append(all, check.Stale(plugins, described)...)
	for _, f := range all {
		as.print(c.stdout, f)
		if f.Severity == source.Error || *strict && f.Severity == source.Warning {
			exit = max(exit, exitMistakes)
		}
	}
	return exit
}

// files returns the files given, and those in the folders given.
func (c command) files(paths []string) (files []string, exit int) {
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil || !info.IsDir() {
			files = append(files, path) // to read it says what is wrong with it
			continue
		}
		count := len(files)
		err = filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && name != path && strings.HasPrefix(entry.Name(), "."):
				return fs.SkipDir
			case !entry.IsDir() && slices.Contains([]string{".yaml", ".yml", ".json"}, strings.ToLower(filepath.Ext(name))):
				files = append(files, name)
			}
			return nil
		})
		if err == nil && len(files) == count {
			err = fmt.Errorf("%s: no .yaml, .yml or .json in it", path)
		}
		if err != nil {
			exit = c.troubled(err)
		}
	}
	return files, exit
}

// findings are all that there is to say, in the order of the files. A file
// without the plugin is a mistake only where none has it.
func findings(results []manifest.Found) (all []source.Finding) {
	severity := source.Error
	for _, r := range results {
		if len(r.Plugins) > 0 {
			severity = source.Note
		}
	}
	for _, r := range results {
		found := slices.Clone(r.Findings)
		for _, plugin := range r.Plugins {
			found = append(found, check.Plugin(plugin)...)
		}
		if r.Other != nil {
			r.Other.Severity = severity
			found = append(found, *r.Other)
		}
		source.Sort(found)
		all = append(all, found...)
	}
	return all
}
