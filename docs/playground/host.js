// SPDX-License-Identifier: Apache-2.0

// A host for the plugin, which does what Envoy does with what the plugin asks for.

/** What a call of the plugin to its host returns. */
const Status = {ok: 0, notFound: 1, badArgument: 2, invalidMemoryAccess: 6, unimplemented: 12}

const levels = ["trace", "debug", "info", "warn", "error", "critical"]
const requestHeaders = 0, pluginConfiguration = 7, counterMetric = 0

const encoder = new TextEncoder(), decoder = new TextDecoder()

/**
 * One VM with one plugin in it. A trap, or an import that is no host call, is thrown as
 * an Error; no call may follow.
 */
export class VM {
	/** What the plugin has logged: `{level, message}`. */
	log = []
	/** The counters that were incremented, by their names. */
	counters = new Map()
	/** Envoy's filter state of the stream, by name. */
	filterState = new Map()

	#exports
	#configuration = new Uint8Array()
	#metrics = []
	#header = null // of the stream, while the plugin is asked about it
	#reply = null
	#plugin
	#lastContext = 0

	constructor(module) {
		const env = {}
		for (const {name} of WebAssembly.Module.imports(module)) {
			env[name] = this[name]?.bind(this) ?? (() => Status.unimplemented)
		}
		this.#exports = new WebAssembly.Instance(module, {env}).exports
		// A reactor is initialized, a command is run once.
		this.#call(this.#exports._initialize ? "_initialize" : "_start")
	}

	/**
	 * Makes the plugin, with its configuration in UTF-8. The result is false where the
	 * plugin refuses it: the log says why.
	 */
	configure(configuration) {
		this.#plugin = ++this.#lastContext
		this.#call("proxy_on_context_create", this.#plugin, 0)
		if (this.#call("proxy_on_vm_start", this.#plugin, 0) === 0) return false
		this.#configuration = configuration
		return this.#call("proxy_on_configure", this.#plugin, configuration.length) !== 0
	}

	/**
	 * Runs a stream. The header is the request's fields in order, `[name, value]`, the
	 * pseudo-headers among them. The result is the plugin's answer
	 * `{status, details, headers, body, grpcStatus}`, or null if the request passes.
	 */
	request(header) {
		const stream = ++this.#lastContext
		this.#call("proxy_on_context_create", stream, this.#plugin)
		this.#header = header.map((field) => field.map((text) => encoder.encode(text)))
		this.#reply = null
		this.#call("proxy_on_request_headers", stream, header.length, 1)
		this.#header = null
		this.#call("proxy_on_done", stream)
		this.#call("proxy_on_log", stream)
		this.#call("proxy_on_delete", stream)
		return this.#reply
	}

	// What the plugin does not export is not called.
	#call(name, ...values) {
		return this.#exports[name]?.(...values)
	}

	// The calls of the plugin to its host. A pointer and a size are a string or bytes;
	// where a result goes are two pointers, to its address and to its size.

	/** Writes a line to the log. */
	proxy_log(level, message, size) {
		if (level >= levels.length) return Status.badArgument
		this.log.push({level: levels[level], message: this.#text(message, size)})
		return Status.ok
	}

	/** Gives the configuration. Where there is nothing to give, the plugin gets OK and nothing. */
	proxy_get_buffer_bytes(type, start, length, address, size) {
		if (type !== pluginConfiguration) return Status.notFound
		return this.#give(this.#configuration.subarray(start, start + length), address, size)
	}

	/** Gives the first line of a field. `host` is `:authority`, and no other name is. */
	proxy_get_header_map_value(type, name, nameSize, address, size) {
		if (type !== requestHeaders || !this.#header) return Status.badArgument
		const wanted = this.#text(name, nameSize).toLowerCase()
		const field = this.#header.find(([name]) => decoder.decode(name) === (wanted === "host" ? ":authority" : wanted))
		return field ? this.#give(field[1], address, size) : Status.notFound
	}

	/** Gives all lines: their number, the sizes of each name and value, then these, each with a NUL behind it. */
	proxy_get_header_map_pairs(type, address, size) {
		if (type !== requestHeaders || !this.#header) return Status.badArgument
		const texts = this.#header.flat()
		const pairs = new Uint8Array(4 + texts.reduce((sum, text) => sum + 4 + text.length + 1, 0))
		const numbers = new DataView(pairs.buffer)
		numbers.setUint32(0, this.#header.length, true)
		let end = 4 + 4 * texts.length
		texts.forEach((text, i) => {
			numbers.setUint32(4 + 4 * i, text.length, true)
			pairs.set(text, end)
			end += text.length + 1
		})
		return this.#give(pairs, address, size)
	}

	/** Answers the request, in place of the server. */
	proxy_send_local_response(status, details, detailsSize, body, bodySize, pairs, pairsSize, grpcStatus) {
		if (!this.#header || this.#reply) return Status.badArgument
		this.#reply = {
			status, grpcStatus,
			details: this.#text(details, detailsSize),
			body: this.#bytes(body, bodySize).slice(),
			headers: this.#pairs(pairs),
		}
		return Status.ok
	}

	/** Switches to another context, if there is one. */
	proxy_set_effective_context(context) {
		return context === this.#plugin ? Status.ok : Status.badArgument
	}

	/** Keeps a value in the stream's filter state, where an access log finds it as "wasm.NAME". */
	proxy_set_property(path, pathSize, value, valueSize) {
		if (!this.#header) return Status.badArgument
		this.filterState.set("wasm." + this.#text(path, pathSize), this.#text(value, valueSize))
		return Status.ok
	}

	/** Makes a counter, and gives the number by which it is incremented. Envoy puts "wasmcustom." before its name. */
	proxy_define_metric(type, name, size, number) {
		if (type !== counterMetric) return Status.unimplemented
		this.#metrics.push(this.#text(name, size))
		this.#memory().setUint32(number, this.#metrics.length, true)
		return Status.ok
	}

	/** Counts. */
	proxy_increment_metric(number, offset) {
		const name = this.#metrics[number - 1]
		if (name === undefined) return Status.notFound
		this.counters.set(name, (this.counters.get(name) ?? 0) + Number(offset))
		return Status.ok
	}

	#memory() { return new DataView(this.#exports.memory.buffer) }

	#bytes(address, size) { return new Uint8Array(this.#exports.memory.buffer, address, size) }

	#text(address, size) { return decoder.decode(this.#bytes(address, size)) }

	#pairs(address) {
		const memory = this.#memory()
		const count = memory.getUint32(address, true)
		let start = address + 4 + 8 * count
		return Array.from({length: count}, (_, i) => [0, 4].map((part) => {
			const size = memory.getUint32(address + 4 + 8 * i + part, true)
			const text = this.#text(start, size)
			start += size + 1
			return text
		}))
	}

	/** Hands bytes over in memory that the plugin allocates, by its own malloc if it has one. Nothing is written for none. */
	#give(bytes, addressAt, sizeAt) {
		if (bytes.length === 0) return Status.ok
		const address = this.#call(this.#exports.malloc ? "malloc" : "proxy_on_memory_allocate", bytes.length)
		if (!address) return Status.invalidMemoryAccess
		this.#bytes(address, bytes.length).set(bytes)
		this.#memory().setUint32(addressAt, address, true)
		this.#memory().setUint32(sizeAt, bytes.length, true)
		return Status.ok
	}
}

/**
 * What Envoy sends over HTTP/1.1 for an answer of the plugin:
 * `{status, headers, body}`, headers in order.
 */
export function localReply({status, headers, body, grpcStatus}, header) {
	const field = (name) => header.find((line) => line[0] === name)?.[1]
	const sent = new Map(headers)
	const isHead = field(":method") === "HEAD"
	// Envoy takes it for gRPC by the type alone; then there is a header only.
	if (field(":path") !== undefined && /^application\/grpc(\+|$)/.test(field("content-type") ?? "")) {
		status = 200
		sent.set("content-type", "application/grpc")
		if (!sent.has("grpc-status")) sent.set("grpc-status", String(grpcStatus))
		if (body.length > 0 && !isHead) sent.set("grpc-message", percentEncoded(body))
		body = new Uint8Array()
	} else if (body.length > 0) {
		sent.set("content-length", String(body.length))
	} else {
		sent.delete("content-type")
	}
	sent.set("date", new Date().toUTCString())
	sent.set("server", "envoy")
	if (endsConnection(field)) sent.set("connection", "close")
	if (!sent.has("content-length")) {
		isHead ? sent.set("transfer-encoding", "chunked") : sent.set("content-length", "0")
	}
	return {status, headers: [...sent], body: isHead ? new Uint8Array() : body}
}

/** The connection ends with an answer while a body may follow, or where it would have been another protocol's. */
function endsConnection(field) {
	const options = (field("connection") ?? "").toLowerCase().split(",").map((option) => option.trim())
	return options.includes("close") || options.includes("upgrade") && field("upgrade") !== undefined ||
		field(":method") === "CONNECT" || field("transfer-encoding") !== undefined || Number(field("content-length") ?? 0) > 0
}

/** As the gRPC protocol encodes a message. */
function percentEncoded(bytes) {
	return Array.from(bytes, (byte) => byte < 0x20 || byte > 0x7e || byte === 0x25
		? "%" + byte.toString(16).toUpperCase().padStart(2, "0") : String.fromCharCode(byte)).join("")
}
