// SPDX-License-Identifier: Apache-2.0

// A request as a person writes it: a method, a URL or path, and header fields, one a line.

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/**
 * Reads a request. Returns its header, as `[name, value]` with the pseudo-headers first, and
 * the curl command that sends it; or else `problem`, and the `control` that has it.
 */
export function readRequest({method, url, fields}) {
	const header = [[":method", method]]
	if (!token.test(method)) return {control: "method", problem: `method ${JSON.stringify(method)}, want a token like GET`}
	const target = readTarget(url, method)
	if (!target) return {control: "url", problem: `${JSON.stringify(url)}, want a URL like "https://api.example.com/orders?limit=1", or a path`}
	const lines = fields.split("\n").filter((line) => line.trim() !== "")
	const others = []
	for (const line of lines) {
		const colon = line.indexOf(":")
		if (!token.test(line.slice(0, Math.max(colon, 0)))) {
			return {control: "fields", problem: `field ${JSON.stringify(line)}, want "name: value"`}
		}
		const name = line.slice(0, colon).toLowerCase()
		const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "")
		if (name === "host") target.authority = value
		else others.push([name, value])
	}
	if (target.authority !== undefined) header.push([":authority", target.authority])
	if (target.path !== undefined) header.push([":path", target.path])
	return {header: [...header, ...others], command: curl(method, url, lines)}
}

/** The authority, without user and password, and the path with its query. Undefined where there is neither. */
function readTarget(url, method) {
	const match = /^https?:\/\/([^\s/?#]+)([^#]*)/i.exec(url)
	if (match) {
		const path = match[2]
		return {authority: ascii(match[1].replace(/^.*@/, "")), path: path.startsWith("/") ? path : "/" + path}
	}
	if (url === "") return method === "CONNECT" ? {} : {path: "/"}
	return url.startsWith("/") || url === "*" ? {path: url} : undefined
}

/** Clients send an internationalised host in its ASCII form. */
function ascii(host) {
	if (/^[\x00-\x7f]*$/.test(host)) return host
	try {
		return new URL("http://" + host).host
	} catch {
		return host
	}
}

function curl(method, url, lines) {
	const words = ["curl", method === "HEAD" ? "-I" : "-i"]
	if (method !== "GET" && method !== "HEAD") words.push("-X", quoted(method))
	// What curl sends only so is a field that is empty.
	for (const line of lines) words.push("-H", quoted(line.replace(/:[ \t]*$/, ";")))
	const address = /^https?:/i.test(url) ? url.replace(/^http:\/\/(?=localhost:)/, "") : "localhost:10000" + (url || "/")
	return [...words, quoted(address)].join(" ")
}

/** One word of a shell. */
function quoted(word) {
	return /^[\w@%+=:,./-]+$/.test(word) ? word : "'" + word.replaceAll("'", `'\\''`) + "'"
}
