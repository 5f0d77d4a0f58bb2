'use strict';
// A pack's tables as the runtime reads them.

const { keys, matches } = require('./safe.js');

/** Numbers of `ModuleFormat` in the core. */
const FORMAT = { module: 0, commonjs: 1, json: 2, builtin: 3, other: 4 };

/** Numbers of `EdgeAttributes` in the core. */
const ATTRIBUTES = { none: 0, json: 1, other: 2 };

/** Bits of `traits`, as the pack has them (src/pack/rows/module.rs). */
const TRAIT = { formatDetected: 1, unlinkable: 4, asksRuntime: 8, typescript: 16 };

/**
 * The runtime's word for the format of an ES module that is TypeScript. What the pack has of one is JavaScript
 * by then; but whoever hears where a specifier leads hears this.
 */
const MODULE_TYPESCRIPT = 'module-typescript';

/**
 * The runtime's word for what an ES module of a pack is.
 *
 * @param {import('./types.d.ts').Tables} tables
 * @param {number} index
 */
function formatOf({ traits }, index) {
  return traits[index] & TRAIT.typescript ? MODULE_TYPESCRIPT : 'module';
}

/**
 * @param {string | null | undefined} format
 * @returns {boolean} whether it is that of an ES module
 */
function isModuleFormat(format) {
  return format === 'module' || format === MODULE_TYPESCRIPT;
}

/** A target nobody could resolve. */
const NO_TARGET = 0xffffffff;

/**
 * What a `with` clause asks for; what others have put on `Object.prototype` is not in it.
 *
 * @param {Partial<Record<string, string>> | undefined} attributes
 */
function attributesOf(attributes) {
  let found = ATTRIBUTES.none;
  const names = attributes ? keys(attributes) : [];
  for (let at = 0; at < names.length; at++) {
    const key = names[at];
    const isJson = key === 'type' && attributes?.[key] === 'json' && found === ATTRIBUTES.none;
    found = isJson ? ATTRIBUTES.json : ATTRIBUTES.other;
  }
  return found;
}

const INSPECTOR = /^node:inspector(\/promises)?$/;

/**
 * Whether the app can profile itself. Counts are less precise in functions that come from a cache of
 * compiled code, so what is compiled once it may have begun must come from none.
 *
 * @param {import('./types.d.ts').Tables} tables
 */
function importsInspector({ urls, formats }) {
  return urls.some((url, index) => formats[index] === FORMAT.builtin && matches(INSPECTOR, url));
}

/** Where specifiers lead, by the module that asks. */
class EdgeFinder {
  #tables;
  #specifiers;
  /** Where each module's last answer was: a loader asks in the order they are written. */
  #cursors;

  /**
   * @param {import('./types.d.ts').Tables} tables
   * @param {string[]} specifiers one per edge
   */
  constructor(tables, specifiers) {
    this.#tables = tables;
    this.#specifiers = specifiers;
    this.#cursors = new Uint32Array(tables.urls.length);
  }

  /**
   * @param {number} parent
   * @param {string} specifier
   * @param {Record<string, string> | undefined} attributes
   * @returns {number | undefined} the edge, if it leads somewhere
   */
  find(parent, specifier, attributes) {
    const { edgesAt, requests, dynamicImports, targets } = this.#tables;
    const count = requests[parent] + dynamicImports[parent];
    const wanted = attributesOf(attributes);
    let at = this.#cursors[parent];
    for (let tried = 0; tried < count; tried++, at++) {
      if (at >= count) at = 0;
      const edge = edgesAt[parent] + at;
      if (
        this.#specifiers[edge] === specifier &&
        this.#tables.attributes[edge] === wanted &&
        targets[edge] !== NO_TARGET
      ) {
        this.#cursors[parent] = at + 1;
        return edge;
      }
    }
    return undefined;
  }

  /**
   * Whether an edge is an `import()`, and no static import.
   *
   * @param {number} parent
   * @param {number} edge of it
   */
  isDynamic(parent, edge) {
    return edge >= this.#tables.edgesAt[parent] + this.#tables.requests[parent];
  }
}

module.exports = {
  ATTRIBUTES,
  EdgeFinder,
  FORMAT,
  NO_TARGET,
  TRAIT,
  attributesOf,
  formatOf,
  importsInspector,
  isModuleFormat,
};
