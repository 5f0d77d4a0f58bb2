'use strict';

// `ModuleBytecodeCache`: arguments are checked here, records are found and kept by the core.

const { fileURLToPath, pathToFileURL } = require('node:url');
const path = require('node:path');

const addon = require('../runtime/addon.js');
const { argumentError, bytes, text } = require('./arguments.js');
const { defaultDirectory, isSet } = require('../runtime/environment.js');
const { runtimeIdentity } = require('../runtime/environment.js');

/** @typedef {import('../index.d.ts').CacheOptions} CacheOptions */
/** @typedef {import('../index.d.ts').SourceOptions} SourceOptions */

/**
 * Whose counters are still to be written down when the process ends.
 *
 * @type {Set<WeakRef<import('../bindings.js').ModuleCache>>}
 */
const counting = new Set();

/** @param {import('../bindings.js').ModuleCache} core */
function writeCountersAtExit(core) {
  if (counting.size === 0) {
    process.on('exit', () => {
      for (const each of counting) each.deref()?.writeCounters();
    });
  }
  counting.add(new WeakRef(core));
}

/** @type {typeof import('../index.d.ts').ModuleBytecodeCache} */
class ModuleBytecodeCache {
  #core;

  /** @param {CacheOptions} [options] */
  constructor(options) {
    const settings = cacheSettings(options);
    this.#core = new addon.ModuleCache(settings);
    if (!settings.readOnly) writeCountersAtExit(this.#core);
  }

  get lastReason() {
    return this.#core.reason ?? null;
  }

  /**
   * @param {string | URL} sourceURL
   * @param {SourceOptions} [options]
   */
  hasCache(sourceURL, options) {
    return this.#find(sourceURL, options) !== null;
  }

  /**
   * @param {string | URL} sourceURL
   * @param {SourceOptions} [options]
   */
  loadCache(sourceURL, options) {
    return this.#find(sourceURL, options);
  }

  /**
   * @param {string | URL} sourceURL
   * @param {import('../index.d.ts').Bytes} data
   * @param {SourceOptions} [options]
   */
  saveCache(sourceURL, data, options) {
    const { url, source, file } = subject(sourceURL, options);
    const record = bytes(data, 'data');
    const isSaved = this.#core.save(url, source, file, record);
    const { code, message } = this.#core.reason ?? {};
    if (code === 'BMES_INVALID_RECORD') {
      throw argumentError(`data must be a BMES record: ${message}`, code);
    }
    return isSaved;
  }

  /** @param {{ reset?: boolean }} [options] */
  stats(options) {
    const reset = flag(object(options, 'options').reset, 'options.reset');
    const { code, message, ...stats } = JSON.parse(this.#core.stats(reset));
    const rated = (/** @type {any} */ tally) => ({ ...tally, hitRate: hitRate(tally) });
    return {
      ...stats,
      reason: code ? { code, message } : null,
      run: rated(stats.run),
      total: rated(stats.total),
    };
  }

  verify() {
    const report = this.#core.verify();
    return report ? JSON.parse(report) : null;
  }

  prune() {
    return this.#core.prune();
  }

  clear() {
    return this.#core.clear();
  }

  /**
   * @param {string | URL} sourceURL
   * @param {SourceOptions} [options]
   */
  #find(sourceURL, options) {
    const { url, source, file } = subject(sourceURL, options);
    return this.#core.find(url, source, file);
  }
}

/** @param {{ hits: number, misses: Record<string, number> }} tally */
function hitRate({ hits, misses }) {
  const lookups = Object.values(misses).reduce((sum, number) => sum + number, hits);
  return lookups === 0 ? null : hits / lookups;
}

/**
 * @param {unknown} options
 * @returns {import('../bindings.js').ModuleCacheSettings}
 */
function cacheSettings(options) {
  const { directory, layers, readOnly, shared, maxSize } = object(options, 'options');
  if (layers !== undefined && !Array.isArray(layers)) {
    throw argumentError('options.layers must be an array of directories');
  }
  return {
    ...runtimeIdentity(),
    directory:
      directory === undefined ? defaultDirectory() : folder(directory, 'options.directory'),
    layers: (layers ?? []).map((/** @type {unknown} */ layer, /** @type {number} */ at) =>
      folder(layer, `options.layers[${at}]`),
    ),
    readOnly: flag(readOnly, 'options.readOnly') || isSet('BMES_READONLY'),
    shared: flag(shared, 'options.shared') || isSet('BMES_SHARED'),
    maxSize:
      maxSize === undefined ? process.env.BMES_MAX_SIZE : `${size(maxSize, 'options.maxSize')}`,
  };
}

/**
 * The module that is asked for: its URL, and what its content is.
 *
 * @param {unknown} sourceURL
 * @param {unknown} options
 * @returns {{ url: string, source: Uint8Array | undefined, file: string | undefined }}
 */
function subject(sourceURL, options) {
  const given = text(sourceURL instanceof URL ? sourceURL.href : sourceURL, 'sourceURL');
  const url = path.isAbsolute(given) ? pathToFileURL(given).href : given;
  const { source } = object(options, 'options');
  if (typeof source === 'string') {
    return { url, source: Buffer.from(text(source, 'options.source')), file: undefined };
  }
  if (source !== undefined) {
    return { url, source: bytes(source, 'options.source'), file: undefined };
  }
  if (url.startsWith('file:')) return { url, source: undefined, file: fileOf(url) };
  throw argumentError(
    `sourceURL must be a file: URL or an absolute path where options.source is not given; got '${given}'`,
  );
}

/** @param {string} url */
function fileOf(url) {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw argumentError(`sourceURL names no file: ${/** @type {Error} */ (error).message}`);
  }
}

/**
 * @param {unknown} value
 * @param {string} at
 * @returns {Record<string, unknown>}
 */
function object(value, at) {
  if (value === undefined) return {};
  if (typeof value === 'object' && value !== null) {
    return /** @type {Record<string, unknown>} */ (value);
  }
  throw argumentError(`${at} must be an object`);
}

/**
 * @param {unknown} value
 * @param {string} at
 */
function flag(value, at) {
  if (value === undefined) return false;
  if (typeof value === 'boolean') return value;
  throw argumentError(`${at} must be a boolean`);
}

/**
 * @param {unknown} value
 * @param {string} at
 */
function folder(value, at) {
  const given = text(value instanceof URL ? fileURLToPath(value) : value, at);
  if (given === '') throw argumentError(`${at} must name a directory; it is empty`);
  return path.resolve(given);
}

/**
 * @param {unknown} value
 * @param {string} at
 */
function size(value, at) {
  if (typeof value === 'number' && value >= 0 && Number.isSafeInteger(value)) return value;
  throw argumentError(`${at} must be a number of bytes, an integer that is not negative`);
}

module.exports = { ModuleBytecodeCache };
