'use strict';
// The one path by which an app starts: decide, open the cache when the entry is asked for, hand
// the run to the linker, to hooks or to the recorder, and let Node's own main do the rest.

const disguise = require('./disguise.js');
const { isSet } = require('./environment.js');
const features = require('./features.js');
const { readFlags } = require('./flags.js');
const { mark } = require('./timeline.js');

/**
 * What came of it.
 *
 * @typedef {object} Status
 * @property {'enabled' | 'disabled' | 'unsupported'} status
 * @property {string} [code] why not
 * @property {string} [message] the same for people
 */

/** @type {Status | undefined} */
let registered;

/**
 * Prepares this process to start its entry from the cache. Called again, it changes nothing.
 *
 * @returns {Status}
 */
function register() {
  registered ??= install();
  return registered;
}

/** @returns {Status} */
function install() {
  try {
    disguise.hideFlag();
    const flags = readFlags(process.execArgv, process.env.NODE_OPTIONS ?? '');
    const aside = standAside(flags);
    if (aside) return aside;
    waitForEntry(flags);
    return { status: 'enabled' };
  } catch (error) {
    return refuse('disabled', 'BMES_INTERNAL', String(error));
  } finally {
    disguise.forgetOurselves();
  }
}

/**
 * @param {import('./flags.js').Flags} flags
 * @returns {Status | undefined}
 */
function standAside(flags) {
  const { env } = process;
  if (isSet('BMES_DISABLE')) {
    return refuse('disabled', 'BMES_DISABLED', 'BMES_DISABLE is set');
  }
  if (process.versions.bun || process.versions.deno || !features.hooks) {
    return refuse('unsupported', 'BMES_UNSUPPORTED_RUNTIME', 'no in-thread module hooks here');
  }
  if (isWorker()) {
    return refuse('disabled', 'BMES_WORKER', 'worker threads run natively');
  }
  if (env.NODE_V8_COVERAGE) return refuse('disabled', 'BMES_COVERAGE', 'coverage is collected');
  if (process.sourceMapsEnabled) {
    return refuse('disabled', 'BMES_SOURCE_MAPS', 'source maps are on');
  }
  if (flags.standAside) {
    return refuse('disabled', flags.standAside.code, flags.standAside.detail);
  }
  if (process.argv[1] === undefined) return refuse('disabled', 'BMES_NO_ENTRY', 'no entry file');
  return undefined;
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
 * How many frames a hook adds to the stack of an error of resolution: two of ours and four of the
 * runtime's. Without room for them they would push the app's own frames out of what is kept.
 */
const HOOK_FRAMES = 6;

/** @param {number} limit not set where the app has frozen it */
function setLimit(limit) {
  Reflect.set(Error, 'stackTraceLimit', limit);
}

/**
 * Waits for Node's main to ask for the entry: its resolution is the first without a parent. Until
 * then other preloads may still install hooks of their own.
 *
 * @param {import('./flags.js').Flags} flags
 */
function waitForEntry(flags) {
  /** @type {import('./run.js').Run | undefined} */
  let run;
  const hooks = {
    resolve(
      /** @type {string} */ specifier,
      /** @type {any} */ context,
      /** @type {any} */ nextResolve,
    ) {
      if (run) {
        const { stackTraceLimit } = Error;
        if (typeof stackTraceLimit === 'number') setLimit(stackTraceLimit + HOOK_FRAMES);
        try {
          return run.resolve(specifier, context, nextResolve);
        } finally {
          if (typeof stackTraceLimit === 'number') setLimit(stackTraceLimit);
        }
      }
      const entryURL = entryAsked(specifier, context);
      if (entryURL === undefined) return nextResolve(specifier, context);
      if (foreign.seen) {
        refuse('disabled', 'BMES_FOREIGN_HOOKS', 'another preload has installed hooks');
        hook.deregister();
        return nextResolve(specifier, context);
      }
      const { NATIVE, start } = require('./run.js');
      try {
        run = start(entryURL, context.conditions, flags);
      } catch (error) {
        refuse('disabled', 'BMES_INTERNAL', String(error));
        run = NATIVE;
      }
      disguise.forgetOurselves();
      return /** @type {any} */ (run).resolve(specifier, context, nextResolve);
    },
  };
  const foreign = disguise.watchForeignHooks(() => {
    if (!run) return;
    run.standAside?.();
    // The latest is asked first: others must not be asked for what only we know of.
    hook.deregister();
    hook = disguise.registerOwnHooks(hooks);
  });
  let hook = disguise.registerOwnHooks(hooks);
}

/**
 * Whether this is the first resolution that is ours to answer: the entry, asked for by Node's main,
 * or the first ES module that a CommonJS entry reaches.
 *
 * @param {string} specifier
 * @param {{ parentURL?: string, conditions: string[] }} context
 * @returns {string | undefined} the entry's URL
 */
function entryAsked(specifier, { parentURL, conditions }) {
  if (!conditions.includes('import')) return undefined;
  if (parentURL === undefined) return specifier;
  const main = process.mainModule?.filename;
  return main && require('node:url').pathToFileURL(main).href;
}

module.exports = { register };
