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
 * Prints a line: what happened, about what, and how long after the process started.
 *
 * @param {string} phase one word: `open`, `link`, `miss`, ...
 * @param {string} [detail]
 */
function mark(phase, detail = '') {
  if (!enabled) return;
  const ms = apply(toFixed, 1000 * uptime(), [1]);
  writeSync(2, `bmes: ${phase}${detail && ` ${detail}`} +${ms}ms\n`);
}

module.exports = { enabled, mark };
