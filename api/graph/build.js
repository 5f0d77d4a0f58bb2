'use strict';

// `buildGraph` and `buildGraphAsync`: what may be asked for, and the crawl in this thread or beside it.

const Module = require('node:module');
const path = require('node:path');
const { fileURLToPath } = require('node:url');

const addon = require('../../runtime/addon.js');
const features = require('../../runtime/features.js');
const { builtins } = require('../../runtime/settings.js');
const { argumentError, optionsOf, text, withFields } = require('../arguments.js');
const { abortable, signalOf } = require('./abortable.js');
const { flag, functionOf, href, texts } = require('./checks.js');
const { ModuleGraph } = require('./module-graph.js');

const OPTIONS = /** @type {const} */ ([
  'conditions',
  'preserveSymlinks',
  'preserveSymlinksMain',
  'followDynamic',
  'external',
  'packages',
  'exclude',
]);

/** @type {typeof import('../../index.d.ts').buildGraph} */
function buildGraph(entry, options) {
  const core = new addon.GraphHandle(settingsOf(entry, optionsOf(options, OPTIONS)));
  let outcome = core.crawl();
  while (outcome.unstripped.length > 0) {
    stripTypes(core, outcome.unstripped);
    outcome = core.crawl();
  }
  return graphOf(core, outcome);
}

/** @type {typeof import('../../index.d.ts').buildGraphAsync} */
async function buildGraphAsync(entry, options) {
  const given = optionsOf(options, [...OPTIONS, 'signal', 'onProgress']);
  const core = new addon.GraphHandle(settingsOf(entry, given));
  const signal = signalOf(given.signal);
  const onProgress = functionOf(given.onProgress, 'options.onProgress');
  const tell = () => {
    const [found = 0, loaded = 0] = core.progress();
    onProgress?.({ found, loaded });
  };
  const crawl = async () => {
    let outcome = await core.crawlAsync();
    while (outcome.unstripped.length > 0) {
      stripTypes(core, outcome.unstripped);
      outcome = await core.crawlAsync();
    }
    return outcome;
  };
  return graphOf(core, await abortable(core, crawl, signal, onProgress && tell));
}

/**
 * @param {import('../../bindings.js').GraphHandle} core
 * @param {string[]} unstripped TypeScript that the crawl has met
 */
function stripTypes(core, unstripped) {
  const { withStripper } = require('../../runtime/strip-types.js');
  withStripper((strip) => core.strip(strip(unstripped, [])));
}

/**
 * @param {import('../../bindings.js').GraphHandle} core
 * @param {import('../../bindings.js').CrawlOutcome} outcome
 */
function graphOf(core, { code, message }) {
  if (code) throw withFields(new Error(message), { code });
  return new ModuleGraph(core);
}

/**
 * @param {unknown} entry
 * @param {Partial<Record<typeof OPTIONS[number], unknown>>} options
 * @returns {import('../../bindings.js').GraphSettings}
 */
function settingsOf(entry, options) {
  const entries = Array.isArray(entry)
    ? Array.from(entry, (each, index) => entryOf(each, `entries[${index}]`))
    : [entryOf(entry, 'entry')];
  if (entries.length === 0) throw argumentError('entries must name a module; the list is empty');
  const preserveSymlinks = flag(options.preserveSymlinks, 'options.preserveSymlinks', false);
  const { packages } = options;
  if (packages !== undefined && packages !== 'follow' && packages !== 'external') {
    throw argumentError(`options.packages must be one of 'follow', 'external'`);
  }
  return {
    entries,
    conditions: texts(options.conditions, 'options.conditions'),
    preserveSymlinks,
    preserveSymlinksMain: flag(options.preserveSymlinksMain, 'options.preserveSymlinksMain', false),
    requireModule: features.requireModule,
    stripTypes: features.stripsTypes,
    rootImports: features.rootImports,
    builtins: builtins(),
    globalPaths: /** @type {any} */ (Module).globalPaths ?? [],
    external: texts(options.external, 'options.external'),
    packagesExternal: packages === 'external',
    exclude: texts(options.exclude, 'options.exclude').map((each) => path.resolve(each)),
    followDynamic: flag(options.followDynamic, 'options.followDynamic', true),
  };
}

/**
 * A path as `node` takes one, or the URL of a file.
 *
 * @param {unknown} value
 * @param {string} at
 */
function entryOf(value, at) {
  const url = href(value);
  const given = url ?? text(value, at);
  if (given === '') throw argumentError(`${at} must name a module; it is empty`);
  if (given.includes('\0')) throw argumentError(`${at} must name a module; it has a null byte`);
  if (!/^[a-z][a-z\d+.-]+:/i.test(given)) return path.resolve(given);
  try {
    fileURLToPath(given);
  } catch {
    throw argumentError(`${at} must be a path or a file: URL; got '${given.slice(0, 80)}'`);
  }
  return given;
}

module.exports = { buildGraph, buildGraphAsync };
