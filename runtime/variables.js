'use strict';
// The environment's variables: which there are, and what of their values is not understood.

const { LEARN, isSet } = require('./environment.js');

/** Those that are on or off. */
const SWITCHES = [
  'BMES_DEBUG',
  'BMES_DISABLE',
  'BMES_READONLY',
  'BMES_SHARED',
  'BMES_TRANSFORM_TYPES',
];

/** All there are. Those of this project's own tests begin with `BMES_TEST_`. */
const VARIABLES = [
  ...SWITCHES,
  'BMES_CACHE_DIR',
  'BMES_LEARN',
  'BMES_MAX_SIZE',
  'BMES_MODE',
  'BMES_PACK',
];

const ON = /^(?:1|true|yes|on)$/i;

/**
 * The limit that `BMES_MAX_SIZE` sets, in bytes.
 *
 * @returns {number | undefined} nothing if it is not set, or not a size
 */
function maxSizeSet() {
  const { BMES_MAX_SIZE } = process.env;
  return BMES_MAX_SIZE ? parseSize(BMES_MAX_SIZE) : undefined;
}

/** @returns {typeof LEARN[number]} */
function learnSet() {
  const { BMES_LEARN } = process.env;
  return LEARN.find((word) => word === BMES_LEARN) ?? LEARN[0];
}

const UNITS = ['', 'K', 'M', 'G', 'T'];

/**
 * `1000`, `200M`, `1.5 GB`, `10MiB`: each unit is 1024 of the one before.
 *
 * @param {string} text
 * @returns {number | undefined}
 */
function parseSize(text) {
  const [, number, unit] = /^\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?\s*$/i.exec(text) ?? [];
  if (number === undefined || unit === undefined) return undefined;
  const bytes = Math.floor(Number(number) * 1024 ** UNITS.indexOf(unit.toUpperCase()));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/**
 * What of these variables is not understood, in sentences for people.
 *
 * @param {readonly string[]} names
 * @returns {string[]}
 */
function environmentFaults(names) {
  const { env } = process;
  /** @type {string[]} */
  const faults = [];
  for (const name of names) {
    const value = env[name];
    if (value === undefined || value === '') continue;
    if (SWITCHES.includes(name) && isSet(name) && !ON.test(value)) {
      faults.push(`${name}=${value} is neither 1 nor 0, and taken for 1`);
    } else if (name === 'BMES_MAX_SIZE' && parseSize(value) === undefined) {
      faults.push(
        `BMES_MAX_SIZE=${value} is no size, and not used; write bytes, or a number with K, M or G`,
      );
    } else if (name === 'BMES_LEARN' && !LEARN.some((word) => word === value)) {
      faults.push(`BMES_LEARN=${value} is none of ${LEARN.join(', ')}; ${LEARN[0]} holds`);
    } else if (!VARIABLES.includes(name)) {
      faults.push(`${name} is no variable of bmes-cache; there is ${VARIABLES.join(', ')}`);
    }
  }
  return faults;
}

/** @returns {string[]} the same of all that are set and begin as ours do */
function allEnvironmentFaults() {
  const isOurs = (/** @type {string} */ name) => /^BMES_(?!TEST_)/.test(name);
  return environmentFaults(Object.keys(process.env).filter(isOurs));
}

module.exports = {
  allEnvironmentFaults,
  environmentFaults,
  learnSet,
  maxSizeSet,
};
