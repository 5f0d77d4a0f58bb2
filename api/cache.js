'use strict';

// `ModuleBytecodeCache`: arguments are checked here, records are found and kept by the core.

const { fileURLToPath, pathToFileURL } = require('node:url');
const path = require('node:path');

const addon = require('../runtime/addon.js');
const { argumentError, bytes, optionsOf, text } = require('./arguments.js');
const { flag, folder } = require('./given.js');
const { defaultDirectory, isSet, runtimeIdentity } = require('../runtime/environment.js');
const { environmentFaults, maxSizeSet } = require('../runtime/variables.js');

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

  /** @type {string[]} What of the environment was not understood, of what holds for this object. */
  #faults;

  /** @param {CacheOptions} [options] */
  constructor(options) {
    const { settings, faults } = cacheSettings(options);
    this.#faults = faults;
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
    const reset = flag(optionsOf(options, ['reset']).reset, 'options.reset');
    const { code, message, ...stats } = JSON.parse(this.#core.stats(reset));
    const [fault] = this.#faults;
    const rated = (/** @type {any} */ tally) => ({ ...tally, hitRate: hitRate(tally) });
    return {
      ...stats,
      reason: code
        ? { code, message }
        : fault
          ? { code: 'BMES_INVALID_ENVIRONMENT', message: fault }
          : null,
      run: rated(stats.run),
      total: rated(stats.total),
    };
  }

  verify() {
    const report = this.#core.verify(true);
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
 * @returns {{ settings: import('../bindings.js').ModuleCacheSettings, faults: string[] }}
 */
function cacheSettings(options) {
  const known = /** @type {const} */ (['directory', 'layers', 'readOnly', 'shared', 'maxSize']);
  const { directory, layers, readOnly, shared, maxSize } = optionsOf(options, known);
  if (layers !== undefined && !Array.isArray(layers)) {
    throw argumentError('options.layers must be an array of directories');
  }
  const settings = {
    ...runtimeIdentity(),
    directory:
      directory === undefined ? defaultDirectory() : folder(directory, 'options.directory'),
    layers: (layers ?? []).map((/** @type {unknown} */ layer, /** @type {number} */ at) =>
      folder(layer, `options.layers[${at}]`),
    ),
    readOnly: flag(readOnly, 'options.readOnly') || isSet('BMES_READONLY'),
    shared: flag(shared, 'options.shared') || isSet('BMES_SHARED'),
    maxSize: maxSize === undefined ? maxSizeSet() : size(maxSize, 'options.maxSize'),
  };
  const names = [
    'BMES_READONLY',
    'BMES_SHARED',
    ...(maxSize === undefined ? ['BMES_MAX_SIZE'] : []),
  ];
  return { settings, faults: environmentFaults(names) };
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
  const { source } = optionsOf(options, ['source']);
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
 */
function size(value, at) {
  if (typeof value === 'number' && value >= 0 && Number.isSafeInteger(value)) return value;
  throw argumentError(`${at} must be a number of bytes, an integer that is not negative`);
}

module.exports = { ModuleBytecodeCache };
