'use strict';
// Which package a module is of: the nearest `package.json` above it that has a name.

const fs = require('node:fs');
const path = require('node:path');
const { fileURLToPath } = require('node:url');

/**
 * @typedef {object} Package
 * @property {string} name
 * @property {string} version empty if it says none
 * @property {string} folder absolute; empty for the runtime's own modules
 */

/** What has no package of its own. */
const NONE = '(no package)';

/** The runtime's own modules. */
const BUILTIN = 'node:';

class Packages {
  /** @type {Package[]} */
  list = [];
  /** By folder. @type {Map<string, number>} */
  #rows = new Map();

  /**
   * @param {string} url of a module
   * @returns {number} the row of its package
   */
  rowOf(url) {
    if (url.startsWith('node:')) return this.#keep('node:', () => builtin());
    if (!url.startsWith('file:')) return this.#keep('', () => nothing(''));
    let folder;
    try {
      folder = path.dirname(fileURLToPath(url));
    } catch {
      return this.#keep('', () => nothing(''));
    }
    return this.#ofFolder(folder);
  }

  /**
   * @param {string} folder
   * @returns {number}
   */
  #ofFolder(folder) {
    return this.#keep(folder, () => {
      const here = read(folder);
      if (here) return here;
      const above = path.dirname(folder);
      return above === folder ? nothing('') : this.#ofFolder(above);
    });
  }

  /**
   * @param {string} key
   * @param {() => Package | number} find
   * @returns {number}
   */
  #keep(key, find) {
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    const found = find();
    let row = found;
    if (typeof row !== 'number') {
      const { folder, name } = row;
      row = this.list.findIndex((one) => one.folder === folder && one.name === name);
      if (row < 0) row = this.list.push(/** @type {Package} */ (found)) - 1;
    }
    this.#rows.set(key, row);
    return row;
  }
}

/** @returns {Package} */
function builtin() {
  return { name: BUILTIN, version: process.version.slice(1), folder: '' };
}

/**
 * @param {string} folder
 * @returns {Package}
 */
function nothing(folder) {
  return { name: NONE, version: '', folder };
}

/**
 * @param {string} folder
 * @returns {Package | undefined}
 */
function read(folder) {
  try {
    const { name, version } = JSON.parse(
      fs.readFileSync(path.join(folder, 'package.json'), 'utf8'),
    );
    // One without a name only says what the files below it are.
    if (typeof name !== 'string' || name === '') return undefined;
    return { name, version: typeof version === 'string' ? version : '', folder };
  } catch {
    return undefined;
  }
}

module.exports = { BUILTIN, NONE, Packages };
