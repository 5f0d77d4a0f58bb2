'use strict';

// A graph that the core holds. Each question crosses once and its answer comes back as text, no larger
// than what was asked for.

const path = require('node:path');
const { fileURLToPath } = require('node:url');

const addon = require('../../runtime/addon.js');
const { argumentError, optionsOf, text } = require('../arguments.js');
const { count, flag, href } = require('./checks.js');
const { allExportsOf, cyclesOf, exportsOf, graphOf, texts } = require('./packed.js');

/** @typedef {import('../../index.d.ts').ModuleGraph} Declared */
/** @typedef {string | URL} Name a URL or a path */

/** How many chains `why` gives if nobody says. */
const CHAINS = 10;

/** @implements {Declared} */
class ModuleGraph {
  #core;

  /** @param {import('../../bindings.js').GraphHandle} core */
  constructor(core) {
    this.#core = core;
  }

  get size() {
    return this.#core.size;
  }

  get entries() {
    return texts(this.#core.ask('entries'));
  }

  urls() {
    return texts(this.#core.ask('urls'));
  }

  /** @param {Name} module */
  has(module) {
    return this.#find(module) !== null;
  }

  /**
   * @param {Name} module
   * @param {{ positions?: boolean }} [options]
   */
  getModule(module, options) {
    const positions = positionsOf(options);
    const at = this.#find(module);
    return at === null ? null : JSON.parse(this.#core.askOf('module', at, positions));
  }

  /** @param {{ positions?: boolean }} [options] */
  modules(options) {
    return this.#each(positionsOf(options));
  }

  [Symbol.iterator]() {
    return this.#each(false);
  }

  /** @param {boolean} positions */
  *#each(positions) {
    const { size } = this.#core;
    for (let at = 0; at < size; at++) yield JSON.parse(this.#core.askOf('module', at, positions));
  }

  /** @param {Name} module */
  metadata(module) {
    return this.#askOf('metadata', module);
  }

  /** @param {Name} module */
  source(module) {
    return this.#core.source(this.#one(module));
  }

  /** @param {Name} module */
  importers(module) {
    return this.#askOf('importers', module);
  }

  /** @param {Name} module */
  dependents(module) {
    return texts(this.#core.askOf('dependents', this.#one(module), false));
  }

  /** @param {Name} module */
  exports(module) {
    return exportsOf(this.#core.askOf('exports', this.#one(module), false));
  }

  allExports() {
    return allExportsOf(this.#core.allExports());
  }

  /**
   * @param {Name} module
   * @param {string} name
   */
  resolveExport(module, name) {
    return JSON.parse(this.#core.resolveExport(this.#one(module), text(name, 'name')));
  }

  /** @param {Name} module */
  usedExports(module) {
    return this.#askOf('usage', module);
  }

  evaluationOrder() {
    return texts(this.#core.ask('evaluationOrder'));
  }

  /** @param {{ dynamic?: boolean }} [options] */
  cycles(options) {
    const { dynamic } = optionsOf(options, ['dynamic']);
    return cyclesOf(this.#core.cycles(flag(dynamic, 'options.dynamic', false)));
  }

  duplicates() {
    return this.#ask('duplicates');
  }

  barrels() {
    return this.#ask('barrels');
  }

  unresolved() {
    return this.#ask('unresolved');
  }

  /**
   * @param {Name} module
   * @param {{ limit?: number }} [options]
   */
  why(module, options) {
    const { limit } = optionsOf(options, ['limit']);
    const at = this.#one(module);
    return JSON.parse(this.#core.why(at, count(limit, 'options.limit', CHAINS)));
  }

  /**
   * @param {Name} importer
   * @param {Name} module
   */
  savings(importer, module) {
    const from = this.#one(importer, 'importer');
    return JSON.parse(this.#core.savings(from, this.#one(module)));
  }

  /** @param {Name} module */
  retained(module) {
    return this.#askOf('retained', module);
  }

  watched() {
    return this.#ask('watched');
  }

  /** @param {readonly (string | URL)[]} paths */
  changedSince(paths) {
    if (!Array.isArray(paths)) throw argumentError('paths must be an array of paths');
    const absolute = Array.from(paths, (each, index) => pathOf(each, `paths[${index}]`));
    return JSON.parse(this.#core.changes(absolute));
  }

  toJSON() {
    return graphOf(this.#core.all());
  }

  /** @param {string} question */
  #ask(question) {
    return JSON.parse(this.#core.ask(question));
  }

  /**
   * @param {string} question
   * @param {Name} module
   */
  #askOf(question, module) {
    return JSON.parse(this.#core.askOf(question, this.#one(module), false));
  }

  /**
   * @param {Name} module
   * @param {string} [at]
   */
  #one(module, at = 'module') {
    const found = this.#find(module, at);
    if (found !== null) return found;
    throw argumentError(
      `${at} is not in the graph: ${href(module) ?? module}`,
      'BMES_NOT_IN_GRAPH',
    );
  }

  /**
   * @param {Name} module
   * @param {string} [at]
   */
  #find(module, at = 'module') {
    const given = href(module) ?? text(module, at);
    // A URL of one letter is a drive of Windows.
    const isURL = /^[a-z][a-z\d+.-]+:/i.test(given);
    const url = isURL ? given : addon.urlOfPath(path.resolve(given));
    return url === null ? null : this.#core.find(url);
  }
}

/** @param {unknown} options */
function positionsOf(options) {
  const { positions } = optionsOf(options, ['positions']);
  return flag(positions, 'options.positions', false);
}

/**
 * @param {unknown} value
 * @param {string} at
 */
function pathOf(value, at) {
  const given = href(value) ?? text(value, at);
  if (!given.startsWith('file:')) return path.resolve(given);
  try {
    return fileURLToPath(given);
  } catch {
    throw argumentError(`${at} must be a path or a file: URL; got '${given.slice(0, 80)}'`);
  }
}

module.exports = { ModuleGraph };
