'use strict';
// The only file that reaches what is not public of the runtime's loader of ES modules.
//
// Node has no public way to make a module record from bytecode, nor to hand the loader one that was
// made elsewhere. Its loader has both: `createModuleWrap` makes the records, whose class takes
// bytecode, and `loadCache` is the map of all it has, in which a job stands for each module. Nothing
// of it is replaced but one look-up of that map, by which we hear what is asked for.
//
// The loader is reached without a flag. While it resolves an `import()` it binds one of its methods,
// by the `bind` of `Function.prototype`; ours stands there for that one call, which is synchronous
// and in which only the runtime and a hook of ours run. What is reached is checked for its shape;
// everywhere else, and where its shape is another, apps run on hooks (docs/architecture.md).

const vm = require('node:vm');
const { isModuleNamespaceObject } = require('node:util/types');

const { registerOwnHooks } = require('../disguise.js');
const features = require('../features.js');

const {
  apply,
  construct,
  defineProperty,
  deleteProperty,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  setPrototypeOf,
} = Reflect;
const { Promise, Proxy } = globalThis;
const { then } = Promise.prototype;
const { Script } = vm;

/**
 * The runtime's module record.
 *
 * @typedef {object} Record
 * @property {string} url
 * @property {(records: Record[]) => void} link one per request, in order; a wrong number aborts
 * @property {() => { specifier: string }[]} getModuleRequests
 * @property {() => void} instantiate
 * @property {() => number} getStatus
 * @property {() => Uint8Array} createCachedData
 * @property {boolean} [isCommonJS]
 */

/**
 * What stands for a module in the loader: on its way to be loaded, linked and evaluated.
 *
 * @typedef {object} Job
 * @property {Record} module
 * @property {Promise<Record>} modulePromise
 * @property {Job[] | Promise<Job[]>} linked the jobs of what it requests, in order
 * @property {Promise<void> | undefined} instantiated
 * @property {number} phase
 * @property {boolean[]} commonJsDeps
 *
 * @typedef {(job: Job) => Promise<Job[]>} Link gives the jobs of what a job's module requests, once it is linked
 */

/** Always loaded: a job and a record of the loader's to look at. */
const ANCHOR = 'node:module';

/** From this status on a record is instantiated, whatever comes of its evaluation. */
const INSTANTIATED = 2;

/** @param {boolean} isJSON */
const attributesOf = (isJSON) => (isJSON ? { __proto__: null, type: 'json' } : { __proto__: null });

/** The loader's word for a module that is asked for without a type. */
const NO_TYPE = 'javascript';

/** The phase of a job that the loader does not link by itself: only its source is asked for. */
const SOURCE_PHASE = 1;

/**
 * The loader of this thread, caught while it works on an `import()` that comes to nothing.
 *
 * @param {(specifier: string) => Promise<unknown>} importNative `import()` as the runtime's own files have it
 * @returns {any} undefined if it was not seen
 */
function catchLoader(importNative) {
  const own = getOwnPropertyDescriptor(Function.prototype, 'bind');
  if (!own?.configurable || typeof own.value !== 'function') return undefined;
  const native = own.value;
  /** @type {any} */
  let loader;
  /** @this {any} @param {any[]} args */
  function bind(...args) {
    if (typeof args[0]?.createModuleWrap === 'function') loader ??= args[0];
    return apply(native, this, args);
  }
  // The latest hook is asked first: nobody else sees this request, and nothing is loaded by it.
  const hook = registerOwnHooks({
    resolve() {
      throw undefined;
    },
  });
  defineProperty(Function.prototype, 'bind', { ...own, value: bind });
  try {
    apply(then, importNative('bmes:loader'), [undefined, () => {}]);
  } finally {
    defineProperty(Function.prototype, 'bind', own);
    hook.deregister();
  }
  return loader;
}

class Engine {
  #loader;
  #Record;
  /** How the loader itself looks into its map. @type {(url: string, type?: string) => Job | undefined} */
  #lookUp;
  #Job;
  #NativeJob;
  /** What the loader asks for when a module is to be evaluated; Node 22 has no phases. */
  #phase;
  /** How the next job links itself, on Node 22. @type {Link | undefined} */
  #nextLink;

  /**
   * @param {any} loader
   * @param {any} job one of the loader's
   */
  constructor(loader, job) {
    this.#loader = loader;
    this.#Record = job.module.constructor;
    this.#phase = job.phase;
    this.#NativeJob = job.constructor;
    this.#Job = this.isSynchronous ? job.constructor : this.#withOurLinks(job.constructor);
    const { loadCache } = loader;
    const { get } = loadCache;
    this.#lookUp = (url, type) => apply(get, loadCache, [url, type]);
  }

  /** Whether what a module requests is known as soon as the module is: Node 24. Before, promises tell. */
  get isSynchronous() {
    return this.#phase !== undefined;
  }

  /**
   * A record of ours: it can be made from bytecode, and bytecode from it.
   *
   * @param {string} url
   * @param {string} source
   * @param {Uint8Array} [bytecode] throws `ERR_VM_MODULE_CACHED_DATA_REJECTED` if V8 does not take it
   * @returns {Record}
   */
  make(url, source, bytecode) {
    return new this.#Record(url, undefined, source, 0, 0, bytecode);
  }

  /**
   * A record of the loader's own making: `import()` and `import.meta` are the runtime's.
   *
   * @param {string} url
   * @param {string} source
   * @param {boolean} isMain
   * @returns {Record}
   */
  makeNative(url, source, isMain) {
    return this.#loader.createModuleWrap(source, url, isMain ? { isMain } : undefined);
  }

  /**
   * Lets code that these records of ours make (`eval`, `Function`) import as the loader's would. Such an
   * `import()` is answered by whom the record was registered with. `vm.Script` registers itself, as
   * what its parent class has made of it.
   *
   * @param {Iterable<Record>} records
   */
  allowImports(records) {
    const parent = getPrototypeOf(Script);
    /** @type {Record} */
    let current;
    const give = function () {
      return current;
    };
    const options = { importModuleDynamically: /** @type {any} */ (this.#import) };
    if (!setPrototypeOf(Script, give)) throw new Error('vm.Script is frozen');
    try {
      for (current of records) construct(Script, ['', options]);
    } finally {
      setPrototypeOf(Script, parent);
    }
  }

  /**
   * @param {string} specifier
   * @param {Record} referrer
   * @param {object} attributes
   * @returns {Promise<any>}
   */
  #import = (specifier, { url }, attributes) =>
    apply(then, this.#loader.import(specifier, url, attributes), [settledWith]);

  /**
   * @param {Record} record
   * @param {Record[]} records one per request, in order
   */
  link(record, records) {
    record.link(records);
  }

  /**
   * The runtime takes the method from the record and calls it at once, so what is done in the next
   * microtask is done after it; and no frame of ours is on the stack of what it throws.
   *
   * @param {Record} record
   * @param {() => void} done called once it is instantiated by the runtime, or has failed to be
   */
  onInstantiated(record, done) {
    const { instantiate } = record;
    const get = () => {
      deleteProperty(record, 'instantiate');
      apply(then, apply(Promise.resolve, Promise, []), [done]);
      return instantiate;
    };
    const once = /** @type {any} */ ({ __proto__: null, get, configurable: true });
    defineProperty(record, 'instantiate', once);
  }

  /** @param {Record} record @returns {boolean} */
  isInstantiated(record) {
    return record.getStatus() >= INSTANTIATED;
  }

  /**
   * What the loader has under a URL.
   *
   * @param {string} url
   * @param {boolean} [isJSON]
   */
  jobOf(url, isJSON = false) {
    return this.#lookUp(url, isJSON ? 'json' : undefined);
  }

  /**
   * Hears of every module that the loader asks its map for and does not find there.
   *
   * @param {(url: string) => Job | undefined} answer what it shall find
   */
  onMissing(answer) {
    const lookUp = this.#lookUp;
    defineProperty(this.#loader.loadCache, 'get', {
      value: (/** @type {string} */ url, /** @type {string | undefined} */ type = NO_TYPE) =>
        lookUp(url, type) ?? (type === NO_TYPE ? answer(url) : undefined),
      configurable: true,
      writable: true,
    });
  }

  /**
   * @param {string} url
   * @param {Job} job
   */
  keep(url, job) {
    this.#loader.loadCache.set(url, undefined, job);
  }

  /**
   * Has the loader load what is not ours, in the name of a module.
   *
   * @param {string} url
   * @param {boolean} isJSON
   * @param {string} parentURL
   * @returns {Job | Promise<Job>} a promise on Node 22
   */
  load(url, isJSON, parentURL) {
    const attributes = attributesOf(isJSON);
    if (!this.isSynchronous) return this.#loader.getModuleJobForImport(url, parentURL, attributes);
    const request = { __proto__: null, specifier: url, attributes, phase: this.#phase };
    return this.#loader.getOrCreateModuleJob(parentURL, request);
  }

  /**
   * The same at once, for what no code runs for: builtins and JSON.
   *
   * @param {string} url
   * @param {boolean} isJSON
   * @param {string} parentURL
   * @returns {Job}
   */
  loadNow(url, isJSON, parentURL) {
    if (this.isSynchronous) return /** @type {Job} */ (this.load(url, isJSON, parentURL));
    return this.#loader.getModuleJobForRequireInImportedCJS(url, parentURL, attributesOf(isJSON));
  }

  /**
   * A job of a record whose links are our doing.
   *
   * @param {Record} record
   * @param {boolean} isMain
   * @param {Link} [link] on Node 22
   * @returns {Job}
   */
  makeJob(record, isMain, link) {
    this.#nextLink = link;
    const phase = this.isSynchronous ? [SOURCE_PHASE] : [];
    const attributes = attributesOf(false);
    const job = new this.#Job(
      this.#loader,
      record.url,
      attributes,
      record,
      ...phase,
      isMain,
      false,
    );
    if (this.isSynchronous) {
      job.phase = this.#phase;
      job.linked = [];
      job.commonJsDeps = [];
    }
    if (this.isInstantiated(record)) job.instantiated = apply(Promise.resolve, Promise, []);
    return job;
  }

  /**
   * A job that links its record itself, level by level: Node 22, where that takes microtasks.
   *
   * @param {Record} record
   * @returns {Job}
   */
  makeLinkingJob(record) {
    const { url } = record;
    return new this.#NativeJob(this.#loader, url, attributesOf(false), record, false, false);
  }

  /**
   * Jobs of Node 22 link themselves.
   *
   * @param {any} Job
   */
  #withOurLinks(Job) {
    const nextLink = () => /** @type {Link} */ (this.#nextLink);
    return class extends Job {
      // The constructor calls it.
      _link() {
        return nextLink()(/** @type {any} */ (this));
      }
    };
  }
}

/**
 * What `vm` takes from such an `import()`: a namespace, or what it takes for an evaluated module of its
 * own. A module that exports `then` decides what its `import()` gives.
 *
 * @param {any} value
 */
function settledWith(value) {
  if (isModuleNamespaceObject(value)) return value;
  return new Proxy(
    {},
    {
      get: (_, key) => (key === 'namespace' ? value : undefined),
      getOwnPropertyDescriptor: () => ({ value: undefined, configurable: true }),
    },
  );
}

const OF_RECORD = ['link', 'getModuleRequests', 'instantiate', 'getStatus', 'createCachedData'];
const OF_LOADER = ['createModuleWrap', 'import'];

/** @type {Engine | string | undefined} */
let opened;

/**
 * @param {(specifier: string) => Promise<unknown>} importNative
 * @returns {Engine | string} why it cannot be used here
 */
function open(importNative) {
  opened ??= reach(importNative);
  return opened;
}

/**
 * @param {(specifier: string) => Promise<unknown>} importNative
 * @returns {Engine | string}
 */
function reach(importNative) {
  if (!features.linker) return `the linker was not tested on ${process.version}`;
  if (/** @type {any} */ (getPrototypeOf(Script))?.name !== 'ContextifyScript')
    return 'vm.Script was changed';
  const loader = catchLoader(importNative);
  if (!loader) return 'the loader was not seen';
  /** @param {any} object @param {string[]} names */
  const has = (object, names) => names.every((name) => typeof object?.[name] === 'function');
  if (!has(loader, OF_LOADER) || !has(loader.loadCache, ['get', 'set'])) return 'another loader';
  const job = anyJob(loader);
  if (!has(job?.module, OF_RECORD)) return 'other records';
  const isPhased = Number.isInteger(job.phase) && job.phase > SOURCE_PHASE;
  if (!isPhased && !has(job, ['_link'])) return 'other jobs';
  return new Engine(loader, job);
}

/**
 * @param {any} loader
 * @returns {any}
 */
function anyJob(loader) {
  const attributes = attributesOf(false);
  if (typeof loader.getModuleJobForRequireInImportedCJS === 'function') {
    return loader.getModuleJobForRequireInImportedCJS(ANCHOR, ANCHOR, attributes);
  }
  // Without a phase it is what a module is asked for if nothing else is said.
  const request = { __proto__: null, specifier: ANCHOR, attributes };
  return loader.getOrCreateModuleJob?.(ANCHOR, request);
}

module.exports = { open };
