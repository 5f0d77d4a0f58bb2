'use strict';
// Loads the files of this folder, as Node loads its own.
//
// Errors pass through our hooks on their way to the app, and a frame of ours in a stack would be a
// difference to a run without us. So these files are compiled under names of the runtime's
// (`node:internal/bmes/...`), which tools and people skip as they skip Node's.
//
// The published package has them as one file, which starts with the code that the engine has made of
// it in an earlier run: reading and compiling forty files is half of what a start costs.
// Where that file has not been made, as in a checkout, the sources are loaded one by one.

const { readFileSync } = require('node:fs');
const path = require('node:path');
const { Script } = require('node:vm');

const environment = require('./environment.js');

const { defaultDirectory, runtimeIdentity } = environment;

const BUNDLE = path.join(__dirname, '..', 'dist', 'launch.js');

/**
 * What is there once, however it is reached; not part of the bundle (scripts/bundle.mjs). Kept here: the
 * runtime is made to forget what it has loaded of ours.
 *
 * @param {string} request
 * @returns {any} undefined for what is not
 */
function shared(request) {
  switch (request) {
    case './addon.js':
      return (addon ??= require('./addon.js'));
    case './environment.js':
      return environment;
    case './internal.js':
      return module.exports;
    default:
      return undefined;
  }
}

/** Node's own modules, without what others have hung into `require`, and hooks are asked for. */
const builtin = process.getBuiltinModule ?? require;

/** @typedef {typeof import('./launch.js')} Launch */

/** @type {Launch | undefined} */
let launch;

/**
 * The code of ours that the engine has just compiled, because none was kept.
 *
 * @type {{ text: Buffer, script: Script } | undefined}
 */
let compiled;

/**
 * @param {string} [directory] where the cache is, if not where it always is
 * @returns {Launch}
 */
function loadLaunch(directory = defaultDirectory()) {
  launch ??= loadBundle(directory) ?? require('./sources.js').load('launch.js');
  return /** @type {Launch} */ (launch);
}

/** @param {string | undefined} directory */
function loadBundle(directory) {
  let text;
  try {
    text = readFileSync(BUNDLE);
  } catch {
    return undefined;
  }
  const cachedData = directory === undefined ? undefined : findCode(directory, text);
  // Nothing but ASCII, and so one byte a letter also in the engine.
  const script = new Script(text.toString('latin1'), {
    filename: 'node:internal/bmes/launch',
    cachedData,
  });
  if (!cachedData || script.cachedDataRejected) compiled = { text, script };
  const module = { exports: {} };
  script.runInThisContext()(module, module.exports, requireForBundle, __dirname);
  return /** @type {Launch} */ (module.exports);
}

/**
 * @param {string} directory
 * @param {Buffer} text
 */
function findCode(directory, text) {
  const { runtime, build } = runtimeIdentity();
  try {
    return shared('./addon.js').findCode(directory, runtime, build, text) ?? undefined;
  } catch {
    // There is no addon: whoever needs more of it says so.
    return undefined;
  }
}

/**
 * Keeps what the engine has made of us, for the next start. It is asked for at the end, when the
 * functions that a start needs have been compiled as well.
 *
 * @param {string} directory
 * @param {number | undefined} maxSize
 * @returns {string | undefined} what came of it, if there was anything to keep
 */
function keepCode(directory, maxSize) {
  if (!compiled) return undefined;
  const { text, script } = compiled;
  const { runtime, build } = runtimeIdentity();
  const code = script.createCachedData();
  const { keepCode: keep } = shared('./addon.js');
  return keep(directory, runtime, build, maxSize, text, code) ?? 'kept';
}

/** @param {string} request */
function requireForBundle(request) {
  return shared(request) ?? builtin(request);
}

/** @type {typeof import('./addon.js') | undefined} */
let addon;

/**
 * `import()` as CommonJS has it: what is compiled here has none.
 *
 * @param {string} specifier
 */
const importNative = (specifier) => import(specifier);

module.exports = { builtin, importNative, keepCode, loadLaunch, shared };
