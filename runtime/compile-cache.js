'use strict';
// The engine's own compile cache, for what we do not compile ourselves. It lives in this runtime's
// folder of the store unless the user has put it elsewhere.

const Module = require('node:module');

const features = require('./features.js');
const { importsInspector } = require('./tables.js');
const { mark } = require('./timeline.js');

/**
 * @param {import('./types.d.ts').Session} session
 * @param {import('./types.d.ts').Tables} tables
 * @returns {boolean} whether an earlier run has filled it
 */
function useCompileCache(session, tables) {
  const { env } = process;
  // The user's, or one that the app has switched on before it imported anything.
  if (env.NODE_COMPILE_CACHE || Module.getCompileCacheDir?.()) return true;
  const isOff = env.NODE_DISABLE_COMPILE_CACHE || session.readOnly;
  if (!features.compileCache || isOff || importsInspector(tables)) return false;
  try {
    const { directory, isFilled } = session.compileCache();
    Module.enableCompileCache(directory);
    return isFilled;
  } catch (error) {
    mark('compile-cache', String(error));
    return false;
  }
}

module.exports = { useCompileCache };
