'use strict';
// The engine's own compile cache, for what we do not compile ourselves. It lives in this runtime's
// folder of the store unless the user has put it elsewhere.

const { existsSync } = require('node:fs');
const Module = require('node:module');
const path = require('node:path');

const { isSet } = require('./environment.js');
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
  if (env.NODE_COMPILE_CACHE) return true;
  const isOff = env.NODE_DISABLE_COMPILE_CACHE || isSet('BMES_READONLY');
  if (!features.compileCache || isOff || importsInspector(tables)) return false;
  try {
    const directory = path.join(session.folder(), 'compile-cache');
    const isFilled = existsSync(directory);
    Module.enableCompileCache(directory);
    return isFilled;
  } catch (error) {
    mark('compile-cache', String(error));
    return false;
  }
}

module.exports = { useCompileCache };
