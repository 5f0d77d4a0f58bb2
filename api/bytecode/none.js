'use strict';

// An engine that keeps its bytecode to itself: the analysis alone decides what a module is.

const addon = require('../../runtime/addon.js');

/** @type {import('./index.js').Compile} */
function compile(_sourceURL, source) {
  return typeof addon.analyze(source) === 'string' ? { bytecode: Buffer.alloc(0) } : null;
}

module.exports = { compile };
