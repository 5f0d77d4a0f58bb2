'use strict';
// `enable()`: a program's own way in. It never throws: what is wrong is in what it returns.

const { registerHooks } = require('node:module');
const { isAbsolute } = require('node:path');

const { LEARN, isSet } = require('./environment.js');
const { directoryProblem, optionsIn, optionsProblem } = require('./options.js');

/** @typedef {import('../index.d.ts').EnableStatus} Status */

const OPTIONS = /** @type {const} */ ([
  'directory',
  'readOnly',
  'shared',
  'maxSize',
  'learn',
  'pack',
  'transformTypes',
]);

let calls = 0;

/** @type {typeof import('../index.d.ts').enable} */
function enable(options) {
  calls++;
  try {
    const wrongOptions = optionsProblem(options, OPTIONS, 'options');
    const read = wrongOptions ? {} : optionsIn(options, OPTIONS);
    const wrong = wrongOptions ?? problem(read);
    if (wrong) return { status: 'disabled', code: 'BMES_INVALID_ARGUMENT', message: wrong };
    // Before anything is loaded that such a runtime may not be able to.
    const { bun, deno } = process.versions;
    if ((bun || deno || typeof registerHooks !== 'function') && !isSet('BMES_DISABLE')) {
      const message = 'this runtime has no in-thread module hooks: it starts programs by itself';
      return { status: 'unsupported', code: 'BMES_UNSUPPORTED_RUNTIME', message };
    }
    const known = /** @type {import('../index.d.ts').EnableOptions} */ (read);
    return require('./internal.js')
      .loadLaunch(known.directory)
      .enable(known, calls === 1);
  } catch (error) {
    return { status: 'disabled', code: 'BMES_INTERNAL', message: String(error) };
  }
}

/**
 * @param {Partial<Record<typeof OPTIONS[number], unknown>>} options
 * @returns {string | undefined} what is wrong with them
 */
function problem({ directory, learn, maxSize, pack, readOnly, shared, transformTypes }) {
  if (directory !== undefined && (typeof directory !== 'string' || !isAbsolute(directory))) {
    return 'options.directory must be an absolute path';
  }
  const wrong =
    directory === undefined ? undefined : directoryProblem(directory, 'options.directory');
  if (wrong) return wrong;
  if (learn !== undefined && !LEARN.includes(/** @type {any} */ (learn))) {
    return `options.learn must be one of ${LEARN.join(', ')}`;
  }
  if (readOnly !== undefined && typeof readOnly !== 'boolean') {
    return 'options.readOnly must be a boolean';
  }
  if (shared !== undefined && typeof shared !== 'boolean') {
    return 'options.shared must be a boolean';
  }
  if (transformTypes !== undefined && typeof transformTypes !== 'boolean') {
    return 'options.transformTypes must be a boolean';
  }
  if (maxSize !== undefined && !(Number.isSafeInteger(maxSize) && Number(maxSize) >= 0)) {
    return 'options.maxSize must be a number of bytes, an integer that is not negative';
  }
  if (pack !== undefined && (typeof pack !== 'string' || !isAbsolute(pack))) {
    return 'options.pack must be the absolute path of a file';
  }
  return undefined;
}

module.exports = { enable };
