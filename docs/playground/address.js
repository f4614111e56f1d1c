// SPDX-License-Identifier: Apache-2.0

// What the page shows, as the fragment of its address: JSON, deflated, in base64url.

export async function toFragment(state) {
	const deflated = await piped(new TextEncoder().encode(JSON.stringify(state)), new CompressionStream("deflate-raw"))
	return btoa(Array.from(deflated, (byte) => String.fromCharCode(byte)).join(""))
		.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
}

// Far more than the largest configuration takes.
const longest = 100_000

/** The result is null for what is no fragment of this page's. */
export async function fromFragment(fragment) {
	if (fragment === "" || fragment.length > longest) return null
	try {
		const deflated = Uint8Array.from(atob(fragment.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0))
		const state = JSON.parse(new TextDecoder().decode(await piped(deflated, new DecompressionStream("deflate-raw"))))
		return ["configuration", "method", "url", "fields"].every((key) => typeof state[key] === "string") ? state : null
	} catch {
		return null
	}
}

async function piped(bytes, through) {
	return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(through)).arrayBuffer())
}
