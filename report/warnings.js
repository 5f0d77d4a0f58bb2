'use strict';
// What is worth a second look, above thresholds.

/** A module whose own time natively is longer. */
const SLOW_MODULE_MS = 100;

/** A barrel of whose names no larger share is used. */
const BARREL_SHARE = 0.02;

/** What is a warning of a barrel only if it would save at least this. */
const BARREL_MS = 1;

/**
 * @typedef {object} Warning
 * @property {'BMES_SLOW_MODULE' | 'BMES_BARREL' | 'BMES_DUPLICATE_PACKAGE'} code
 * @property {string} message a sentence
 * @property {number[]} modules rows it is about
 * @property {number} milliseconds by which warnings are sorted: what it is about costs
 */

/**
 * @param {import('./data.js').Module[]} modules
 * @param {import('./data.js').PackageRow[]} packages
 * @param {import('./barrels.js').Barrel[]} barrels
 * @returns {Warning[]} the dearest first
 */
function warningsOf(modules, packages, barrels) {
  const found = [...slow(modules), ...unused(modules, barrels), ...duplicates(modules, packages)];
  return found.sort((a, b) => b.milliseconds - a.milliseconds);
}

/**
 * @param {import('./data.js').Module[]} modules
 * @returns {Warning[]}
 */
function slow(modules) {
  return modules.flatMap(({ path, own }, row) => {
    if (own.native < SLOW_MODULE_MS) return [];
    const message = `${path} takes ${shown(own.native)} by itself`;
    return [{ code: 'BMES_SLOW_MODULE', message, modules: [row], milliseconds: own.native }];
  });
}

/**
 * @param {import('./data.js').Module[]} modules
 * @param {import('./barrels.js').Barrel[]} barrels
 * @returns {Warning[]}
 */
function unused(modules, barrels) {
  return barrels.flatMap(({ row, names, used }) => {
    const { path, only } = modules[row];
    if (used / names > BARREL_SHARE || only.native < BARREL_MS) return [];
    const message =
      `${path} exports ${names} names, of which ${used === 0 ? 'none is' : `${used} ${used === 1 ? 'is' : 'are'}`} used; ` +
      `what is loaded only through it takes ${shown(only.native)}`;
    return [{ code: 'BMES_BARREL', message, modules: [row], milliseconds: only.native }];
  });
}

/**
 * @param {import('./data.js').Module[]} modules
 * @param {import('./data.js').PackageRow[]} packages
 * @returns {Warning[]}
 */
function duplicates(modules, packages) {
  /** @type {Map<string, number[]>} */
  const rows = new Map();
  for (const [row, { name, folder }] of packages.entries()) {
    if (folder !== '') rows.set(name, [...(rows.get(name) ?? []), row]);
  }
  return [...rows].flatMap(([name, places]) => {
    if (places.length < 2) return [];
    const where = places.map((row) => `${packages[row].version || '?'} in ${packages[row].folder}`);
    const firsts = places.map((row) => modules.findIndex((one) => one.package === row));
    // One of them would have to be loaded anyway.
    const costs = places.map((row) => packages[row].native);
    const milliseconds = costs.reduce((sum, one) => sum + one, 0) - Math.max(...costs);
    const message = `${name} is loaded from ${places.length} places: ${where.join(', ')}`;
    return [{ code: 'BMES_DUPLICATE_PACKAGE', message, modules: firsts, milliseconds }];
  });
}

/** @param {number} ms */
function shown(ms) {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

module.exports = { SLOW_MODULE_MS, shown, warningsOf };
