// SPDX-License-Identifier: Apache-2.0

package servers

import (
	"slices"
	"testing"
)

// The answers to them are searched in this order.
func TestRegisteredMethodsAreSorted(t *testing.T) {
	if !slices.IsSortedFunc(RegisteredMethods[:], compareMethods) {
		t.Errorf("%q are not in the order of compareMethods", RegisteredMethods)
	}
}
