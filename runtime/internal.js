'use strict';
// Loads the runtime's own files, as Node loads its own.
//
// Errors pass through our hooks on their way to the app, and a frame of ours in a stack would be a
// difference to a run without us. So these files are compiled under names of the runtime's
// (`node:internal/bmes/...`), which tools and people skip as they skip Node's. It is also cheaper
// than `require`: no resolution, no `package.json`, no wrapper.

const { readFileSync } = require('node:fs');
const path = require('node:path');
const { compileFunction } = require('node:vm');

/** @type {Map<string, { exports: any }>} */
const loaded = new Map();

/**
 * @param {string} file absolute
 * @returns {any} what it exports
 */
function load(file) {
  const known = loaded.get(file);
  if (known) return known.exports;
  const module = { exports: {} };
  loaded.set(file, module);
  const directory = path.dirname(file);
  /** @param {string} request */
  const requireFrom = (request) => {
    if (!request.startsWith('.')) return require(request);
    const target = path.join(directory, request);
    return target.startsWith(__dirname) ? load(target) : require(target);
  };
  const name = file.slice(__dirname.length + 1, -'.js'.length).replaceAll(path.sep, '/');
  const run = compileFunction(
    readFileSync(file, 'utf8'),
    ['exports', 'require', 'module', '__filename', '__dirname'],
    { filename: `node:internal/bmes/${name}` },
  );
  run(module.exports, requireFrom, module, file, directory);
  return module.exports;
}

/**
 * @param {string} name of a file of this folder, without its extension
 * @returns {any} what it exports
 */
function requireInternal(name) {
  return load(path.join(__dirname, `${name}.js`));
}

module.exports = { requireInternal };
