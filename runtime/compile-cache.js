'use strict';
// The engine's own compile cache, for what we do not compile ourselves. It lives in this runtime's
// folder of the store unless the user has put it elsewhere.

const fs = require('node:fs');
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
  const isOff = env.NODE_DISABLE_COMPILE_CACHE;
  if (!features.compileCache || isOff || importsInspector(tables)) return false;
  try {
    const { directory, isFilled } = session.compileCache();
    if (session.readOnly) return isFilled && readOnly(directory);
    Module.enableCompileCache(directory);
    return isFilled;
  } catch (error) {
    mark('compile-cache', String(error));
    return false;
  }
}

/**
 * The cache for reading only: where the runtime can be told so, and where it could not write anyway. It
 * does not mind a directory in which it can make nothing, if its own is there already.
 *
 * @param {string} directory
 * @returns {boolean} whether it is in use
 */
function readOnly(directory) {
  const enable = /** @type {any} */ (Module.enableCompileCache);
  if (features.readsCompileCacheOnly()) enable({ directory, readOnly: true });
  else if (canWrite(directory)) {
    mark('compile-cache', 'BMES_READONLY this runtime cannot leave its own cache unwritten');
    return false;
  } else enable(directory);
  return true;
}

/** @param {string} directory */
function canWrite(directory) {
  try {
    fs.accessSync(directory, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

module.exports = { useCompileCache };
