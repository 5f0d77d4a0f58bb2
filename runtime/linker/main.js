'use strict';
// Starts an app whose ES modules are ours.
//
// Node's main asks for the entry and gets a facade under the entry's URL, into which our record of
// the entry is grafted. All records are made before the facade is served: if they cannot be, the
// caller takes another way and nothing has happened.

const { registerOwnHooks, withoutWarning } = require('../disguise.js');
const { atExit } = require('../exit.js');
const { FORMAT, importsInspector } = require('../tables.js');
const { mark } = require('../timeline.js');
const { Bridge } = require('./bridge.js');
const { facadeSource } = require('./facade.js');
const graft = require('./graft.js');
const { makeImport } = require('./importer.js');
const { Linker, NotLinkable } = require('./linker.js');
const { makeMeta } = require('./meta.js');
const { PackView } = require('./pack.js');

/**
 * @param {import('../types.d.ts').Session} session
 * @param {import('../types.d.ts').Tables} tables
 * @param {boolean} isMain whether the entry is the main module
 * @returns {import('../run.js').Run | undefined} undefined if the app cannot be linked
 */
function link(session, tables, isMain) {
  if (!withoutWarning(graft.open)) {
    mark('stand-aside', `BMES_UNTESTED_RUNTIME the linker was not tested on ${process.version}`);
    return undefined;
  }
  const { entry, urls } = tables;
  const pack = new PackView(session, tables);
  const bridge = new Bridge(pack, () => linker);
  /** @type {import('../types.d.ts').Linker} */
  const linker = new Linker(pack, {
    initializeImportMeta: makeMeta(isMain ? urls[entry] : undefined, bridge),
    importModuleDynamically: makeImport(bridge),
  });

  /** @type {import('./linker.js').Prepared} */
  let prepared;
  try {
    prepared = linker.prepare(entry, false);
  } catch (error) {
    if (!(error instanceof NotLinkable)) throw error;
    mark('stand-aside', `BMES_NOT_LINKABLE ${error.message}`);
    return undefined;
  }
  if (importsInspector(tables)) linker.compileFromNowOn();
  const isWarm = pack.isWarm;
  pack.save();
  atExit(() => pack.save());
  if (tables.formats.includes(FORMAT.commonjs)) {
    require('../compile-cache.js').useCompileCache(session, tables);
  }
  mark('stage', `${isWarm ? 'warm' : 'linked'} mode linker`);

  const helper = { url: bridge.helperURL, isJSON: false };
  graft.keep(helper.url);
  bridge.serve(urls[entry], facadeSource([helper, ...prepared.leaves]));
  bridge.waiting.addForeign(urls[entry]);
  graft.expect(urls[entry], prepared.connect);
  bridge.install(registerOwnHooks);
  return bridge;
}

module.exports = { link };
