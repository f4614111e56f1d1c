// SPDX-License-Identifier: Apache-2.0

package filter

// registeredMethods is the HTTP Method Registry of IANA without the reserved
// "*": RFC 9110, section 16.1.1. It is in the order of compareMethods.
var registeredMethods = []string{
	"ACL", "GET", "PRI", "PUT", "BIND", "COPY", "HEAD", "LINK", "LOCK", "MOVE", "POST", "LABEL", "MERGE", "MKCOL",
	"PATCH", "QUERY", "TRACE", "DELETE", "REBIND", "REPORT", "SEARCH", "UNBIND", "UNLINK", "UNLOCK", "UPDATE",
	"CHECKIN", "CONNECT", "OPTIONS", "CHECKOUT", "PROPFIND", "PROPPATCH", "MKACTIVITY", "MKCALENDAR",
	"ORDERPATCH", "UNCHECKOUT", "MKWORKSPACE", "MKREDIRECTREF", "VERSION-CONTROL", "BASELINE-CONTROL",
	"UPDATEREDIRECTREF",
}
