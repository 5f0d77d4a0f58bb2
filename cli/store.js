'use strict';
// The cache directory, for the commands that look at it or remove something from it.

const addon = require('../runtime/addon.js');
const { defaultDirectory, runtimeIdentity } = require('../runtime/environment.js');
const { maxSizeSet } = require('../runtime/variables.js');
const { Failure, plural, size, table } = require('./common.js');

/** @typedef {import('../bindings.js').ModuleCache} ModuleCache */
/** @typedef {{ files: number, bytes: number }} Amount */

/** @returns {string} where the cache is */
function directory() {
  const found = defaultDirectory();
  if (found === undefined) {
    throw new Failure(
      'BMES_STORE_NO_DIRECTORY',
      'nothing says where the cache is: set BMES_CACHE_DIR, or HOME',
    );
  }
  return found;
}

/** @returns {ModuleCache} */
function openCache() {
  return new addon.ModuleCache({
    ...runtimeIdentity(),
    directory: directory(),
    layers: [],
    readOnly: false,
    shared: false,
    maxSize: maxSizeSet(),
  });
}

/**
 * What a question gave.
 *
 * @param {ModuleCache} cache
 * @param {string | null} answer JSON
 */
function answerOf(cache, answer) {
  if (answer !== null) return JSON.parse(answer);
  const { code = 'BMES_INTERNAL', message = '' } = cache.reason ?? {};
  throw new Failure(code, message);
}

/**
 * A runtime's folder, without the digits of its build.
 *
 * @param {string} folder
 */
function runtimeName(folder) {
  return folder.replace(/-[0-9a-f]{12}$/, '');
}

/** What kinds of files there are, for people. */
const KINDS = {
  pack: 'packs of apps',
  record: 'records',
  compileCache: "the engine's own cache",
  transcript: 'what runs have seen',
  note: 'what is known of linking',
  lock: 'locks of learners',
  temporary: 'being written, or left by dead writers',
  account: "the cache's accounts",
  foreign: "not the cache's",
};

/**
 * @param {Record<string, Amount>} kinds
 * @returns {string[][]}
 */
function kindRows(kinds) {
  return Object.entries(KINDS)
    .filter(([kind]) => kinds[kind])
    .map(([kind, name]) => amountRow(name, kinds[kind]));
}

/**
 * @param {string} name
 * @param {Amount} amount
 */
function amountRow(name, { files, bytes }) {
  return [name, plural(files, 'file'), size(bytes)];
}

/** @param {string[][]} rows */
function indented(rows) {
  return table(rows).map((line) => `  ${line}`);
}

module.exports = { amountRow, answerOf, directory, indented, kindRows, openCache, runtimeName };
