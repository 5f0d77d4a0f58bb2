'use strict';
// `bmes run app.mjs args`: what `node app.mjs args` does, from the cache.
//
// The process becomes the app: arguments and main module are what they would be, and Node's own
// main starts it. The linker needs a flag that can only be given at the start, so with
// `--experimental-esm-bytecode` the process replaces itself once, with the flag. In Bun it always
// does, with the app: Bun's loader starts a second main module differently from the first.

const Module = require('node:module');
const path = require('node:path');

const { isSet } = require('../runtime/environment.js');

const FLAG = '--experimental-vm-modules';
const USAGE = 'Usage: bmes run [--experimental-esm-bytecode] <entry> [args...]\n';
const USAGE_ERROR = 2;

/** @param {string[]} words what follows `run` */
function main(words) {
  const at = words.findIndex((word) => !word.startsWith('-'));
  const options = at < 0 ? words : words.slice(0, at);
  let wantsBytecode = isSet('BUN_EXPERIMENTAL_ESM_BYTECODE');
  for (const option of options) {
    if (option === '-h' || option === '--help') {
      process.stdout.write(USAGE);
      return;
    }
    if (option !== '--experimental-esm-bytecode') return misuse(`unknown option '${option}'`);
    wantsBytecode = true;
  }
  if (at < 0) return misuse('no entry given');
  const app = words.slice(at);
  if (process.versions.bun) return becomeBun(app);
  if (wantsBytecode && needsFlag()) {
    return replaceProcess([
      FLAG,
      ...process.execArgv,
      path.join(__dirname, 'bmes.js'),
      'run',
      ...app,
    ]);
  }
  return become(app);
}

/**
 * Makes this process the app's.
 *
 * @param {string[]} words the entry and its arguments
 */
function become([entry, ...args]) {
  process.argv.splice(1, Infinity, path.resolve(entry), ...args);
  process.mainModule = undefined;
  require('../runtime/internal.js').requireInternal('launch').register();
  /** @type {any} */ (Module).runMain();
}

/**
 * `bun app.mjs`. A bare word is a command or a script of a `package.json` to Bun, but a file to us.
 *
 * @param {string[]} words the entry and its arguments
 */
function becomeBun([entry, ...args]) {
  require('../runtime/internal.js').requireInternal('launch').register();
  const isBareWord = !/[./\\]/.test(entry);
  replaceProcess([...process.execArgv, isBareWord ? `./${entry}` : entry, ...args]);
}

/** Whether the linker could run here, had the flag been given. */
function needsFlag() {
  if (process.versions.deno || isSet('BMES_DISABLE')) return false;
  return !process.execArgv.includes(FLAG) && !process.env.NODE_OPTIONS?.includes(FLAG);
}

/**
 * This runtime with other words. Replacing the process keeps its id, its streams and its signals;
 * where that cannot be done, a child gets the streams, and every signal is passed on.
 *
 * @param {string[]} argv what follows the runtime's own name
 */
function replaceProcess(argv) {
  const { execve } = /** @type {any} */ (process);
  if (execve && process.platform !== 'win32') {
    try {
      execve.call(process, process.execPath, [process.argv0, ...argv], process.env);
    } catch {
      // Not allowed here (a worker, a policy): a child does as well.
    }
  }
  require('./child.js').runChild(argv);
}

/** @param {string} problem */
function misuse(problem) {
  process.stderr.write(`bmes run: ${problem}\n${USAGE}`);
  process.exitCode = USAGE_ERROR;
}

module.exports = { main };
