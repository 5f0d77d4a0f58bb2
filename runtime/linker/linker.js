'use strict';
// ES modules of a pack as records of V8's, linked to each other and to the runtime's.
//
// `prepare` makes the records of a static graph and says which leaves (builtins, JSON, CommonJS) it
// needs of the runtime; `root` links them once those are there, and gives the job under which the
// loader goes on. Nothing here evaluates. A graph that must be left to the runtime throws
// `NotLinkable` before anything has an effect.
//
// Two kinds of records make one graph. Those with `import()` or `import.meta` are of the loader's own
// making, so that these are the runtime's. All others are ours, with bytecode.

const { linksDepthFirst } = require('../features.js');
const { ATTRIBUTES, FORMAT, NO_TARGET, TRAIT } = require('../tables.js');
const { SafeMap, SafeSet, filter, find, map } = require('../safe.js');
const { mark } = require('../timeline.js');

/** @typedef {import('./engine.js').Record} Record */
/** @typedef {import('./engine.js').Job} Job */

const { apply, setPrototypeOf } = Reflect;
const { Promise } = globalThis;
const { then } = Promise.prototype;

/** A graph that must be left to the runtime, with the reason for people. */
class NotLinkable extends Error {}

/**
 * Rows of a static graph.
 *
 * @typedef {object} Prepared
 * @property {number[]} wanted ES modules that are not linked yet
 * @property {number[]} leaves
 */

class Linker {
  #pack;
  #engine;
  #main;
  #texts;
  /** @type {Map<number, Record>} by row */
  #records = new SafeMap();
  /** @type {Set<number>} rows whose records are linked */
  #linked = new SafeSet();
  /** @type {Map<number, Job>} by row */
  #jobs = new SafeMap();
  /** @type {Set<number>} rows whose jobs know the jobs of all they request */
  #whole = new SafeSet();
  /** @type {Set<number>} rows that the runtime links, on Node 22, where that takes microtasks */
  #linkThemselves = new SafeSet();
  /** @type {Map<number, Promise<unknown>>} rows that will be linked, on Node 22, and when */
  #linking = new SafeMap();
  /** V8 has refused bytecode once: it would refuse all of it, so it is not asked again. */
  #isBytecodeRefused = false;
  /** Nothing is taken from bytecode any more, and none is taken. */
  #isCompiling = false;

  /**
   * @param {import('../types.d.ts').PackView} pack
   * @param {import('../types.d.ts').Engine} engine
   * @param {number | undefined} main the row of the main module, if it is ours
   * @param {import('../types.d.ts').PassingTexts} [texts] of leaves, where the pack has them
   */
  constructor(pack, engine, main, texts) {
    this.#pack = pack;
    this.#engine = engine;
    this.#main = main;
    this.#texts = texts;
  }

  /** For an app that profiles itself. */
  compileFromNowOn() {
    this.#isCompiling = true;
  }

  /** @param {number} index */
  has(index) {
    return this.#records.has(index);
  }

  /**
   * @param {number} root the row of an ES module
   * @param {boolean} isLate whether the app runs already, and may have written to its files
   * @param {boolean} [isLaidOut] whether where specifiers lead has just been looked at
   * @returns {Prepared}
   */
  prepare(root, isLate, isLaidOut = !isLate) {
    const prepared = this.#closure(root);
    const missing = filter(prepared.wanted, (index) => !this.#records.has(index));
    if (missing.length > 0 && !isLaidOut && !this.#pack.isLayoutCurrent()) {
      throw new NotLinkable('files were added, moved or removed since the start');
    }
    const changed = isLate && find(missing, (index) => !this.#pack.isCurrent(index));
    if (typeof changed === 'number') {
      throw new NotLinkable(`${this.#pack.tables.urls[changed]} was written to since the start`);
    }
    // All or none: making one may fail.
    /** @type {Record[]} */
    const made = [];
    /** @type {Record[]} */
    const ours = [];
    for (let at = 0; at < missing.length; at++) {
      const index = missing[at];
      const isNative = this.#pack.isNative(index);
      const record = isNative ? this.#makeNative(index) : this.#make(index);
      made[at] = record;
      if (!isNative) ours[ours.length] = record;
    }
    attempt(() => this.#engine.allowImports(ours));
    for (let at = 0; at < missing.length; at++) this.#records.set(missing[at], made[at]);
    return prepared;
  }

  /**
   * The job of a prepared graph's root.
   *
   * @param {number} root
   * @param {Prepared} prepared
   * @param {boolean} isFlat whether nobody can tell how many levels it has
   * @returns {Job}
   */
  root(root, prepared, isFlat) {
    if (!isFlat && !this.#engine.isSynchronous) {
      const { wanted } = prepared;
      for (let at = 0; at < wanted.length; at++) this.#linkThemselves.add(wanted[at]);
      return this.#jobFor(root);
    }
    const parentURL = this.#pack.tables.urls[root];
    const loaded = map(prepared.leaves, (index) => this.#load(index, parentURL));
    if (this.#engine.isSynchronous) {
      this.#link(prepared, /** @type {Job[]} */ (loaded));
      const job = this.#jobFor(root);
      if (isFlat) job.linked = /** @type {Job[]} */ (loaded);
      else this.#completeJobs(root);
      job.commonJsDeps = map(this.#requestsOf(root), (target) => this.#isCommonJS(target));
      return job;
    }
    const linked = this.#linkLater(prepared, loaded);
    const { wanted } = prepared;
    for (let at = 0; at < wanted.length; at++) this.#linking.set(wanted[at], linked);
    return this.#jobFor(root, () => linked);
  }

  /**
   * The same for `require()`, which waits for nothing.
   *
   * @param {number} root
   * @param {Prepared} prepared
   * @returns {Job | undefined} undefined if it must be left to the runtime
   */
  rootNow(root, prepared) {
    const { urls } = this.#pack.tables;
    if (find(prepared.leaves, (index) => this.#isCommonJS(index)) !== undefined) return undefined;
    const loaded = map(prepared.leaves, (index) => this.#loadNow(index, urls[root]));
    this.#link(prepared, loaded);
    try {
      /** @type {Record} */ (this.#records.get(root)).instantiate();
    } catch {
      // The runtime says what is wrong with it.
      this.#records.delete(root);
      return undefined;
    }
    return this.#jobFor(root);
  }

  /**
   * The job of a module of ours that is linked, or being so.
   *
   * @param {number} index
   * @returns {Job | undefined}
   */
  jobOf(index) {
    const known = this.#jobs.get(index);
    // The runtime walks it also where it is instantiated: on its way through a graph that is not.
    if (known && this.#engine.isSynchronous && this.#linked.has(index)) this.#completeJobs(index);
    if (known) return known;
    if (this.#linkThemselves.has(index)) return this.#jobFor(index);
    const linking = this.#linking.get(index);
    if (linking) return this.#jobFor(index, () => this.#jobsOf(index, linking));
    if (!this.#linked.has(index)) return undefined;
    const job = this.#jobFor(index);
    this.#completeJobs(index);
    return job;
  }

  /** @returns {Iterable<[url: string, job: Job]>} of all that is ours */
  *allJobs() {
    for (const index of this.#linked) {
      const job = this.jobOf(index);
      if (job) yield [this.#pack.tables.urls[index], job];
    }
  }

  /**
   * ES modules still to be linked, each after the one that first asks for it, and the leaves, in the
   * order in which the runtime loads them: it is that of the keys of `require.cache`.
   *
   * @param {number} root
   * @returns {Prepared}
   */
  #closure(root) {
    const { urls, formats, traits, edgesAt, requests, targets, attributes } = this.#pack.tables;
    const seen = new Uint8Array(urls.length);
    const wanted = [];
    const leaves = [];
    const open = [root];
    for (let head = 0; head < open.length;) {
      const index = /** @type {number} */ (linksDepthFirst ? last(open) : open[head++]);
      if (seen[index] !== 0) continue;
      seen[index] = 1;
      const url = urls[index];
      if (this.#linked.has(index)) continue;
      if (
        formats[index] === FORMAT.other ||
        traits[index] & (TRAIT.formatDetected | TRAIT.unlinkable)
      ) {
        throw new NotLinkable(`${url} is left to the runtime`);
      }
      // Leaves, and what the runtime has made before us.
      if (
        formats[index] !== FORMAT.module ||
        (!this.#records.has(index) && this.#engine.jobOf(url))
      ) {
        leaves[leaves.length] = index;
        continue;
      }
      wanted[wanted.length] = index;
      const [first, count] = [edgesAt[index], requests[index]];
      for (let at = 0; at < count; at++) {
        const edge = first + (linksDepthFirst ? count - 1 - at : at);
        const target = targets[edge];
        if (target === NO_TARGET) throw new NotLinkable(`${url} asks for what is not known`);
        if (attributes[edge] !== (this.#isJSON(target) ? ATTRIBUTES.json : ATTRIBUTES.none)) {
          throw new NotLinkable(`${url} imports ${urls[target]} with other attributes`);
        }
        if (seen[target] === 0) open[open.length] = target;
      }
    }
    return { wanted, leaves };
  }

  /** @param {number} index */
  #isJSON(index) {
    return this.#pack.tables.formats[index] === FORMAT.json;
  }

  /** @param {number} index */
  #isCommonJS(index) {
    return this.#pack.tables.formats[index] === FORMAT.commonjs;
  }

  /** @param {number} index */
  #requestsOf(index) {
    const { edgesAt, requests, targets } = this.#pack.tables;
    const first = edgesAt[index];
    const requested = [];
    for (let at = 0; at < requests[index]; at++) requested[at] = targets[first + at];
    return requested;
  }

  /**
   * @param {number} index
   * @returns {Record}
   */
  #make(index) {
    const url = this.#pack.tables.urls[index];
    const source = this.#source(index);
    const isUnused = this.#isBytecodeRefused || this.#isCompiling;
    const bytecode = isUnused ? undefined : this.#pack.bytecode(index);
    if (bytecode) {
      try {
        return this.#engine.make(url, source, bytecode);
      } catch (error) {
        if (code(error) !== 'ERR_VM_MODULE_CACHED_DATA_REJECTED') throw notLinkable(error);
        mark('bytecode', `refused by V8 at ${url}`);
        this.#isBytecodeRefused = true;
      }
    }
    const record = attempt(() => this.#engine.make(url, source));
    this.#checkRequests(index, record);
    // Bytecode can be taken before evaluation only.
    if (!this.#isCompiling) this.#pack.keepBytecode(index, record.createCachedData());
    return record;
  }

  /**
   * @param {number} index
   * @returns {Record}
   */
  #makeNative(index) {
    const url = this.#pack.tables.urls[index];
    const source = this.#source(index);
    const record = attempt(() => this.#engine.makeNative(url, source, index === this.#main));
    this.#checkRequests(index, record);
    return record;
  }

  /** @param {number} index */
  #source(index) {
    return attempt(() => this.#pack.source(index));
  }

  /**
   * V8 aborts on a wrong number of links. Bytecode is kept only of modules that passed here, so
   * those that come with it need not pass again.
   *
   * @param {number} index
   * @param {Record} record
   */
  #checkRequests(index, record) {
    const { tables } = this.#pack;
    if (record.getModuleRequests().length !== tables.requests[index]) {
      throw new NotLinkable(`${tables.urls[index]} has other requests than were recorded`);
    }
  }

  /**
   * @param {number} index
   * @param {string} parentURL
   * @returns {Job | Promise<Job>}
   */
  #load(index, parentURL) {
    const url = this.#pack.tables.urls[index];
    const isJSON = this.#isJSON(index);
    const known = this.#engine.jobOf(url, isJSON);
    if (known) return known;
    this.#texts?.expectImport(index);
    return this.#engine.load(url, isJSON, parentURL);
  }

  /**
   * @param {number} index
   * @param {string} parentURL
   * @returns {Job}
   */
  #loadNow(index, parentURL) {
    const url = this.#pack.tables.urls[index];
    const isJSON = this.#isJSON(index);
    if (!this.#engine.jobOf(url, isJSON)) this.#texts?.expectImport(index);
    return this.#engine.loadNow(url, isJSON, parentURL);
  }

  /**
   * @param {Prepared} prepared
   * @param {ArrayLike<Job>} jobs of its leaves
   */
  #link({ wanted, leaves }, jobs) {
    /** @type {Map<number, Record>} */
    const leafOf = new SafeMap();
    for (let at = 0; at < leaves.length; at++) leafOf.set(leaves[at], jobs[at].module);
    for (let at = 0; at < wanted.length; at++) {
      const index = wanted[at];
      if (this.#linked.has(index)) continue;
      const links = map(
        this.#requestsOf(index),
        (target) => this.#records.get(target) ?? leafOf.get(target) ?? this.#leafOf(target),
      );
      this.#engine.link(/** @type {Record} */ (this.#records.get(index)), links);
      this.#linked.add(index);
    }
  }

  /**
   * A leaf of a graph that another root has linked in part.
   *
   * @param {number} index
   * @returns {Record}
   */
  #leafOf(index) {
    return /** @type {Job} */ (
      this.#engine.jobOf(this.#pack.tables.urls[index], this.#isJSON(index))
    ).module;
  }

  /**
   * @param {Prepared} prepared
   * @param {(Job | Promise<Job>)[]} loading jobs of its leaves
   * @returns {Promise<Job[]>} these jobs, once all is linked
   */
  async #linkLater(prepared, loading) {
    for (let at = 0; at < loading.length; at++) {
      if ('then' in loading[at]) apply(then, loading[at], [undefined, () => {}]);
    }
    /** @type {Job[]} */
    const jobs = [];
    for (let at = 0; at < loading.length; at++) jobs[at] = await loading[at];
    for (let at = 0; at < jobs.length; at++) await jobs[at].modulePromise;
    this.#link(prepared, jobs);
    return plainList(jobs);
  }

  /**
   * @param {number} index
   * @param {import('./engine.js').Link} [link] of what is not linked yet
   * @returns {Job}
   */
  #jobFor(index, link = () => this.#jobsOf(index, undefined)) {
    let job = this.#jobs.get(index);
    if (!job) {
      const record = /** @type {Record} */ (this.#records.get(index));
      job = this.#linkThemselves.has(index)
        ? this.#engine.makeLinkingJob(record)
        : this.#engine.makeJob(record, index === this.#main, link);
      this.#jobs.set(index, job);
    }
    return job;
  }

  /**
   * Gives the jobs below a root the jobs of what they request: the runtime walks them before it
   * instantiates, and how deep they go can be told by what runs in between.
   *
   * @param {number} root
   */
  #completeJobs(root) {
    if (!this.#engine.isSynchronous || this.#whole.has(root)) return;
    const missing = filter(this.#reach(root), (index) => !this.#whole.has(index));
    for (let at = 0; at < missing.length; at++) this.#jobFor(missing[at]);
    for (let at = 0; at < missing.length; at++) {
      const index = missing[at];
      this.#whole.add(index);
      this.#jobFor(index).linked = this.#requestedJobs(index);
    }
  }

  /**
   * @param {number} root
   * @returns {number[]} rows of our modules from there on
   */
  #reach(root) {
    const seen = new Uint8Array(this.#pack.tables.urls.length);
    const reached = [root];
    seen[root] = 1;
    for (let head = 0; head < reached.length; head++) {
      const requested = this.#requestsOf(reached[head]);
      for (let at = 0; at < requested.length; at++) {
        const target = requested[at];
        if (seen[target] !== 0 || !this.#records.has(target)) continue;
        seen[target] = 1;
        reached[reached.length] = target;
      }
    }
    return reached;
  }

  /**
   * @param {number} index
   * @returns {Job[]}
   */
  #requestedJobs(index) {
    const { urls } = this.#pack.tables;
    return map(this.#requestsOf(index), (target) =>
      this.#records.has(target)
        ? // One that was never asked for by itself has none yet.
          (this.#jobs.get(target) ?? this.jobOf(target) ?? this.#jobFor(target))
        : /** @type {Job} */ (this.#engine.jobOf(urls[target], this.#isJSON(target))),
    );
  }

  /**
   * The same as Node 22 wants it.
   *
   * @param {number} index
   * @param {Promise<unknown> | undefined} linked
   * @returns {Promise<Job[]>}
   */
  async #jobsOf(index, linked) {
    await linked;
    return plainList(this.#requestedJobs(index));
  }
}

/**
 * A list that may come of a promise, whatever the app has put on `Array.prototype`.
 *
 * @param {Job[]} jobs
 * @returns {Job[]}
 */
function plainList(jobs) {
  setPrototypeOf(jobs, null);
  return jobs;
}

/**
 * @param {number[]} list
 * @returns {number} its last, which is taken away
 */
function last(list) {
  const value = list[list.length - 1];
  list.length--;
  return value;
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
