'use strict';
// Waits for the first ES module of the program: the entry that Node's main asks for, or the first that
// CommonJS or a program that runs already reaches. With it the run is chosen.

const Module = require('node:module');
const { fileURLToPath } = require('node:url');
const { isModuleNamespaceObject } = require('node:util/types');

const disguise = require('./disguise.js');
const { refuse, refuseFor } = require('./stand-aside.js');
const { mark } = require('./timeline.js');

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
 * @param {import('./launch.js').Launch} launch
 * @param {(status: import('./launch.js').Status) => void} onRefused called if it comes to nothing later
 * @returns {import('./launch.js').Status | undefined} why it came to nothing now
 */
function waitForEntry(launch, onRefused) {
  /** @type {import('./run.js').Run | undefined} */
  let run;
  /** @type {{ url: string, session: import('./types.d.ts').Session } | undefined} a main that may be CommonJS */
  let main;

  /** @type {import('./run.js').ResolveHook} */
  const resolve = (specifier, context, nextResolve) => {
    if (context.parentURL === undefined) {
      return !launch.isLate && isImport(context) && !isOurCLI(specifier)
        ? resolveMain(specifier, context, nextResolve)
        : nextResolve(specifier, context);
    }
    if (main && isImport(context) && context.parentURL === main.url && !isCommonJS(main.url)) {
      // Only its syntax has told that it is an ES module.
      const { session } = main;
      take(() => require('./run.js').watch(session, context.conditions, launch));
      return answer(specifier, context, nextResolve);
    }
    const result = nextResolve(specifier, context);
    if (!isEntry(result, context)) return result;
    const { open, watch } = require('./run.js');
    // Whoever has loaded that module may be waiting for all of its graph at once: `require()`.
    const isOfCommonJS = isCommonJS(context.parentURL);
    const hooksOnly =
      launch.hooksOnly || (isOfCommonJS ? '' : `${context.parentURL} was loaded by the runtime`);
    take(() => {
      const how = { ...launch, hooksOnly };
      const opened = open(result.url, context.conditions, how, false);
      return 'run' in opened ? opened.run : watch(opened.session, context.conditions, launch);
    });
    return answer(specifier, context, () => result);
  };

  /** @type {import('./run.js').ResolveHook} */
  const resolveMain = (specifier, context, nextResolve) => {
    if (specifier.endsWith('.cjs')) {
      mark('stage', 'native mode native');
      return nextResolve(specifier, context);
    }
    const { open, watch } = require('./run.js');
    take(() => {
      const opened = open(specifier, context.conditions, launch, true);
      if ('run' in opened) return opened.run;
      main = { url: specifier, session: opened.session };
      return undefined;
    });
    if (run || !main) return answer(specifier, context, nextResolve);
    const result = nextResolve(specifier, context);
    if (result.format === 'module') {
      const { session } = main;
      take(() => watch(session, context.conditions, launch));
      return answer(specifier, context, () => result);
    }
    mark('stage', 'native mode native');
    return result;
  };

  /** @type {import('./run.js').ResolveHook} */
  const answer = (specifier, context, nextResolve) =>
    run ? run.resolve(specifier, context, nextResolve) : nextResolve(specifier, context);

  /** @param {() => import('./run.js').Run | undefined} choose */
  function take(choose) {
    if (foreign.seen) {
      onRefused(refuse('disabled', 'BMES_FOREIGN_HOOKS', 'others have installed hooks'));
      hook.deregister();
      run = require('./run.js').NATIVE;
      return;
    }
    try {
      run = choose();
      if (run?.refused) onRefused({ status: 'disabled', ...run.refused });
    } catch (error) {
      onRefused(refuseFor(error));
      run = require('./run.js').NATIVE;
    }
    disguise.forgetOurselves();
  }

  const hooks = {
    resolve(
      /** @type {string} */ specifier,
      /** @type {any} */ context,
      /** @type {any} */ nextResolve,
    ) {
      // Nobody asks for the main module: there are no frames of the app to be kept.
      if (!run && context.parentURL === undefined) return resolve(specifier, context, nextResolve);
      const { stackTraceLimit } = Error;
      if (typeof stackTraceLimit === 'number') setLimit(stackTraceLimit + HOOK_FRAMES);
      try {
        if (run) return run.resolve(specifier, context, nextResolve);
        return resolve(specifier, context, nextResolve);
      } finally {
        if (typeof stackTraceLimit === 'number') setLimit(stackTraceLimit);
      }
    },
  };
  let hook = disguise.registerOwnHooks(hooks);
  if (launch.isLate && !disguise.isFirst(hook)) {
    hook.deregister();
    return refuse('disabled', 'BMES_FOREIGN_HOOKS', 'module.registerHooks has been called');
  }
  const foreign = disguise.watchForeignHooks(() => {
    if (!run) return;
    run.standAside?.();
    // The latest is asked first: others must not be asked for what only we know of.
    hook.deregister();
    hook = disguise.registerOwnHooks(hooks);
  });
  return undefined;
}

/** @param {{ conditions: string[] }} context */
function isImport({ conditions }) {
  return conditions.includes('import');
}

/**
 * Whether what CommonJS, or an ES module from before our time, has asked for is where a graph begins.
 * What `require()` asks for has no format yet.
 *
 * @param {{ url: string, format?: string }} result
 * @param {{ conditions: string[] }} context
 */
function isEntry({ url, format }, context) {
  if (!url.startsWith('file:') || url.includes('?') || url.includes('#')) return false;
  return isImport(context) ? format === 'module' : url.endsWith('.mjs');
}

/** `bmes run` asks for the app's entry itself. */
const CLI = /[\\/]cli[\\/]bmes\.js$/;

/** @param {string} url */
function isOurCLI(url) {
  return (
    CLI.test(url) && fileURLToPath(url) === require('node:path').join(__dirname, '../cli/bmes.js')
  );
}

/**
 * Whether a file has been loaded, or is being, as CommonJS. An ES module that is being required looks
 * the same in the cache, so its name decides.
 *
 * @param {string} url
 */
function isCommonJS(url) {
  if (!url.startsWith('file:') || url.endsWith('.mjs')) return false;
  const module = /** @type {any} */ (Module)._cache[fileURLToPath(url)];
  if (module === undefined || isModuleNamespaceObject(module.exports)) return false;
  return url.endsWith('.cjs') || module.loaded || typeOf(url) !== 'module';
}

/**
 * What the nearest `package.json` says.
 *
 * @param {string} url
 */
function typeOf(url) {
  try {
    const file = Module.findPackageJSON(url);
    return file && JSON.parse(require('node:fs').readFileSync(file, 'utf8')).type;
  } catch {
    return undefined;
  }
}

module.exports = { waitForEntry };
