// The only file that knows the data: what the views show is asked of it here.

/**
 * @typedef {import('../data.js').Report} Report
 * @typedef {import('../data.js').Module} Module
 * @typedef {'native' | 'cached'} Way
 */

export const WAYS = /** @type {const} */ (['native', 'cached']);
export const PHASES = /** @type {const} */ (['resolve', 'read', 'compile', 'link', 'evaluate']);
const BEFORE = /** @type {const} */ (['runtime', 'cache']);
const AFTER = /** @type {const} */ (['loader', 'work', 'waiting']);

/** In the order in which a start shows them. */
export const PARTS = /** @type {const} */ ([...BEFORE, ...PHASES, ...AFTER]);

/** @typedef {typeof PARTS[number]} Part */

/** @type {Record<Way, string>} */
export const WAY_NAMES = { native: 'Natively', cached: 'From the cache' };

/** @type {Record<Part, string>} */
export const PART_NAMES = {
  runtime: 'runtime’s own start',
  cache: 'the cache’s own work',
  resolve: 'finding',
  read: 'reading',
  compile: 'compiling',
  link: 'linking',
  evaluate: 'evaluating',
  loader: 'the loader itself',
  work: 'the program’s work in between',
  waiting: 'waiting',
};

/** Packages that have a colour of their own; the others share one. */
const COLOURED = 10;

/** The colour of those that are not among them. */
export const OTHER_COLOUR = COLOURED;

export class Model {
  /** @type {Report} */
  #data;
  /** Rows of those that each was the first to ask for. @type {number[][]} */
  #children;
  /** @type {number[][]} */
  #importers;
  /** Towards the entry, by the fewest steps. @type {number[]} */
  #nearest;
  /** By package. @type {number[]} */
  #colours;

  /** @param {Report} data */
  constructor(data) {
    this.#data = data;
    const { modules, packages } = data;
    this.#children = modules.map(() => []);
    this.#importers = modules.map(() => []);
    for (const [row, { parent, imports }] of modules.entries()) {
      if (parent >= 0) this.#children[parent].push(row);
      for (const target of imports) this.#importers[target].push(row);
    }
    this.#nearest = this.#breadthFirst();
    const bySize = [...packages.keys()].sort((a, b) => packages[b].native - packages[a].native);
    this.#colours = packages.map(() => OTHER_COLOUR);
    for (const [colour, row] of bySize.slice(0, COLOURED).entries()) this.#colours[row] = colour;
  }

  get data() {
    return this.#data;
  }

  get modules() {
    return this.#data.modules;
  }

  get packages() {
    return this.#data.packages;
  }

  /** @param {number} row */
  module(row) {
    return this.#data.modules[row];
  }

  /** @param {number} row */
  packageOf(row) {
    return this.#data.packages[this.#data.modules[row].package];
  }

  /** @param {number} row */
  colourOf(row) {
    return this.#colours[this.#data.modules[row].package];
  }

  /** @param {number} row */
  childrenOf(row) {
    return this.#children[row];
  }

  /** @param {number} row */
  importersOf(row) {
    return this.#importers[row];
  }

  /**
   * The shortest way from the entry to a module.
   *
   * @param {number} row
   * @returns {number[]} empty if there is none: nobody of the program has asked for it
   */
  chainTo(row) {
    const chain = [];
    for (let at = row; at >= 0; at = this.#nearest[at]) chain.push(at);
    return chain.at(-1) === 0 ? chain.toReversed() : [];
  }

  /** The last of all rows that a search may mean, lowercase. @param {number} row */
  textOf(row) {
    const { name } = this.packageOf(row);
    return `${this.module(row).path} ${name}`.toLowerCase();
  }

  /**
   * How a start's time divides.
   *
   * @param {Way} way
   * @returns {{ part: Part, milliseconds: number }[]}
   */
  partsOf(way) {
    const { others, modules } = this.#data[way];
    const all = { ...others, ...modules };
    return PARTS.map((part) => ({ part, milliseconds: all[part] }));
  }

  /**
   * What lies before and after the modules in the picture of a start.
   *
   * @param {Way} way
   */
  othersOf(way) {
    const { others } = this.#data[way];
    const list = (/** @type {readonly (keyof typeof others)[]} */ parts) =>
      parts.map((part) => ({ part, milliseconds: others[part] }));
    return { before: list(BEFORE), after: list(AFTER) };
  }

  #breadthFirst() {
    const { modules } = this.#data;
    const nearest = modules.map(() => -2);
    nearest[0] = -1;
    const queue = [0];
    for (const row of queue) {
      for (const target of modules[row].imports) {
        if (nearest[target] !== -2) continue;
        nearest[target] = row;
        queue.push(target);
      }
    }
    return nearest;
  }
}

/** @param {number} milliseconds */
export function ms(milliseconds) {
  if (milliseconds === 0) return '0';
  if (milliseconds < 0.05) return '<0.1 ms';
  const shown = milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds).toString();
  return `${shown} ms`;
}

const UNITS = ['B', 'kB', 'MB', 'GB'];

/** @param {number} bytes */
export function size(bytes) {
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${UNITS[power]}`;
}

/** @param {number} number */
export function count(number) {
  return number.toLocaleString('en');
}
