'use strict';
// The flags of this process, sorted into those that mean "stand aside", those that could lead a
// specifier elsewhere (they are part of an app's key) and those that cannot.

const { realpathSync } = require('node:fs');
const path = require('node:path');

const REGISTER = path.join(__dirname, 'register.js');

/** Flags with which this process is not ours to speed up, and why. */
const STAND_ASIDE = [
  [/^--inspect/, 'BMES_INSPECTOR', 'the inspector is on'],
  [/^--watch/, 'BMES_WATCH', 'the runtime watches files itself'],
  [/^--enable-source-maps$/, 'BMES_SOURCE_MAPS', 'source maps are on'],
  [/^--(experimental-)?loader$/, 'BMES_FOREIGN_HOOKS', 'a loader is installed'],
  [/^--(experimental-)?permission$/, 'BMES_PERMISSION', 'the permission model is on'],
  [/^(-e|-p|-pe|--eval|--print|--input-type|-i|--interactive|-c|--check)$/, 'BMES_NO_ENTRY', ''],
  [/^--entry-url$/, 'BMES_NO_ENTRY', 'the entry is not a path'],
  [/^--experimental-default-type$/, 'BMES_DEFAULT_TYPE', 'formats are decided otherwise'],
  [/^--(test|run|build-sea|build-snapshot|cpu-prof|heap-prof)/, 'BMES_TOOL', ''],
].map(([pattern, code, detail]) => ({
  pattern: /** @type {RegExp} */ (pattern),
  code: String(code),
  detail: String(detail),
}));

/** Flags that change neither what a specifier means nor what a module is. */
const HARMLESS =
  /^--(no-)?(experimental-vm-modules|warnings|deprecation|max-|stack-|trace-|title|expose-gc|unhandled-rejections|throw-deprecation|pending-deprecation|report-|abort-on|disable-warning)/;

/** Flags whose value may be the next word. */
const WITH_VALUE =
  /^(--import|--require|-r|--conditions|-C|--loader|--experimental-loader|--title|--input-type|--disable-warning|--unhandled-rejections|--stack-trace-limit)$/;

/**
 * @typedef {object} Flags
 * @property {{ code: string, detail: string } | undefined} standAside
 * @property {string[]} flags those that could lead a specifier elsewhere, in order
 * @property {boolean} preserveSymlinks
 * @property {boolean} preserveSymlinksMain
 * @property {boolean} detectModule
 */

/**
 * @param {readonly string[]} execArgv
 * @param {string} nodeOptions
 * @returns {Flags}
 */
function readFlags(execArgv, nodeOptions) {
  /** @type {Flags} */
  const read = {
    standAside: undefined,
    flags: [],
    preserveSymlinks: false,
    preserveSymlinksMain: false,
    detectModule: true,
  };
  const words = nodeOptions ? [...splitOptions(nodeOptions), ...execArgv] : execArgv;
  for (let at = 0; at < words.length; at++) {
    const [name, inline] = splitFlag(words[at]);
    const value = inline ?? (WITH_VALUE.test(name) ? words[++at] : undefined);
    if (name === '--import' || name === '--require' || name === '-r') {
      if (!isOurs(value)) {
        read.standAside ??= {
          code: 'BMES_FOREIGN_PRELOAD',
          detail: `${value} is preloaded and may install hooks`,
        };
      }
      continue;
    }
    const reason = STAND_ASIDE.find(({ pattern }) => pattern.test(name));
    if (reason) read.standAside ??= { code: reason.code, detail: reason.detail || name };
    if (name === '--preserve-symlinks') read.preserveSymlinks = true;
    if (name === '--preserve-symlinks-main') read.preserveSymlinksMain = true;
    if (/^--no-(experimental-)?detect-module$/.test(name)) read.detectModule = false;
    if (!HARMLESS.test(name)) read.flags.push(value === undefined ? name : `${name}=${value}`);
  }
  return read;
}

/**
 * `NODE_OPTIONS` as Node splits it: spaces, double quotes, backslashes inside them.
 *
 * @param {string} text
 */
function splitOptions(text) {
  const words = text.match(/(?:"(?:\\.|[^"\\])*"|[^\s"])+/g) ?? [];
  return words.map((word) =>
    word.replace(/"((?:\\.|[^"\\])*)"/g, (_, quoted) => quoted.replace(/\\(.)/g, '$1')),
  );
}

/**
 * @param {string} word
 * @returns {[string, string | undefined]}
 */
function splitFlag(word) {
  const equals = word.startsWith('--') ? word.indexOf('=') : -1;
  const name = equals < 0 ? word : word.slice(0, equals);
  return [name.replaceAll('_', '-'), equals < 0 ? undefined : word.slice(equals + 1)];
}

/** @param {string | undefined} preload */
function isOurs(preload) {
  if (preload === undefined) return false;
  if (preload === 'bmes-cache/register' || preload === REGISTER) return true;
  const isURL = preload.startsWith('file:');
  const file = isURL ? require('node:url').fileURLToPath(preload) : path.resolve(preload);
  if (file === REGISTER) return true;
  try {
    // Package managers link packages into place.
    return file.endsWith('register.js') && realpathSync(file) === REGISTER;
  } catch {
    return false;
  }
}

module.exports = { readFlags };
