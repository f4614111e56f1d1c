// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"path/filepath"
	"testing"

	"notimplemented/e2e/harness/command"
	"notimplemented/e2e/harness/project"
)

// Quickstart is the project's envoy.yaml on free ports, with the plugin of the
// tests, and with more changes in pairs, those of its server among them.
func Quickstart(t testing.TB, pairs ...string) []byte {
	t.Helper()
	return []byte(project.File(t, "envoy.yaml", append(pairs,
		"port_value: 9901", "port_value: 0",
		"port_value: 10000", "port_value: 0",
		"filename: build/plugin.wasm", "filename: "+command.Path(t, "PLUGIN"))...))
}

// In envoy.yaml, where its server listens and where its proxy looks for it.
const listens, asked = "{socket_address: {address: 127.0.0.1, port_value: 10001}}\n", "{socket_address: {address: 127.0.0.1, port_value: 10001}}}"

// OwnServer are the changes of envoy.yaml for the server that it has.
func OwnServer(t testing.TB) (pairs []string) {
	server := "{pipe: {path: " + filepath.Join(t.TempDir(), "server") + "}}"
	return []string{listens, server + "\n", asked, server + "}", "STRICT_DNS", "STATIC"}
}

// OtherServer are those for a server of the tests.
func OtherServer(host, port string) (pairs []string) {
	return []string{
		listens, "{socket_address: {address: 127.0.0.1, port_value: 0}}\n",
		asked, "{socket_address: {address: " + host + ", port_value: " + port + "}}}",
	}
}
