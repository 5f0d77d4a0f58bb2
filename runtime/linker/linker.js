'use strict';
// Modules of a pack as V8's own module records: made, linked whole, and only then evaluated.
//
// One instance per URL and process. Nothing here evaluates; what cannot be linked exactly throws
// `NotLinkable` before anything has an effect, and the runtime takes over.

const { SourceTextModule } = require('../features.js');
const { ATTRIBUTES, FORMAT, NO_TARGET, TRAIT } = require('../tables.js');
const { mark } = require('../timeline.js');
const { makeSynthetic } = require('./synthetic.js');

/** A graph that must be left to the runtime, with the reason for people. */
class NotLinkable extends Error {}

class Linker {
  /** @type {Map<string, any>} by URL, of every pack */
  #instances = new Map();
  /** V8 has refused bytecode once: it would refuse all of it, so it is not asked again. */
  #bytecodeRefused = false;
  #callbacks;

  /**
   * @param {{ initializeImportMeta: Function, importModuleDynamically: Function }} callbacks
   */
  constructor(callbacks) {
    this.#callbacks = callbacks;
  }

  /** @param {string} url */
  instance(url) {
    return this.#instances.get(url);
  }

  /**
   * Links the static graph of a module.
   *
   * @param {import('./pack.js').PackView} pack
   * @param {number} root
   * @returns {any} its module record, linked
   */
  link(pack, root) {
    const { tables } = pack;
    const known = this.#instances.get(tables.urls[root]);
    if (known) return known;
    const wanted = this.#closure(pack, root);
    /** @type {Map<string, any>} those made now; they count only once all are linked */
    const made = new Map();
    for (const index of wanted) made.set(tables.urls[index], this.#make(pack, index));
    for (const index of wanted) {
      if (tables.formats[index] !== FORMAT.module) continue;
      const { urls, edgesAt, requests, targets } = tables;
      const end = edgesAt[index] + requests[index];
      const linked = [];
      for (let edge = edgesAt[index]; edge < end; edge++) {
        const url = urls[targets[edge]];
        linked.push(made.get(url) ?? this.#instances.get(url));
      }
      attempt(() => made.get(urls[index]).linkRequests(linked));
    }
    const record = made.get(tables.urls[root]);
    // A missing or ambiguous export: V8 has an error for it, and the runtime a better one.
    if (tables.formats[root] === FORMAT.module) attempt(() => record.instantiate());
    for (const [url, module] of made) this.#instances.set(url, module);
    this.#takeBytecode(pack, wanted, made);
    return record;
  }

  /**
   * The modules still to be made, each after the one that first asks for it.
   *
   * @param {import('./pack.js').PackView} pack
   * @param {number} root
   */
  #closure({ tables }, root) {
    const { urls, formats, traits, edgesAt, requests, targets, attributes } = tables;
    const seen = new Uint8Array(urls.length);
    const wanted = [];
    const open = [root];
    seen[root] = 1;
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      if (this.#instances.has(urls[index])) continue;
      if (formats[index] === FORMAT.other || traits[index] & TRAIT.formatDetected) {
        throw new NotLinkable(`${urls[index]} is left to the runtime`);
      }
      wanted.push(index);
      const end = edgesAt[index] + requests[index];
      for (let edge = edgesAt[index]; edge < end; edge++) {
        const target = targets[edge];
        if (target === NO_TARGET) throw new NotLinkable(`${urls[index]} asks for what is not known`);
        const isJSON = formats[target] === FORMAT.json;
        if (attributes[edge] !== (isJSON ? ATTRIBUTES.json : ATTRIBUTES.none)) {
          throw new NotLinkable(`${urls[index]} imports ${urls[target]} with other attributes`);
        }
        if (seen[target] === 0) {
          seen[target] = 1;
          open.push(target);
        }
      }
    }
    return wanted;
  }

  /**
   * @param {import('./pack.js').PackView} pack
   * @param {number} index
   */
  #make(pack, index) {
    const identifier = pack.tables.urls[index];
    if (pack.tables.formats[index] !== FORMAT.module) {
      return attempt(() => makeSynthetic(pack, index, identifier));
    }
    const source = attempt(() => pack.source(index));
    const cachedData = this.#bytecodeRefused ? undefined : attempt(() => pack.bytecode(index));
    const options = { identifier, cachedData, ...this.#callbacks };
    try {
      return new SourceTextModule(source, options);
    } catch (error) {
      if (cachedData === undefined || code(error) !== 'ERR_VM_MODULE_CACHED_DATA_REJECTED') {
        throw new NotLinkable(String(error));
      }
      mark('bytecode', `refused by V8 at ${identifier}`);
      this.#bytecodeRefused = true;
      options.cachedData = undefined;
      return attempt(() => new SourceTextModule(source, options));
    }
  }

  /**
   * Bytecode can be taken between link and evaluation only.
   *
   * @param {import('./pack.js').PackView} pack
   * @param {number[]} wanted
   * @param {Map<string, any>} made
   */
  #takeBytecode(pack, wanted, made) {
    const { formats, urls } = pack.tables;
    for (const index of wanted) {
      if (formats[index] !== FORMAT.module) continue;
      if (!this.#bytecodeRefused && pack.hasBytecode(index)) continue;
      pack.keepBytecode(index, made.get(urls[index]).createCachedData());
    }
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
    throw new NotLinkable(String(error));
  }
}

/** @param {unknown} error */
function code(error) {
  return /** @type {{ code?: string }} */ (error).code;
}

module.exports = { Linker, NotLinkable };
