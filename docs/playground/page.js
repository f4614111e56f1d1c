// SPDX-License-Identifier: Apache-2.0

// What a person sees. All text goes into the page as text: its policy lets no markup in.

import {fromFragment, toFragment} from "./address.js"
import {positionOf} from "./document.js"
import {evaluate} from "./evaluate.js"
import {readRequest} from "./request.js"
import plugin from "plugin.wasm"
import examples from "./examples.json"
import {sha256} from "built"

const $ = (id) => document.getElementById(id)
const inputs = ["configuration", "method", "url", "fields"]
const reasons = {200: "OK", 501: "Not Implemented"}
const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY", "PROPFIND", "BREW"]

/** An element with children: elements, or texts. */
function element(name, properties, ...children) {
	const e = Object.assign(document.createElement(name), properties)
	e.append(...children)
	return e
}

const module = await WebAssembly.compile(plugin)

const state = () => Object.fromEntries(inputs.map((id) => [id, $(id).value]))

function load(state) {
	for (const id of inputs) $(id).value = state[id]
	update()
}

function update() {
	const now = state()
	const request = readRequest(now)
	const answer = evaluate(module, now.configuration, request.header)
	showExample(now)
	showTrap(answer.trap)
	showConfiguration(now.configuration, answer)
	$("problem").textContent = request.problem ?? ""
	for (const id of inputs.slice(1)) $(id).setAttribute("aria-invalid", String(id === request.control))
	showOutcome(answer, request.command)
	keepInAddress()
}

function showExample(now) {
	const same = examples.findIndex((example) => inputs.every((id) => example[id] === now[id]))
	$("example").value = same < 0 ? "" : String(same)
}

function showTrap(trap) {
	$("trap").hidden = trap === undefined
	$("trap").textContent = trap === undefined ? "" :
		`The plugin trapped: ${trap}. Envoy would answer this request with 503. Your next change starts a new VM.`
}

// The configuration.

function showConfiguration(text, {taken, line, mistakes = []}) {
	$("numbers").replaceChildren(...text.split("\n").map((_, i) => element("span", {}, String(i + 1))))
	$("colours").replaceChildren(...coloured(text))
	$("marks").replaceChildren(...marked(text, mistakes))
	$("verdict").className = taken === undefined ? "" : taken ? line.level : "refused"
	const verdict = taken === undefined ? "" : taken ? line.message : refusal(mistakes)
	// A line for each server.
	$("verdict").replaceChildren(...verdict.split(/(?<= \| )/).filter(Boolean).map((part) => element("span", {}, part)))
	$("configuration").setAttribute("aria-invalid", String(taken === false))
	$("mistakes").replaceChildren(...mistakes.map((mistake) => element("li", {}, mistakeShown(text, mistake))))
	for (const {start} of mistakes) {
		if (start !== undefined) $("numbers").children[positionOf(text, start).line - 1]?.classList.add("wrong")
	}
}

/** The log has the first mistakes, and how many more there are. */
function refusal(mistakes) {
	const more = /^and (\d+) more$/.exec(mistakes.at(-1).problem)
	const count = more ? mistakes.length - 1 + Number(more[1]) : mistakes.length
	return `Refused: ${count} ${count === 1 ? "mistake" : "mistakes"}`
}

function mistakeShown(text, {pointer, problem, start, end}) {
	const what = pointer ? [element("code", {}, pointer), ": ", problem] : [problem]
	if (start === undefined) return element("span", {}, element("span"), element("span", {}, ...what))
	const {line, column} = positionOf(text, start)
	return element("button", {type: "button", onclick: () => select(start, end, line)},
		element("span", {className: "position"}, `${line}:${column} `), element("span", {}, ...what))
}

function select(start, end, line) {
	const editor = $("configuration"), box = editor.closest(".editor")
	editor.focus({preventScroll: true})
	editor.setSelectionRange(start, end)
	const height = $("numbers").children[0].offsetHeight
	box.scrollTop = (line - 1) * height - box.clientHeight / 3
	box.scrollLeft = 0
	box.scrollIntoView({block: "nearest"})
}

const tokens = /(?<name>"(?:\\.|[^"\\\n])*")(?=\s*:)|(?<string>"(?:\\.|[^"\\\n])*"?)|(?<word>\b(?:true|false|null)\b|-?\d[\d.eE+-]*)/g

function coloured(text) {
	const nodes = []
	let end = 0
	for (const match of text.matchAll(tokens)) {
		const kind = Object.keys(match.groups).find((kind) => match.groups[kind] !== undefined)
		nodes.push(text.slice(end, match.index), element("span", {className: kind}, match[0]))
		end = match.index + match[0].length
	}
	return [...nodes, text.slice(end), "\n"] // which gives the last line its height
}

/** Only the first line of what is wrong is underlined. */
function marked(text, mistakes) {
	const nodes = []
	let done = 0
	for (const {start, end} of mistakes) {
		if (start === undefined || start < done) continue
		const line = text.slice(start, end).split("\n")[0]
		nodes.push(text.slice(done, start), element("mark", {}, line || " "))
		done = start + line.length
	}
	return [...nodes, text.slice(done), "\n"]
}

// The request and its answer.

function showOutcome({trap, outcome, line}, command) {
	showAnswer($("status"), $("answer"), outcome, command)
	if (!outcome) {
		const why = trap ? "The plugin trapped." : command ? "Correct the configuration to see the answer." : "Correct the request to see its answer."
		$("answer").append(element("span", {className: "note"}, why))
	}
	const hidden = outcome?.withoutDryRun
	$("hidden-answer").hidden = !hidden
	if (hidden) showAnswer($("hidden-status"), $("hidden-text"), hidden, command)
	$("operator").replaceChildren(...(outcome ? operatorSees(outcome) : line ? [row("Log", [logged(line)])] : []))
	$("operator").closest("section").hidden = $("operator").childElementCount === 0
}

function showAnswer(status, text, outcome, command) {
	const reply = outcome?.reply
	const grpcStatus = reply?.headers.find(([name]) => name === "grpc-status")
	status.className = !outcome ? "" : reply ? "answered" : outcome.filterState.size > 0 ? "dry" : "passes"
	status.textContent = !outcome ? "" : !reply ? "passes" : reply.status + (grpcStatus ? `, ${grpcStatus.join(": ")}` : "")
	text.replaceChildren()
	if (!outcome) return
	text.append(element("span", {className: "command"}, "$ " + command), "\n")
	if (!reply) {
		text.append(element("span", {className: "note"}, "The request passes. The server behind the proxy answers it."))
		return
	}
	text.append(element("b", {}, `HTTP/1.1 ${reply.status} ${reasons[reply.status]}`), "\n")
	for (const [name, value] of reply.headers) text.append(element("span", {className: "name"}, name), `: ${value}\n`)
	if (reply.body.length > 0) text.append("\n", shown(reply.body))
}

/** Bytes that are no text, as the trailers of gRPC-Web, are quoted. */
function shown(bytes) {
	try {
		return new TextDecoder("utf-8", {fatal: true, ignoreBOM: true}).decode(bytes)
	} catch {
		const escapes = {7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}
		return '"' + Array.from(bytes, (byte) => escapes[byte] ?? (byte >= 0x20 && byte < 0x7f
			? String.fromCharCode(byte) : "\\x" + byte.toString(16).padStart(2, "0"))).join("") + '"'
	}
}

function operatorSees({details, counters, log, filterState}) {
	return [
		row("Response code details", [details ?? "via_upstream"], element("code", {}, "%RESPONSE_CODE_DETAILS%")),
		...Array.from(filterState, ([name, value]) =>
			row("What the dry run would have answered", [value], element("code", {}, `%FILTER_STATE(${name}:PLAIN)%`))),
		row(counters.length > 1 ? "Counters" : "Counter", counters.map(([name, value]) => `${labelled(name)} ${value}`), "in Prometheus, after this request"),
		row("Log", log.map(logged)),
	]
}

function row(term, values, note = "") {
	return element("div", {}, element("dt", {}, term, " ", note), ...values.length === 0
		? [element("dd", {className: "none"}, "none")]
		: values.map((value) => element("dd", {}, element("code", {}, ...breakable(value)))))
}

/** Lines break after what separates labels, where they can. */
function breakable(text) { return text.split(/(?<=[,{])/).flatMap((part, i) => i === 0 ? [part] : [element("wbr"), part]) }

function logged({level, message}) { return `${level}: ${message}` }

/** A counter as Prometheus gets it, with the labels that Istio and deploy/envoy/envoy.yaml take out of its name. */
function labelled(name) {
	const labels = []
	for (const [label, pattern] of [["wasm_filter", /^(wasm_filter\.(.+?)\.)/], ["component", /(component\.(.+?)\.)/], ["tag", /(tag\.(.+?);\.)/]]) {
		const match = pattern.exec(name)
		if (!match) continue
		labels.push(`${label}="${match[2]}"`)
		name = name.replace(match[1], "")
	}
	return labels.length > 0 ? `${name}{${labels}}` : name
}

// The address.

let waiting
function keepInAddress() {
	clearTimeout(waiting)
	waiting = setTimeout(async () => {
		history.replaceState(null, "", "#" + await toFragment(state()))
	}, 150)
}

async function loadFromAddress() {
	load(await fromFragment(location.hash.slice(1)) ?? examples[0])
}

function start() {
	$("example").append(element("option", {value: "", hidden: true}, "Your own"),
		...examples.map(({name}, i) => element("option", {value: String(i)}, name)))
	$("example").onchange = () => {
		history.pushState(null, "", location.href) // so that the way back leads to what was there
		load(examples[Number($("example").value)])
	}
	$("methods").append(...methods.map((value) => element("option", {value})))
	$("plugin").textContent = `Plugin: SHA-256 ${sha256}`
	for (const id of inputs) $(id).oninput = update
	$("configuration").onbeforeinput = keepIndentation
	addEventListener("hashchange", loadFromAddress)
	addEventListener("popstate", loadFromAddress)
	return loadFromAddress()
}

/** A new line starts as the last one did. Tab goes on to the next control, as everywhere. */
function keepIndentation(event) {
	if (event.inputType !== "insertLineBreak") return
	const editor = event.target
	const [line] = editor.value.slice(0, editor.selectionStart).split("\n").slice(-1)
	event.preventDefault()
	document.execCommand("insertText", false, "\n" + /^[ \t]*/.exec(line)) // which can be undone
}

await start()
