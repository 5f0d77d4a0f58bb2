'use strict';
// Which processes and threads are not ours to speed up, and why.

const features = require('./features.js');
const { mark } = require('./timeline.js');

/** @typedef {import('./launch.js').Status} Status */

/**
 * What can be asked of the runtime itself. Nothing of the environment is read here.
 *
 * @returns {Status | undefined} undefined if nothing is against it
 */
function notSupported() {
  if (process.versions.bun || process.versions.deno || !features.hooks) {
    return refuse('unsupported', 'BMES_UNSUPPORTED_RUNTIME', 'no in-thread module hooks here');
  }
  if (hasLoaded('internal/modules/esm/worker')) {
    return refuse('disabled', 'BMES_WORKER', "this thread runs the app's module hooks");
  }
  if (/** @type {any} */ (process).permission) {
    return refuse('disabled', 'BMES_PERMISSION', 'the permission model is on');
  }
  return undefined;
}

/**
 * @param {import('./flags.js').Flags} flags
 * @returns {Status | undefined} undefined if nothing is against it
 */
function standAside(flags) {
  if (flags.standAside) {
    return refuse('disabled', flags.standAside.code, flags.standAside.detail);
  }
  if (flags.isWatched) {
    return refuse('disabled', 'BMES_WATCH', 'the runtime watches files itself');
  }
  if (flags.isCovered || process.env.NODE_V8_COVERAGE) {
    return refuse('disabled', 'BMES_COVERAGE', 'coverage is collected');
  }
  if (process.sourceMapsEnabled) {
    return refuse('disabled', 'BMES_SOURCE_MAPS', 'source maps are on');
  }
  if (hasLoaded('internal/modules/esm/hooks')) {
    return refuse('disabled', 'BMES_FOREIGN_HOOKS', 'module.register has been called');
  }
  if (hasLoaded('inspector') && require('node:inspector').url() !== undefined) {
    return refuse('disabled', 'BMES_INSPECTOR', 'the inspector is on');
  }
  // A worker is told its file only after its preloads.
  if (process.argv[1] === undefined && !isWorker()) {
    return refuse('disabled', 'BMES_NO_ENTRY', 'no entry file');
  }
  return undefined;
}

/**
 * Whether the runtime has had a use for one of its own files: what no public API tells.
 *
 * @param {string} name
 */
function hasLoaded(name) {
  return /** @type {any} */ (process).moduleLoadList.includes(`NativeModule ${name}`);
}

/**
 * Workers cannot change the directory; Node marks what they lack. Asking `node:worker_threads`
 * would cost every start 2.5 ms.
 */
function isWorker() {
  return /** @type {any} */ (process.chdir).disabled === true;
}

/**
 * @param {'disabled' | 'unsupported'} status
 * @param {string} code
 * @param {string} message
 * @returns {Status}
 */
function refuse(status, code, message) {
  mark('stand-aside', `${code} ${message}`);
  mark('stage', 'native mode native');
  return { status, code, message };
}

/**
 * The same for what was thrown on the way.
 *
 * @param {unknown} error
 * @returns {Status}
 */
function refuseFor(error) {
  const { code, message } = /** @type {Error & { code?: string }} */ (Object(error));
  return code === 'BMES_NO_ADDON'
    ? refuse('disabled', code, message)
    : refuse('disabled', 'BMES_INTERNAL', String(error));
}

module.exports = { isWorker, notSupported, refuse, refuseFor, standAside };
