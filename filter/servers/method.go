// SPDX-License-Identifier: Apache-2.0

package servers

import "strings"

// RegisteredMethods are the HTTP Method Registry of IANA without the reserved
// "*": RFC 9110, section 16.1.1. It is in the order of compareMethods.
var RegisteredMethods = []string{
	"ACL", "GET", "PRI", "PUT", "BIND", "COPY", "HEAD", "LINK", "LOCK", "MOVE", "POST", "LABEL", "MERGE", "MKCOL",
	"PATCH", "QUERY", "TRACE", "DELETE", "REBIND", "REPORT", "SEARCH", "UNBIND", "UNLINK", "UNLOCK", "UPDATE",
	"CHECKIN", "CONNECT", "OPTIONS", "CHECKOUT", "PROPFIND", "PROPPATCH", "MKACTIVITY", "MKCALENDAR",
	"ORDERPATCH", "UNCHECKOUT", "MKWORKSPACE", "MKREDIRECTREF", "VERSION-CONTROL", "BASELINE-CONTROL",
	"UPDATEREDIRECTREF",
}

// compareMethods orders by length first, which tells most methods apart at once.
func compareMethods(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}
