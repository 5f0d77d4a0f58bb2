'use strict';
// `import()` from modules of ours is the runtime's own, asked in the importing module's name.
//
// What `vm` gives to the app settles two microtasks after what we give to `vm`, and so does the
// promise of the runtime's `import()` after the loader has taken the module's namespace. So we settle
// when it takes it, and nobody can tell ours from the runtime's by what runs before it.

const { tracingChannel } = require('node:diagnostics_channel');

const graft = require('./graft.js');

const channel = tracingChannel('module.import');
const { Promise } = globalThis;
const { then } = Promise.prototype;
const { apply } = Reflect;

/**
 * What a module of ours asks of the runtime.
 *
 * @typedef {object} Request
 * @property {string} specifier
 * @property {string} parentURL
 * @property {((outcome: object) => void) | undefined} resolve only of `import()`
 * @property {((error: unknown) => void) | undefined} reject the same
 * @property {string} [url] of the module whose namespace is waited for
 * @property {object} [module] to settle with instead
 */

/**
 * @param {import('../types.d.ts').Bridge} bridge
 */
function makeImport(bridge) {
  /**
   * @param {string} specifier
   * @param {{ identifier: string }} referrer
   * @param {Record<string, string>} attributes
   * @returns {Promise<object>}
   */
  return (specifier, { identifier: parentURL }, attributes) =>
    new Promise((resolve, reject) => {
      /** @type {Request} */
      const request = { specifier, parentURL, resolve, reject };
      const native = withNames(request, () => bridge.import(request, attributes));
      const outcome = apply(then, native, [
        graft.settledWith,
        (/** @type {unknown} */ error) => {
          bridge.waiting.remove(request);
          throw error;
        },
      ]);
      // These functions themselves, so that the engine can follow the chain for its stack traces.
      apply(then, outcome, [resolve, reject]);
    });
}

/** @type {import('node:async_hooks').AsyncLocalStorage<any> | undefined} */
let observer;

/**
 * Whoever observes imports is told of the app's modules, not of ours.
 *
 * @template T
 * @param {Request} request
 * @param {() => T} act
 * @returns {T}
 */
function withNames({ specifier, parentURL }, act) {
  if (!channel.hasSubscribers) return act();
  // A bound store is shown what subscribers will be told, before them.
  observer ??= new (require('node:async_hooks').AsyncLocalStorage)();
  channel.start.bindStore(observer, (context) => {
    return Object.assign(context, { parentURL, url: specifier });
  });
  try {
    return act();
  } finally {
    channel.start.unbindStore(observer);
  }
}

/**
 * Settles the imports of ours that wait for a module, when the loader takes its namespace for them:
 * in the order in which they were asked for.
 */
class Waiting {
  /** @type {Map<string, Request[]>} by URL */
  #requests = new Map();

  /** @param {Request & { url: string }} request */
  add(request) {
    const waiting = this.#requests.get(request.url);
    if (waiting) waiting.push(request);
    else this.#requests.set(request.url, [request]);
  }

  /**
   * The runtime's own import of the entry, which takes the namespace before any that the graph asks for.
   *
   * @param {string} url
   */
  addForeign(url) {
    this.add({ specifier: url, parentURL: url, url, resolve: undefined, reject: undefined });
  }

  /** @param {Request} request */
  remove(request) {
    const waiting = request.url === undefined ? undefined : this.#requests.get(request.url);
    const at = waiting ? waiting.indexOf(request) : -1;
    if (at >= 0) waiting?.splice(at, 1);
    if (waiting?.length === 0) this.#requests.delete(/** @type {string} */ (request.url));
  }

  /**
   * @param {string} url
   * @param {object} namespace
   */
  take = (url, namespace) => {
    const request = this.#requests.get(url)?.[0];
    if (!request) return;
    this.remove(request);
    // A module that exports `then` decides itself, and is asked once: by the runtime.
    if (request.module) request.resolve?.(request.module);
    else if (!('then' in namespace)) request.resolve?.(graft.settledWith(namespace));
  };
}

module.exports = { Waiting, makeImport };
