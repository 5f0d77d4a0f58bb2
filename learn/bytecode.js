'use strict';
// Bytecode of the ES modules of a pack that are linked as records of ours. None of them is evaluated.

const { importNative } = require('../runtime/internal.js');
const { open } = require('../runtime/linker/engine.js');
const { FORMAT, TRAIT } = require('../runtime/tables.js');

/**
 * @param {import('../runtime/types.d.ts').Session} session
 * @returns {(Uint8Array | null)[]} one per module; empty if the linker is not to run this app here
 */
function compileAll(session) {
  const { bytecode, formats, hooksOnly, requests, traits, urls } = session.tables();
  // Hooks have no use for it.
  const isLinked = hooksOnly === '' && process.env.BMES_MODE !== 'hooks';
  const engine = isLinked ? open(importNative) : 'hooks';
  if (typeof engine === 'string') return [];
  return urls.map((url, index) => {
    const isKnown = bytecode[2 * index + 1] > 0;
    const isOurs = formats[index] === FORMAT.module && !(traits[index] & TRAIT.asksRuntime);
    if (!isOurs || isKnown) return null;
    try {
      const record = engine.make(url, session.source(index));
      // The linker would refuse it: V8 aborts on a wrong number of links.
      if (record.getModuleRequests().length !== requests[index]) return null;
      return record.createCachedData();
    } catch {
      // The app's next run finds out by itself what it is about this one.
      return null;
    }
  });
}

module.exports = { compileAll };
