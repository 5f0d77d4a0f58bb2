'use strict';
// The options that are in effect, sorted into those that mean "stand aside", those that could lead a
// specifier elsewhere (they are part of an app's key) and those that cannot.

const { realpathSync } = require('node:fs');
const path = require('node:path');

const {
  PACKAGE_MAP,
  eachOption,
  optionsInEffect,
  optionsOf,
  readNamed,
} = require('./in-effect.js');
const { isList, meaningOf } = require('./node-options.js');

/** The preload, and the one that only asks what it would do. */
const OURS = new Set([
  path.join(__dirname, 'register.js'),
  path.join(__dirname, '../learn/probe-register.js'),
]);

/**
 * @typedef {object} Flags
 * @property {{ code: string, detail: string } | undefined} standAside
 * @property {string[]} flags those that could lead a specifier elsewhere, with what the files say that
 *   they name
 * @property {string} hooksOnly why the linker must not run; empty if it may
 * @property {string[]} preloads of others
 * @property {boolean} mapsPackages bare specifiers are resolved by a package map
 * @property {boolean} preserveSymlinks
 * @property {boolean} preserveSymlinksMain
 * @property {boolean} detectModule
 * @property {boolean} isCovered coverage is collected
 * @property {boolean} isWatched what it loads is reported to a parent that runs with `--watch`
 */

/**
 * @param {boolean} isWorker
 * @returns {Flags}
 */
function readFlags(isWorker) {
  return sorted(optionsInEffect(isWorker));
}

/**
 * Those of a process to come.
 *
 * @param {readonly string[]} nodeFlags
 * @param {string} nodeOptions
 */
function flagsOf(nodeFlags, nodeOptions) {
  return sorted(optionsOf([...nodeFlags], { NODE_OPTIONS: nodeOptions || undefined }));
}

/**
 * @param {import('./in-effect.js').InEffect} found
 * @returns {Flags}
 */
function sorted(found) {
  const options = lastOfEach(found.words);
  /** @type {Flags} */
  const read = {
    standAside: undefined,
    flags: [],
    hooksOnly: '',
    preloads: [],
    mapsPackages: options.get(PACKAGE_MAP)?.isOn === true,
    preserveSymlinks: isSet('preserve-symlinks') || found.env.NODE_PRESERVE_SYMLINKS === '1',
    preserveSymlinksMain:
      isSet('preserve-symlinks-main') || found.env.NODE_PRESERVE_SYMLINKS_MAIN === '1',
    detectModule: options.get('experimental-detect-module')?.isOn !== false,
    isCovered: Boolean(found.env.NODE_V8_COVERAGE),
    isWatched: Boolean(found.env.WATCH_REPORT_DEPENDENCIES),
  };
  for (const map of options.get(PACKAGE_MAP)?.values ?? []) readNamed(map, found);
  for (const [name, { isOn, values }] of options) {
    const meaning = meaningOf(name);
    const word = `--${isOn ? '' : 'no-'}${name}`;
    if (meaning.meaning === 'aside') {
      if (isOn) read.standAside ??= meaning;
    } else if (meaning.meaning === 'unknown') {
      read.standAside ??= { code: 'BMES_UNKNOWN_FLAG', detail: `${word} is not known` };
    } else if (name === 'addons' && !isOn) {
      read.standAside ??= { code: 'BMES_NO_ADDON', detail: 'native code is not loaded' };
    } else if (name === 'import' || name === 'require') {
      const foreign = values.filter((value) => !isOurs(value));
      read.preloads.push(...foreign);
      read.flags.push(...foreign.map((value) => `${word}=${value}`));
    } else if (meaning.meaning !== 'harmless') {
      if (meaning.meaning === 'language') read.hooksOnly ||= `${word} changes the language`;
      read.flags.push(...(values.length > 0 ? values.map((value) => `${word}=${value}`) : [word]));
    }
  }
  const [early] = preloadsBeforeUs(options);
  if (early) read.hooksOnly ||= `${early} is preloaded before`;
  if (read.mapsPackages) read.hooksOnly ||= 'packages are resolved by a map';
  if (found.problems.length > 0) {
    read.standAside ??= { code: 'BMES_UNKNOWN_FLAG', detail: found.problems[0] };
  }
  read.flags.push(...found.files);
  return read;

  /** @param {string} name */
  function isSet(name) {
    return options.get(name)?.isOn === true;
  }
}

/**
 * @param {readonly string[]} words
 * @returns {Map<string, { isOn: boolean, values: string[] }>} in the order in which they were first named
 */
function lastOfEach(words) {
  /** @type {Map<string, { isOn: boolean, values: string[] }>} */
  const options = new Map();
  for (const { name, value, isOff } of eachOption(words)) {
    const before = isList(name) ? (options.get(name)?.values ?? []) : [];
    const values = value === undefined ? before : [...before, value];
    options.set(name, { isOn: !isOff, values });
  }
  return options;
}

/**
 * What others have preloaded, in the order in which the runtime does it, up to ourselves: which ES
 * modules they have loaded is not known.
 *
 * @param {Map<string, { values: string[] }>} options
 */
function preloadsBeforeUs(options) {
  const preloads = [
    ...(options.get('require')?.values ?? []),
    ...(options.get('import')?.values ?? []),
  ];
  const ours = preloads.findIndex(isOurs);
  return ours < 0 ? preloads : preloads.slice(0, ours);
}

/** @param {string} preload */
function isOurs(preload) {
  if (preload === 'bmes-cache/register' || OURS.has(preload)) return true;
  if (!preload.endsWith('register.js')) return false;
  try {
    const isURL = preload.startsWith('file:');
    const file = isURL ? require('node:url').fileURLToPath(preload) : path.resolve(preload);
    // Package managers link packages into place.
    return OURS.has(file) || OURS.has(realpathSync(file));
  } catch {
    return false;
  }
}

module.exports = { flagsOf, isOurs, readFlags };
