'use strict';
// Links an app and lets Node's own main start it.
//
// Node's main asks for the entry and gets a small facade under the entry's URL: it imports the
// app's builtins natively and awaits the linker. Exit codes, `process.argv` and uncaught errors
// are then Node's own. Everything is linked before the facade is served; if it cannot be, the
// caller takes another way and nothing has happened.

const { useCompileCache } = require('../compile-cache.js');
const { registerOwnHooks, withoutWarning } = require('../disguise.js');
const { SyntheticModule } = require('../features.js');
const { FORMAT } = require('../tables.js');
const { mark } = require('../timeline.js');
const { Bridge } = require('./bridge.js');
const { Importer } = require('./importer.js');
const { Linker, NotLinkable } = require('./linker.js');
const { makeMeta } = require('./meta.js');
const { PackView } = require('./pack.js');
const { evaluateEntry } = require('./stall.js');
const synthetic = require('./synthetic.js');

/** Where the facade finds us; gone before the app's first statement. */
const DOOR = Symbol.for('bmes-cache.facade');

/**
 * @param {import('../addon.js').Session} session
 * @param {import('../tables.js').Tables} tables
 * @returns {import('../run.js').Run | undefined} undefined if the app cannot be linked
 */
function link(session, tables) {
  const pack = new PackView(session, tables);
  const entryURL = tables.urls[tables.entry];
  const bridge = new Bridge(entryURL);
  const importer = new Importer(pack, bridge);
  const linker = new Linker({
    initializeImportMeta: makeMeta(entryURL, bridge),
    importModuleDynamically: importer.import,
  });
  importer.linker = linker;

  let entry;
  try {
    withoutWarning(() => new SyntheticModule([], () => {}));
    entry = linker.link(pack, tables.entry);
  } catch (error) {
    if (!(error instanceof NotLinkable)) throw error;
    mark('stand-aside', `BMES_NOT_LINKABLE ${error.message}`);
    return undefined;
  }
  mark('link', `${tables.urls.length} modules`);
  const isWarm = pack.isWarm;
  pack.save();
  process.on('exit', () => pack.save());
  synthetic.followSync();
  if (tables.formats.includes(FORMAT.commonjs)) useCompileCache(session);

  /** @param {object} meta @param {Function} nativeImport @param {object[]} namespaces */
  Reflect.set(globalThis, DOOR, (meta, nativeImport, namespaces) => {
    Reflect.deleteProperty(globalThis, DOOR);
    facadeHook.deregister();
    bridge.open(meta, nativeImport);
    names.forEach((name, at) => synthetic.provideNamespace(name, namespaces[at]));
    mark('stage', `${isWarm ? 'warm' : 'linked'} mode linker`);
    return evaluateEntry(pack, linker, entry);
  });
  const names = synthetic.missingNamespaces();
  const source = facade(names);
  const facadeHook = registerOwnHooks({
    load: (url, context, nextLoad) =>
      url === entryURL
        ? { format: 'module', source, shortCircuit: true }
        : nextLoad(url, context),
  });

  return {
    resolve(specifier, context, nextResolve) {
      if (context.parentURL === undefined && specifier === entryURL) {
        return { url: entryURL, format: 'module', shortCircuit: true };
      }
      return bridge.resolve(specifier, context, nextResolve);
    },
  };
}

/**
 * @param {string[]} builtins
 */
function facade(builtins) {
  const imports = builtins.map((name, at) => `import * as n${at} from '${name}';`).join('');
  const namespaces = builtins.map((_, at) => `n${at}`).join();
  const call = `globalThis[Symbol.for('bmes-cache.facade')]`;
  const nativeImport = '(specifier, options) => import(specifier, options)';
  return `${imports}await ${call}(import.meta, ${nativeImport}, [${namespaces}]);`;
}

module.exports = { link };
