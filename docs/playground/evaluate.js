// SPDX-License-Identifier: Apache-2.0

import {VM, localReply} from "./host.js"
import {enforced, mistakesIn, without} from "./document.js"

/**
 * Asks the plugin, in a VM of its own, about a configuration and a request's header.
 * Returns:
 *
 * - `trap`: how it ended, where the plugin has trapped, and nothing else
 * - `taken`: whether the configuration is taken
 * - `line`: the line of the log about it
 * - `mistakes`: what is wrong with it, where it is refused
 * - `outcome`: what becomes of the request, where there is one and the configuration is taken:
 *   `reply` over HTTP/1.1, null if it passes; `details`, `counters`, `log`, `filterState`; and
 *   `withoutDryRun`, the outcome that a dry run hides
 */
export function evaluate(module, configuration, header) {
	try {
		const answer = ask(module, configuration, header)
		if (answer.outcome?.filterState.size > 0) answer.outcome.withoutDryRun = askEnforced(module, configuration, header)
		return answer
	} catch (error) {
		if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) return {trap: error.message}
		throw error
	}
}

function ask(module, configuration, header) {
	const vm = new VM(module)
	const taken = vm.configure(new TextEncoder().encode(configuration))
	const line = vm.log.splice(0).at(-1) ?? {level: "", message: ""}
	if (!taken) return {taken, line, mistakes: mistakesIn(configuration, line.message)}
	if (!header) return {taken, line}
	const reply = vm.request(header)
	return {taken, line, outcome: {
		reply: reply && localReply(reply, header),
		details: reply?.details,
		counters: [...vm.counters],
		log: vm.log,
		filterState: vm.filterState,
	}}
}

/** What is not dry any more can make later entries unreachable, which is refused. */
function askEnforced(module, configuration, header) {
	for (let text = enforced(configuration), last = ""; text !== last;) {
		const {outcome, mistakes} = ask(module, text, header)
		if (outcome) return outcome
		last = text
		text = without(text, mistakes)
	}
}
