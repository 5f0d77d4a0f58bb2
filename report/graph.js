'use strict';
// Who has asked for whom, as the runtime saw it: the tree of first importers, and what would go if a module
// went.

const { urlOf } = require('./account.js');

/**
 * @typedef {object} Graph
 * @property {string[]} urls of the modules, in the order in which they were first asked for; the first is
 *   the entry
 * @property {number[][]} imports rows of what each has asked for, in order
 * @property {Map<string, number>[]} specifiers of each, where they are known, and the rows they led to
 * @property {number[]} parents the row of the first that asked for each; -1 for the entry
 */

/**
 * @param {import('./observe.js').Observation} seen
 * @param {string} entry its URL
 * @param {(url: string) => boolean} isOurs
 * @returns {Graph}
 */
function graphOf({ steps, required }, entry, isOurs) {
  /** @type {Graph} */
  const graph = { urls: [], imports: [], specifiers: [], parents: [] };
  /** @type {Map<string, number>} */
  const rows = new Map();
  rowOf(entry, -1);
  const asked = steps.filter(([kind, , , about]) => ASKS.has(kind) && about !== '');
  // Outer steps end after inner ones, and began before them.
  asked.sort((a, b) => a[1] - b[1]);
  for (const [, , , about, by, specifier] of asked) connect(by, about, specifier);
  for (const [parent, children] of required) {
    for (const child of children) connect(parent, child, undefined);
  }
  return graph;

  /**
   * @param {string} by
   * @param {string} about
   * @param {string | undefined} specifier
   */
  function connect(by, about, specifier) {
    const url = urlOf(about);
    const parentURL = by === '' ? '' : urlOf(by);
    if (isOurs(url) || isOurs(parentURL)) return;
    // What nobody of the app has asked for is a preload, or the runtime's own.
    const parent = parentURL === '' ? 0 : rowOf(parentURL, 0);
    const target = rowOf(url, parent);
    if (specifier !== undefined) graph.specifiers[parent].set(specifier, target);
    if (target !== parent && !graph.imports[parent].includes(target)) {
      graph.imports[parent].push(target);
    }
  }

  /**
   * @param {string} url
   * @param {number} parent
   */
  function rowOf(url, parent) {
    let row = rows.get(url);
    if (row === undefined) {
      row = graph.urls.length;
      rows.set(url, row);
      graph.urls.push(url);
      graph.imports.push([]);
      graph.specifiers.push(new Map());
      graph.parents.push(parent);
    }
    return row;
  }
}

const ASKS = new Set(['resolve', 'require']);

/**
 * The immediate dominator of each row: the last module that all ways from the entry to it lead through.
 * (Cooper, Harvey, Kennedy: A Simple, Fast Dominance Algorithm.)
 *
 * @param {readonly number[][]} imports
 * @returns {number[]} -1 for the entry
 */
function dominatorsOf(imports) {
  const order = postOrder(imports);
  const rank = imports.map(() => -1);
  for (const [at, row] of order.entries()) rank[row] = at;
  /** @type {number[][]} */
  const importers = imports.map(() => []);
  for (const [row, targets] of imports.entries()) {
    for (const target of targets) importers[target].push(row);
  }
  const found = imports.map(() => -1);
  found[0] = 0;
  for (let hasChanged = true; hasChanged;) {
    hasChanged = false;
    for (let at = order.length - 2; at >= 0; at--) {
      const row = order[at];
      let closest = -1;
      for (const importer of importers[row]) {
        if (found[importer] < 0) continue;
        closest = closest < 0 ? importer : meet(importer, closest);
      }
      if (found[row] !== closest) {
        found[row] = closest;
        hasChanged = true;
      }
    }
  }
  found[0] = -1;
  return found;

  /**
   * @param {number} a
   * @param {number} b
   */
  function meet(a, b) {
    while (a !== b) {
      while (rank[a] < rank[b]) a = found[a];
      while (rank[b] < rank[a]) b = found[b];
    }
    return a;
  }
}

/**
 * @param {readonly number[][]} imports
 * @returns {number[]} rows that the entry leads to, each after all below it that were not seen before
 */
function postOrder(imports) {
  const seen = new Uint8Array(imports.length);
  /** @type {number[]} */
  const order = [];
  const stack = [{ row: 0, next: 0 }];
  seen[0] = 1;
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const target = imports[top.row][top.next++];
    if (target === undefined) {
      order.push(top.row);
      stack.pop();
    } else if (!seen[target]) {
      seen[target] = 1;
      stack.push({ row: target, next: 0 });
    }
  }
  return order;
}

/**
 * The sum of each row's own value and those of all below it.
 *
 * @param {readonly number[]} parents of a tree; -1 for a root
 * @param {readonly number[]} own
 * @returns {number[]}
 */
function sumsUpwards(parents, own) {
  const sums = [...own];
  const open = parents.map(() => 0);
  for (const parent of parents) if (parent >= 0) open[parent]++;
  const ready = [...parents.keys()].filter((row) => open[row] === 0);
  for (let row = ready.pop(); row !== undefined; row = ready.pop()) {
    const parent = parents[row];
    if (parent < 0) continue;
    sums[parent] += sums[row];
    if (--open[parent] === 0) ready.push(parent);
  }
  return sums;
}

module.exports = { dominatorsOf, graphOf, sumsUpwards };
