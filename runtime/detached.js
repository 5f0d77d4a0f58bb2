'use strict';
// Processes of our own that nobody waits for: what they do is none of the app's business, and goes on
// when the app has ended. The one place that knows how they are started.

const path = require('node:path');

/** What a Node needs of the environment to start and to find its user's folders; none of the app's. */
const ENVIRONMENT = [
  'BMES_MODE',
  'HOME',
  'LANG',
  'LD_LIBRARY_PATH',
  'PATH',
  'SystemRoot',
  'TEMP',
  'TMP',
  'TMPDIR',
  'USERPROFILE',
];

/** Options of V8 among those that Node allows in `NODE_OPTIONS`. */
const V8_OF_NODE_OPTIONS =
  /^--(no-)?(abort-on-uncaught-exception|disallow-code-generation-from-strings|expose-gc|huge-max-old-generation-size|interpreted-frames-native-stack|jitless|max-(old|semi|heap)-|perf-|stack-trace-limit|wasm-)/;

/** Options of Node that it does not allow there, and those everybody has: asking for all is slow. */
const NODE_ONLY =
  /^(--(import|require|conditions|experimental-vm-modules|no-warnings)$|--(build|check|completion|entry|eval|experimental|expose-internals|help|inspect|interactive|print|prof-process|run|security|test|v8-options|version|watch)\b)/;

/**
 * Those of this process's options that are V8's. It takes bytecode only where they are the same.
 *
 * @param {readonly string[]} words of the command line and of `NODE_OPTIONS`
 */
function v8Options(words) {
  /** @type {string[]} */
  const found = [];
  for (const word of words) {
    const name = word.split('=', 1)[0].replaceAll('_', '-');
    if (V8_OF_NODE_OPTIONS.test(name)) found.push(word);
    else if (!isNodeOption(name)) found.push(word);
  }
  return found;
}

/** @param {string} name */
function isNodeOption(name) {
  return (
    !name.startsWith('--') || NODE_ONLY.test(name) || process.allowedNodeEnvironmentFlags.has(name)
  );
}

/**
 * Whether this process's program is Node, which runs a file it is given, and not one that has an app
 * of its own in it.
 */
function canStart() {
  const { execPath, versions } = /** @type {any} */ (process);
  if (versions.electron || !path.isAbsolute(execPath)) return false;
  const { isBuiltin } = require('node:module');
  return !isBuiltin('node:sea') || !require('node:sea').isSea();
}

/**
 * Makes ready to start a file of ours in a process of its own. Everything is taken now: whoever calls
 * what comes of it may do so when the app has changed its environment, or broken the language.
 *
 * @param {string} file
 * @param {readonly string[]} options of Node
 * @returns {(args: string[]) => number} starts it with these words as well; its id
 * @throws {Error} where no such process can live. What is returned throws where the system says so
 */
function detached(file, options) {
  if (!canStart()) throw new Error('this program is not Node alone');
  const { env, execPath } = process;
  /** @type {string[]} */
  const environment = [];
  for (const name of ENVIRONMENT) {
    const value = env[name];
    if (value !== undefined) environment.push(name, value);
  }
  const { spawnDetached } = require('./addon.js');
  const words = [...options, file];
  return (args) => spawnDetached(execPath, words, args, environment);
}

module.exports = { detached, v8Options };
