'use strict';
// Starts an app whose ES modules are linked by us.
//
// Node's main asks its loader for the entry, and the loader finds it in its own map: a job around our
// record of the entry, whose whole graph is linked already. It instantiates and evaluates it as any
// other. All records are made before: if they cannot be, the caller takes another way and nothing has
// happened. Whatever else asks for one of our modules later (`import()`, `require()`, graphs that are
// the runtime's own) finds it in that map as well: there is one instance of each.

const { statSync } = require('node:fs');
const { fileURLToPath } = require('node:url');

const { isDiskOurs } = require('../disguise.js');
const { atExit } = require('../exit.js');
const { importNative } = require('../internal.js');
const {
  ATTRIBUTES,
  FORMAT,
  TRAIT,
  attributesOf,
  formatOf,
  importsInspector,
} = require('../tables.js');
const { SafeMap, has, isPart, isStart } = require('../safe.js');
const { mark } = require('../timeline.js');
const { open } = require('./engine.js');
const { Linker, NotLinkable } = require('./linker.js');
const { PackView } = require('./pack.js');

/**
 * @param {import('../types.d.ts').Session} session
 * @param {import('../types.d.ts').Tables} tables
 * @param {import('../run.js').Start} start
 * @returns {import('../run.js').Run | undefined} undefined if the app cannot be linked
 */
function link(session, tables, { isMain, isRequired }) {
  // A mistake of ours from here on until the runtime has instantiated the graph may end the process.
  session.beginLinking();
  const engine = open(importNative);
  if (typeof engine === 'string') {
    session.endLinking();
    mark('stand-aside', `BMES_UNTESTED_RUNTIME ${engine}`);
    return undefined;
  }
  // The compile cache is for what is not ours: it must be there before any of that is made.
  const { entry } = tables;
  const pack = new PackView(session, tables);
  const isNative = (/** @type {number} */ _, /** @type {number} */ index) => pack.isNative(index);
  const isUsed = tables.formats.includes(FORMAT.commonjs) || tables.formats.some(isNative);
  const isFilled = isUsed && require('../compile-cache.js').useCompileCache(session, tables);
  const texts = session.frozen
    ? new (require('../texts.js').PassingTexts)(session, tables)
    : undefined;
  const linker = new Linker(pack, engine, isMain ? entry : undefined, texts);
  try {
    const prepared = linker.prepare(entry, false);
    if (importsInspector(tables)) linker.compileFromNowOn();
    const run = new LinkedRun(session, pack, engine, linker, prepared, isMain, isRequired, texts);
    engine.onMissing(run.find);
    const isWarm = pack.isWarm && (!isUsed || isFilled || pack.hasBytecode);
    pack.save();
    atExit(() => pack.save());
    mark('stage', `${isWarm ? 'warm' : 'linked'} mode linker`);
    return run;
  } catch (error) {
    session.endLinking();
    if (!(error instanceof NotLinkable)) throw error;
    mark('stand-aside', `BMES_NOT_LINKABLE ${error.message}`);
    return undefined;
  }
}

class LinkedRun {
  #session;
  #pack;
  #engine;
  #linker;
  #isMain;
  /** Whether the entry is waited for by `require()`. */
  #isRequired;
  /** Of CommonJS and JSON, where the pack has them. */
  #texts;
  /** @type {import('./linker.js').Prepared | undefined} the entry's graph until it is asked for */
  #prepared;
  /** Others decide from now on what modules are: no more of them become ours. */
  #isAside = false;
  /**
   * What the runtime is about to be asked for by an `import()`, and whether where specifiers lead has
   * just been looked at.
   *
   * @type {Map<string, boolean>}
   */
  #wanted = new SafeMap();

  /**
   * @param {import('../types.d.ts').Session} session
   * @param {import('../types.d.ts').PackView} pack
   * @param {import('../types.d.ts').Engine} engine
   * @param {import('../types.d.ts').Linker} linker
   * @param {import('./linker.js').Prepared} prepared
   * @param {boolean} isMain
   * @param {boolean} isRequired
   * @param {import('../types.d.ts').PassingTexts} [texts]
   */
  constructor(session, pack, engine, linker, prepared, isMain, isRequired, texts) {
    this.#session = session;
    this.#pack = pack;
    this.#engine = engine;
    this.#linker = linker;
    this.#prepared = prepared;
    this.#isMain = isMain;
    this.#isRequired = isRequired;
    this.#texts = texts;
  }

  onForeignHooks() {
    this.#isAside = true;
    this.#texts?.end();
    // They may lead to what is ours without asking us.
    for (const [url, job] of this.#linker.allJobs()) {
      if (!this.#engine.jobOf(url)) this.#engine.keep(url, job);
    }
  }

  /** @type {import('../run.js').ResolveHook} */
  resolve = (specifier, context, nextResolve) => {
    const { parentURL } = context;
    const { tables } = this.#pack;
    this.#texts?.beginResolve();
    if (parentURL === undefined) {
      const isEntry = this.#isMain && specifier === tables.urls[tables.entry];
      return isEntry ? resolved(tables, tables.entry) : nextResolve(specifier, context);
    }
    const mayMake = this.#mayMake(context);
    const known = mayMake ? this.#knownTarget(specifier, parentURL) : undefined;
    const result = known ? known.result : nextResolve(specifier, context);
    const { url } = result;
    if (hasQuery(url)) this.#expectInCompileCache(url);
    // What is required, or imported by what is not ours, stays the runtime's if it is not ours yet.
    if (mayMake && this.#isImporter(parentURL)) this.#wanted.set(url, known?.isLaidOut === true);
    else this.#wanted.delete(url);
    if (this.#texts) this.#expectText(this.#texts, specifier, context, url);
    return result;
  };

  /**
   * @param {import('../types.d.ts').PassingTexts} texts
   * @param {string} specifier
   * @param {any} context
   * @param {string} url where it leads
   */
  #expectText(texts, specifier, { conditions, parentURL, importAttributes }, url) {
    if (has(conditions, 'require')) return texts.expectRequire(url);
    // Modules that link themselves ask for their static imports, and load them.
    const parent = this.#pack.indexOf(parentURL);
    if (parent === undefined || !this.#linker.has(parent)) return;
    const { edges, tables } = this.#pack;
    const edge = edges.find(parent, specifier, importAttributes);
    if (edge === undefined || edges.isDynamic(parent, edge)) return;
    const target = tables.targets[edge];
    if (tables.urls[target] === url) texts.expectImport(target);
  }

  /**
   * The engine keeps each of these, and no later run asks for it again: it is made anew by every run.
   *
   * @param {string} url
   */
  #expectInCompileCache(url) {
    if (!isStart(url, 'file:') || this.#engine.jobOf(url)) return;
    try {
      this.#session.expectInCompileCache(statSync(fileURLToPath(url)).size);
    } catch {
      // The runtime says what is wrong with it.
    }
  }

  /** @param {any} context */
  #mayMake({ conditions, importAttributes }) {
    return (
      !this.#isAside &&
      has(conditions, 'import') &&
      attributesOf(importAttributes) === ATTRIBUTES.none &&
      !process.sourceMapsEnabled &&
      isDiskOurs()
    );
  }

  /**
   * Whether what a module asks for now is asked for by `import()`: one of ours, whose static imports are
   * not asked for at all, or CommonJS.
   *
   * @param {string} parentURL
   */
  #isImporter(parentURL) {
    const parent = this.#pack.indexOf(parentURL);
    if (parent === undefined) return false;
    return this.#linker.has(parent) || this.#pack.tables.formats[parent] === FORMAT.commonjs;
  }

  /**
   * Where an `import()` of ours leads, if the pack has it and it is an ES module. The app may have
   * moved what it leads to.
   *
   * @param {string} specifier
   * @param {string} parentURL
   */
  #knownTarget(specifier, parentURL) {
    const { edges, tables } = this.#pack;
    const parent = this.#pack.indexOf(parentURL);
    if (parent === undefined || !this.#linker.has(parent)) return undefined;
    const edge = edges.find(parent, specifier, undefined);
    const target = edge === undefined ? undefined : tables.targets[edge];
    if (target === undefined || tables.formats[target] !== FORMAT.module) return undefined;
    // The runtime warns of these while it finds out what they are.
    if (tables.traits[target] & TRAIT.formatDetected) return undefined;
    const url = tables.urls[target];
    // The runtime remembers how it came to what it has.
    const isLoaded = this.#linker.has(target) || this.#engine.jobOf(url) !== undefined;
    if (!isLoaded && !this.#pack.isLayoutCurrent()) return undefined;
    return { result: resolved(tables, target), isLaidOut: !isLoaded };
  }

  /**
   * What the loader finds where it has nothing yet.
   *
   * @param {string} url
   * @returns {import('./engine.js').Job | undefined}
   */
  find = (url) => {
    if (!isStart(url, 'file:')) return undefined;
    const index = this.#pack.indexOf(url);
    if (index === undefined || this.#pack.tables.formats[index] !== FORMAT.module) return undefined;
    const job = this.#entryJob(index) ?? this.#linker.jobOf(index) ?? this.#lateJob(index, url);
    if (job) this.#engine.keep(url, job);
    return job;
  };

  /** @param {number} index */
  #entryJob(index) {
    const prepared = this.#prepared;
    if (index !== this.#pack.tables.entry || !prepared) return undefined;
    this.#prepared = undefined;
    if (this.#isRequired) {
      const required = this.#linker.rootNow(index, prepared);
      this.#session.endLinking();
      return required;
    }
    const job = this.#linker.root(index, prepared, this.#isMain);
    this.#engine.onInstantiated(job.module, () => this.#session.endLinking());
    return job;
  }

  /**
   * @param {number} index
   * @param {string} url
   */
  #lateJob(index, url) {
    const isLaidOut = this.#wanted.get(url);
    this.#wanted.delete(url);
    if (isLaidOut === undefined) return undefined;
    this.#session.beginLinking();
    try {
      return this.#linker.root(index, this.#linker.prepare(index, true, isLaidOut), false);
    } catch (error) {
      if (!(error instanceof NotLinkable)) throw error;
      mark('stand-aside', `BMES_NOT_LINKABLE ${error.message}`);
      return undefined;
    } finally {
      this.#session.endLinking();
    }
  }
}

/** @param {string} url */
function hasQuery(url) {
  return isPart(url, '?') || isPart(url, '#');
}

/**
 * @param {import('../types.d.ts').Tables} tables
 * @param {number} index
 */
function resolved(tables, index) {
  return { url: tables.urls[index], format: formatOf(tables, index), shortCircuit: true };
}

module.exports = { link };
