'use strict';
// Asks a runtime what a start of an app would be, without starting it: a child with the same options is
// decided about as any start, and ends before anything of the app is loaded (probe-register.js).

const { spawn } = require('node:child_process');
const path = require('node:path');

const { splitOptions } = require('../runtime/in-effect.js');
const { isOurs } = require('../runtime/flags.js');

const PRELOAD = path.join(__dirname, 'probe-register.js');

/**
 * A line of what `BMES_DEBUG=1` prints.
 *
 * @typedef {object} Mark
 * @property {string} phase
 * @property {string} detail
 */

/**
 * What the core found; src/app/explain.rs describes it.
 *
 * @typedef {object} Explained
 * @property {string} entry
 * @property {string} key
 * @property {string} runtime
 * @property {{ file: string, isNamed: boolean, isFrozen: boolean, bytes: number, usedMs: number, conditions: string[], hooksOnly: string } | null} pack
 * @property {Reason | null} reason
 * @property {Reason | null} namedMiss
 * @property {number} guards
 * @property {{ path: string, what: string | null, was: Seen, is: Seen }[]} moved
 * @property {Module[]} modules
 * @property {string | null} crashed
 * @property {boolean} isBeingLearnt
 * @property {{ state: 'waiting' | 'taken' | 'refused', attempts: number, ageMs: number, reason: string | null } | null} learning
 * @property {{ differs: 'options' | 'runtime' | 'place', runtime: string, entry: string, conditions: string[], file: string }[]} others
 */

/** @typedef {{ code: string, message: string }} Reason */

/**
 * What was found at a path.
 *
 * @typedef {{ kind: 'file', sha256: string, size: number, modifiedMs: number, changedMs: number, inode: string, isYoung: boolean }
 *   | { kind: 'directory', size: number, modifiedMs: number, changedMs: number, inode: string, isYoung: boolean }
 *   | { kind: 'absent' }
 *   | { kind: 'symlink', target: string }
 *   | { kind: 'belowLink', link: string, target: string }
 *   | { kind: 'other', reason: string }} Seen
 */

/**
 * @typedef {object} Module
 * @property {string} url
 * @property {'module' | 'commonjs' | 'json' | 'builtin' | 'other'} format
 * @property {boolean} hasBytecode
 * @property {string[]} asksRuntime
 * @property {boolean} formatDetected
 * @property {boolean} unlinkable
 * @property {string} leftToRuntime
 * @property {{ code: string, message: string } | null} fault
 */

/**
 * What a start would be.
 *
 * @typedef {object} Start
 * @property {string} runtime
 * @property {Mark[]} marks what `BMES_DEBUG=1` would print, up to the stage
 * @property {Explained} [explained] not there where it stands aside before it looks for a pack
 * @property {import('../bindings.js').SessionSettings} [settings]
 * @property {import('../index.d.ts').EnableStatus} [status] where it was refused at once
 */

/**
 * @typedef {object} How
 * @property {string} node the runtime
 * @property {string[]} nodeFlags its flags
 * @property {string[]} args the app's
 * @property {string} [pack] one to use where the store has none
 * @property {NodeJS.ProcessEnv} env
 */

/** @typedef {{ code: string, message: string }} Failure */

/**
 * @param {string} entry
 * @param {How} how
 * @returns {Promise<{ starts: Start[], isCommonJS: boolean } | { failure: Failure }>} one start, or that of a
 *   CommonJS main module and one for each ES module that may be first under it
 */
async function probe(entry, how) {
  const main = await ask(entry, how, undefined);
  if ('failure' in main) return main;
  if (!main.beginnings) return { starts: [main], isCommonJS: false };
  /** @type {Start[]} */
  const starts = [main];
  for (const first of main.beginnings) {
    const start = await ask(entry, how, first);
    if ('failure' in start) return start;
    starts.push(start);
  }
  return { starts, isCommonJS: true };
}

/**
 * @param {string} entry
 * @param {How} how
 * @param {{ url: string, isRequired: boolean } | undefined} first
 * @returns {Promise<(Start & { beginnings?: { url: string, isRequired: boolean }[] }) | { failure: Failure }>}
 */
function ask(entry, { node, nodeFlags, args, pack, env }, first) {
  const inEnvironment = inPlace(splitOptions(env.NODE_OPTIONS ?? ''));
  const flags = inPlace(nodeFlags);
  const isThere = inEnvironment.found || flags.found;
  const words = [...(isThere ? [] : ['--import', PRELOAD]), ...flags.words, entry, ...args];
  return new Promise((resolve) => {
    const child = spawn(node, words, {
      env: {
        ...env,
        ...(env.NODE_OPTIONS ? { NODE_OPTIONS: joinOptions(inEnvironment.words) } : {}),
        ...(pack === undefined ? {} : { BMES_PACK: pack }),
        ...(first ? { BMES_PROBE_FIRST: JSON.stringify(first) } : {}),
      },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    let answer = '';
    let output = '';
    /** @type {any} */ (child.stdio[3])
      .setEncoding('utf8')
      .on('data', (/** @type {string} */ text) => {
        answer += text;
      });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => (output = (output + text).slice(-4096)));
    }
    /** @param {string} message */
    const fail = (message) => resolve({ failure: { code: 'BMES_PROBE_FAILED', message } });
    child.on('error', (error) => fail(`cannot start ${node}: ${error.message}`));
    child.on('close', (code, signal) => {
      try {
        const start = JSON.parse(answer);
        if (start.failure) fail(start.failure);
        else resolve(start);
      } catch {
        fail(`${node} ended with ${signal ?? code} before it came to the app\n${output}`.trimEnd());
      }
    });
  });
}

/**
 * The same options with the preload that only asks in place of ours.
 *
 * @param {readonly string[]} words
 */
function inPlace(words) {
  let found = false;
  const replaced = words.map((word, at) => {
    const [, name, value] = /^(--import|--require)=(.*)$/s.exec(word) ?? [];
    const isValue = /^(--import|--require|-r)$/.test(words[at - 1] ?? '');
    if (!isOurs(name === undefined ? (isValue ? word : '') : value)) return word;
    found = true;
    return name === undefined ? PRELOAD : `${name}=${PRELOAD}`;
  });
  return { words: replaced, found };
}

/**
 * As Node splits them.
 *
 * @param {readonly string[]} words
 */
function joinOptions(words) {
  const isPlain = (/** @type {string} */ word) => /^[^\s"\\]+$/.test(word);
  const quoted = (/** @type {string} */ word) => `"${word.replaceAll(/["\\]/g, '\\$&')}"`;
  return words.map((word) => (isPlain(word) ? word : quoted(word))).join(' ');
}

module.exports = { probe };
