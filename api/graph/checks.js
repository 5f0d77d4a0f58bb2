'use strict';

// Kinds of arguments that only graphs have.

const { argumentError, text } = require('../arguments.js');

/**
 * @param {unknown} value
 * @param {string} at
 * @param {boolean} otherwise
 */
function flag(value, at, otherwise) {
  if (value === undefined) return otherwise;
  if (typeof value !== 'boolean') throw argumentError(`${at} must be true or false`);
  return value;
}

/**
 * @param {unknown} value
 * @param {string} at
 * @returns {string[]}
 */
function texts(value, at) {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw argumentError(`${at} must be an array of strings`);
  return Array.from(value, (each, index) => text(each, `${at}[${index}]`));
}

/**
 * @param {unknown} value
 * @param {string} at
 * @returns {((progress: any) => void) | undefined}
 */
function functionOf(value, at) {
  if (value === undefined) return undefined;
  if (typeof value !== 'function') throw argumentError(`${at} must be a function`);
  return /** @type {any} */ (value);
}

/**
 * The text of a `URL`, of whatever realm.
 *
 * @param {unknown} value
 * @returns {string | undefined}
 */
function href(value) {
  if (typeof value !== 'object' || value === null) return undefined;
  const { href: found } = /** @type {{ href?: unknown }} */ (value);
  return typeof found === 'string' ? found : undefined;
}

/**
 * @param {unknown} value
 * @param {string} at
 * @param {number} otherwise
 */
function count(value, at, otherwise) {
  if (value === undefined) return otherwise;
  if (Number.isInteger(value) && Number(value) > 0 && Number(value) <= 0xffff_ffff) {
    return Number(value);
  }
  throw argumentError(`${at} must be a whole number from 1`);
}

module.exports = { count, flag, functionOf, href, texts };
