'use strict';
// What happened and when, for `BMES_DEBUG=1`: one line per phase on stderr. Costs one comparison
// when it is off.

const { writeSync } = require('node:fs');

const { isSet } = require('./environment.js');

const enabled = isSet('BMES_DEBUG');

// The app may have replaced them by the time there is something to say. Not `performance`: the runtime
// loads ten files of its own for it.
const { apply } = Reflect;
const { uptime } = process;
const { toFixed } = Number.prototype;

/**
 * Who is told of each phase.
 *
 * @type {((phase: string, detail: string) => void) | undefined}
 */
let listener = enabled ? print : undefined;

/**
 * Tells what happened, about what.
 *
 * @param {string} phase one word: `open`, `link`, `miss`, ...
 * @param {string} [detail]
 */
function mark(phase, detail = '') {
  listener?.(phase, detail);
}

/**
 * Prints it, and how long after the process started.
 *
 * @param {string} phase
 * @param {string} detail
 */
function print(phase, detail) {
  const ms = apply(toFixed, 1000 * uptime(), [1]);
  writeSync(2, `bmes: ${phase}${detail && ` ${detail}`} +${ms}ms\n`);
}

/**
 * Somebody else is told from now on: a process that only asks (learn/probe-register.js).
 *
 * @param {(phase: string, detail: string) => void} other
 */
function listen(other) {
  listener = other;
}

module.exports = { enabled, listen, mark };
