// SPDX-License-Identifier: Apache-2.0

package config

import "strings"

const wantPath = `like "/Bulk", "/Bulk/*" or "*/$batch"`

// maxSegments of a path are looked up for each request.
const maxSegments = 16

// checkPath refuses what no path can be once it is cut and decoded.
func (d *document) checkPath(t *text) {
	rest, isSuffix := strings.CutPrefix(t.value, "*")
	if !isSuffix {
		rest = strings.TrimSuffix(rest, "/*")
	}
	switch {
	case t.value == "/*":
		d.refuse(t, " matches every path, want one "+wantPath)
	case !strings.HasPrefix(rest, "/"):
		d.refuse(t, ` starts with neither "/" nor "*/", want one `+wantPath)
	case strings.Contains(rest, "*"):
		d.refuse(t, ` has a misplaced "*", want one `+wantPath)
	case isSuffix && rest == "/":
		d.refuse(t, ` has nothing after "*/", want one `+wantPath)
	case strings.ContainsAny(rest, "?#"):
		d.refuse(t, ` contains "?" or "#", want only the path`)
	case strings.Contains(rest, "%"):
		d.refuse(t, ` contains "%", want it decoded, without a literal "%"`)
	case strings.Count(t.value, "/") > maxSegments:
		d.refuse(t, " has more than 16 segments")
	}
}
