'use strict';
// The runtime's own files one by one, as a checkout has them (internal.js).

const { readFileSync } = require('node:fs');
const path = require('node:path');
const { compileFunction } = require('node:vm');

const { builtin, shared } = require('./internal.js');

/** @param {string} name of a file of this folder */
function load(name) {
  return loadSource(path.join(__dirname, name));
}

/** @type {any} by path */
const loaded = { __proto__: null };

/**
 * @param {string} file absolute
 * @returns {any} what it exports
 */
function loadSource(file) {
  const known = loaded[file];
  if (known) return known.exports;
  const module = { exports: {} };
  loaded[file] = module;
  const directory = path.dirname(file);
  /** @param {string} request */
  const requireFrom = (request) => {
    // It may be asked for when the app has broken builtins.
    if (request[0] !== '.') return builtin(request);
    const target = path.join(directory, request);
    const name = path.relative(__dirname, target);
    if (name[0] === '.') return require(target);
    return shared(`./${name}`) ?? loadSource(target);
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

module.exports = { load };
