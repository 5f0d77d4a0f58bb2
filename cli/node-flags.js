'use strict';
// Flags of Node's before an entry, as `bmes run` and `bmes why` take them.

/** Those whose value may be the next word. What is not among them has it after `=`. */
const WITH_VALUE = new Set([
  '-C',
  '-r',
  '--conditions',
  '--disable-warning',
  '--dns-result-order',
  '--env-file',
  '--env-file-if-exists',
  '--experimental-loader',
  '--import',
  '--loader',
  '--max-old-space-size',
  '--require',
  '--stack-trace-limit',
  '--title',
  '--trace-event-categories',
  '--unhandled-rejections',
]);

/**
 * Whether the runtime knows a flag. Those that it takes on the command line only are asked of nobody:
 * it says itself that one is bad.
 *
 * @param {string} name
 */
function isFlagOfNode(name) {
  return process.allowedNodeEnvironmentFlags.has(name) || WITH_VALUE.has(name) || V8.test(name);
}

/** Flags of V8's and others that are no part of that list. */
const V8 =
  /^--(?:no-)?(?:expose[-_]gc|harmony|jitless|max[-_]|min[-_]|stack[-_]|trace[-_]|prof\b|cpu-prof|heap-prof|preserve-symlinks)/;

/**
 * Whether a flag is one of the engine's, of which there are hundreds: the runtime is asked for its list.
 *
 * @param {string} name
 * @param {string} node the runtime
 */
function isFlagOfEngine(name, node) {
  if (!name.startsWith('--')) return false;
  const { spawnSync } = require('node:child_process');
  const { stdout } = spawnSync(node, ['--v8-options'], { encoding: 'utf8' });
  const plain = (/** @type {string} */ flag) => flag.replaceAll('_', '-').replace(/^--(no-)?/, '');
  const flags = (stdout ?? '').matchAll(/^\s+(--[\w-]+) /gm);
  return [...flags].some(([, flag]) => plain(flag) === plain(name));
}

module.exports = { WITH_VALUE, isFlagOfEngine, isFlagOfNode };
