'use strict';

// The compiled core: a local build in this folder's parent, or the package of this platform that was
// installed beside ours (`optionalDependencies`). This runs at every start, so the common case is one
// `dlopen` of one known file, without a resolution; all others are in find-addon.js.

const { existsSync } = require('node:fs');
const path = require('node:path');

const { VERSION } = require('./environment.js');

const NAME = 'bmes-cache';
const C_LIBRARY =
  process.platform === 'linux' ? '-gnu' : process.platform === 'win32' ? '-msvc' : '';
const TARGET = `${process.platform}-${process.arch}${C_LIBRARY}`;

const file = `${NAME}.${TARGET}.node`;
const root = path.dirname(__dirname);

/** @returns {typeof import('../bindings.js') | undefined} */
function load() {
  const local = path.join(root, file);
  const usual = existsSync(local) ? local : path.join(root, '..', `${NAME}-${TARGET}`, file);
  /** @type {any} */
  const module = { exports: {} };
  try {
    process.dlopen(module, path.toNamespacedPath(usual));
  } catch {
    return undefined;
  }
  return module.exports.version?.() === VERSION ? module.exports : undefined;
}

module.exports = load() ?? require('./find-addon.js').findAddon();
