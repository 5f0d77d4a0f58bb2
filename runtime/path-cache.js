'use strict';
// Answers `require()` from a pack, at the place where the runtime keeps its own answers.
//
// Node looks into `Module._pathCache` before it searches, under the request and all the folders it would
// search. So whatever the app does to resolution comes before that (another `_resolveFilename`, `_load` or
// `_findPath`), or makes another key (`module.paths`, `NODE_PATH`, `require.resolve` with paths, the name of
// another file), and the rest of `require()` stays the runtime's. What that table does not have is asked of
// its prototype, which is ours and shows nothing: the table itself is the app's to read and change.

const Module = require('node:module');
const path = require('node:path');
const { fileURLToPath } = require('node:url');

const { atExit } = require('./exit.js');
const { FORMAT, NO_TARGET } = require('./tables.js');
const { join } = require('./safe.js');
const { mark } = require('./timeline.js');

const { apply } = Reflect;
const { defineProperty, getPrototypeOf, keys, setPrototypeOf } = Object;
const { indexOf, slice } = String.prototype;
const { dirname, isAbsolute } = path;
const { _nodeModulePaths } = /** @type {any} */ (Module);

/** What `require` tries behind a name. Others add to it, and then something else may be found first. */
const EXTENSIONS = '.js .json .node';

/**
 * @param {import('./types.d.ts').Session} session
 * @param {import('./types.d.ts').Tables} tables
 */
function answerRequires(session, tables) {
  const { targets } = tables;
  /** @type {Record<string, number[]> | undefined} parent, edge, over and over, by specifier */
  let edges;
  /** @type {Record<string, string>} by directory */
  const folders = dictionary();
  /** @type {Record<string, boolean> | undefined} paths of CommonJS */
  let files;
  const after = globalPaths();
  let answered = 0;
  let left = 0;

  /**
   * Which folders are searched for what is asked for in a directory, as the runtime writes them.
   *
   * @param {string} request
   * @param {string} directory
   */
  function searched(request, directory) {
    if (isRelative(request)) return directory;
    if (isAbsolute(request)) return '';
    const known = folders[directory];
    if (known !== undefined) return known;
    const all = apply(_nodeModulePaths, Module, [directory]);
    for (let at = 0; at < after.length; at++) all[all.length] = after[at];
    return (folders[directory] = join(all, '\0'));
  }

  /** @param {string} file */
  const isPacked = (file) => (files ??= filesOf(tables))[file] === true && hasUsualExtensions();

  /**
   * @param {unknown} _
   * @param {string | symbol} key
   * @param {object} table that was asked
   * @returns {string | undefined} a file's path
   */
  function get(_, key, table) {
    if (typeof key !== 'string') return undefined;
    const end = apply(indexOf, key, ['\0']);
    const request = end < 0 ? '' : apply(slice, key, [0, end]);
    const asked = (edges ??= edgesBySpecifier(session.specifiers(), tables))[request];
    const wanted = apply(slice, key, [end + 1]);
    // What is imported is asked for by its path. Files of a frozen pack are where it says.
    if (asked === undefined && wanted === '' && session.frozen && isPacked(request)) {
      answered++;
      put(table, key, request);
      return request;
    }
    if (asked === undefined) return undefined;
    for (let at = 0; at < asked.length; at += 2) {
      const parent = asked[at];
      const directory = dirname(fileURLToPath(tables.urls[parent]));
      if (searched(request, directory) !== wanted) continue;
      const edge = asked[at + 1];
      if (!hasUsualExtensions() || !session.requireHolds(parent, edge)) {
        left++;
        return undefined;
      }
      answered++;
      const file = fileURLToPath(tables.urls[targets[edge]]);
      // As the runtime does with what it has searched for; what `exports` of packages say it asks each time.
      if (wanted === directory || wanted === '') put(table, key, file);
      return file;
    }
    return undefined;
  }

  const { _pathCache } = /** @type {any} */ (Module);
  // Somebody has been here before us.
  if (getPrototypeOf(_pathCache) === null) {
    const handler = {
      __proto__: null,
      get: (/** @type {any} */ target, /** @type {any} */ key, /** @type {any} */ table) =>
        attempt(get, target, key, table),
    };
    setPrototypeOf(_pathCache, new Proxy(dictionary(), handler));
  }
  atExit(() => mark('requires', `${answered} answered, ${left} known and left to the runtime`));
}

/**
 * @param {string[]} specifiers of every edge
 * @param {import('./types.d.ts').Tables} tables
 */
function edgesBySpecifier(
  specifiers,
  { urls, formats, edgesAt, requests, dynamicImports, requires, targets },
) {
  /** @type {Record<string, number[]>} */
  const found = dictionary();
  for (let parent = 0; parent < urls.length; parent++) {
    const first = edgesAt[parent] + requests[parent] + dynamicImports[parent];
    for (let edge = first; edge < first + requires[parent]; edge++) {
      const target = targets[edge];
      if (target === NO_TARGET || formats[target] === FORMAT.builtin) continue;
      const list = (found[specifiers[edge]] ??= []);
      list[list.length] = parent;
      list[list.length] = edge;
    }
  }
  return found;
}

/**
 * @param {import('./types.d.ts').Tables} tables
 * @returns {Record<string, boolean>} paths of CommonJS
 */
function filesOf({ urls, formats }) {
  const files = dictionary();
  for (let at = 0; at < urls.length; at++) {
    if (formats[at] === FORMAT.commonjs) files[fileURLToPath(urls[at])] = true;
  }
  return files;
}

/** `.`, `./` and anything that begins with `..`: `Module._resolveLookupPaths`. */
function isRelative(/** @type {string} */ request) {
  return request[0] === '.' && (request.length === 1 || request[1] === '/' || request[1] === '.');
}

function hasUsualExtensions() {
  return join(keys(/** @type {any} */ (Module)._extensions), ' ') === EXTENSIONS;
}

/** @returns {string[]} */
function globalPaths() {
  return [.../** @type {any} */ (Module).globalPaths];
}

/**
 * @param {object} table
 * @param {string} key
 * @param {string} value
 */
function put(table, key, value) {
  const descriptor = {
    __proto__: null,
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  };
  defineProperty(table, key, descriptor);
}

/** @returns {any} */
function dictionary() {
  return { __proto__: null };
}

/**
 * @template T
 * @param {(...args: any[]) => T} act
 * @param {any[]} args
 */
function attempt(act, ...args) {
  try {
    return act(...args);
  } catch {
    // The runtime finds it by itself.
    return undefined;
  }
}

module.exports = { answerRequires };
