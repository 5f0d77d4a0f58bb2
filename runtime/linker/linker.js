'use strict';
// ES modules of a pack as V8's own module records.
//
// `prepare` makes the records of a static graph and says which leaves (builtins, JSON, CommonJS)
// it needs of the runtime; `connect` links them once those are there. Nothing here evaluates. A
// graph that must be left to the runtime throws `NotLinkable` before anything has an effect.

const { SourceTextModule, linksDepthFirst } = require('../features.js');
const { ATTRIBUTES, FORMAT, NO_TARGET, TRAIT } = require('../tables.js');
const { mark } = require('../timeline.js');
const graft = require('./graft.js');

const DONE = new Set(['evaluating', 'evaluated', 'errored']);

/** A graph that must be left to the runtime, with the reason for people. */
class NotLinkable extends Error {}

/**
 * Records that were made and not yet linked.
 *
 * @typedef {object} Prepared
 * @property {{ url: string, isJSON: boolean }[]} leaves
 * @property {(leaves: Map<string, import('./graft.js').Wrap>) => import('./graft.js').Wrap} connect
 */

class Linker {
  #pack;
  #callbacks;
  /** @type {Map<number, any>} by row */
  #modules = new Map();
  /** @type {Set<number>} rows whose records are linked */
  #connected = new Set();
  /** V8 has refused bytecode once: it would refuse all of it, so it is not asked again. */
  #isBytecodeRefused = false;
  /** Nothing is taken from bytecode any more, and none is taken. */
  #isCompiling = false;

  /**
   * @param {import('../types.d.ts').PackView} pack
   * @param {{ initializeImportMeta: Function, importModuleDynamically: Function }} callbacks
   */
  constructor(pack, callbacks) {
    this.#pack = pack;
    this.#callbacks = callbacks;
  }

  /**
   * @param {number} root the row of an ES module
   * @param {boolean} isLate whether the app runs already, and may have written to its files
   * @param {boolean} [isLaidOut] whether where specifiers lead has just been looked at
   * @returns {Prepared}
   */
  prepare(root, isLate, isLaidOut = !isLate) {
    const { wanted, leaves } = this.#closure(root);
    const missing = wanted.filter((index) => !this.#modules.has(index));
    if (missing.length > 0 && !isLaidOut && !this.#pack.isLayoutCurrent()) {
      throw new NotLinkable('files were added, moved or removed since the start');
    }
    const changed = isLate && missing.find((index) => !this.#pack.isCurrent(index));
    if (typeof changed === 'number') {
      throw new NotLinkable(`${this.#pack.tables.urls[changed]} was written to since the start`);
    }
    // All or none: making one may fail.
    const made = new Map();
    graft.makeMany(() => {
      for (const index of missing) {
        const module = this.#makeWarm(index);
        if (module) made.set(index, module);
      }
    });
    for (const index of missing) if (!made.has(index)) made.set(index, this.#makeCold(index));
    for (const [index, module] of made) {
      this.#modules.set(index, module);
      graft.claimOurs(this.#pack.tables.urls[index], graft.recordOf(module));
    }
    return {
      leaves,
      connect: (records) => {
        for (const index of wanted) this.#connect(index, records);
        return graft.recordOf(this.#modules.get(root));
      },
    };
  }

  /** For an app that profiles itself. */
  compileFromNowOn() {
    this.#isCompiling = true;
  }

  /**
   * What a facade of this URL needs.
   *
   * @param {string} url
   * @param {boolean} mayMake whether it may become ours only now
   * @param {boolean} isLaidOut as for `prepare`
   * @returns {Prepared | undefined} undefined if it must be left to the runtime
   */
  prepared(url, mayMake, isLaidOut) {
    const index = this.#pack.indexOf(url);
    if (index === undefined || this.#pack.tables.formats[index] !== FORMAT.module) return undefined;
    if (!this.#modules.has(index) && (!mayMake || graft.ownerOf(url))) return undefined;
    try {
      return this.prepare(index, true, isLaidOut);
    } catch (error) {
      if (!(error instanceof NotLinkable)) throw error;
      mark('stand-aside', `BMES_NOT_LINKABLE ${error.message}`);
      return undefined;
    }
  }

  /**
   * A module of ours that is done before any promise settles: it is evaluated, or being so, and
   * nothing in its graph awaits.
   *
   * @param {string} url
   * @returns {object | undefined} its `vm` module
   */
  evaluated(url) {
    const index = this.#pack.indexOf(url);
    const module = index === undefined ? undefined : this.#modules.get(index);
    if (!module || !DONE.has(module.status)) return undefined;
    return graft.isAsync(graft.recordOf(module)) ? undefined : module;
  }

  /**
   * ES modules still to be linked, each after the one that first asks for it, and the leaves, in the
   * order in which the runtime loads them: it is that of the keys of `require.cache`.
   *
   * @param {number} root
   */
  #closure(root) {
    const { urls, formats, traits, edgesAt, requests, targets, attributes } = this.#pack.tables;
    const seen = new Uint8Array(urls.length);
    const wanted = [];
    const leaves = [];
    const open = [root];
    for (let head = 0; head < open.length;) {
      const index = /** @type {number} */ (linksDepthFirst ? open.pop() : open[head++]);
      if (seen[index] !== 0) continue;
      seen[index] = 1;
      const url = urls[index];
      const isModule = formats[index] === FORMAT.module;
      if (this.#connected.has(index)) continue;
      if (
        formats[index] === FORMAT.other ||
        traits[index] & (TRAIT.formatDetected | TRAIT.unlinkable)
      ) {
        throw new NotLinkable(`${url} is left to the runtime`);
      }
      // Leaves, and what the runtime has made before us.
      if (!isModule || (graft.ownerOf(url) && !this.#modules.has(index))) {
        leaves.push({ url, isJSON: formats[index] === FORMAT.json });
        continue;
      }
      wanted.push(index);
      const [first, count] = [edgesAt[index], requests[index]];
      for (let at = 0; at < count; at++) {
        const edge = first + (linksDepthFirst ? count - 1 - at : at);
        const target = targets[edge];
        if (target === NO_TARGET) throw new NotLinkable(`${url} asks for what is not known`);
        const isJSON = formats[target] === FORMAT.json;
        if (attributes[edge] !== (isJSON ? ATTRIBUTES.json : ATTRIBUTES.none)) {
          throw new NotLinkable(`${url} imports ${urls[target]} with other attributes`);
        }
        if (seen[target] === 0) open.push(target);
      }
    }
    return { wanted, leaves };
  }

  /**
   * @param {number} index
   * @returns {any} undefined if there is no bytecode that V8 takes
   */
  #makeWarm(index) {
    const isUnused = this.#isBytecodeRefused || this.#isCompiling;
    const cachedData = isUnused ? undefined : this.#pack.bytecode(index);
    if (!cachedData) return undefined;
    const [source, options] = this.#ingredients(index);
    try {
      options.cachedData = cachedData;
      return new SourceTextModule(source, options);
    } catch (error) {
      if (code(error) !== 'ERR_VM_MODULE_CACHED_DATA_REJECTED') throw notLinkable(error);
      mark('bytecode', `refused by V8 at ${options.identifier}`);
      this.#isBytecodeRefused = true;
      return undefined;
    }
  }

  /** @param {number} index */
  #makeCold(index) {
    const [source, options] = this.#ingredients(index);
    const module = attempt(() => graft.making(() => new SourceTextModule(source, options)));
    this.#checkRequests(index, module);
    // Bytecode can be taken before evaluation only.
    if (!this.#isCompiling) this.#pack.keepBytecode(index, module.createCachedData());
    return module;
  }

  /**
   * @param {number} index
   * @returns {[source: string, options: any]}
   */
  #ingredients(index) {
    const { initializeImportMeta, importModuleDynamically } = this.#callbacks;
    const identifier = this.#pack.tables.urls[index];
    const source = attempt(() => this.#pack.source(index));
    return [source, { identifier, initializeImportMeta, importModuleDynamically }];
  }

  /**
   * V8 aborts on a wrong number of links. Bytecode is kept only of modules that passed here, so
   * those that come with it need not pass again.
   *
   * @param {number} index
   * @param {any} module
   */
  #checkRequests(index, module) {
    const { tables } = this.#pack;
    if (module.moduleRequests.length !== tables.requests[index]) {
      throw new NotLinkable(`${tables.urls[index]} has other requests than were recorded`);
    }
  }

  /**
   * @param {number} index
   * @param {Map<string, import('./graft.js').Wrap>} leaves
   */
  #connect(index, leaves) {
    if (this.#connected.has(index)) return;
    this.#connected.add(index);
    const { urls, edgesAt, requests, targets } = this.#pack.tables;
    const links = [];
    for (let edge = edgesAt[index]; edge < edgesAt[index] + requests[index]; edge++) {
      const module = this.#modules.get(targets[edge]);
      const url = urls[targets[edge]];
      links.push(module ? graft.recordOf(module) : (leaves.get(url) ?? graft.ownerOf(url)));
    }
    graft.linkOurs(graft.recordOf(this.#modules.get(index)), links);
  }
}

/**
 * @template T
 * @param {() => T} step
 * @returns {T}
 */
function attempt(step) {
  try {
    return step();
  } catch (error) {
    throw notLinkable(error);
  }
}

/** @param {unknown} error */
function notLinkable(error) {
  return new NotLinkable(String(error));
}

/** @param {unknown} error */
function code(error) {
  return /** @type {{ code?: string }} */ (error).code;
}

module.exports = { Linker, NotLinkable };
