'use strict';
// An app's first run: native, and watched. It is only noted what the runtime was asked and what it
// answered; all conclusions are the core's (src/app/transcript.rs).
//
// The app may have replaced any builtin by the time it is called, so nothing here is looked up on a
// prototype of the app's: dictionaries and lists have none, and functions were taken at load. It
// never throws into the app, and what it cannot describe it leaves out.

const Module = require('node:module');
const { isProxy } = require('node:util/types');

const { cached, hasRun } = require('./commonjs.js');
const { asInternal, registerOwnHooks } = require('./disguise.js');
const { atExit } = require('./exit.js');
const { has, isEnd, isStart } = require('./safe.js');
const { isModuleFormat } = require('./tables.js');
const { mark } = require('./timeline.js');

const { apply } = Reflect;
const { keys, setPrototypeOf } = Object;
const { stringify } = JSON;
const { setTimeout } = globalThis;

/** How long nothing must have been loaded. Workers are often ended from outside, and soon. */
const QUIET_MS = 60;
const QUIET_IN_WORKER_MS = 20;
/** How long to wait for CommonJS that was asked for and does not come. */
const PATIENCE = 20;
/** A program that goes on loading is looked at ever less often. */
const SELDOM_MS = 60_000;

/** More than any app has, and few enough to be kept: a loop may ask for ever new names. */
const MAX_EDGES = 400_000;

/**
 * @param {import('./types.d.ts').Session} session whose run is to be watched
 * @param {readonly string[]} conditions
 * @param {import('./launch.js').Launch} launch
 * @param {import('./teacher.js').Teach} teach
 * @returns {import('./run.js').Run}
 */
function record(session, conditions, launch, teach) {
  const imports = new Edges();
  const requires = new Edges();
  /** @type {string[]} URL, format, over and over */
  const formats = list();
  /** @type {Record<string, string>} */
  const formatOf = dictionary();
  /** @type {Record<string, any>} CommonJS's own record of importers that are no known ES modules */
  const askers = dictionary();
  /** How much of it was taught already. */
  let taught = 0;
  let isForeign = false;

  /**
   * @param {string} specifier
   * @param {any} context
   * @param {any} result
   */
  function note(specifier, context, result) {
    const { parentURL } = context;
    const { url, format } = result;
    if (parentURL === undefined || typeof specifier !== 'string' || typeof url !== 'string') return;
    // `createRequire` and `import.meta.resolve` take URL objects.
    const parent = typeof parentURL === 'string' ? parentURL : parentURL.href;
    if (typeof parent !== 'string') return;
    if (!has(context.conditions, 'import')) {
      if (isStart(url, 'file:')) requires.add(parent, specifier, url);
      return;
    }
    if (!imports.add(parent, specifier, url)) return;
    if (typeof format === 'string' && formatOf[url] === undefined) {
      formatOf[url] = format;
      formats[formats.length] = url;
      formats[formats.length] = format;
    }
    // Now: the app may take it out of the cache later.
    const isModule = isModuleFormat(formatOf[parent]);
    if (!isModule && !(parent in askers)) askers[parent] = cached(parent);
  }

  /** @type {typeof note} */
  function attempt(specifier, context, result) {
    try {
      note(specifier, context, result);
    } catch {
      // That edge is left out.
    }
  }

  /** @returns {import('../bindings.js').Observation} */
  function observation() {
    const { flat } = imports;
    /** @type {string[]} */
    const commonjs = list();
    for (const url in askers) {
      const isTold = isCommonJSFormat(formatOf[url]);
      if (isTold || hasRun(askers[url])) commonjs[commonjs.length] = url;
    }
    const { entryUrl } = session;
    if (hasRun(cached(entryUrl))) commonjs[commonjs.length] = entryUrl;
    /** @type {string[]} */
    const wanted = list();
    const seen = dictionary();
    for (let at = 2; at < flat.length; at += 3) {
      const url = flat[at];
      if (seen[url] || !isNamed(url)) continue;
      seen[url] = true;
      wanted[wanted.length] = url;
    }
    const { named, names } = (launch.isAmongHooks ? ownNames : exportNames)(wanted);
    return {
      imports: flat,
      requires: requires.flat,
      formats,
      named,
      names,
      commonjs,
      isLate: launch.isLate,
      conditions: [...conditions],
    };
  }

  /**
   * Whether it is CommonJS that has names by now: it has been evaluated.
   *
   * @param {string} url
   */
  function isNamed(url) {
    const format = formatOf[url];
    return (format === undefined || isCommonJSFormat(format)) && hasRun(cached(url));
  }

  /** Whether all CommonJS that was imported has been evaluated. */
  function isLoaded() {
    for (let at = 0; at < formats.length; at += 2) {
      if (isCommonJSFormat(formats[at + 1]) && !hasRun(cached(formats[at]))) return false;
    }
    return true;
  }

  function count() {
    return imports.flat.length + requires.flat.length;
  }

  /** @param {boolean} isAtEnd */
  function learn(isAtEnd) {
    const seen = count();
    if (seen === taught && taught > 0) return;
    if (teach(session, observation, isAtEnd)) taught = seen;
  }

  function finish() {
    try {
      mark('learn', `${count() / 3} edges`);
      if (isForeign) throw new Error('BMES_FOREIGN_HOOKS the app has installed hooks');
      learn(true);
      session.finish();
      mark('learnt');
    } catch (error) {
      mark('not-learnt', String(error));
    }
  }

  const first = launch.isWorker ? QUIET_IN_WORKER_MS : QUIET_MS;
  let delay = first;
  let before = 0;
  let waited = 0;
  /** Looks whether nothing was loaded for a moment. */
  function look() {
    if (isForeign) return;
    const seen = count();
    const isQuiet = seen > taught && seen === before;
    before = seen;
    // CommonJS that ES modules import has no names before it has run.
    if (isQuiet && (isLoaded() || ++waited > PATIENCE)) {
      waited = 0;
      delay = first;
      try {
        learn(false);
      } catch (error) {
        mark('not-learnt', String(error));
        return;
      }
    } else {
      delay = seen === taught && delay < SELDOM_MS ? delay * 2 : first;
    }
    // The same timer again: a new one would be seen by the app's async hooks.
    timer._idleTimeout = delay;
    apply(refresh, timer, []);
  }
  const timer = /** @type {any} */ (setTimeout(look, delay));
  const { refresh } = timer;
  timer.unref();
  atExit(finish);

  return {
    onForeignHooks({ areAsync }) {
      // Those that were there before are part of the app's key.
      if (areAsync || !launch.isAmongHooks) isForeign = true;
    },
    resolve(specifier, context, nextResolve) {
      const result = nextResolve(specifier, context);
      attempt(specifier, context, result);
      return result;
    },
    note: attempt,
  };
}

/** Who asked for what and where it led, each once. */
class Edges {
  /** @type {string[]} parent, specifier, target, over and over */
  flat = list();
  /** @type {Record<string, Record<string, string>>} */
  #known = dictionary();

  /**
   * @param {string} parent
   * @param {string} specifier
   * @param {string} target
   * @returns {boolean} whether it is new
   */
  add(parent, specifier, target) {
    const of = (this.#known[parent] ??= dictionary());
    const { flat } = this;
    if (of[specifier] === target || flat.length >= 3 * MAX_EDGES) return false;
    of[specifier] = target;
    flat[flat.length] = parent;
    flat[flat.length] = specifier;
    flat[flat.length] = target;
    return true;
  }
}

/** @returns {any} */
function dictionary() {
  return { __proto__: null };
}

/** @returns {any[]} */
function list() {
  return setPrototypeOf([], null);
}

/** @param {string} format */
function isCommonJSFormat(format) {
  return format === 'commonjs' || format === 'commonjs-typescript';
}

const PROBE = 'bmes:namespaces';
let probes = 0;

/** The runtime's own, whatever the app puts in their places. */
const { _load, _extensions } = /** @type {any} */ (Module);
const loadJS = _extensions['.js'];

/**
 * What CommonJS modules export to ES modules, asked of the runtime itself: an ES module that
 * imports the namespaces of what is already evaluated, loaded synchronously. One that cannot be asked
 * has no names, and is left out of the pack.
 *
 * @param {readonly string[]} urls
 * @returns {{ named: string[], names: string[][] }}
 */
function exportNames(urls) {
  /** @type {string[]} */
  const named = list();
  /** @type {string[][]} */
  const names = list();
  /** @param {readonly string[]} some */
  function ask(some) {
    const found = namesOf(some);
    for (let at = 0; at < some.length; at++) {
      named[named.length] = some[at];
      names[names.length] = found[at];
    }
  }
  if (urls.length === 0) return { named, names };
  try {
    ask(urls);
  } catch {
    for (let at = 0; at < urls.length; at++) {
      const one = list();
      one[0] = urls[at];
      try {
        ask(one);
      } catch (error) {
        mark('left-out', `${urls[at]} ${error}`);
      }
    }
  }
  return { named, names };
}

/** @param {readonly string[]} urls */
function namesOf(urls) {
  // A module that was loaded under a name is there for good: each question has a name of its own.
  const probe = `${PROBE}-${probes++}`;
  let source = '';
  let exported = 'export default [';
  for (let at = 0; at < urls.length; at++) {
    source += `import * as n${at} from ${stringify(urls[at])};`;
    exported += `n${at},`;
  }
  source = asInternal(`${source}${exported}];`, 'namespaces');
  const hook = registerOwnHooks({
    resolve: (specifier, context, nextResolve) =>
      specifier === probe
        ? { url: probe, format: 'module', shortCircuit: true }
        : nextResolve(specifier, context),
    load: (url, context, nextLoad) =>
      url === probe || isEnd(url, `/${probe}`)
        ? { format: 'module', source, shortCircuit: true }
        : nextLoad(url, context),
  });
  const { emitWarning } = process;
  process.emitWarning = () => {};
  const extension = _extensions['.js'];
  _extensions['.js'] = loadJS;
  try {
    const namespaces = apply(_load, Module, [probe, undefined, false]).default;
    /** @type {string[][]} */
    const names = list();
    for (let at = 0; at < urls.length; at++) names[at] = keys(namespaces[at]);
    return names;
  } finally {
    _extensions['.js'] = extension;
    process.emitWarning = emitWarning;
    hook.deregister();
    forget(probe);
  }
}

/**
 * The program goes on, and may look at what it has required.
 *
 * @param {string} probe
 */
function forget(probe) {
  const { _cache, _pathCache } = /** @type {any} */ (Module);
  for (const table of [_cache, _pathCache]) {
    for (const key of keys(table)) if (isEnd(key, probe)) delete table[key];
  }
}

/**
 * What stands in for that where hooks of others are: they would be asked for what the app has not asked
 * for. It may be more; all modules are the runtime's there, and so is what it says of a missing one.
 *
 * @param {readonly string[]} urls
 * @returns {{ named: string[], names: string[][] }}
 */
function ownNames(urls) {
  /** @type {string[]} */
  const named = list();
  /** @type {string[][]} */
  const names = list();
  for (let at = 0; at < urls.length; at++) {
    const exported = cached(urls[at])?.exports;
    const isObject = typeof exported === 'function' || typeof exported === 'object';
    named[at] = urls[at];
    names[at] = isObject && exported !== null && !isProxy(exported) ? keys(exported) : list();
  }
  return { named, names };
}

module.exports = { record };
