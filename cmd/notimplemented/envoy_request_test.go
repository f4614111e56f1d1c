// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"notimplemented/filter/servers"
)

// shown are the fields that the server of a test sends back as its filters saw them.
var shown = []string{"te", "expect", "upgrade", "http2-settings", "x-request-id", "x-forwarded-proto", "x-forwarded-for", "user-agent"}

// startEnvoy runs an Envoy that answers 200, and returns its address.
func startEnvoy(t *testing.T) string {
	t.Helper()
	envoy := os.Getenv("ENVOY")
	if envoy == "" {
		t.Fatal(`ENVOY is unset; "make test" gets it and sets it`)
	}
	var fields []string
	for _, name := range shown {
		fields = append(fields, fmt.Sprintf(`{"header": {"key": "seen-%[1]s", "value": "%%REQ(%[1]s)%%"}}`, name))
	}
	address := `{"socket_address": {"address": "127.0.0.1", "port_value": 0}}`
	write(t, map[string]string{"envoy.yaml": `admin: {address: ` + address + `}
static_resources:
  listeners:
  - address: ` + address + `
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: main
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              response_headers_to_add: [` + strings.Join(fields, ", ") + `]
              routes: [{match: {prefix: /}, direct_response: {status: 200}}]
`})
	admin := filepath.Join(t.TempDir(), "admin")
	command := exec.Command(envoy, "-c", "envoy.yaml", "--disable-hot-restart", "--concurrency", "1", "--log-level", "error", "--admin-address-path", admin)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		address, _ := os.ReadFile(admin)
		response, err := http.Get("http://" + string(address) + "/listeners?format=json")
		if err != nil {
			continue
		}
		var listeners struct {
			Statuses []struct {
				Address struct {
					Socket struct {
						Port int `json:"port_value"`
					} `json:"socket_address"`
				} `json:"local_address"`
			} `json:"listener_statuses"`
		}
		err = json.NewDecoder(response.Body).Decode(&listeners)
		response.Body.Close()
		if err == nil && len(listeners.Statuses) == 1 {
			return fmt.Sprintf("127.0.0.1:%d", listeners.Statuses[0].Address.Socket.Port)
		}
	}
	t.Fatal("Envoy is not ready after a minute")
	return ""
}

// answered returns the answer to a request as it is written.
func answered(t *testing.T, address, method, fields string) *http.Response {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	fmt.Fprintf(connection, "%s / HTTP/1.1\r\nhost: a\r\n%s\r\n", method, fields)
	reader := bufio.NewReader(connection)
	for {
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != http.StatusContinue {
			return response
		}
	}
}

// What the warnings say of Envoy is what Envoy does.
func TestWarningsOfEnvoy(t *testing.T) {
	address := startEnvoy(t)
	t.Run("methods", func(t *testing.T) {
		methods := slices.Concat(servers.RegisteredMethods[:], []string{"BREW", "MSEARCH", "M-SEARCH", "PURGE", "NOTIFY", "SOURCE", "SUBSCRIBE", "UNSUBSCRIBE", "COPY2"})
		methods = slices.DeleteFunc(methods, func(method string) bool { return method == "CONNECT" }) // which has no path
		list, _ := json.Marshal(methods)
		filter := "http_filters:\n- " + indent(filterOf("notimplemented", `'{"implemented_methods": `+string(list)+`}'`))
		_, warned, _ := strings.Cut(runs(filter, "check").stdout, "Envoy answers 400 to ")
		warned, _, _ = strings.Cut(warned, " over HTTP/1")
		for _, method := range methods {
			// Envoy wants a type with QUERY.
			refused := answered(t, address, method, "content-type: text/plain\r\ncontent-length: 0\r\n").StatusCode == http.StatusBadRequest
			if got := strings.Contains(warned, strconv.Quote(method)); got != refused {
				t.Errorf("%s: warned: %t, refused: %t", method, got, refused)
			}
		}
	})
	for _, tt := range []struct{ name, value, sent string }{
		{"te", "gzip", "te: gzip\r\n"},
		{"te", "trailers", "te: trailers\r\n"},
		{"expect", "100-continue", "expect: 100-continue\r\n"},
		{"upgrade", "h2c", "connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n"},
		{"http2-settings", "", "connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n"},
		{"user-agent", "curl", "user-agent: curl\r\n"},
		{"x-request-id", "a", ""},
		{"x-forwarded-proto", "http", ""},
	} {
		t.Run(tt.name+" "+tt.value, func(t *testing.T) {
			entry := map[string]string{"header": tt.name, "capability": "c"}
			if tt.value != "" {
				entry["value"] = tt.value
			}
			config, _ := json.Marshal(map[string]any{"unimplemented": []any{entry}})
			warned := runs(string(config), "check").stdout
			seen := answered(t, address, "GET", tt.sent).Header.Get("seen-" + tt.name)
			isDropped, isAdded := tt.sent != "" && (seen == "" || seen == "-"), tt.sent == "" && seen != "" && seen != "-"
			if got := strings.Contains(warned, "Envoy drops"); got != isDropped {
				t.Errorf("seen as %q, and check says\n%s", seen, warned)
			}
			if got := strings.Contains(warned, "Envoy itself sets"); got != isAdded {
				t.Errorf("seen as %q, and check says\n%s", seen, warned)
			}
		})
	}
}
