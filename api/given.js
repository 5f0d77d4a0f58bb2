'use strict';

// Files, folders, switches and lists among the options of callers, checked and made whole.

const path = require('node:path');
const { fileURLToPath } = require('node:url');

const { directoryProblem } = require('../runtime/options.js');
const { argumentError, text } = require('./arguments.js');

/**
 * @template T
 * @param {unknown} value one, or an array of them
 * @param {string} at
 * @param {(item: unknown, at: string) => T} item
 * @returns {T[]}
 */
function list(value, at, item) {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return [item(value, at)];
  return Array.from(value, (each, index) => item(each, `${at}[${index}]`));
}

/**
 * A file as it was given; the path of a URL.
 *
 * @param {unknown} value
 * @param {string} at
 */
function file(value, at) {
  const given = value instanceof URL ? pathOf(value, at, 'file') : text(value, at);
  if (given === '') throw argumentError(`${at} must name a file; it is empty`);
  if (given.includes('\0')) throw argumentError(`${at} must name a file; it has a null byte`);
  return given;
}

/**
 * A folder's absolute path.
 *
 * @param {unknown} value
 * @param {string} at
 */
function folder(value, at) {
  const given = value instanceof URL ? pathOf(value, at, 'directory') : text(value, at);
  const problem = directoryProblem(given, at);
  if (problem) throw argumentError(problem);
  return path.resolve(given);
}

/**
 * @param {URL} url
 * @param {string} at
 * @param {string} what
 */
function pathOf(url, at, what) {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw argumentError(`${at} names no ${what}: ${/** @type {Error} */ (error).message}`);
  }
}

/**
 * @param {unknown} value
 * @param {string} at
 */
function flag(value, at, unset = false) {
  if (value === undefined) return unset;
  if (typeof value === 'boolean') return value;
  throw argumentError(`${at} must be a boolean`);
}

module.exports = { file, flag, folder, list };
