'use strict';

// Work of the core on another thread, which an `AbortSignal` ends and a callback watches.

const { argumentError } = require('../arguments.js');

/** How often a callback is told, in milliseconds. */
const TELL_EVERY = 50;

/**
 * @param {unknown} value
 * @returns {AbortSignal | undefined}
 */
function signalOf(value) {
  if (value === undefined || value instanceof AbortSignal) return value;
  throw argumentError('options.signal must be an AbortSignal');
}

/**
 * What `start` comes to. Once the signal says so it is rejected with the signal's reason, and the core
 * ends what it does for nobody soon after.
 *
 * @template T
 * @param {{ cancel: () => void }} core
 * @param {() => Promise<T>} start
 * @param {AbortSignal | undefined} signal
 * @param {(() => void) | undefined} tell called while it goes on, and once more at its end
 * @returns {Promise<T>}
 */
async function abortable(core, start, signal, tell) {
  signal?.throwIfAborted();
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  let onAbort = () => {};
  try {
    const outcome = await new Promise((resolve, reject) => {
      const stop = (/** @type {unknown} */ reason) => {
        core.cancel();
        reject(reason);
      };
      onAbort = () => stop(signal?.reason);
      signal?.addEventListener('abort', onAbort);
      if (tell) {
        timer = setInterval(() => {
          try {
            tell();
          } catch (error) {
            stop(error);
          }
        }, TELL_EVERY);
      }
      start().then(resolve, reject);
    });
    tell?.();
    return outcome;
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

module.exports = { abortable, signalOf };
