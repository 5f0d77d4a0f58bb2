'use strict';
// What we need of the language once the app runs, as it was before: the app may have patched any
// builtin, or taken it away, and the runtime's own code does not notice either.

const { apply, defineProperty, getOwnPropertyDescriptor, ownKeys, setPrototypeOf } = Reflect;
const { keys } = Object;
const { endsWith, includes, startsWith } = String.prototype;
const { test } = RegExp.prototype;

/**
 * A class whose methods are its own, and are those of its parent.
 *
 * @template {abstract new (...args: any[]) => any} Class
 * @param {Class} Safe
 * @returns {Class}
 */
function withOwnMethods(Safe) {
  const { prototype } = Safe;
  const parent = Object.getPrototypeOf(prototype);
  for (const key of ownKeys(parent)) {
    if (key === 'constructor') continue;
    const descriptor = /** @type {PropertyDescriptor} */ (getOwnPropertyDescriptor(parent, key));
    defineProperty(prototype, key, { ...descriptor });
  }
  setPrototypeOf(prototype, null);
  return Safe;
}

/**
 * To be made empty: a constructor that is given entries looks for methods by name.
 *
 * @template K, V
 * @augments {Map<K, V>}
 */
class SafeMap extends Map {}

/**
 * @template T
 * @augments {Set<T>}
 */
class SafeSet extends Set {}

withOwnMethods(SafeMap);
withOwnMethods(SafeSet);

/**
 * Where each of a list is in it.
 *
 * @param {readonly string[]} list
 * @returns {SafeMap<string, number>}
 */
function indexOf(list) {
  /** @type {SafeMap<string, number>} */
  const indices = new SafeMap();
  for (let at = 0; at < list.length; at++) indices.set(list[at], at);
  return indices;
}

/**
 * @template T, U
 * @param {ArrayLike<T>} list
 * @param {(each: T, at: number) => U} make
 * @returns {U[]}
 */
function map(list, make) {
  const made = [];
  for (let at = 0; at < list.length; at++) made[at] = make(list[at], at);
  return made;
}

/**
 * @template T
 * @param {ArrayLike<T>} list
 * @param {(each: T) => boolean} isWanted
 * @returns {T[]}
 */
function filter(list, isWanted) {
  const wanted = [];
  for (let at = 0; at < list.length; at++) {
    if (isWanted(list[at])) wanted[wanted.length] = list[at];
  }
  return wanted;
}

/**
 * @template T
 * @param {ArrayLike<T>} list
 * @param {(each: T) => boolean} isIt
 * @returns {T | undefined} the first
 */
function find(list, isIt) {
  for (let at = 0; at < list.length; at++) if (isIt(list[at])) return list[at];
  return undefined;
}

/**
 * @template T
 * @param {ArrayLike<T>} list
 * @param {T} one
 */
function has(list, one) {
  for (let at = 0; at < list.length; at++) if (list[at] === one) return true;
  return false;
}

/**
 * @param {ArrayLike<string>} list
 * @param {string} between
 */
function join(list, between) {
  let all = '';
  for (let at = 0; at < list.length; at++) all += at === 0 ? list[at] : between + list[at];
  return all;
}

/** @type {(text: string, start: string) => boolean} */
const isStart = (text, start) => apply(startsWith, text, [start]);
/** @type {(text: string, end: string) => boolean} */
const isEnd = (text, end) => apply(endsWith, text, [end]);
/** @type {(text: string, part: string) => boolean} */
const isPart = (text, part) => apply(includes, text, [part]);
/** @type {(pattern: RegExp, text: string) => boolean} */
const matches = (pattern, text) => apply(test, pattern, [text]);

module.exports = {
  SafeMap,
  SafeSet,
  filter,
  find,
  has,
  indexOf,
  isEnd,
  isPart,
  isStart,
  join,
  keys,
  map,
  matches,
};
