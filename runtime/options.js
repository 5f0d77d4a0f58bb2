'use strict';
// Options objects, of `enable()` and of the API: which keys there are, and what is said of others.

/**
 * @param {unknown} value
 * @param {readonly string[]} known
 * @param {string} at what the object is called
 * @returns {string | undefined} what is wrong with it
 */
function optionsProblem(value, known, at) {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null) return `${at} must be an object`;
  const strange = Object.keys(value).find((key) => !known.includes(key));
  if (strange === undefined) return undefined;
  return `${at}.${strange} is no option; there is ${known.join(', ')}`;
}

/**
 * Its options, each read once. What a program has put on `Object.prototype` is no option.
 *
 * @template {string} K
 * @param {unknown} value
 * @param {readonly K[]} known
 * @returns {Partial<Record<K, unknown>>}
 */
function optionsIn(value, known) {
  const given = /** @type {Record<string, unknown>} */ (value ?? {});
  /** @type {any} */
  const read = Object.create(null);
  for (const key of known) read[key] = propertyOf(given, key);
  return read;
}

/**
 * A property that is the object's, or that its class has given it.
 *
 * @param {Record<string, unknown>} object
 * @param {string} key
 */
function propertyOf(object, key) {
  return !(key in Object.prototype) || Object.hasOwn(object, key) ? object[key] : undefined;
}

/**
 * What is wrong with a directory that was given as text.
 *
 * @param {string} text
 * @param {string} at
 * @returns {string | undefined}
 */
function directoryProblem(text, at) {
  if (text === '') return `${at} must name a directory; it is empty`;
  if (text.includes('\0')) return `${at} must name a directory; it has a null byte`;
  if (/^[a-z][a-z\d+.-]+:(?:\/\/|$)|^(?:file|data|blob|node):/i.test(text)) {
    return `${at} must be a path; got the URL '${text.slice(0, 80)}'`;
  }
  return undefined;
}

module.exports = { directoryProblem, optionsIn, optionsProblem, propertyOf };
