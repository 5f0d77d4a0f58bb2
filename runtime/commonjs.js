'use strict';
// Whether a file is CommonJS, by what the runtime's own cache of it says, and where that cannot tell by its name
// and its package. An ES module that is required stands in that cache too.
//
// The app may have replaced whatever is looked up on a prototype, and what is in its modules: nothing here
// throws.

const Module = require('node:module');
const { fileURLToPath } = require('node:url');
const { isModuleNamespaceObject } = require('node:util/types');

const { isEnd, isStart } = require('./safe.js');

/**
 * @param {string} url
 * @returns {any} the `Module` of a file that has been loaded, or is being
 */
function cached(url) {
  try {
    return isStart(url, 'file:')
      ? /** @type {any} */ (Module)._cache[fileURLToPath(url)]
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether it is CommonJS that has been evaluated.
 *
 * @param {any} module
 */
function hasRun(module) {
  try {
    return (
      module?.loaded === true &&
      module instanceof Module &&
      !isModuleNamespaceObject(module.exports)
    );
  } catch {
    return false;
  }
}

/**
 * Whether a file has been loaded, or is being, as CommonJS. Before it has been evaluated an ES module looks the
 * same, so its name decides, and then its package.
 *
 * @param {string} url
 */
function isCommonJS(url) {
  if (isEnd(url, '.mjs') || isEnd(url, '.mts')) return false;
  const module = cached(url);
  if (module === undefined) return false;
  if (hasRun(module)) return true;
  if (isNamespace(module)) return false;
  return isEnd(url, '.cjs') || isEnd(url, '.cts') || packageType(url) !== 'module';
}

/** @param {any} module */
function isNamespace(module) {
  try {
    return isModuleNamespaceObject(module.exports);
  } catch {
    return false;
  }
}

/**
 * What the nearest `package.json` says.
 *
 * @param {string} url
 */
function packageType(url) {
  try {
    const file = Module.findPackageJSON(url);
    return file && JSON.parse(require('node:fs').readFileSync(file, 'utf8')).type;
  } catch {
    return undefined;
  }
}

module.exports = { cached, hasRun, isCommonJS, packageType };
