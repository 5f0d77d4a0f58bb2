'use strict';
// An app's first run: native, and watched. What the runtime resolved is compared at the end with
// what the core's crawl predicts, and the pack is written only where they agree.

const Module = require('node:module');
const { fileURLToPath } = require('node:url');
const { isModuleNamespaceObject } = require('node:util/types');

const { asInternal, registerOwnHooks } = require('./disguise.js');
const { atExit } = require('./exit.js');
const { mark } = require('./timeline.js');

/** A program that is still running then is learnt while it runs; it may never exit by itself. */
const LONG_RUN_MS = 3000;

/**
 * Workers are often ended from outside, and then have no exit: they are learnt as soon as nothing more
 * was loaded for so long.
 */
const QUIET_MS = 20;

/**
 * @param {import('./types.d.ts').Session} session whose crawl has been started
 * @param {readonly string[]} conditions
 * @param {import('./launch.js').Launch} launch
 * @returns {import('./run.js').Run}
 */
function record(session, conditions, launch) {
  /** @type {string[]} parent, specifier, target, over and over */
  const edges = [];
  /** @type {Map<string, string>} */
  const formats = new Map();
  /** @type {Set<string>} */
  const required = new Set();
  /** What of it was learnt already: modules that load without being asked for are CommonJS. */
  let learnt = '';
  let isForeign = false;

  function learn() {
    if (isForeign) throw new Error('BMES_FOREIGN_HOOKS the app has installed hooks');
    const { entryUrl } = session;
    const isImportedBy = importsByFormat(edges, entryUrl);
    const known = `${edges.length} ${isImportedBy.commonjs.size}`;
    if (known === learnt) return;
    learnt = known;
    const names = exportNames(isImportedBy.commonjs);
    const isOutside = launch.isLate || isImportedBy.isAskedFor || isCommonJS(entryUrl);
    session.learn({
      edges,
      formats: [...formats].flat(),
      named: [...names.keys()],
      names: [...names.values()],
      roots: isOutside ? rootsFromOutside(edges, formats, entryUrl) : [],
      required: [...required],
      reachedByCommonjs: reachedFrom([...isImportedBy.byCommonjs, ...required], edges),
      conditions: [...conditions],
    });
  }

  function finish() {
    try {
      mark('learn', `${edges.length / 3} edges`);
      learn();
      session.finish();
      mark('learnt');
    } catch (error) {
      mark('not-learnt', String(error));
    }
  }

  function learnNow() {
    try {
      learn();
    } catch (error) {
      mark('not-learnt', String(error));
    }
  }

  function learnWhenQuiet() {
    let before = 0;
    const timer = setInterval(() => {
      const isQuiet = edges.length > 0 && edges.length === before;
      before = edges.length;
      // CommonJS that ES modules import has no names before it has run.
      if (!isQuiet || !isLoaded(formats)) return;
      clearInterval(timer);
      learnNow();
    }, QUIET_MS);
    timer.unref();
  }

  if (launch.isWorker) learnWhenQuiet();
  setTimeout(learnNow, LONG_RUN_MS).unref();
  atExit(finish);

  return {
    standAside() {
      isForeign = true;
    },
    resolve(specifier, context, nextResolve) {
      const result = nextResolve(specifier, context);
      const { parentURL } = context;
      if (parentURL === undefined) return result;
      if (context.conditions.includes('import')) {
        edges.push(parentURL, specifier, result.url);
        if (result.format) formats.set(result.url, result.format);
      } else if (result.url.startsWith('file:')) {
        required.add(result.url);
      }
      return result;
    },
  };
}

/**
 * Whether the CommonJS modules that were imported have been loaded.
 *
 * @param {ReadonlyMap<string, string>} formats
 */
function isLoaded(formats) {
  return [...formats].every(([url, format]) => format !== 'commonjs' || isCommonJS(url));
}

/**
 * What was imported by CommonJS, and by ES modules that were there before us.
 *
 * @param {readonly string[]} edges
 * @param {ReadonlyMap<string, string>} formats
 * @param {string} entryURL
 */
function rootsFromOutside(edges, formats, entryURL) {
  const known = new Set([entryURL]);
  for (let at = 0; at < edges.length; at += 3) known.add(edges[at + 2]);
  /** @type {Set<string>} */
  const roots = new Set();
  for (let at = 0; at < edges.length; at += 3) {
    const target = edges[at + 2];
    const isOutside = !known.has(edges[at]) || isCommonJS(edges[at]);
    if (isOutside && formats.get(target) === 'module') roots.add(target);
  }
  roots.delete(entryURL);
  return [...roots];
}

/**
 * Splits what was imported by what it turned out to be.
 *
 * @param {readonly string[]} edges
 * @param {string} entryURL
 */
function importsByFormat(edges, entryURL) {
  /** @type {Set<string>} CommonJS that ES modules import */
  const commonjs = new Set();
  /** @type {Set<string>} ES modules that CommonJS imports */
  const byCommonjs = new Set();
  /** Who has asked for the entry, if not the runtime's main: that is not the graph's own doing. */
  const asker = edges[2] === entryURL && edges[0] !== entryURL ? edges[0] : undefined;
  /** @type {Map<string, boolean>} */
  const known = new Map();
  const isKnownCommonJS = (/** @type {string} */ url) => {
    let answer = known.get(url);
    if (answer === undefined) known.set(url, (answer = isCommonJS(url)));
    return answer;
  };
  for (let at = 0; at < edges.length; at += 3) {
    const parent = edges[at];
    const target = edges[at + 2];
    if (!target.startsWith('file:')) continue;
    if (parent === asker && target === entryURL) continue;
    if (isKnownCommonJS(parent)) byCommonjs.add(target);
    else if (isKnownCommonJS(target)) commonjs.add(target);
  }
  return { commonjs, byCommonjs, isAskedFor: asker !== undefined };
}

/**
 * What was asked for in the name of these modules, and of what they asked for, and so on; also where
 * it failed, since that failure is to be the same.
 *
 * @param {Iterable<string>} urls
 * @param {readonly string[]} edges
 */
function reachedFrom(urls, edges) {
  const reached = new Set(urls);
  for (let size = -1; size !== reached.size;) {
    size = reached.size;
    for (let at = 0; at < edges.length; at += 3) {
      if (reached.has(edges[at])) reached.add(edges[at + 2]);
    }
  }
  return [...reached];
}

/** @param {string} url */
function cached(url) {
  if (!url.startsWith('file:')) return undefined;
  return /** @type {any} */ (Module)._cache[fileURLToPath(url)];
}

/** @param {string} url */
function isCommonJS(url) {
  const module = cached(url);
  return module?.loaded === true && module instanceof Module && !isNamespace(module.exports);
}

/** @param {unknown} value */
function isNamespace(value) {
  return isModuleNamespaceObject(value);
}

const PROBE = 'bmes:namespaces';

/** The runtime's own, whatever the app puts in their places. */
const { _load, _extensions } = /** @type {any} */ (Module);
const loadJS = _extensions['.js'];

/**
 * What CommonJS modules export to ES modules, asked of the runtime itself: an ES module that
 * imports the namespaces of what is already evaluated, loaded synchronously.
 *
 * @param {Iterable<string>} urls
 * @returns {Map<string, string[]>}
 */
function exportNames(urls) {
  const list = [...urls];
  if (list.length === 0) return new Map();
  const imports = list.map((url, at) => `import * as n${at} from ${JSON.stringify(url)};`);
  const exported = `export default [${list.map((_, at) => `n${at}`)}];`;
  const source = asInternal(`${imports.join('')}${exported}`, 'namespaces');
  const hook = registerOwnHooks({
    resolve: (specifier, context, nextResolve) =>
      specifier === PROBE
        ? { url: PROBE, format: 'module', shortCircuit: true }
        : nextResolve(specifier, context),
    load: (url, context, nextLoad) =>
      url === PROBE || url.endsWith(`/${PROBE}`)
        ? { format: 'module', source, shortCircuit: true }
        : nextLoad(url, context),
  });
  const { emitWarning } = process;
  process.emitWarning = () => {};
  const extension = _extensions['.js'];
  _extensions['.js'] = loadJS;
  try {
    const namespaces = Reflect.apply(_load, Module, [PROBE, undefined, false]).default;
    return new Map(list.map((url, at) => [url, Object.keys(namespaces[at])]));
  } finally {
    _extensions['.js'] = extension;
    process.emitWarning = emitWarning;
    hook.deregister();
  }
}

module.exports = { record };
