'use strict';
// Builtins, JSON and CommonJS as module records whose exports the runtime itself provides.

const Module = require('node:module');

const { SyntheticModule } = require('../features.js');
const { FORMAT } = require('../tables.js');

/** @type {any} */
const { _cache: commonjsCache } = Module;

/**
 * @param {import('./pack.js').PackView} pack
 * @param {number} index
 * @param {string} identifier the module's URL
 */
function makeSynthetic(pack, index, identifier) {
  switch (pack.tables.formats[index]) {
    case FORMAT.builtin:
      return makeBuiltin(identifier);
    case FORMAT.json:
      return makeJSON(pack, index, identifier);
    default:
      return makeCommonJS(pack, index, identifier);
  }
}

/** Builtins by URL: their module records, and their native namespaces once those are here. */
const builtins = new Map();

/**
 * A builtin's values are those of its *native* namespace, so that a patch without
 * `syncBuiltinESMExports` stays as invisible as it is natively.
 *
 * @param {string} identifier `node:fs`
 */
function makeBuiltin(identifier) {
  const names = new Set(Object.keys(require(identifier)));
  names.add('default');
  const record = new SyntheticModule([...names], () => fillBuiltin(record), { identifier });
  builtins.set(identifier, { record, names, namespace: undefined });
  return record;
}

/** @param {any} record */
function fillBuiltin(record) {
  const { names, namespace } = builtins.get(record.identifier);
  for (const name of names) {
    if (name in namespace) record.setExport(name, namespace[name]);
  }
}

/** The URLs of the builtins that were linked and still lack their native namespace. */
function missingNamespaces() {
  return [...builtins].filter(([, one]) => one.namespace === undefined).map(([url]) => url);
}

/**
 * @param {string} url
 * @param {object} namespace
 */
function provideNamespace(url, namespace) {
  builtins.get(url).namespace = namespace;
}

/** Makes `syncBuiltinESMExports` reach our records too. */
function followSync() {
  const original = Module.syncBuiltinESMExports;
  Module.syncBuiltinESMExports = function syncBuiltinESMExports() {
    original();
    for (const { record } of builtins.values()) {
      if (record.status === 'evaluated') fillBuiltin(record);
    }
  };
  // The namespace of node:module was made before; it is brought up to date as the app would.
  original();
}

/**
 * @param {import('./pack.js').PackView} pack
 * @param {number} index
 * @param {string} identifier
 */
function makeJSON(pack, index, identifier) {
  const path = pack.path(index);
  // As Node does: one object for `require` and `import`, unless the URL has more than a path.
  const isShared = !/[?#]/.test(identifier);
  let module = isShared ? commonjsCache[path] : undefined;
  if (!module?.loaded) {
    module = { exports: JSON.parse(pack.source(index)), loaded: true };
    if (isShared) commonjsCache[path] = module;
  }
  const { exports } = module;
  const record = new SyntheticModule(['default'], () => record.setExport('default', exports), {
    identifier,
  });
  return record;
}

/**
 * @param {import('./pack.js').PackView} pack
 * @param {number} index
 * @param {string} identifier
 */
function makeCommonJS(pack, index, identifier) {
  const path = pack.path(index);
  const names = pack.exportNames(index);
  if (names === null) throw new Error(`export names of ${identifier} are not known`);
  const record = new SyntheticModule(names, () => evaluateCommonJS(record, path, names), {
    identifier,
  });
  return record;
}

/**
 * CommonJS is evaluated by Node's own `require`, at its place in the order; its names are set as
 * Node's translator sets them.
 *
 * @param {any} record
 * @param {string} path
 * @param {string[]} names
 */
function evaluateCommonJS(record, path, names) {
  const exports = /** @type {any} */ (Module)._load(path, undefined, false);
  for (const name of names) {
    if (name === 'default' || name === 'module.exports') continue;
    if (!Object.prototype.hasOwnProperty.call(exports, name)) continue;
    let value;
    try {
      value = exports[name];
    } catch {
      // A getter that throws: the name stays undefined, as natively.
    }
    record.setExport(name, value);
  }
  record.setExport('default', exports);
  if (names.includes('module.exports')) record.setExport('module.exports', exports);
}

module.exports = { followSync, makeBuiltin, makeSynthetic, missingNamespaces, provideNamespace };
