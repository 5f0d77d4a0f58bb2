'use strict';
// Starts the evaluation as Node's main does, and ends as it does where a top-level await never
// settles: exit code 13, and the place of each await that has stalled.
//
// The facade awaits the linker, so errors are Node's to report. A stall is not: Node would name
// the facade's own await. So once the loop has run dry the facade is let go, and what Node would
// have said is said here. Only modules with a single await are linked, so its place is known.

const { writeSync } = require('node:fs');

const { FORMAT, NO_TARGET } = require('../tables.js');

const UNSETTLED = 13;

/**
 * @param {import('./pack.js').PackView} pack
 * @param {import('./linker.js').Linker} linker
 * @param {any} entry its module record, linked
 * @returns {Promise<void>} settles as the app's own evaluation does
 */
function evaluateEntry(pack, linker, entry) {
  // From a microtask, as natively, and with no frame of ours above the app's own.
  const evaluated = Promise.resolve().then(entry.evaluate.bind(entry));
  // A chain of plain closures: async stack traces end at the app.
  return new Promise((resolve, reject) => {
    let isSettled = false;
    evaluated.then(
      () => {
        isSettled = true;
        resolve();
      },
      (error) => {
        isSettled = true;
        reject(error);
      },
    );
    if (pack.tables.awaits.some((place) => place !== 0)) {
      watch(() => isSettled, resolve, () => stalledAwaits(pack, linker));
    }
  });
}

/**
 * Node looks for a stall between `beforeExit` and `exit`, unless the app has set an exit code.
 *
 * @param {() => boolean} isSettled
 * @param {() => void} letGo
 * @param {() => string[]} describe
 */
function watch(isSettled, letGo, describe) {
  /** @type {Function} */
  const original = process.emit;
  /**
   * @this {NodeJS.Process}
   * @param {string} name
   * @param {...any} args
   */
  function emit(name, ...args) {
    const isExit = name === 'exit' && !isExiting();
    if (isExit && !isSettled() && process.exitCode === undefined) {
      for (const warning of describe()) writeSync(2, warning);
      process.exitCode = UNSETTLED;
      args[0] = UNSETTLED;
    }
    const answer = Reflect.apply(original, this, [name, ...args]);
    if (name === 'beforeExit' && !isSettled()) letGo();
    return answer;
  }
  // @ts-expect-error: `emit` has a signature per event
  process.emit = emit;
}

/** `process.exit()` was called: not a stall. */
function isExiting() {
  return /** @type {any} */ (process)._exiting === true;
}

/**
 * What Node says of each await that has stalled, in the order of V8's own walk.
 *
 * @param {import('./pack.js').PackView} pack
 * @param {import('./linker.js').Linker} linker
 */
function stalledAwaits(pack, linker) {
  const { urls, formats, awaits, edgesAt, requests, targets } = pack.tables;
  const { inspect } = require('node:util');
  const isPending = (/** @type {number} */ index) =>
    formats[index] === FORMAT.module &&
    inspect(linker.instance(urls[index])?.evaluate()).includes('<pending>');

  const warnings = [];
  const seen = new Set([pack.tables.entry]);
  const open = [pack.tables.entry];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    const edges = targets.subarray(edgesAt[index], edgesAt[index] + requests[index]);
    const waitsFor = [...edges].filter((to) => to !== NO_TARGET && isPending(to));
    if (waitsFor.length === 0 && awaits[2 * index] !== 0) {
      warnings.push(describe(pack, index, awaits[2 * index], awaits[2 * index + 1]));
    }
    for (const to of waitsFor.reverse()) {
      if (seen.has(to)) continue;
      seen.add(to);
      open.push(to);
    }
  }
  return warnings;
}

/**
 * @param {import('./pack.js').PackView} pack
 * @param {number} index
 * @param {number} line from 1
 * @param {number} column from 1
 */
function describe(pack, index, line, column) {
  const text = pack.source(index).split(/\r\n|[\n\r\u2028\u2029]/)[line - 1];
  const indent = text.slice(0, column - 1).replace(/[^\t]/g, ' ');
  const where = `${pack.tables.urls[index]}:${line}`;
  return `Warning: Detected unsettled top-level await at ${where}\n${text}\n${indent}^\n\n\n`;
}

module.exports = { evaluateEntry };
