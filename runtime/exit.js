'use strict';
// What is done when the process ends, without a listener that the app could count: ten listeners of
// its own are no warning to it, and eleven are.

const { mark } = require('./timeline.js');

// Whatever the app has put in their places by then.
const { apply } = Reflect;

/** @type {(() => void)[]} */
const steps = [];

/**
 * Called before the app's own listeners: one of them may end the process.
 *
 * @param {() => void} step
 */
function atExit(step) {
  watchExit();
  steps[steps.length] = step;
}

let isWatching = false;

/**
 * To be called before the app runs: it may replace `process.emit` with a function of its own
 * (signal-exit does), which asks what it has found there.
 */
function watchExit() {
  if (isWatching) return;
  isWatching = true;
  if (Object.getOwnPropertyDescriptor(process, 'emit')) {
    // Too late for that: a listener, as anybody has one.
    process.on('exit', runSteps);
    return;
  }
  // Not `process` itself, where it would be a property of its own.
  const prototype = Object.getPrototypeOf(process);
  const emitter = Object.getPrototypeOf(prototype);
  // A function as the original is, and no method: it has a prototype.
  /** @this {any} @param {any[]} args */
  const emit = function emit(...args) {
    if (args[0] === 'exit' && this === process) runSteps();
    // Looked up each time: the app may patch it.
    return apply(emitter.emit, this, args);
  };
  define(emit, 'length', emitter.emit.length, false);
  define(prototype, 'emit', emit, true);
}

function runSteps() {
  for (let at = 0; at < steps.length; at++) {
    try {
      steps[at]();
    } catch (error) {
      mark('exit', `${error}`);
    }
  }
}

/**
 * Whatever the app has put on `Object.prototype`.
 *
 * @param {object} object
 * @param {string} name
 * @param {unknown} value
 * @param {boolean} writable
 */
function define(object, name, value, writable) {
  const descriptor = { __proto__: null, value, writable, configurable: true };
  Object.defineProperty(object, name, descriptor);
}

module.exports = { atExit, watchExit };
