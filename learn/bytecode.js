'use strict';
// Bytecode of all ES modules of a pack, from an engine that evaluates none of them.

const vm = require('node:vm');

const { FORMAT } = require('../runtime/tables.js');

/**
 * @param {import('../runtime/types.d.ts').Session} session
 * @returns {(Uint8Array | null)[]} one per module; empty if the linker is not to run this app here
 */
function compileAll(session) {
  const { SourceTextModule } = /** @type {any} */ (vm);
  const { bytecode, formats, hooksOnly, requests, urls } = session.tables();
  if (hooksOnly || SourceTextModule === undefined) return [];
  return urls.map((identifier, index) => {
    const isKnown = bytecode[2 * index + 1] > 0;
    if (formats[index] !== FORMAT.module || isKnown) return null;
    try {
      const module = new SourceTextModule(session.source(index), { identifier });
      // The linker would refuse it: V8 aborts on a wrong number of links.
      if (module.moduleRequests.length !== requests[index]) return null;
      return module.createCachedData();
    } catch {
      // The app's next run finds out by itself what it is about this one.
      return null;
    }
  });
}

module.exports = { compileAll };
