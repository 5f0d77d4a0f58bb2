'use strict';
// What must not show: files of ours. What must be noticed: others who install module hooks.

const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');

const { readFileSync } = fs;
// As it was before the app: whoever replaces it sees no hooks of ours.
const { registerHooks } = Module;
const { apply } = Reflect;

/**
 * Hooks that others have installed since we watch.
 *
 * @typedef {object} ForeignHooks
 * @property {boolean} seen
 * @property {boolean} areAsync some run on a thread of their own: what they answer, they must be asked
 * @property {boolean} haveLoad some may give other sources
 */

/**
 * Notices calls of `module.register` and `module.registerHooks` by anybody else.
 *
 * @param {() => void} onSeen called after each
 * @returns {ForeignHooks}
 */
function watchForeignHooks(onSeen) {
  const state = { seen: false, areAsync: false, haveLoad: false };
  for (const name of /** @type {const} */ (['register', 'registerHooks'])) {
    /** @type {any} */
    const original = Module[name];
    if (typeof original !== 'function') continue;
    // A function as the original is, and no method: it has a prototype.
    /** @this {any} @param {any[]} args */
    const watched = function (...args) {
      const result = apply(original, this, args);
      state.seen = true;
      if (name === 'register') state.areAsync = true;
      // What the runtime has taken of them is in what it returns.
      else if (result?.load !== undefined) state.haveLoad = true;
      onSeen();
      return result;
    };
    imitate(watched, original);
    /** @type {any} */ (Module)[name] = watched;
  }
  return state;
}

/**
 * A function of `node:module` that warns once, and has done so for us: it warns the app as well, at its own
 * first call.
 *
 * @param {string} name
 * @param {any[]} warning what `process.emitWarning` is to be called with
 */
function warnLater(name, warning) {
  /** @type {any} */
  const module = Module;
  const original = module[name];
  let isDue = true;
  // A function as the original is, and no method: it has a prototype.
  /** @this {any} @param {any[]} args */
  const warned = function (...args) {
    if (isDue) apply(process.emitWarning, process, warning);
    isDue = false;
    return apply(original, this, args);
  };
  imitate(warned, original);
  module[name] = warned;
}

/**
 * @param {Function} ours
 * @param {Function} original
 */
function imitate(ours, original) {
  for (const key of /** @type {const} */ (['length', 'name'])) {
    const descriptor = { __proto__: null, value: original[key], configurable: true };
    Object.defineProperty(ours, key, descriptor);
  }
}

/** How many hooks of our own there have been. */
let count = 0;

/**
 * Installs hooks of our own, which nobody is told of.
 *
 * @param {Parameters<typeof registerHooks>[0]} hooks
 * @returns {ReturnType<typeof registerHooks>}
 */
function registerOwnHooks(hooks) {
  count++;
  return apply(registerHooks, Module, [hooks]);
}

/**
 * Whether nobody else in this thread has installed such hooks before. Node numbers them, in the
 * description of the symbol by which it finds them again; where it does not, the answer is no.
 *
 * @param {object} hook what came of installing our last
 */
function isFirst(hook) {
  return Object.getOwnPropertySymbols(hook).some((key) => {
    const id = /** @type {any} */ (hook)[key];
    return typeof id === 'symbol' && id.description === `module-hook-${count - 1}`;
  });
}

/**
 * Source of ours that the runtime compiles as a module: debuggers, profilers and stacks take it for
 * the runtime's own, and no longer for the file whose URL it is loaded under.
 *
 * @param {string} source
 * @param {string} name
 */
function asInternal(source, name) {
  return `${source}\n//# sourceURL=node:internal/bmes/${name}`;
}

/**
 * Takes this package's own files out of `require.cache`, where a run without us has none; what the app
 * has required by itself, the public face, stays.
 */
function forgetOurselves() {
  const root = path.dirname(__dirname) + path.sep;
  /** @type {Record<string, unknown>} */
  const cache = /** @type {any} */ (Module)._cache;
  for (const file of Object.keys(cache)) {
    const name = file.startsWith(root) ? file.slice(root.length) : '';
    if (/^(?:(?:runtime|api|cli|learn)[\\/]|bindings\.js|bmes-cache\.)/.test(name))
      delete cache[file];
  }
}

/** Whether files are what the runtime reads by itself: nobody has patched how it reads them. */
function isDiskOurs() {
  return fs.readFileSync === readFileSync;
}

module.exports = {
  asInternal,
  forgetOurselves,
  isDiskOurs,
  isFirst,
  registerOwnHooks,
  warnLater,
  watchForeignHooks,
};
