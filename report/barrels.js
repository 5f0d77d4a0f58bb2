'use strict';
// Modules that mostly pass on what others export, and how many of their names anybody has asked for.

const { analyzeModule } = require('../api/records.js');

/** Fewer names are no barrel. */
const LEAST_NAMES = 20;

/** The share of names that are passed on. */
const LEAST_SHARE = 0.8;

/**
 * @typedef {object} Barrel
 * @property {number} row
 * @property {number} names how many it exports
 * @property {number} used how many of them are imported
 */

/**
 * What a module says of names; undefined where that is not known.
 *
 * @typedef {import('../index.d.ts').ModuleMetadata | undefined} Metadata
 */

/**
 * @param {string} source
 * @returns {Metadata}
 */
function analyze(source) {
  try {
    return analyzeModule(source);
  } catch {
    // TypeScript, for one.
    return undefined;
  }
}

/**
 * @param {import('./graph.js').Graph} graph
 * @param {readonly Metadata[]} metadata
 * @returns {Barrel[]}
 */
function findBarrels(graph, metadata) {
  const names = new Names(graph, metadata);
  const wanted = new Wanted(graph, metadata);
  /** @type {Barrel[]} */
  const barrels = [];
  for (const [row, known] of metadata.entries()) {
    // The entry's exports are for nobody.
    if (!known || row === 0) continue;
    const all = names.of(row);
    const own = known.exportEntries.filter(({ type }) => type === 'Local').length;
    if (all.size < LEAST_NAMES || all.size - own < all.size * LEAST_SHARE) continue;
    const used = wanted.of(row);
    if (used === ALL) continue;
    const count = [...used].filter((name) => all.has(name)).length;
    barrels.push({ row, names: all.size, used: count });
  }
  return barrels;
}

/** The names that modules export, those of `export * from` included. */
class Names {
  #graph;
  #metadata;

  /**
   * @param {import('./graph.js').Graph} graph
   * @param {readonly Metadata[]} metadata
   */
  constructor(graph, metadata) {
    this.#graph = graph;
    this.#metadata = metadata;
  }

  /**
   * @param {number} root
   * @returns {Set<string>}
   */
  of(root) {
    /** @type {Set<string>} */
    const names = new Set();
    const seen = new Set([root]);
    for (const row of seen) {
      const known = this.#metadata[row];
      for (const { exportName } of known?.exportEntries ?? []) {
        if (row === root || exportName !== 'default') names.add(exportName);
      }
      for (const specifier of known?.starExports ?? []) {
        const target = this.#graph.specifiers[row].get(specifier);
        if (target !== undefined) seen.add(target);
      }
    }
    return names;
  }
}

/** Somebody takes all of a module, or may. */
const ALL = Symbol('all');

/** The names that are asked of modules. */
class Wanted {
  /** @type {(Set<string> | typeof ALL)[]} */
  #names;

  /**
   * @param {import('./graph.js').Graph} graph
   * @param {readonly Metadata[]} metadata
   */
  constructor(graph, metadata) {
    this.#names = graph.urls.map(() => new Set());
    /** @type {[from: number, to: number][]} */
    const stars = [];
    for (const [row, targets] of graph.imports.entries()) {
      const known = metadata[row];
      // CommonJS, and what cannot be read, takes everything.
      if (!known) for (const target of targets) this.#names[target] = ALL;
      if (!known) continue;
      const specifiers = graph.specifiers[row];
      const isStatic = new Set(known.requestedModules.map(({ specifier }) => specifier));
      for (const [specifier, target] of specifiers) {
        if (!isStatic.has(specifier)) this.#names[target] = ALL;
      }
      /** @param {string | null} specifier @param {string | null} name */
      const take = (specifier, name) => {
        const target = specifiers.get(specifier ?? '');
        if (target === undefined) return;
        const before = this.#names[target];
        if (name === null) this.#names[target] = ALL;
        else if (before !== ALL) before.add(name);
      };
      for (const { type, moduleRequest, importName } of known.importEntries) {
        take(moduleRequest, type === 'Namespace' ? null : importName);
      }
      for (const { type, moduleName, importName } of known.exportEntries) {
        if (type !== 'Local') take(moduleName, type === 'Namespace' ? null : importName);
      }
      for (const specifier of known.starExports) {
        const target = specifiers.get(specifier);
        if (target !== undefined) stars.push([row, target]);
      }
    }
    this.#passOn(stars);
  }

  /**
   * What is asked of a module is asked of those whose names it passes on.
   *
   * @param {[from: number, to: number][]} stars
   */
  #passOn(stars) {
    for (let hasChanged = true; hasChanged;) {
      hasChanged = false;
      for (const [from, to] of stars) {
        const above = this.#names[from];
        const below = this.#names[to];
        if (below === ALL) continue;
        if (above === ALL) {
          this.#names[to] = ALL;
          hasChanged = true;
          continue;
        }
        const { size } = below;
        for (const name of above) below.add(name);
        hasChanged ||= below.size > size;
      }
    }
  }

  /** @param {number} row */
  of(row) {
    return this.#names[row];
  }
}

module.exports = { analyze, findBarrels };
