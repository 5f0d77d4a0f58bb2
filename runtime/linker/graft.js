'use strict';
// Where our module records meet the runtime's.
//
// Node's loader asks for a module and gets a small facade; when it links the facade, our record is
// put in the place of what the facade imports. From there V8 sees one graph: it instantiates and
// evaluates ours in its own order, from Node's own job, with Node's own records of builtins, JSON
// and CommonJS as leaves. Errors, top-level await, stalls, exit codes and live bindings need no
// imitation because nothing is imitated.
//
// `vm.SourceTextModule` keeps its record behind a symbol; that record's class is the one Node's
// loader uses. This is not public API. So it is used where its self-test has passed, its shape
// is checked, and everywhere else apps run on hooks (docs/architecture.md, "The graft").

const { SourceTextModule } = require('../features.js');

/**
 * Node's own module record.
 *
 * @typedef {object} Wrap
 * @property {string} url
 * @property {(modules: ArrayLike<Wrap>) => void} link one per request, in order
 */

/** @type {symbol | undefined} */
let recordKey;

/** @type {any} */
let prototype;

/** @type {Function} the runtime's own `link` */
let nativeLink;

/** @type {WeakSet<Wrap>} records behind somebody's `vm` modules, which the loader never links */
const ofVM = new WeakSet();

/** @type {WeakMap<Wrap, Wrap>} facades, and our record each stands for */
const standsFor = new WeakMap();

/** @type {Set<Wrap>} records of ours: as long-lived as the process, so not held weakly */
const ours = new Set();

/** Our records by URL, and the runtime's where it was first: one instance per URL. */
const owners = new Map();

/** @type {Map<string, (leaves: Map<string, Wrap>) => Wrap>} by facade URL */
const expected = new Map();

/** @type {Set<string>} leaves that a facade keeps: they are evaluated before what is grafted */
const kept = new Set();

/**
 * Finds the runtime's record class and takes part in its linking.
 *
 * @returns {boolean} whether grafting is possible here
 */
function open() {
  if (prototype) return true;
  const probe = new SourceTextModule('');
  recordKey = Object.getOwnPropertySymbols(probe).find((key) => key.description === 'kWrap');
  const candidate = recordKey && Object.getPrototypeOf(probe[recordKey]);
  if (typeof candidate?.link !== 'function' || candidate.link.length !== 0) return false;
  prototype = candidate;
  nativeLink = candidate.link;
  nativeGetNamespace = candidate.getNamespace;
  candidate.link = function (/** @type {ArrayLike<Wrap>} */ modules) {
    return apply(nativeLink, this, [isOfLoader(this) ? unify(this, modules) : modules]);
  };
  for (const name of NAMESPACE_GETTERS) {
    const getter = candidate[name];
    if (!getter) continue;
    candidate[name] = function (/** @type {any[]} */ ...args) {
      const namespace = namespaceOf(this, apply(getter, this, args));
      if (isOfLoader(this)) noticeNamespace?.(this.url, namespace);
      return namespace;
    };
  }
  noticeVMModules(/** @type {symbol} */ (recordKey));
  return true;
}

/** @type {WeakSet<Wrap>} facades that a graph was linked past before they were linked themselves */
const passedOver = new WeakSet();

/**
 * A graph of the runtime's own is linked to our record instead of this facade. The loader will take
 * the facade for instantiated with that graph, and V8 aborts on the evaluation of one that is not.
 *
 * @param {any} facade
 */
function passOver(facade) {
  if (!standsFor.has(facade)) {
    // Node 22 links what asks before what is asked for.
    passedOver.add(facade);
    return;
  }
  try {
    facade.instantiate();
  } catch {
    // The graph around it is not whole yet, or never will be.
    instantiateLate(facade);
  }
}

/** @param {any} facade */
function instantiateLate(facade) {
  const evaluate = (/** @type {any[]} */ ...args) => {
    facade.instantiate();
    return apply(prototype.evaluate, facade, args);
  };
  define(facade, 'evaluate', evaluate);
  // `require()` in Node 22 takes one that is not for a graph that is still being loaded.
  const getStatus = () => {
    const status = apply(prototype.getStatus, facade, []);
    if (status !== 0) return status;
    try {
      facade.instantiate();
    } catch {
      // The graph around it is not whole yet.
    }
    return apply(prototype.getStatus, facade, []);
  };
  define(facade, 'getStatus', getStatus);
}

const { apply, defineProperty } = Reflect;

/** @param {Wrap} record */
function isOfLoader(record) {
  return !ours.has(record) && !ofVM.has(record);
}

/**
 * An own property, whatever the app has put on `Object.prototype`.
 *
 * @param {object} object
 * @param {PropertyKey} key
 * @param {unknown} value
 */
function define(object, key, value) {
  const descriptor = { __proto__: null, value, writable: true, configurable: true };
  defineProperty(object, key, descriptor);
}

/** @type {((url: string, namespace: object) => void) | undefined} */
let noticeNamespace;

/** @param {(url: string, namespace: object) => void} notice called when the loader takes one */
function onNamespace(notice) {
  noticeNamespace = notice;
}

/** How the loader asks a record for its namespace; `require()` gets it of `evaluateSync` as well. */
const NAMESPACE_GETTERS = ['getNamespace', 'getNamespaceSync'];

/** @type {Function} the runtime's own `getNamespace` */
let nativeGetNamespace;

/**
 * @param {Wrap} record
 * @param {object} namespace its own
 * @returns {object} that of the record it stands for, if it does
 */
function namespaceOf(record, namespace) {
  const own = standsFor.get(record);
  return own ? apply(nativeGetNamespace, own, []) : namespace;
}

/**
 * @param {Wrap} facade
 * @param {Wrap} record
 */
function standFor(facade, record) {
  standsFor.set(facade, record);
  // Of facades only: it is on the stack of all that it evaluates.
  const evaluateSync = (/** @type {any[]} */ ...args) =>
    namespaceOf(facade, apply(prototype.evaluateSync, facade, args));
  define(facade, 'evaluateSync', evaluateSync);
  // The runtime explains some errors by it. In Node 22 it is a method.
  const own = /** @type {any} */ (record).hasTopLevelAwait;
  const value = typeof own === 'function' ? () => apply(own, record, []) : own;
  define(facade, 'hasTopLevelAwait', value);
}

/**
 * A `vm` module keeps its record under the key in its constructor: by assignment, so a setter on the
 * prototype sees it.
 *
 * @param {symbol} key
 */
function noticeVMModules(key) {
  const noticed = {
    __proto__: null,
    configurable: true,
    /** @param {Wrap} record */
    set(record) {
      if (!isMaking) {
        ofVM.add(record);
        warnOnce();
      }
      define(this, key, record);
    },
  };
  defineProperty(Object.getPrototypeOf(SourceTextModule.prototype), key, noticed);
}

/** Whether what is made now is ours. */
let isMaking = false;

/**
 * @template T
 * @param {() => T} make makes a module of ours
 * @returns {T}
 */
function making(make) {
  isMaking = true;
  try {
    return make();
  } finally {
    isMaking = false;
  }
}

let isWarned = false;

/** The runtime's warning of `vm` modules, which is given once, and was taken from the app by us. */
function warnOnce() {
  if (isWarned) return;
  isWarned = true;
  const warning = 'VM Modules is an experimental feature and might change at any time';
  process.emitWarning(warning, 'ExperimentalWarning');
}

/**
 * What the loader should link a record to.
 *
 * @param {Wrap} record
 * @param {ArrayLike<Wrap>} modules
 */
function unify(record, modules) {
  const links = Array.from(modules);
  const graft = expected.get(record.url);
  if (graft) {
    expected.delete(record.url);
    for (const leaf of links) claim(leaf.url, leaf);
    const target = graft(new Map(links.map((leaf) => [leaf.url, leaf])));
    standFor(record, target);
    if (passedOver.has(record)) instantiateLate(record);
    return links.map((leaf) => (kept.has(leaf.url) ? leaf : target));
  }
  // A graph of the runtime's own: what we have already is not made twice.
  claim(record.url, record);
  return links.map((leaf) => {
    const owner = owners.get(leaf.url) ?? leaf;
    if (owner !== leaf) passOver(leaf);
    return owner;
  });
}

/**
 * Says whose record a URL has, if nobody's yet.
 *
 * @param {string} url
 * @param {Wrap} record
 */
function claim(url, record) {
  if (!owners.has(url)) owners.set(url, record);
}

/**
 * The same for a record of ours.
 *
 * @param {string} url
 * @param {Wrap} record
 */
function claimOurs(url, record) {
  ours.add(record);
  claim(url, record);
}

/**
 * The runtime's record behind a `vm.SourceTextModule`.
 *
 * @param {any} module
 * @returns {Wrap}
 */
function recordOf(module) {
  return module[/** @type {any} */ (recordKey)];
}

/**
 * Whether a linked record's graph has a top-level `await`.
 *
 * @param {any} record
 */
function isAsync(record) {
  return record.isGraphAsync ? record.isGraphAsync() : record.hasAsyncGraph;
}

/**
 * Links one of our records: one record per request, in order.
 *
 * @param {Wrap} record
 * @param {Wrap[]} modules
 */
function linkOurs(record, modules) {
  apply(nativeLink, record, [modules]);
}

/**
 * Makes modules whose requests we know, without the runtime listing them once more and without
 * anybody noticing them one by one: that is a third of what a module costs.
 *
 * @param {() => void} make
 */
function makeMany(make) {
  const { getModuleRequests } = prototype;
  const moduleClass = Object.getPrototypeOf(SourceTextModule.prototype);
  const key = /** @type {symbol} */ (recordKey);
  const noticed = Reflect.getOwnPropertyDescriptor(moduleClass, key);
  prototype.getModuleRequests = noRequests;
  Reflect.deleteProperty(moduleClass, key);
  try {
    make();
  } finally {
    prototype.getModuleRequests = getModuleRequests;
    defineProperty(moduleClass, key, /** @type {PropertyDescriptor} */ (noticed));
  }
}

/** @type {never[]} */
const NONE = [];

function noRequests() {
  return NONE;
}

/**
 * When the loader links the facade of this URL, it gets what `graft` makes of the facade's leaves.
 *
 * @param {string} facadeURL
 * @param {(leaves: Map<string, Wrap>) => Wrap} graft
 */
function expect(facadeURL, graft) {
  expected.set(facadeURL, graft);
}

/**
 * A facade that imports this URL keeps it.
 *
 * @param {string} url
 */
function keep(url) {
  kept.add(url);
}

/** @param {string} url */
function ownerOf(url) {
  return owners.get(url);
}

/**
 * What `vm` takes for a module that has been evaluated, so that an `import()` of ours can settle with
 * any value: a module that exports `then` decides what its `import()` gives.
 *
 * @param {unknown} value
 */
function settledWith(value) {
  return { [/** @type {any} */ (recordKey)]: undefined, status: 'evaluated', namespace: value };
}

module.exports = {
  claimOurs,
  expect,
  isAsync,
  keep,
  linkOurs,
  makeMany,
  making,
  onNamespace,
  open,
  ownerOf,
  recordOf,
  settledWith,
};
