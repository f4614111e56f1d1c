// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// Memory tells how much memory Envoy holds, in bytes: all that is resident
// (Linux only), and what its own allocator gave out, which V8's heap is not
// part of.
func (p *Process) Memory() (resident, allocated int, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	_, line, _ := strings.Cut(string(status), "\nVmRSS:")
	if _, err := fmt.Sscanf(line, "%d kB", &resident); err != nil {
		return 0, 0, fmt.Errorf("VmRSS: %w", err)
	}
	body, err := get(p.admin + "/memory")
	if err != nil {
		return 0, 0, err
	}
	var memory struct{ Allocated string }
	if err := json.Unmarshal(body, &memory); err != nil {
		return 0, 0, fmt.Errorf("/memory: %w", err)
	}
	allocated, err = strconv.Atoi(memory.Allocated)
	return resident << 10, allocated, err
}

// Hush keeps the plugin's log from growing without end.
func (p *Process) Hush() error {
	response, err := http.Post(p.admin+"/logging?wasm=warning", "", nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("/logging: %s", response.Status)
	}
	return nil
}
