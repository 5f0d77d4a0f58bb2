'use strict';

// Where the compiled core is loaded from. This runs at every start, so the common case is one
// `require` of one known file, by its absolute path: a relative one takes 0.4 ms more in Node 24.
// The loader that `napi build` generates (bindings.js) reads files to tell glibc from musl and
// knows the platform packages; it is asked when there is no local build, and gives the error if
// nothing can be loaded.

/** @typedef {typeof import('../bindings.js')} Addon */

/** @type {Partial<Record<NodeJS.Platform, string>>} */
const suffixes = { linux: '-gnu', win32: '-msvc' };

/** @returns {Addon} */
function load() {
  const { arch, platform } = process;
  const target = `${platform}-${arch}${suffixes[platform] ?? ''}`;
  try {
    return require(`${__dirname}/../bmes-cache.${target}.node`);
  } catch {
    return require('../bindings.js');
  }
}

module.exports = load();
