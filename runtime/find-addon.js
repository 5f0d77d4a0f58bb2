'use strict';

// Where the compiled core may be when it is not where it usually is, and what to say if it is nowhere.
// Whether the C library is glibc or musl is not asked but tried, and the loader of an addon for the wrong
// one says no. (`process.report`, which is asked elsewhere, takes 4.6 ms.)

const { existsSync } = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');

const { VERSION } = require('./environment.js');

/** @typedef {typeof import('../bindings.js')} Addon */

const NAME = 'bmes-cache';

/** What there are packages for; the first is tried first. @type {Record<string, string[]>} */
const TARGETS = {
  'linux-x64': ['linux-x64-gnu', 'linux-x64-musl'],
  'linux-arm64': ['linux-arm64-gnu', 'linux-arm64-musl'],
  'darwin-x64': ['darwin-x64'],
  'darwin-arm64': ['darwin-arm64'],
  'win32-x64': ['win32-x64-msvc'],
  'win32-arm64': ['win32-arm64-msvc'],
};

const platform = `${process.platform}-${process.arch}`;
const root = path.dirname(__dirname);

/**
 * Where the addon for one target may be, in order.
 *
 * @param {string} target
 * @returns {Generator<string>}
 */
function* places(target) {
  const file = `${NAME}.${target}.node`;
  const local = path.join(root, file);
  if (existsSync(local)) yield local;
  // Package managers put it beside ours; asking them for its place takes longer.
  const beside = path.join(root, '..', `${NAME}-${target}`, file);
  if (existsSync(beside)) yield beside;
  try {
    const resolved = createRequire(__filename).resolve(`${NAME}-${target}`);
    if (resolved !== beside) yield resolved;
  } catch {
    // Not installed, which is said below if nothing else was found.
  }
}

/**
 * @returns {Addon}
 * @throws {Error} `BMES_NO_ADDON`, with what was tried
 */
function findAddon() {
  const targets = TARGETS[platform];
  if (!targets) {
    const known = Object.keys(TARGETS).join(', ');
    throw noAddon(`there is none for it, only for ${known}`, []);
  }
  /** @type {string[]} */
  const tried = [];
  for (const target of targets) {
    let isFound = false;
    for (const file of places(target)) {
      isFound = true;
      /** @type {{ exports: Addon }} */
      const module = { exports: /** @type {any} */ ({}) };
      try {
        process.dlopen(module, path.toNamespacedPath(file));
      } catch (error) {
        const [why] = String(/** @type {Error} */ (error)?.message).split('\n');
        tried.push(`${file} cannot be loaded (${why})`);
        continue;
      }
      const version = module.exports.version?.();
      if (version === VERSION) return module.exports;
      tried.push(`${file} is of release ${version}, not ${VERSION}`);
    }
    if (!isFound) tried.push(`${NAME}-${target} is not installed`);
  }
  throw noAddon(
    `${tried.join('; ')}; install ${NAME} again, on this platform and without leaving out optional dependencies`,
    tried,
  );
}

/**
 * @param {string} why
 * @param {string[]} tried
 */
function noAddon(why, tried) {
  const error = new Error(`${NAME} has no addon for ${platform}: ${why}`);
  const fields = { code: 'BMES_NO_ADDON', platform, tried };
  for (const [name, value] of Object.entries(fields)) {
    const descriptor = { __proto__: null, value, enumerable: true };
    Object.defineProperty(error, name, descriptor);
  }
  return error;
}

module.exports = { findAddon };
