// SPDX-License-Identifier: Apache-2.0

package check

import (
	"encoding/json"
	"slices"
	"strconv"
)

// Server is what is written of the server of some hosts. What it comes to is for the
// plugin's own code.
type Server struct {
	Pointer string   // where it stands in the configuration
	Methods []string // nil where every method is implemented that no entry names
	Entries []Entry
}

// Entry is one thing that is not implemented. What is absent is empty.
type Entry struct {
	Method, Header, Value, Query, Path string
}

// answers reports whether a method is not implemented since the list is without it. An
// entry of its own says so by itself.
func (s Server) answers(method string) bool {
	return s.Methods != nil && !slices.Contains(s.Methods, method) && method != "GET" && method != "HEAD" &&
		!slices.ContainsFunc(s.Entries, func(e Entry) bool { return e.Method == method })
}

// IsMethodAlone reports whether the method is all that the entry is about.
func (e Entry) IsMethodAlone() bool {
	return e.Method != "" && e.Header == "" && e.Query == "" && e.Path == ""
}

// Declared reads what the plugin's parser takes; of anything else it returns what
// can be read. The top comes first, if it declares something.
func Declared(text []byte) (servers []Server) {
	type server struct {
		Methods []string `json:"implemented_methods"`
		Entries []Entry  `json:"unimplemented"`
	}
	var config struct {
		server
		Servers []server
	}
	_ = json.Unmarshal(text, &config) // the plugin's parser says what is wrong
	if config.Methods != nil || config.Entries != nil {
		servers = append(servers, Server{"", config.Methods, config.Entries})
	}
	for i, s := range config.Servers {
		servers = append(servers, Server{"/servers/" + strconv.Itoa(i), s.Methods, s.Entries})
	}
	return servers
}
