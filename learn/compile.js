'use strict';
// Compiles an app in a child of the runtime that will run it.

const { fork } = require('node:child_process');
const path = require('node:path');

const { flagsOf } = require('../runtime/flags.js');

/**
 * What to compile.
 *
 * @typedef {object} Job
 * @property {string} entry
 * @property {string[]} include patterns of files that are imported by names nobody can read
 * @property {Output} [output] a file of its own instead of the store
 * @property {boolean} isDynamic whether literal `import()`s are followed
 */

/**
 * A pack that serves any place.
 *
 * @typedef {object} Output
 * @property {string} file absolute
 * @property {string} [root] what it is relative to; the nearest folder that holds all of it if left out
 * @property {boolean} leavesOutside what lies outside is left to the runtime
 * @property {boolean} isFrozen nothing but the entry is compared with the disk
 */

/**
 * One pack that was written.
 *
 * @typedef {object} Pack
 * @property {string} entry the URL of the ES module where its graph begins
 * @property {number} modules
 * @property {number} esModules
 * @property {number} sourceBytes
 * @property {number} metadataBytes
 * @property {number} bytecodeBytes
 * @property {number} packBytes
 * @property {string} hooksOnly why the linker must not run it; empty if it may
 * @property {{ url: string, reason: string }[]} left to the runtime
 */

/**
 * @typedef {object} How
 * @property {string} node the runtime
 * @property {string[]} nodeFlags its flags
 * @property {NodeJS.ProcessEnv} env
 * @property {(done: number, known: number) => void} [onProgress]
 */

/** @typedef {{ runtime: string, packs: Pack[] } | { failure: { code: string, message: string } }} Outcome */

const CHILD = path.join(__dirname, 'compile-child.js');

/**
 * @param {Job} job
 * @param {How} how
 * @returns {Promise<Outcome>}
 */
function compile(job, { node, nodeFlags, env, onProgress }) {
  // Before they run: a preload is somebody's code, and such an app is not ours to start.
  const { preloads, standAside } = flagsOf(nodeFlags, env.NODE_OPTIONS ?? '');
  if (preloads.length > 0) {
    const message = `${preloads[0]} is preloaded`;
    return Promise.resolve({ failure: { code: 'BMES_FOREIGN_PRELOAD', message } });
  }
  if (standAside) {
    const { code, detail: message } = standAside;
    return Promise.resolve({ failure: { code, message } });
  }
  return new Promise((resolve) => {
    /** @type {Outcome | undefined} */
    let outcome;
    let output = '';
    /** @param {string} message */
    const fail = (message) => {
      outcome ??= { failure: { code: 'BMES_COMPILE_FAILED', message } };
    };
    const child = fork(CHILD, [], {
      execPath: node,
      execArgv: [...nodeFlags, '--no-warnings'],
      // A preload of ours in NODE_OPTIONS is to do nothing here.
      env: { ...env, BMES_DISABLE: '1' },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => (output = (output + text).slice(-4096)));
    }
    child.on('message', (/** @type {any} */ message) => {
      if (message.progress) onProgress?.(message.progress.done, message.progress.known);
      else outcome ??= message;
    });
    child.on('error', (error) => {
      fail(`cannot start ${node}: ${error.message}`);
      resolve(/** @type {Outcome} */ (outcome));
    });
    child.on('close', (code, signal) => {
      fail(`${node} ended with ${signal ?? code}\n${output}`.trimEnd());
      resolve(/** @type {Outcome} */ (outcome));
    });
    child.send(job, (error) => {
      if (error) fail(error.message);
    });
  });
}

module.exports = { compile };
