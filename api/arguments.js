'use strict';

// What callers may pass, turned into what the core takes: bytes nobody can change meanwhile, and
// plain objects of the right shape. Every property is read once, so a getter or a proxy cannot
// show one value to the check and another to the core. Errors say which argument is wrong and
// where inside it. Programs add to the prototypes of everything (`Array.prototype.toJSON` of old
// Prototype.js, a read-only `Object.prototype.code`), so what is made here inherits nothing, and
// properties are defined, not set.

const { isAnyArrayBuffer, isSharedArrayBuffer } = require('node:util/types');

const { optionsIn, optionsProblem, propertyOf } = require('../runtime/options.js');

/** @typedef {import('../index.d.ts').ModuleMetadata} ModuleMetadata */

/** Shared memory is copied before it is read; a record larger than this is no record. */
const MAX_SHARED_BYTES = 256 * 1024 * 1024;

/** The format's sizes are 32-bit. */
const MAX_BYTECODE_BYTES = 0xffffffff;

/**
 * @param {string} message
 * @param {string} [code]
 */
function argumentError(message, code = 'BMES_INVALID_ARGUMENT') {
  return withFields(new TypeError(message), { code });
}

/**
 * An error with more properties, whatever prototypes say of their names.
 *
 * @template {Error} E
 * @template {Record<string, unknown>} F
 * @param {E} error
 * @param {F} fields
 * @returns {E & F}
 */
function withFields(error, fields) {
  for (const [name, value] of Object.entries(fields)) {
    const open = { writable: true, enumerable: true, configurable: true };
    const descriptor = { __proto__: null, value, ...open };
    Object.defineProperty(error, name, descriptor);
  }
  return /** @type {E & F} */ (error);
}

/**
 * Takes a fresh object's prototype away: what others have put there is not part of it.
 *
 * @template {object} T
 * @param {T} value
 * @returns {T}
 */
function alone(value) {
  return Object.setPrototypeOf(value, null);
}

/**
 * A value as an error message shows it: short, and without running any of its code.
 *
 * @param {unknown} value
 */
function shown(value) {
  if (typeof value === 'string') {
    return `'${value.length > 40 ? `${value.slice(0, 40)}...` : value}'`;
  }
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? 'an array' : 'an object';
}

/**
 * @param {unknown} value
 * @param {string} at
 * @returns {string}
 */
function text(value, at) {
  if (typeof value !== 'string') throw argumentError(`${at} must be a string; got ${shown(value)}`);
  if (!value.isWellFormed()) {
    throw argumentError(`${at} must be well-formed Unicode; it has a lone surrogate`);
  }
  return value;
}

/**
 * @param {unknown} value
 * @param {string} at
 */
function optionalText(value, at) {
  return value === undefined || value === null ? null : text(value, at);
}

/** @param {string[]} names */
function oneOf(...names) {
  const known = names.map((name) => `'${name}'`).join(', ');
  return (/** @type {unknown} */ value, /** @type {string} */ at) => {
    if (typeof value === 'string' && names.includes(value)) return value;
    throw argumentError(`${at} must be one of ${known}; got ${shown(value)}`);
  };
}

/**
 * @param {unknown} value
 * @param {string} at
 */
function attributes(value, at) {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw argumentError(`${at} must be an object of strings or null; got ${shown(value)}`);
  }
  return alone(
    Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        text(key, `a key of ${at}`),
        text(item, `${at}[${shown(key)}]`),
      ]),
    ),
  );
}

/**
 * @param {unknown} value
 * @param {string} at
 * @returns {Record<string, unknown>}
 */
function object(value, at) {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return /** @type {Record<string, unknown>} */ (value);
  }
  throw argumentError(`${at} must be an object; got ${shown(value)}`);
}

/**
 * @template T
 * @param {unknown} value
 * @param {string} at
 * @param {(item: unknown, at: string) => T} item
 */
function listOf(value, at, item) {
  if (!Array.isArray(value)) throw argumentError(`${at} must be an array; got ${shown(value)}`);
  return alone(Array.from(value, (each, index) => item(each, `${at}[${index}]`)));
}

/** @param {Record<string, (value: unknown, at: string) => unknown>} fields */
function entryOf(fields) {
  const rules = Object.entries(fields);
  return (/** @type {unknown} */ value, /** @type {string} */ at) => {
    const entry = object(value, at);
    /** @type {Record<string, unknown>} */
    const copy = alone({});
    for (const [name, rule] of rules) copy[name] = rule(propertyOf(entry, name), `${at}.${name}`);
    return copy;
  };
}

const requestedModule = entryOf({ specifier: text, attributes });

const importEntry = entryOf({
  type: oneOf('Single', 'SingleTypeScript', 'Namespace'),
  moduleRequest: text,
  importName: text,
  localName: text,
});

const exportEntry = entryOf({
  type: oneOf('Local', 'Indirect', 'Namespace'),
  exportName: text,
  moduleName: optionalText,
  importName: optionalText,
  localName: optionalText,
});

/**
 * A checked copy of `value`.
 *
 * @param {unknown} value
 * @returns {ModuleMetadata}
 */
function metadata(value) {
  const entry = object(value, 'metadata');
  const given = (/** @type {string} */ name) => propertyOf(entry, name);
  const copy = alone({
    requestedModules: listOf(
      given('requestedModules'),
      'metadata.requestedModules',
      requestedModule,
    ),
    importEntries: listOf(given('importEntries'), 'metadata.importEntries', importEntry),
    exportEntries: listOf(given('exportEntries'), 'metadata.exportEntries', exportEntry),
    starExports: listOf(given('starExports'), 'metadata.starExports', text),
  });
  return /** @type {ModuleMetadata} */ (/** @type {unknown} */ (copy));
}

/**
 * The memory of any buffer or view as a plain `Uint8Array`: the same memory, unless it is shared
 * with other threads, which could change it between a check and a use; then a copy. What has been
 * detached, or shrunk until the view is out of bounds, holds nothing.
 *
 * @param {unknown} value
 * @param {string} at
 * @param {string} [message] instead of one that names `at`
 * @returns {Uint8Array}
 */
function bytes(value, at, message) {
  const isView = ArrayBuffer.isView(value);
  if (!isView && !isAnyArrayBuffer(value)) {
    throw argumentError(
      message ?? `${at} must be a Uint8Array, another view, or an ArrayBuffer; got ${shown(value)}`,
    );
  }
  let window;
  try {
    window = isView
      ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
      : new Uint8Array(value, 0, value.byteLength);
  } catch {
    return new Uint8Array(0);
  }
  if (!isSharedArrayBuffer(window.buffer)) return window;
  if (window.byteLength > MAX_SHARED_BYTES) {
    throw argumentError(
      `${at} is shared memory of ${window.byteLength} bytes; at most ${MAX_SHARED_BYTES} are read`,
      'BMES_TOO_LARGE',
    );
  }
  return new Uint8Array(window);
}

/** @param {unknown} value */
function bytecode(value) {
  if (value === undefined) return new Uint8Array(0);
  const window = bytes(value, 'bytecode');
  if (window.byteLength <= MAX_BYTECODE_BYTES) return window;
  throw argumentError(
    `bytecode must be at most ${MAX_BYTECODE_BYTES} bytes; got ${window.byteLength}`,
    'BMES_TOO_LARGE',
  );
}

/**
 * An options object, of which every key is known: one that is misspelt would do nothing, silently.
 *
 * @template {string} K
 * @param {unknown} value
 * @param {readonly K[]} known
 * @param {string} [at]
 * @returns {Partial<Record<K, unknown>>}
 */
function optionsOf(value, known, at = 'options') {
  const problem = optionsProblem(value, known, at);
  if (problem) throw argumentError(problem);
  return optionsIn(value, known);
}

module.exports = { argumentError, bytecode, bytes, metadata, optionsOf, text, withFields };
