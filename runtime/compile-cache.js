'use strict';
// The engine's own compile cache, for what we do not compile ourselves. It lives in this runtime's
// folder of the store unless the user has put it elsewhere.

const Module = require('node:module');
const path = require('node:path');

const features = require('./features.js');
const { mark } = require('./timeline.js');

/** @param {import('./addon.js').Session} session */
function useCompileCache(session) {
  const { env } = process;
  const isDecided = env.NODE_COMPILE_CACHE || env.NODE_DISABLE_COMPILE_CACHE;
  if (!features.compileCache || isDecided || env.BMES_READONLY) return;
  try {
    Module.enableCompileCache(path.join(session.folder(), 'compile-cache'));
  } catch (error) {
    mark('compile-cache', String(error));
  }
}

module.exports = { useCompileCache };
