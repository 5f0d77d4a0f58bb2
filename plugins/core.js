'use strict';
// What all plugins do: what a bundler has written is compiled for the Node that will run it.
//
// A plugin changes nothing of what is bundled. It says which files of the output Node is to start and what
// they are made of; here they are compiled, each in a process of its own, when they are not what they
// were at the last time.

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const { argumentError, optionsOf, text, withFields } = require('../api/arguments.js');
const { file, flag, folder, list } = require('../api/given.js');
const { compileAll, ownNode } = require('../learn/compile.js');

/** By which bundlers know the plugin. */
const NAME = 'bmes-cache';

const OPTIONS = /** @type {const} */ ([
  'entries',
  'include',
  'exclude',
  'cacheDir',
  'pack',
  'frozen',
  'node',
  'enabled',
  'silent',
  'failOnError',
]);

/**
 * What a bundler has written.
 *
 * @typedef {object} Output
 * @property {string} folder where it lies, absolute
 * @property {string} root what relative paths among the options start from, absolute
 * @property {boolean} isForNode whether Node is to run it, as far as the bundler knows
 * @property {string[]} entries the ES modules among it that were asked for, relative to the folder
 * @property {(entry: string) => Iterable<string>} partsOf the files that an entry may load, relative to the folder
 * @property {Logger} logger the bundler's own
 */

/** @typedef {{ info: (message: string) => void, warn: (message: string) => void }} Logger */

/**
 * One thing to compile.
 *
 * @typedef {object} Task
 * @property {string} name for people, with forward slashes
 * @property {string} entry absolute
 * @property {string | undefined} pack absolute
 * @property {string[]} parts absolute
 */

class Warmer {
  #given;

  /** @type {Map<string, string>} digests of what was compiled, by entry */
  #compiled = new Map();

  /** @param {unknown} options */
  constructor(options) {
    this.#given = checked(options);
  }

  /** Whether it is to do anything at all. */
  get isOn() {
    return this.#given.enabled !== false;
  }

  /** Whether somebody has said which files of the output are meant. */
  get isChosen() {
    return this.#given.isChosen;
  }

  /**
   * Compiles what has changed since the last time.
   *
   * @param {Output} output
   * @throws if that fails, and failures are to be errors of the build
   */
  async written(output) {
    const { enabled, isSilent, failOnError } = this.#given;
    if (enabled === false || (enabled === undefined && !output.isForNode)) return;
    /** @type {Logger} */
    const logger = isSilent ? { info: () => {}, warn: () => {} } : output.logger;
    /** @type {Error[]} */
    const problems = [];
    const note = (/** @type {unknown} */ error) => {
      const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
      problems.push(/** @type {Error} */ (error));
      if (!failOnError) logger.warn(code ? `${message} (${code})` : message);
    };
    try {
      const tasks = this.#tasks(output);
      if (tasks.length === 0)
        logger.info('nothing to compile: the output has no ES module as entry');
      for (const task of tasks) {
        await this.#warm(task, output.root, logger).catch(note);
      }
    } catch (error) {
      note(error);
    }
    if (failOnError && problems.length > 0) throw problems[0];
  }

  /**
   * @param {Output} output
   * @returns {Task[]}
   */
  #tasks({ folder: outputFolder, root, entries, partsOf }) {
    const { entries: named, isTaken, pack } = this.#given;
    const whole = (/** @type {string} */ name) => path.resolve(outputFolder, name);
    const all = () => entries.flatMap((entry) => [...partsOf(entry)]);
    const tasks =
      named.length > 0
        ? named.map((name) => ({ name, entry: path.resolve(root, name), parts: all() }))
        : entries
            .map((name) => ({ name, entry: whole(name), parts: [...partsOf(name)] }))
            .filter(({ entry }) => isTaken(slashes(path.relative(outputFolder, entry))))
            // Some bundlers give their output to others instead of writing it.
            .filter(({ entry }) => fs.existsSync(entry));
    if (pack && tasks.length > 1 && !pack.includes('[name]')) {
      throw argumentError(
        `options.pack is a file of one app, and there are ${tasks.length}: ` +
          `${tasks.map(({ name }) => name).join(', ')}; write [name] in it, or choose one by options.include`,
      );
    }
    return tasks.map(({ name, entry, parts }) => ({
      name: slashes(name),
      entry,
      pack: pack && whole(pack.replaceAll('[name]', () => nameOf(name, named.length > 0))),
      parts: parts.map(whole),
    }));
  }

  /**
   * @param {Task} task
   * @param {string} root
   * @param {Logger} logger
   */
  async #warm({ name, entry, pack, parts }, root, logger) {
    const { env, node, isFrozen } = this.#given;
    const digest = digestOf([entry, ...parts]);
    if (this.#compiled.get(entry) === digest && (!pack || fs.existsSync(pack))) return;
    if (pack) fs.mkdirSync(path.dirname(pack), { recursive: true });
    const { results } = await compileAll([entry], {
      node,
      env: env(),
      ...(pack ? { output: { file: pack, leavesOutside: false, isFrozen } } : {}),
    });
    const [{ error, packs = [], runtime, milliseconds }] = results;
    if (error) {
      const message = `${name} starts without the cache: ${error.message}`;
      throw withFields(new Error(message), { code: error.code });
    }
    this.#compiled.set(entry, digest);
    const modules = Math.max(...packs.map((each) => each.modules));
    const where = pack ? `in ${slashes(path.relative(root, pack))}` : 'in the cache';
    const seconds = (milliseconds / 1000).toFixed(1);
    logger.info(`${name}: ${modules} modules ${where} for ${runtime} (${seconds} s)`);
  }
}

/**
 * The options, checked: one that is wrong is no problem of the cache's, so it is always an error.
 *
 * @param {unknown} options
 */
function checked(options) {
  const given = optionsOf(options, OPTIONS);
  const { enabled } = given;
  if (enabled !== undefined) flag(enabled, 'options.enabled');
  const pack = packOf(given.pack);
  const isFrozen = flag(given.frozen, 'options.frozen');
  if (isFrozen && !pack) throw argumentError('options.frozen is about the file of options.pack');
  const include = list(given.include, 'options.include', matcher);
  const exclude = list(given.exclude, 'options.exclude', matcher);
  const { cacheDir, node } = given;
  const directory = cacheDir === undefined ? undefined : folder(cacheDir, 'options.cacheDir');
  return {
    entries: list(given.entries, 'options.entries', file),
    isChosen: include.length > 0,
    isTaken: (/** @type {string} */ name) =>
      (include.length === 0 || include.some((matches) => matches(name))) &&
      !exclude.some((matches) => matches(name)),
    enabled: /** @type {boolean | undefined} */ (enabled),
    pack,
    isFrozen,
    isSilent: flag(given.silent, 'options.silent'),
    failOnError: flag(given.failOnError, 'options.failOnError'),
    node: node === undefined ? ownNode() : file(node, 'options.node'),
    env: () => environment(directory),
  };
}

/**
 * The environment of the app's start, as far as a build can know it: `NODE_OPTIONS` is the build's.
 *
 * @param {string | undefined} directory
 */
function environment(directory) {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return directory === undefined ? env : { ...env, BMES_CACHE_DIR: directory };
}

/** @param {unknown} pack */
function packOf(pack) {
  if (pack === undefined || pack === false) return undefined;
  return pack === true ? '[name].bmes' : file(pack, 'options.pack');
}

/**
 * @param {unknown} value
 * @param {string} at
 * @returns {(name: string) => boolean}
 */
function matcher(value, at) {
  if (value instanceof RegExp) return (name) => name.search(value) >= 0;
  if (typeof value !== 'string') throw argumentError(`${at} must be a pattern or a RegExp`);
  const pattern = text(value, at).replace(/^\.\//, '');
  return (name) => path.posix.matchesGlob(name, pattern);
}

/**
 * What `[name]` stands for: an entry's path below the output, without its extension.
 *
 * @param {string} entry
 * @param {boolean} isElsewhere
 */
function nameOf(entry, isElsewhere) {
  const { dir, name } = path.parse(entry);
  return isElsewhere ? name : path.join(dir, name);
}

/** @param {string} name */
function slashes(name) {
  return name.replaceAll(path.sep, '/');
}

/** @param {string[]} files */
function digestOf(files) {
  const hash = createHash('sha256');
  for (const name of [...new Set(files)].sort()) {
    // An entry that is not there is told by who compiles it.
    const bytes = fs.existsSync(name) ? fs.readFileSync(name) : Buffer.alloc(0);
    hash.update(`${name}\n${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
}

module.exports = { NAME, Warmer };
