'use strict';
// `bmes run app.mjs args`: what `node app.mjs args` does, from the cache.
//
// The process becomes the app: arguments and main module are what they would be, and Node's own
// main starts it. In Bun the process replaces itself with the app: Bun's loader starts a second main
// module differently from the first.

const Module = require('node:module');
const path = require('node:path');

const USAGE = 'Usage: bmes run [--experimental-esm-bytecode] [--pack <file>] <entry> [args...]\n';
const USAGE_ERROR = 2;

/** @param {string[]} words what follows `run` */
function main(words) {
  let pack = '';
  let at = 0;
  for (; words[at]?.startsWith('-'); at++) {
    const [name, inline] = words[at].split(/=(.*)/s);
    if (name === '-h' || name === '--help') {
      process.stdout.write(USAGE);
      return;
    }
    if (name === '--pack') {
      pack = inline ?? words[++at] ?? '';
      if (pack === '') return misuse('--pack needs the name of a file');
    } else if (words[at] !== '--experimental-esm-bytecode') {
      // That one asks for what is done anyway: bytecode.
      return misuse(`unknown option '${words[at]}'`);
    }
  }
  const app = words.slice(at);
  if (app.length === 0) return misuse('no entry given');
  if (process.versions.bun) return becomeBun(app);
  return become(app, pack || undefined);
}

/**
 * Makes this process the app's.
 *
 * @param {string[]} words the entry and its arguments
 * @param {string | undefined} pack one to use where the store has none
 */
function become([entry, ...args], pack) {
  process.argv.splice(1, Infinity, path.resolve(entry), ...args);
  process.mainModule = undefined;
  require('../runtime/internal.js').loadLaunch().register({ pack });
  /** @type {any} */ (Module).runMain();
}

/**
 * `bun app.mjs`. A bare word is a command or a script of a `package.json` to Bun, but a file to us.
 *
 * @param {string[]} words the entry and its arguments
 */
function becomeBun([entry, ...args]) {
  require('../runtime/internal.js').loadLaunch().register();
  const isBareWord = !/[./\\]/.test(entry);
  replaceProcess([...process.execArgv, isBareWord ? `./${entry}` : entry, ...args]);
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
