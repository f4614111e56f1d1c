// SPDX-License-Identifier: Apache-2.0

// Where something stands in a configuration. Offsets are those of JavaScript's strings.

/**
 * The places of all values of a JSON document without a syntax error, by their JSON pointers
 * (RFC 6901): `{start, end}`, and `name`, the same of the name of a member.
 */
export function placesIn(text) {
	const places = new Map()
	let at = 0
	const blanks = () => { while (" \t\r\n".includes(text[at] ?? "x")) at++ }
	const string = () => {
		const start = at++
		while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1
		return {start, end: ++at}
	}
	const value = (pointer, name) => {
		blanks()
		const place = {start: at, name}
		places.set(pointer, place)
		if (text[at] === "{" || text[at] === "[") {
			const isObject = text[at++] === "{"
			for (let i = 0; blanks(), !"]}".includes(text[at]); i++) {
				if (text[at] === ",") at++, blanks()
				const name = isObject ? string() : undefined
				if (isObject) blanks(), at++ // the colon
				value(pointer + "/" + (isObject ? escaped(JSON.parse(text.slice(name.start, name.end))) : i), name)
			}
			at++
		} else if (text[at] === '"') {
			string()
		} else {
			while (!" \t\r\n,]}".includes(text[at] ?? " ")) at++
		}
		place.end = at
	}
	value("")
	return places
}

function escaped(token) { return token.replaceAll("~", "~0").replaceAll("/", "~1") }

/** The line and column of an offset, in characters from 1. */
export function positionOf(text, offset) {
	const before = text.slice(0, offset).split("\n")
	return {line: before.length, column: [...before.at(-1)].length + 1}
}

/** The offset of a byte of the text in UTF-8. */
function offsetOfByte(text, byte) {
	return new TextDecoder("utf-8", {ignoreBOM: true}).decode(new TextEncoder().encode(text).subarray(0, byte)).length
}

/**
 * The mistakes of a refused configuration, as its log line lists them: `{pointer, problem, start, end}`,
 * without a pointer and a place for what is about no place.
 */
export function mistakesIn(text, message) {
	const lines = message.replace(/^configuration refused: /, "").split("\n")
	const syntax = /^syntax error at offset (\d+): /.exec(lines[0])
	if (syntax) {
		const start = offsetOfByte(text, Number(syntax[1]))
		return [{pointer: "", problem: lines.join("\n"), start, end: Math.min(start + 1, text.length)}]
	}
	let places
	try {
		places = placesIn(text)
	} catch {
		places = new Map() // of a document that is none
	}
	const pointers = [...places.keys()].filter((pointer) => pointer).sort((a, b) => b.length - a.length)
	return lines.map((line) => {
		const whole = pointers.find((pointer) => line.startsWith(pointer + ": "))
		const [pointer, said] = whole ? [whole, whole] : cutPointer(pointers, line) ?? []
		if (!pointer) return {pointer: "", problem: line, ...startOf(text, line)}
		const {start, end, name} = places.get(pointer), problem = line.slice(said.length + 2)
		return {pointer, problem, ...(name && isAboutName(text.slice(name.start, name.end), pointer, problem) ? name : {start, end})}
	})
}

/** A long pointer is cut in the log. */
function cutPointer(pointers, line) {
	const cut = line.indexOf("…: ")
	const pointer = cut < 0 ? undefined : pointers.findLast((pointer) => pointer.startsWith(line.slice(0, cut)))
	return pointer && [pointer, line.slice(0, cut + 1)]
}

/** Whether the name of a member is wrong, not its value. Further headers are names that a person chooses. */
function isAboutName(name, pointer, problem) {
	return /^unknown key\b|\bname of (a|another) member\b/.test(problem) ||
		/\/response_headers\/[^/]*$/.test(pointer) && (problem.startsWith(name) || problem.startsWith("more than "))
}

/** The whole document, for what is wrong with all of it; nothing for the count of further mistakes. */
function startOf(text, line) {
	if (/^and \d+ more$/.test(line)) return {}
	const start = text.trim() === "" ? 0 : text.length - text.trimStart().length
	return {start, end: Math.max(start, text.trimEnd().length)}
}

/** A configuration as it would be without its dry runs. */
export function enforced(text) {
	const dry = [...placesIn(text)].filter(([pointer, {start, end}]) =>
		/^(\/servers\/\d+)?(\/unimplemented\/\d+)?\/dry_run$/.test(pointer) && text.slice(start, end) === "true")
	return replaced(text, dry.map(([, {start, end}]) => ({start, end, by: "false"})))
}

/**
 * A configuration without the entries that mistakes are about. Those of an enforced one are
 * unreachable: they decide nothing.
 */
export function without(text, mistakes) {
	const places = placesIn(text)
	const dropped = new Map() // indices by the pointer of their array
	for (const {pointer} of mistakes) {
		const [, array, index] = /^((?:\/servers\/\d+)?\/unimplemented)\/(\d+)/.exec(pointer) ?? []
		if (array) dropped.set(array, (dropped.get(array) ?? new Set()).add(Number(index)))
	}
	return replaced(text, [...dropped].map(([array, indices]) => {
		const kept = []
		for (let i = 0; places.has(`${array}/${i}`); i++) {
			const {start, end} = places.get(`${array}/${i}`)
			if (!indices.has(i)) kept.push(text.slice(start, end))
		}
		const {start, end} = places.get(array)
		return {start, end, by: `[${kept}]`}
	}))
}

function replaced(text, changes) {
	for (const {start, end, by} of changes.sort((a, b) => b.start - a.start)) {
		text = text.slice(0, start) + by + text.slice(end)
	}
	return text
}
