'use strict';
// Loads the runtime's own files, as Node loads its own.
//
// Errors pass through our hooks on their way to the app, and a frame of ours in a stack would be a
// difference to a run without us. So these files are compiled under names of the runtime's
// (`node:internal/bmes/...`), which tools and people skip as they skip Node's.
//
// The published package has them as one file, which starts with the code that the engine has made of
// it in an earlier run: reading and compiling more than twenty files is half of what a start costs.
// Where that file has not been made, as in a checkout, the sources are loaded one by one.

const { readFileSync } = require('node:fs');
const path = require('node:path');
const { Script, compileFunction } = require('node:vm');

const { defaultDirectory, runtimeIdentity } = require('./environment.js');

const BUNDLE = path.join(__dirname, '..', 'dist', 'launch.js');

/** What is there once, however it is reached; not part of the bundle (scripts/bundle.mjs). */
const SHARED = {
  __proto__: null,
  'addon.js': true,
  'environment.js': true,
  'internal.js': true,
};

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
  launch ??= loadBundle(directory) ?? loadSource(path.join(__dirname, 'launch.js'));
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
  script.runInThisContext()(module, module.exports, requireShared, __dirname);
  return /** @type {Launch} */ (module.exports);
}

/**
 * @param {string} directory
 * @param {Buffer} text
 */
function findCode(directory, text) {
  const { runtime, build } = runtimeIdentity();
  try {
    return requireShared('./addon.js').findCode(directory, runtime, build, text) ?? undefined;
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
  const keep = requireShared('./addon.js').keepCode;
  return keep(directory, runtime, build, maxSize, text, code) ?? 'kept';
}

/** @param {string} request */
function requireShared(request) {
  if (request === './internal.js') return module.exports;
  // What has been required once is not asked of the runtime again, which has been made to forget it.
  if (request === './addon.js') return (addon ??= require('./addon.js'));
  return require(request);
}

/** @type {typeof import('./addon.js') | undefined} */
let addon;

/**
 * `import()` as CommonJS has it: what is compiled here has none.
 *
 * @param {string} specifier
 */
const importNative = (specifier) => import(specifier);

/** @type {any} by path */
const loaded = { __proto__: null };

/**
 * @param {string} file absolute
 * @returns {any} what it exports
 */
function loadSource(file) {
  const known = loaded[file];
  if (known) return known.exports;
  const module = { exports: {} };
  loaded[file] = module;
  const directory = path.dirname(file);
  /** @param {string} request */
  const requireFrom = (request) => {
    // It may be asked for when the app has broken builtins.
    if (request[0] !== '.') return require(request);
    const target = path.join(directory, request);
    const name = path.relative(__dirname, target);
    if (name[0] === '.') return require(target);
    return name in SHARED ? requireShared(`./${name}`) : loadSource(target);
  };
  const name = file.slice(__dirname.length + 1, -'.js'.length).replaceAll(path.sep, '/');
  const run = compileFunction(
    readFileSync(file, 'utf8'),
    ['exports', 'require', 'module', '__filename', '__dirname'],
    { filename: `node:internal/bmes/${name}` },
  );
  run(module.exports, requireFrom, module, file, directory);
  return module.exports;
}

module.exports = { importNative, keepCode, loadLaunch };
