'use strict';

// `prewarm()`: what `bmes compile` does, for programs. The arguments are checked here.

const fs = require('node:fs');
const path = require('node:path');

const { compileAll, ownNode } = require('../learn/compile.js');
const { argumentError, optionsOf, text, withFields } = require('./arguments.js');
const { file, flag, folder, list } = require('./given.js');

/** @typedef {import('../index.d.ts').PrewarmSummary} Summary */

const OPTIONS = /** @type {const} */ ([
  'entries',
  'files',
  'cacheDir',
  'out',
  'root',
  'external',
  'frozen',
  'node',
  'conditions',
  'preserveSymlinks',
  'preserveSymlinksMain',
  'include',
  'dynamic',
  'signal',
  'onProgress',
]);

/** @typedef {Partial<Record<typeof OPTIONS[number], unknown>>} Given */

/** @type {typeof import('../index.d.ts').prewarm} */
async function prewarm(options) {
  const given = optionsOf(options, OPTIONS);
  const request = requestOf(given);
  const entries = entriesOf(given);
  if (request.output && entries.length > 1) {
    throw argumentError(
      `options.out is a file of one app; got ${entries.length} entries: ${entries.join(', ')}`,
    );
  }
  const summary = await compileAll(entries, request);
  const failed = summary.results.find((result) => result.error);
  if (!failed?.error) return summary;
  const { code, message } = failed.error;
  throw withFields(new Error(`${failed.entry}: ${message}`), {
    code,
    entry: failed.entry,
    summary,
  });
}

/**
 * @param {Given} given
 * @returns {string[]}
 */
function entriesOf({ entries, files }) {
  const named = list(entries, 'options.entries', file);
  const found = list(files, 'options.files', text).flatMap(matching);
  const all = [...new Set([...named, ...found])];
  if (all.length > 0) return all;
  throw argumentError('options.entries or options.files must name what `node` is to start');
}

/** @param {string} pattern */
function matching(pattern) {
  // A file's own name may look like a pattern: `[id].mjs`.
  if (fs.existsSync(pattern)) return [pattern];
  const { globSync } = fs;
  if (typeof globSync !== 'function') {
    const message = 'patterns in options.files need Node 22; name files, or use options.entries';
    throw withFields(new Error(message), { code: 'BMES_UNSUPPORTED_RUNTIME' });
  }
  const found = globSync(pattern).filter((name) => fs.statSync(name).isFile());
  if (found.length > 0) return found.sort();
  throw withFields(new Error(`no file matches ${pattern}`), { code: 'BMES_NO_ENTRY' });
}

/**
 * @param {Given} given
 * @returns {import('../learn/compile.js').Request}
 */
function requestOf(given) {
  const output = outputOf(given);
  const { cacheDir, node, signal, onProgress } = given;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw argumentError('options.signal must be an AbortSignal');
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw argumentError('options.onProgress must be a function');
  }
  const directory = cacheDir === undefined ? undefined : folder(cacheDir, 'options.cacheDir');
  return {
    node: node === undefined ? ownNode() : file(node, 'options.node'),
    env: { ...process.env, ...(directory === undefined ? {} : { BMES_CACHE_DIR: directory }) },
    conditions: list(given.conditions, 'options.conditions', text),
    preserveSymlinks: flag(given.preserveSymlinks, 'options.preserveSymlinks'),
    preserveSymlinksMain: flag(given.preserveSymlinksMain, 'options.preserveSymlinksMain'),
    include: list(given.include, 'options.include', text),
    isDynamic: flag(given.dynamic, 'options.dynamic', true),
    ...(output ? { output } : {}),
    ...(signal ? { signal } : {}),
    ...(onProgress
      ? { onProgress: (entry, done, known) => void onProgress({ entry, done, known }) }
      : {}),
  };
}

/**
 * @param {Given} given
 * @returns {import('../learn/compile.js').Output | undefined}
 */
function outputOf({ out, root, external, frozen }) {
  const leavesOutside = flag(external, 'options.external');
  const isFrozen = flag(frozen, 'options.frozen');
  if (out === undefined) {
    if (root === undefined && !leavesOutside && !isFrozen) return undefined;
    throw argumentError(
      'options.root, options.external and options.frozen are about the file that options.out names',
    );
  }
  return {
    file: path.resolve(file(out, 'options.out')),
    ...(root === undefined ? {} : { root: folder(root, 'options.root') }),
    leavesOutside,
    isFrozen,
  };
}

module.exports = { prewarm };
