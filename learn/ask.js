'use strict';
// Asks this runtime about an app, and evaluates nothing of it.
//
// Hooks give away the runtime's own resolver and loader: `nextResolve` answers for any specifier in any
// module's name, `nextLoad` gives any module's format and text. The engine compiles each text and is
// asked what it requests. What CommonJS exports is told by the runtime when it links, which is before
// it evaluates: see `exportNames`. The crawl of the core says what there is to be asked.

const { createHash } = require('node:crypto');
const Module = require('node:module');
const { pathToFileURL } = require('node:url');

const { importNative } = require('../runtime/internal.js');
const { open: openEngine } = require('../runtime/linker/engine.js');
const { ATTRIBUTES, FORMAT } = require('../runtime/tables.js');

/**
 * One module as the crawl has it.
 *
 * @typedef {import('../bindings.js').Question} Question
 */

/**
 * The runtime's own answers.
 *
 * @typedef {object} Runtime
 * @property {string[]} conditions of imports
 * @property {(specifier: string, parentURL: string | undefined, attributes?: Record<string, string>) => { url: string, format?: string | null }} resolve
 *   as an import; throws what the runtime throws
 * @property {(url: string, format: string | undefined, attributes?: Record<string, string>) => { format?: string | null, source?: string | Uint8Array | null }} load
 */

const ASK = 'bmes:ask';

/** Numbers of `EdgeKind` in the core. */
const KIND = { import: 0, dynamicImport: 1, require: 2 };

const JSON_ATTRIBUTES = { type: 'json' };

/** In whose name what is named by `--include` is imported. */
const OUTSIDE = 'bmes:outside';

/**
 * @returns {Promise<Runtime>}
 */
async function ownAnswers() {
  /** @type {any} */
  let resolveContext;
  /** @type {any} */
  let loadContext;
  /** @type {Function | undefined} */
  let nextResolve;
  /** @type {Function | undefined} */
  let nextLoad;
  const hook = Module.registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== ASK) return next(specifier, context);
      [resolveContext, nextResolve] = [{ ...context }, next];
      return { url: ASK, format: 'module', shortCircuit: true };
    },
    load(url, context, next) {
      if (url !== ASK) return next(url, context);
      [loadContext, nextLoad] = [{ ...context }, next];
      return { format: 'module', source: '', shortCircuit: true };
    },
  });
  await import(ASK);
  hook.deregister();
  if (!nextResolve || !nextLoad) throw new Error('the runtime has not asked its hooks');
  const [resolve, load] = [nextResolve, nextLoad];
  return {
    conditions: [...resolveContext.conditions],
    resolve: (specifier, parentURL, importAttributes = {}) =>
      resolve(specifier, { ...resolveContext, parentURL, importAttributes }),
    load: (url, format, importAttributes = {}) =>
      load(url, { ...loadContext, format, importAttributes }),
  };
}

/**
 * Everything the core wants to know; see `AnswersGiven` of the addon.
 *
 * @typedef {import('../bindings.js').AnswersGiven} Answers
 */

/**
 * Walks the graph by the runtime's own answers, from its roots.
 *
 * @param {Runtime} runtime
 * @param {readonly Question[]} questions
 * @param {object} how
 * @param {string} how.entry
 * @param {string[]} how.others URLs of what something outside of the graph imports as well
 * @param {string | undefined} how.main what imports the entry, if it is not the main module itself
 * @param {boolean} how.isDynamic whether `import()` is followed
 * @param {(done: number, known: number) => void} how.onProgress
 * @returns {Promise<Answers>}
 */
async function ask(runtime, questions, { entry, others, main, isDynamic, onProgress }) {
  const byURL = new Map(questions.map((question) => [question.url, question]));
  /** @type {Answers} */
  const answers = {
    imports: [],
    requires: [],
    refused: [],
    formats: [],
    named: [],
    names: [],
    loaded: [],
    hashes: [],
    compiled: [],
    requests: [],
    bytecode: [],
    reachedByCommonjs: [],
    roots: others,
  };
  /** @type {{ edge: [string, string, string], isFollowed: boolean }[]} */
  const imports = [];
  /** @type {Map<string, string | undefined>} URL and format, in the order in which they were reached */
  const reached = new Map([entry, ...others].map((url) => [url, undefined]));
  const isCommonJS = (/** @type {string} */ url) => byURL.get(url)?.format === FORMAT.commonjs;
  /** CommonJS that ES modules import, or may: what was named by `--include`. */
  const imported = new Set(others.filter(isCommonJS));

  /** @param {unknown} error */
  const said = (error) => {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
    return `${code ?? 'Error'} ${message}`;
  };

  /**
   * @param {Question} question
   * @param {number} at which of its edges
   * @param {boolean} isFollowed
   */
  function askImport(question, at, isFollowed) {
    const specifier = question.specifiers[at];
    const attributes = question.attributes[at] === ATTRIBUTES.json ? JSON_ATTRIBUTES : {};
    try {
      const { url, format } = runtime.resolve(specifier, question.url, attributes);
      imports.push({ edge: [question.url, specifier, url], isFollowed });
      if (format) answers.formats.push(url, format);
      if (!isFollowed) return;
      if (!reached.has(url)) reached.set(url, format ?? undefined);
      const target = byURL.get(url);
      if (question.format === FORMAT.module && target?.format === FORMAT.commonjs) {
        imported.add(url);
      }
    } catch (error) {
      answers.refused.push(question.url, specifier, said(error));
    }
  }

  /**
   * @param {Question} question
   * @param {string} specifier
   */
  function askRequire({ url }, specifier) {
    try {
      const found = Module.createRequire(url).resolve(specifier);
      const target = Module.isBuiltin(found) ? prefixed(found) : pathToFileURL(found).href;
      answers.requires.push(url, specifier, target);
      if (!reached.has(target)) reached.set(target, undefined);
    } catch (error) {
      answers.refused.push(url, specifier, said(error));
    }
  }

  /** @param {Question} question */
  function askLoader({ url, format }) {
    if (format !== FORMAT.module && format !== FORMAT.json) return undefined;
    try {
      const attributes = format === FORMAT.json ? JSON_ATTRIBUTES : {};
      const loaded = runtime.load(url, reached.get(url), attributes);
      if (loaded.format) answers.formats.push(url, loaded.format);
      if (loaded.source === null || loaded.source === undefined) return undefined;
      answers.loaded.push(url);
      answers.hashes.push(createHash('sha256').update(loaded.source).digest());
      const { source } = loaded;
      return typeof source === 'string' ? source : new TextDecoder().decode(source);
    } catch (error) {
      answers.refused.push(url, '', said(error));
      return undefined;
    }
  }

  /**
   * @param {Question} question
   * @param {string} text
   */
  function askEngine({ url }, text) {
    const compiled = compile(url, text);
    if ('error' in compiled) {
      answers.refused.push(url, '', said(compiled.error));
      return;
    }
    answers.compiled.push(url);
    answers.requests.push(compiled.requests);
    answers.bytecode.push(compiled.bytecode);
  }

  // A map grows while it is walked, and each new one is walked too.
  let done = 0;
  for (const url of reached.keys()) {
    onProgress(done++, reached.size);
    const question = byURL.get(url);
    if (!question) continue;
    const text = askLoader(question);
    if (question.format === FORMAT.module && text !== undefined) {
      askEngine(question, question.stripped ?? text);
    }
    question.specifiers.forEach((specifier, at) => {
      const kind = question.kinds[at];
      if (kind === KIND.require) askRequire(question, specifier);
      else askImport(question, at, kind === KIND.import || isDynamic);
    });
  }
  if (main !== undefined) answers.imports.push(main, entry, entry);
  for (const url of others) answers.imports.push(main ?? OUTSIDE, url, url);
  for (const { edge, isFollowed } of imports) {
    if (isFollowed || reached.has(edge[2])) answers.imports.push(...edge);
  }
  answers.reachedByCommonjs = reachedByCommonJS(answers, byURL);
  const names = await exportNames(imported);
  answers.named = [...names.keys()];
  answers.names = [...names.values()];
  return answers;
}

/** @param {string} builtin */
function prefixed(builtin) {
  return builtin.startsWith('node:') ? builtin : `node:${builtin}`;
}

/**
 * A record of V8's, which is dropped: it is never linked.
 *
 * @param {string} identifier
 * @param {string} text
 * @returns {{ requests: string[], bytecode: Uint8Array } | { error: unknown }}
 */
function compile(identifier, text) {
  const engine = openEngine(importNative);
  if (typeof engine === 'string') throw new Error(`BMES_UNTESTED_RUNTIME ${engine}`);
  try {
    const record = engine.make(identifier, text);
    const requests = record.getModuleRequests().map(({ specifier }) => specifier);
    return { requests, bytecode: record.createCachedData() };
  } catch (error) {
    return { error };
  }
}

/**
 * What was asked for in the name of CommonJS, and of what it asked for, and so on.
 *
 * @param {Answers} answers
 * @param {ReadonlyMap<string, Question>} byURL
 */
function reachedByCommonJS({ imports, requires }, byURL) {
  /** @type {Map<string, string[]>} */
  const targets = new Map();
  /** @type {string[]} */
  const open = [];
  for (let at = 0; at < imports.length; at += 3) {
    const [parent, target] = [imports[at], imports[at + 2]];
    const known = targets.get(parent);
    if (known) known.push(target);
    else targets.set(parent, [target]);
    if (byURL.get(parent)?.format === FORMAT.commonjs) open.push(target);
  }
  for (let at = 2; at < requires.length; at += 3) open.push(requires[at]);
  /** @type {Set<string>} */
  const reached = new Set();
  for (let url = open.pop(); url !== undefined; url = open.pop()) {
    if (reached.has(url)) continue;
    reached.add(url);
    open.push(...(targets.get(url) ?? []));
  }
  return [...reached];
}

/** Each has a URL of its own: the runtime remembers that evaluating one has failed. */
let asked = 0;

/**
 * What CommonJS modules export to ES modules: the runtime finds that out when it links, before anything
 * is evaluated. One module here has their namespaces, and another is evaluated first, which reads them
 * by a cycle and throws: so nothing behind it in the order is evaluated at all.
 *
 * @param {Iterable<string>} urls
 * @returns {Promise<Map<string, string[]>>}
 */
async function exportNames(urls) {
  const list = [...urls];
  if (list.length === 0) return new Map();
  const [names, reader] = [`bmes:names/${asked}`, `bmes:names/${asked++}/reader`];
  const exported = list.map((url, at) => `export * as n${at} from ${JSON.stringify(url)};`);
  /** @type {Map<string, string[]>} */
  const found = new Map();
  const stop = new Error('the names are read');
  /** @param {Record<string, object>} namespaces */
  const read = (namespaces) => {
    list.forEach((url, at) => {
      const keys = Reflect.ownKeys(namespaces[`n${at}`]);
      found.set(
        url,
        keys.filter((key) => typeof key === 'string'),
      );
    });
    throw stop;
  };
  const take = Symbol.for('bmes-cache.names');
  const sources = new Map([
    [names, `import ${JSON.stringify(reader)};${exported.join('')}`],
    [
      reader,
      `import * as namespaces from ${JSON.stringify(names)};` +
        `globalThis[Symbol.for('bmes-cache.names')](namespaces);`,
    ],
  ]);
  const hook = Module.registerHooks({
    resolve: (specifier, context, next) =>
      sources.has(specifier)
        ? { url: specifier, format: 'module', shortCircuit: true }
        : next(specifier, context),
    load: (url, context, next) =>
      sources.has(url)
        ? { format: 'module', source: sources.get(url), shortCircuit: true }
        : next(url, context),
  });
  const descriptor = { __proto__: null, value: read, configurable: true };
  Object.defineProperty(globalThis, take, descriptor);
  try {
    await import(names);
  } catch (error) {
    if (error !== stop) throw error;
  } finally {
    hook.deregister();
    Reflect.deleteProperty(globalThis, take);
  }
  return found;
}

/**
 * The file that `node <entry>` runs.
 *
 * @param {string} entry absolute
 * @returns {string | undefined}
 */
function mainFile(entry) {
  return /** @type {any} */ (Module)._findPath(entry, null, true) || undefined;
}

module.exports = { KIND, ask, mainFile, ownAnswers };
