'use strict';
// The ways in: `register`, before the entry, and `enable()`, in the middle of a program. Both decide
// whether this thread is ours to speed up and then wait for the first ES module (entry.js).

const Module = require('node:module');
const path = require('node:path');

const disguise = require('./disguise.js');
const { waitForEntry } = require('./entry.js');
const { defaultDirectory, isSet, runtimeIdentity } = require('./environment.js');
const features = require('./features.js');
const { readFlags } = require('./flags.js');
const { isWorker, notSupported, refuse, refuseFor, standAside } = require('./stand-aside.js');
const { enabled: debugs, listen, mark } = require('./timeline.js');
const { allEnvironmentFaults, learnSet, maxSizeSet } = require('./variables.js');

/**
 * What came of it; index.d.ts describes it for users.
 *
 * @typedef {import('../index.d.ts').EnableStatus} Status
 */

/**
 * What this thread was told, and how it was started.
 *
 * @typedef {object} Launch
 * @property {import('./flags.js').Flags} flags
 * @property {string | undefined} directory where the cache is, if something other than its default
 * @property {boolean} readOnly
 * @property {boolean} shared records of equal modules elsewhere will do
 * @property {number | undefined} maxSize the limit in bytes, if something other than its default
 * @property {import('./teacher.js').Learning} learn how
 * @property {string | undefined} pack one to use where the store has none
 * @property {boolean} isWorker
 * @property {boolean} isLate the program runs already: `enable()`
 * @property {string} hooksOnly why the linker must not run here; empty if it may
 * @property {boolean} isAmongHooks others have installed hooks, which ask us
 * @property {import('./transform-types.js').Transforms | undefined} transforms types are not only stripped
 */

/**
 * How other copies of these files, and later calls, learn that this thread is taken: a property of
 * the function that stands in for `module.registerHooks` from then on.
 */
const TAKEN = Symbol.for('bmes-cache.launch');

/** @returns {{ status: Status } | undefined} */
function taken() {
  return /** @type {any} */ (Module.registerHooks)?.[TAKEN];
}

/**
 * What the caller says, instead of the environment.
 *
 * @typedef {import('../index.d.ts').EnableOptions & { pack?: string }} Asked
 */

/**
 * Prepares this thread to start its entry from the cache. Called again, it changes nothing.
 *
 * @param {Asked} [options]
 * @returns {Status}
 */
function register(options) {
  try {
    return taken()?.status ?? install({ ...options, isLate: false, hooksOnly: '' });
  } catch (error) {
    return refuseFor(error);
  } finally {
    disguise.forgetOurselves();
  }
}

/**
 * The same for what a running program imports from now on.
 *
 * @param {Asked} options
 * @param {boolean} isFirstCall
 * @returns {Status}
 */
function enable(options, isFirstCall) {
  try {
    const before = taken()?.status;
    if (before) return before.status === 'enabled' ? alreadyEnabled(before) : { ...before };
    return { ...install({ ...options, isLate: true, hooksOnly: whyNotLinked(isFirstCall) }) };
  } catch (error) {
    return refuseFor(error);
  } finally {
    disguise.forgetOurselves();
  }
}

/** @param {Status} before */
function alreadyEnabled({ directory }) {
  return /** @type {Status} */ ({
    status: 'already-enabled',
    message: 'this thread has been enabled before, and what it was told then holds',
    directory,
  });
}

/** @param {boolean} isFirstCall */
function whyNotLinked(isFirstCall) {
  if (!features.linker) return '';
  const { isFirstStatement } = require('./first-statement.js');
  return isFirstCall && isFirstStatement(process.mainModule)
    ? ''
    : 'enable() is not the first statement of a CommonJS main module';
}

/**
 * @param {Asked & { isLate: boolean, hooksOnly: string }} asked
 * @returns {Status}
 */
function install(asked) {
  const { env } = process;
  const unsupported = notSupported();
  // An app that asks for it cannot do without, whatever becomes of the cache.
  const isAsked = asked.transformTypes === true || isSet('BMES_TRANSFORM_TYPES');
  const transforms =
    isAsked && !unsupported ? require('./transform-types.js').install() : undefined;
  if (isSet('BMES_DISABLE')) return refuse('disabled', 'BMES_DISABLED', 'BMES_DISABLE is set');
  const inWorker = isWorker();
  if (unsupported) return unsupported;
  const flags = readFlags(inWorker);
  if (debugs) for (const fault of allEnvironmentFaults()) mark('environment', fault);
  const aside = standAside(flags);
  if (aside) return aside;
  const directory = asked.directory ?? defaultDirectory();
  const pack = asked.pack ?? env.BMES_PACK;
  if (directory === undefined && !pack) {
    return refuse('disabled', 'BMES_STORE_NO_DIRECTORY', 'nothing says where the cache is');
  }
  /** @type {Launch} */
  const launch = {
    flags,
    directory,
    readOnly: asked.readOnly === true || isSet('BMES_READONLY'),
    shared: asked.shared === true || isSet('BMES_SHARED'),
    maxSize: asked.maxSize ?? maxSizeSet(),
    learn: asked.learn ?? learnSet(),
    pack: pack ? path.resolve(pack) : undefined,
    isWorker: inWorker,
    isLate: asked.isLate,
    hooksOnly: asked.hooksOnly || flags.hooksOnly || (transforms ? 'types are transformed' : ''),
    isAmongHooks: false,
    transforms,
  };
  const unusable = asked.isLate && !launch.pack ? whyNotUsable(launch) : undefined;
  if (unusable) return unusable;
  require('./exit.js').watchExit();
  /** @type {{ status: Status }} */
  const state = { status: { status: 'enabled', directory } };
  const refused = waitForEntry(launch, (status) => {
    state.status = status;
  });
  if (refused) return refused;
  const hidden = { __proto__: null, value: state };
  Object.defineProperty(Module.registerHooks, TAKEN, hidden);
  return state.status;
}

/**
 * What can be known of the cache before anything is imported. It is asked only for a program that is
 * told: `register` tells nobody, and its program may import nothing.
 *
 * @param {Launch} launch
 * @returns {Status | undefined}
 */
function whyNotUsable({ directory, readOnly }) {
  const { checkDirectory } = require('./addon.js');
  const { runtime, build } = runtimeIdentity();
  const fault = checkDirectory(directory ?? '', runtime, build, readOnly);
  return fault ? refuse('disabled', fault.code, fault.message) : undefined;
}

module.exports = { enable, listen, register };
