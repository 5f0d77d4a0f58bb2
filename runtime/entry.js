'use strict';
// Waits for the first ES module of the program: the entry that Node's main asks for, or the first that
// CommonJS or a program that runs already reaches. With it the run is chosen. A main module that is CommonJS
// has a pack of its own, of where its `require()`s lead.

const { isAbsolute, join } = require('node:path');
const { fileURLToPath } = require('node:url');

const { isCommonJS } = require('./commonjs.js');
const disguise = require('./disguise.js');
const features = require('./features.js');
const { refuse, refuseFor } = require('./stand-aside.js');
const { has, isEnd, isPart, isStart } = require('./safe.js');
const { isModuleFormat } = require('./tables.js');
const { mark } = require('./timeline.js');

const { set } = Reflect;

/**
 * How many frames we add to the stack of an error of resolution, two of our own and those of the runtime between
 * hooks. Without room for them they would push the app's own frames out of what is kept; with more room than
 * that it would keep too many of them.
 *
 * @param {{ conditions: string[] }} context
 * @param {boolean} isAmongHooks the runtime's frames are then there without us
 */
function addedFrames(context, isAmongHooks) {
  if (isAmongHooks) return 3;
  return isImport(context) ? 5 : 6;
}

/** @param {number} limit not set where the app has frozen it */
function setLimit(limit) {
  set(Error, 'stackTraceLimit', limit);
}

/**
 * What has become of the launch so far:
 *
 * - `preloading`: the runtime has not asked for its main module yet; what else is preloaded is the runtime's;
 * - `waiting`: for the first ES module, under a CommonJS main or after `enable()`;
 * - `mainUndecided`: the main module has been asked for, and only its syntax will tell what it is;
 * - `running`: a run has been chosen, and answers;
 * - `over`: it came to nothing, or all that there was to say has been said: nobody asks us any more.
 *
 * @typedef {{ name: 'preloading' | 'waiting' | 'over' }
 *   | { name: 'mainUndecided', url: string }
 *   | { name: 'running', run: import('./run.js').Run }} State
 */

/**
 * @param {import('./launch.js').Launch} launch
 * @param {(status: import('./launch.js').Status) => void} onRefused called if it comes to nothing later
 * @returns {import('./launch.js').Status | undefined} why it came to nothing now
 */
function waitForEntry(launch, onRefused) {
  /** @type {State} */
  let state = { name: launch.isLate ? 'waiting' : 'preloading' };
  /** A file that another preload has loaded as an ES module: the runtime has it, and we cannot know what else. */
  let preloaded = '';
  /** Watches all that a main module asks for which is, or may be, CommonJS. @type {import('./run.js').Run | undefined} */
  let watcher;

  /** @type {import('./run.js').ResolveHook} */
  function resolve(specifier, context, nextResolve) {
    if (state.name === 'preloading') {
      if (context.parentURL === undefined && isImport(context) && !isOurCLI(specifier)) {
        return resolveMain(specifier, context, nextResolve);
      }
      if (isRequiredMain(specifier, context)) return resolveMain(specifier, context, nextResolve);
      // Set when a CommonJS main module is loaded; nothing else is by then but preloads.
      if (process.mainModule === undefined) return resolvePreload(specifier, context, nextResolve);
      state = { name: 'waiting' };
    }
    if (state.name === 'mainUndecided' && isImport(context)) {
      // Only its syntax has told that it is an ES module: it imports, or is asked for once more.
      const isItself = context.parentURL === undefined && specifier === state.url;
      if (isItself || (context.parentURL === state.url && !isCommonJS(state.url))) {
        take(context, () => watcher);
        watcher = undefined;
        return answer(specifier, context, nextResolve);
      }
    }
    if (context.parentURL === undefined) return nextResolve(specifier, context);
    const result = nextResolve(specifier, context);
    return isEntry(result, context) ? resolveFirst(result, specifier, context) : result;
  }

  /** @type {import('./run.js').ResolveHook} */
  function resolvePreload(specifier, context, nextResolve) {
    const result = nextResolve(specifier, context);
    if (isEntry(result, context)) preloaded = result.url;
    return result;
  }

  /** @type {import('./run.js').ResolveHook} */
  function resolveMain(specifier, context, nextResolve) {
    state = { name: 'waiting' };
    const { open, watch } = require('./run.js');
    /** @type {import('./types.d.ts').Session | undefined} without a pack */
    let session;
    // What `require()` asks for is a path.
    const isURL = isImport(context);
    const first = isURL ? undefined : nextResolve(specifier, context);
    take(context, (how) => {
      const opened = open(first?.url ?? specifier, context.conditions, how, true);
      if ('run' in opened) return opened.run;
      if ('session' in opened) session = opened.session;
      else if (opened.isAll) stop();
      return undefined;
    });
    if (current().name === 'running') return first ?? answer(specifier, context, nextResolve);
    const result = first ?? asWithoutPreload(nextResolve(specifier, context));
    if (!session) return result;
    const main = session;
    take(context, (how) => {
      if (isModuleFormat(result.format)) return watch(main, context.conditions, how);
      if (launch.isWorker) mark('stage', 'native mode native');
      else watcher = watch(main, importConditions(context), how, true);
      if (result.format !== 'commonjs') state = { name: 'mainUndecided', url: result.url };
      return undefined;
    });
    return answer(specifier, context, () => result);
  }

  /**
   * The first ES module, asked for by CommonJS or by an ES module from before our time.
   *
   * @param {{ url: string }} result
   * @param {string} specifier
   * @param {any} context
   */
  function resolveFirst(result, specifier, context) {
    const { open, watch } = require('./run.js');
    // Whoever has loaded that module may be waiting for all of its graph at once: `require()`.
    const asker = isCommonJS(context.parentURL) ? '' : context.parentURL;
    take(context, (how) => {
      how.hooksOnly ||= asker && `${asker} was loaded by the runtime`;
      const opened = open(result.url, context.conditions, how, false);
      if ('run' in opened) return opened.run;
      return 'session' in opened ? watch(opened.session, context.conditions, how) : undefined;
    });
    return answer(specifier, context, () => result);
  }

  /** @type {import('./run.js').ResolveHook} */
  const answer = (specifier, context, nextResolve) =>
    state.name === 'running'
      ? state.run.resolve(specifier, context, nextResolve)
      : nextResolve(specifier, context);

  /** @returns {State} that of now, which a call may have changed */
  const current = () => state;

  /**
   * @param {{ conditions: string[] }} context
   * @param {(how: import('./launch.js').Launch) => import('./run.js').Run | undefined} choose
   */
  function take({ conditions }, choose) {
    if (foreign.areAsync) return refuseNow('BMES_FOREIGN_HOOKS', 'others have installed hooks');
    if (!conditions.includes('node-addons')) {
      return refuseNow('BMES_NO_ADDON', 'native code is not loaded');
    }
    const others = foreign.seen ? 'others have installed hooks' : '';
    const early = preloaded && `${preloaded} was preloaded`;
    const hooksOnly = launch.hooksOnly || others || early;
    try {
      const run = choose({ ...launch, hooksOnly, isAmongHooks: foreign.seen });
      if (run) state = { name: 'running', run };
      if (run?.refused) onRefused({ status: 'disabled', ...run.refused });
      if (foreign.seen) run?.onForeignHooks?.(foreign);
    } catch (error) {
      onRefused(refuseFor(error));
      stop();
    }
    disguise.forgetOurselves();
  }

  /**
   * @param {string} code
   * @param {string} message
   */
  function refuseNow(code, message) {
    onRefused(refuse('disabled', code, message));
    stop();
  }

  function stop() {
    hook.deregister();
    state = { name: 'over' };
  }

  const hooks = {
    resolve(
      /** @type {string} */ specifier,
      /** @type {any} */ context,
      /** @type {any} */ nextResolve,
    ) {
      // Nobody asks for the main module: there are no frames of the app to be kept.
      if (state.name !== 'running' && context.parentURL === undefined) {
        return resolve(specifier, context, nextResolve);
      }
      const { stackTraceLimit } = Error;
      if (typeof stackTraceLimit === 'number') {
        setLimit(stackTraceLimit + addedFrames(context, foreign.seen));
      }
      try {
        // No frame in between: there is room for two of ours.
        const result =
          state.name === 'running'
            ? state.run.resolve(specifier, context, nextResolve)
            : resolve(specifier, context, nextResolve);
        watcher?.note?.(specifier, context, result);
        return result;
      } finally {
        if (typeof stackTraceLimit === 'number') setLimit(stackTraceLimit);
      }
    },
  };
  // The first is asked last: whoever comes later asks us, by `nextResolve`, and gets the pack's answer.
  // We cannot get behind those who were here before.
  const hook = disguise.registerOwnHooks(hooks);
  if (!disguise.isFirst(hook)) {
    hook.deregister();
    return refuse('disabled', 'BMES_FOREIGN_HOOKS', 'module.registerHooks has been called before');
  }
  const foreign = disguise.watchForeignHooks(() => {
    if (state.name === 'running') state.run.onForeignHooks?.(foreign);
    watcher?.onForeignHooks?.(foreign);
  });
  return undefined;
}

/**
 * A main module that is no ES module, as the runtime has it if nothing is preloaded by `--import`.
 *
 * @param {any} result
 */
function asWithoutPreload(result) {
  const isTypescript = result.format === 'commonjs-typescript';
  if (!isTypescript || features.loadsCommonJSTypescript) return result;
  // CommonJS is left to the loader of CommonJS, which looks by itself what it is.
  return { ...result, format: 'commonjs' };
}

/**
 * Whether the runtime asks for its main module as CommonJS: it does where nothing was preloaded by
 * `--import`. Preloads are asked for in the same way, by the names they were given.
 *
 * @param {string} specifier
 * @param {any} context
 */
function isRequiredMain(specifier, { parentURL, conditions }) {
  const main = process.argv[1];
  return (
    parentURL === undefined &&
    has(conditions, 'require') &&
    process.mainModule === undefined &&
    main !== undefined &&
    isAbsolute(specifier) &&
    isStart(specifier, main) &&
    !isOurCLI(specifier)
  );
}

/**
 * The conditions that its imports have.
 *
 * @param {{ conditions: string[] }} context
 */
function importConditions({ conditions }) {
  return conditions.map((name) => (name === 'require' ? 'import' : name));
}

/** @param {{ conditions: string[] }} context */
function isImport({ conditions }) {
  return has(conditions, 'import');
}

/**
 * Whether what CommonJS, or an ES module from before our time, has asked for is where a graph begins.
 * What `require()` asks for has no format yet.
 *
 * @param {{ url: string, format?: string }} result
 * @param {{ conditions: string[] }} context
 */
function isEntry({ url, format }, context) {
  if (!isStart(url, 'file:') || isPart(url, '?') || isPart(url, '#')) return false;
  return isImport(context) ? isModuleFormat(format) : isEnd(url, '.mjs');
}

/** `bmes run` asks for the app's entry itself. */
const CLI = /[\\/]cli[\\/]bmes\.js$/;

/** @param {string} specifier a URL, or a path */
function isOurCLI(specifier) {
  if (!CLI.test(specifier)) return false;
  const file = isStart(specifier, 'file:') ? fileURLToPath(specifier) : specifier;
  return file === join(__dirname, '../cli/bmes.js');
}

module.exports = { waitForEntry };
