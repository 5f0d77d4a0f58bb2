'use strict';

// Modules without a graph: their format, and many of them at once.

const path = require('node:path');
const { fileURLToPath } = require('node:url');

const addon = require('../../runtime/addon.js');
const { argumentError, optionsOf, text, withFields } = require('../arguments.js');
const { abortable, signalOf } = require('./abortable.js');
const { flag, href } = require('./checks.js');

/** @typedef {import('../../index.d.ts').SourceFile} SourceFile */

/** What the end of a name decides. @type {Record<string, 'module' | 'commonjs' | 'json'>} */
const BY_EXTENSION = {
  __proto__: /** @type {never} */ (null),
  '.mjs': 'module',
  '.mts': 'module',
  '.cjs': 'commonjs',
  '.cts': 'commonjs',
  '.json': 'json',
};

/** @type {typeof import('../../index.d.ts').detectFormat} */
function detectFormat(source, sourceURL) {
  const given = text(source, 'source');
  if (sourceURL !== undefined) {
    const name = href(sourceURL) ?? text(sourceURL, 'sourceURL');
    const pathname = URL.canParse(name) ? new URL(name).pathname : name;
    const known = BY_EXTENSION[path.posix.extname(pathname)];
    if (known) return known;
  }
  return /** @type {'module' | 'commonjs' | 'ambiguous'} */ (addon.detectSourceFormat(given));
}

/** @type {any} One name, several types: index.d.ts has them. */
const analyzeModules = (/** @type {unknown} */ files, /** @type {unknown} */ options) => {
  const { core, names } = batchOf(files, optionsOf(options, ['details']));
  return resultsOf(names, core.run());
};

/** @type {any} */
const analyzeModulesAsync = async (
  /** @type {unknown} */ files,
  /** @type {unknown} */ options,
) => {
  const given = optionsOf(options, ['details', 'signal']);
  const { core, names } = batchOf(files, given);
  const signal = signalOf(given.signal);
  return resultsOf(names, await abortable(core, () => core.runAsync(), signal, undefined));
};

/**
 * @param {unknown} files
 * @param {{ details?: unknown }} options
 */
function batchOf(files, options) {
  if (!Array.isArray(files)) throw argumentError('files must be an array');
  const inDetail = flag(options.details, 'options.details', false);
  const subjects = Array.from(files, (each, index) => subjectOf(each, `files[${index}]`));
  const core = new addon.BatchHandle({
    texts: subjects.map((each) => each.text),
    paths: subjects.map((each) => each.file),
    inDetail,
  });
  return { core, names: subjects.map((each) => each.name) };
}

/**
 * @param {unknown} value
 * @param {string} at
 */
function subjectOf(value, at) {
  const url = href(value);
  if (url === undefined && typeof value === 'object' && value !== null) {
    const { url: name, source } = optionsOf(value, ['url', 'source'], at);
    const given = name === undefined ? null : (href(name) ?? text(name, `${at}.url`));
    return { name: given, text: text(source, `${at}.source`), file: '' };
  }
  const given = url ?? text(value, at);
  return { name: given, text: '', file: fileOf(given, at) };
}

/**
 * @param {string} given
 * @param {string} at
 */
function fileOf(given, at) {
  if (given === '') throw argumentError(`${at} must name a file; it is empty`);
  if (!/^[a-z][a-z\d+.-]+:/i.test(given)) return path.resolve(given);
  try {
    return fileURLToPath(given);
  } catch {
    throw argumentError(`${at} must be a path or a file: URL; got '${given.slice(0, 80)}'`);
  }
}

/**
 * @param {(string | null)[]} names
 * @param {string | import('../../bindings.js').GraphFailure} answer
 */
function resultsOf(names, answer) {
  if (typeof answer !== 'string') {
    throw withFields(new Error(answer.message), { code: answer.code });
  }
  /** @type {{ metadata: unknown, error: unknown }[]} */
  const results = JSON.parse(answer);
  return results.map(({ metadata, error }, index) => ({ url: names[index], metadata, error }));
}

module.exports = { analyzeModules, analyzeModulesAsync, detectFormat };
