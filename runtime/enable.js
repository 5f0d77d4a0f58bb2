'use strict';
// `enable()`: a program's own way in. It never throws: what is wrong is in what it returns.

const { registerHooks } = require('node:module');
const { isAbsolute } = require('node:path');

const { isSet } = require('./environment.js');

/** @typedef {import('../index.d.ts').EnableStatus} Status */

let calls = 0;

/** @type {typeof import('../index.d.ts').enable} */
function enable(options) {
  calls++;
  try {
    const wrong = problem(options);
    if (wrong) return { status: 'disabled', code: 'BMES_INVALID_ARGUMENT', message: wrong };
    // Before anything is loaded that such a runtime may not be able to.
    const { bun, deno } = process.versions;
    if ((bun || deno || typeof registerHooks !== 'function') && !isSet('BMES_DISABLE')) {
      const message = 'this runtime has no in-thread module hooks: it starts programs by itself';
      return { status: 'unsupported', code: 'BMES_UNSUPPORTED_RUNTIME', message };
    }
    const { directory, maxSize, readOnly, shared } = options ?? {};
    const launch = require('./internal.js').loadLaunch(directory);
    return launch.enable({ directory, maxSize, readOnly, shared }, calls === 1);
  } catch (error) {
    return { status: 'disabled', code: 'BMES_INTERNAL', message: String(error) };
  }
}

/**
 * @param {unknown} options
 * @returns {string | undefined} what is wrong with them
 */
function problem(options) {
  if (options === undefined) return undefined;
  if (typeof options !== 'object' || options === null) return `options must be an object`;
  const { directory, maxSize, readOnly, shared } = /** @type {Record<string, unknown>} */ (options);
  if (directory !== undefined && (typeof directory !== 'string' || !isAbsolute(directory))) {
    return 'options.directory must be an absolute path';
  }
  if (readOnly !== undefined && typeof readOnly !== 'boolean') {
    return 'options.readOnly must be a boolean';
  }
  if (shared !== undefined && typeof shared !== 'boolean') {
    return 'options.shared must be a boolean';
  }
  if (maxSize !== undefined && !(Number.isSafeInteger(maxSize) && Number(maxSize) >= 0)) {
    return 'options.maxSize must be a number of bytes, an integer that is not negative';
  }
  return undefined;
}

module.exports = { enable };
