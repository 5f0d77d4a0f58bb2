'use strict';

// This thread's own engine, through the class of the records of Node's loader (runtime/linker/engine.js).
// The module is compiled, never linked or evaluated.

const { importNative } = require('../../runtime/internal.js');
const { open } = require('../../runtime/linker/engine.js');

/** @typedef {import('./index.js').Compile} Compile */

/** @returns {Compile | undefined} undefined where the loader has another shape */
function compiler() {
  const engine = open(importNative);
  if (typeof engine === 'string') return undefined;
  return (sourceURL, source) => {
    try {
      const record = engine.make(sourceURL, source);
      const bytecode = /** @type {Buffer} */ (record.createCachedData());
      return { bytecode, requests: record.getModuleRequests().length };
    } catch (error) {
      // Not `instanceof`: under test runners the error can come from another realm.
      if (/** @type {Error} */ (error)?.name === 'SyntaxError') return null;
      return { bytecode: Buffer.alloc(0) }; // such as a source nested too deeply for this stack
    }
  };
}

module.exports = { compiler };
