'use strict';
// Which options this process was started with, and this thread.
//
// `process.execArgv` and `process.env` are the app's to change, and a preload that ran before us may have:
// so the kernel is asked, where it tells (Linux). Options come from four places, and the last one counts:
// a configuration file, `NODE_OPTIONS` (of the environment, or else of an `--env-file`), the file's
// namespaces, the command line.

const { readFileSync } = require('node:fs');
const path = require('node:path');

const { readOption, takesValue } = require('./node-options.js');

/**
 * @typedef {object} InEffect
 * @property {string[]} words options and their values, in the order in which they count
 * @property {string[]} files what the files say that options name, for an app's key
 * @property {string[]} problems what could not be read
 * @property {Record<string, string | undefined>} env variables that are read once, at the start
 */

/** Variables that the runtime reads when it starts, and never again. */
const READ_ONCE = [
  'NODE_OPTIONS',
  'NODE_PRESERVE_SYMLINKS',
  'NODE_PRESERVE_SYMLINKS_MAIN',
  'NODE_V8_COVERAGE',
  'WATCH_REPORT_DEPENDENCIES',
];

/**
 * @param {boolean} isWorker
 * @returns {InEffect}
 */
function optionsInEffect(isWorker) {
  const atStart = environmentAtStart();
  const env = isWorker || !atStart ? pick(process.env) : atStart;
  // Whether a worker has taken over its parent's options, or reads its own variable, cannot be told.
  const inherited = isWorker && atStart?.NODE_OPTIONS !== env.NODE_OPTIONS ? atStart : undefined;
  const commandLine = (isWorker ? undefined : commandLineAtStart()) ?? [...process.execArgv];
  const found = optionsOf(commandLine, {
    ...env,
    NODE_OPTIONS: env.NODE_OPTIONS ?? process.env.NODE_OPTIONS,
  });
  if (inherited?.NODE_OPTIONS) found.words.unshift(...splitOptions(inherited.NODE_OPTIONS));
  return found;
}

/**
 * @param {string[]} commandLine
 * @param {Record<string, string | undefined>} env
 * @returns {InEffect}
 */
function optionsOf(commandLine, env) {
  /** @type {InEffect} */
  const found = { words: [], files: [], problems: [], env };
  const config = readConfigs(commandLine, found);
  const variable = env.NODE_OPTIONS ?? fromEnvFiles(commandLine);
  found.words = [
    ...(variable === undefined ? config.nodeOptions : splitOptions(variable)),
    ...config.namespaces,
    ...commandLine,
  ];
  return found;
}

/** @param {Record<string, string | undefined>} env */
function pick(env) {
  return Object.fromEntries(READ_ONCE.map((name) => [name, env[name]]));
}

/** @returns {Record<string, string | undefined> | undefined} */
function environmentAtStart() {
  const entries = readKernel('environ');
  if (!entries) return undefined;
  /** @type {Record<string, string | undefined>} */
  const env = {};
  for (const name of READ_ONCE) {
    const entry = entries.find((one) => one.startsWith(`${name}=`));
    env[name] = entry?.slice(name.length + 1);
  }
  return env;
}

/** @returns {string[] | undefined} undefined if it is not known */
function commandLineAtStart() {
  const words = readKernel('cmdline');
  // A title of the process is written over it.
  if (!words || words[0] !== process.argv0 || words[1] === '') return undefined;
  const options = [];
  for (let at = 1; at < words.length && /^-./.test(words[at]) && words[at] !== '--'; at++) {
    options.push(words[at]);
    const { name, value } = readOption(words[at]);
    if (value === undefined && (takesValue(name) || hasOptionalValue(name, words[at + 1]))) {
      options.push(words[++at]);
    }
  }
  return options;
}

/**
 * @param {'environ' | 'cmdline'} name
 * @returns {string[] | undefined}
 */
function readKernel(name) {
  if (process.platform !== 'linux') return undefined;
  try {
    return readFileSync(`/proc/self/${name}`, 'utf8').split('\0');
  } catch {
    return undefined;
  }
}

/**
 * Whether the next word is the value of an option that had to have one in some releases only: how the
 * runtime has read its own command line tells.
 *
 * @param {string} name
 * @param {string | undefined} next
 */
function hasOptionalValue(name, next) {
  if (name !== CONFIG || next === undefined || next.startsWith('-')) return false;
  const at = process.execArgv.findIndex((word) => readOption(word).name === CONFIG);
  return process.execArgv[at + 1] === next;
}

const CONFIG = 'experimental-config-file';
const PACKAGE_MAP = 'experimental-package-map';

/**
 * @param {readonly string[]} words
 * @returns {Iterable<{ name: string, value: string | undefined, isOff: boolean }>}
 */
function* eachOption(words) {
  for (let at = 0; at < words.length; at++) {
    const option = readOption(words[at]);
    if (option.value === undefined && !option.isOff) {
      if (takesValue(option.name)) option.value = words[++at];
      else if (hasOptionalValue(option.name, words[at + 1])) option.value = words[++at];
    }
    yield option;
  }
}

/**
 * @param {readonly string[]} commandLine
 * @param {InEffect} found
 */
function readConfigs(commandLine, found) {
  /** @type {{ nodeOptions: string[], namespaces: string[] }} */
  const config = { nodeOptions: [], namespaces: [] };
  for (const { name, value } of eachOption(commandLine)) {
    if (name !== CONFIG) continue;
    const file = value ?? 'node.config.json';
    const text = readNamed(file, found);
    if (text === undefined) continue;
    try {
      Object.assign(config, wordsOfConfig(JSON.parse(text)));
    } catch {
      found.problems.push(`${file} is not what was expected`);
    }
  }
  return config;
}

/**
 * What options name and the runtime reads is part of an app's key, with its content: an edit makes
 * another app.
 *
 * @param {string} file
 * @param {InEffect} found
 * @returns {string | undefined}
 */
function readNamed(file, found) {
  try {
    const text = readFileSync(path.resolve(file), 'utf8');
    // Not for every start: it takes a while to load.
    const digest = require('node:crypto').createHash('sha256').update(text).digest('hex');
    found.files.push(`${file} ${digest}`);
    return text;
  } catch {
    found.problems.push(`${file} cannot be read`);
    return undefined;
  }
}

/** A namespace switches its option on: Node 25. Nothing but the version tells. */
const namespacesSwitchOn = Number.parseInt(process.versions.node, 10) >= 25;

/**
 * @param {any} json
 * @returns {{ nodeOptions: string[], namespaces: string[] }}
 */
function wordsOfConfig(json) {
  const major = Number.parseInt(process.versions.node, 10);
  const { configs } = json;
  const chosen = configs
    ? (configs.find((/** @type {any} */ one) => one.nodeVersion === major)?.config ?? {})
    : json;
  const namespaces = [];
  for (const name of Object.keys(chosen)) {
    if (/^(\$schema|nodeVersion|nodeOptions)$/.test(name)) continue;
    if (namespacesSwitchOn) namespaces.push(`--${name}`);
    namespaces.push(...wordsOf(chosen[name]));
  }
  return { nodeOptions: wordsOf(chosen.nodeOptions ?? {}), namespaces };
}

/** @param {Record<string, unknown>} options */
function wordsOf(options) {
  return Object.keys(options).flatMap((name) => {
    const value = options[name];
    if (value === true) return [`--${name}`];
    if (value === false) return [`--no-${name}`];
    return (Array.isArray(value) ? value : [value]).map((one) => `--${name}=${one}`);
  });
}

/**
 * `NODE_OPTIONS` of the files that `--env-file` names.
 *
 * @param {readonly string[]} commandLine
 */
function fromEnvFiles(commandLine) {
  let found;
  for (const { name, value } of eachOption(commandLine)) {
    if (!name.startsWith('env-file') || !value) continue;
    try {
      const text = readFileSync(path.resolve(value), 'utf8');
      if (!text.includes('NODE_OPTIONS')) continue;
      found = require('node:util').parseEnv(text).NODE_OPTIONS ?? found;
    } catch {
      // It need not be there.
    }
  }
  return found;
}

/**
 * `NODE_OPTIONS` as Node splits it: at spaces, outside of double quotes; a backslash counts inside them.
 *
 * @param {string} text
 */
function splitOptions(text) {
  /** @type {string[]} */
  const words = [];
  let isInString = false;
  let isNew = true;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === ' ' && !isInString) {
      isNew = true;
      continue;
    }
    if (text[at] === '"') {
      isInString = !isInString;
      continue;
    }
    if (text[at] === '\\' && isInString) at++;
    if (isNew) words.push('');
    isNew = false;
    words[words.length - 1] += text[at] ?? '';
  }
  return words;
}

module.exports = {
  PACKAGE_MAP,
  eachOption,
  optionsInEffect,
  optionsOf,
  readNamed,
  splitOptions,
};
