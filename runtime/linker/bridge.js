'use strict';
// The way back to the runtime: its own `import()` and `import.meta.resolve`, asked from the facade
// in the name of any linked module.
//
// A request is made under a token; our resolve hook turns it into the real specifier and parent,
// and Node's default resolution does the rest, errors included.

const TOKEN = 'bmes:native/';

class Bridge {
  /** @type {Map<string, { specifier: string, parentURL: string, seen: Function | undefined }>} */
  #requests = new Map();
  #count = 0;
  /** @type {any} the facade's `import.meta` */
  meta;
  /** @type {Function | undefined} */
  #import;

  /** @param {string} entryURL */
  constructor(entryURL) {
    this.entryURL = entryURL;
  }

  /**
   * @param {object} meta
   * @param {Function} nativeImport
   */
  open(meta, nativeImport) {
    this.meta = meta;
    this.#import = nativeImport;
  }

  /**
   * What `import.meta.resolve(specifier)` of a module answers.
   *
   * @param {string} specifier
   * @param {string} parentURL
   * @returns {string}
   */
  resolveURL(specifier, parentURL) {
    return this.#ask(specifier, parentURL, (/** @type {string} */ token) =>
      this.meta.resolve(token),
    );
  }

  /**
   * What `import(specifier)` of a module gives, natively.
   *
   * @param {string} specifier
   * @param {string} parentURL
   * @param {Record<string, string>} attributes
   * @returns {Promise<object>}
   */
  importNatively(specifier, parentURL, attributes) {
    return this.#ask(specifier, parentURL, (/** @type {string} */ token) =>
      this.#import?.(token, { with: attributes }),
    );
  }

  /**
   * @param {string} specifier
   * @param {string} parentURL
   * @param {Function} ask
   */
  #ask(specifier, parentURL, ask) {
    const token = `${TOKEN}${this.#count++}`;
    this.#requests.set(token, { specifier, parentURL, seen: undefined });
    return ask(token);
  }

  /** @type {import('../run.js').ResolveHook} */
  resolve(specifier, context, nextResolve) {
    const request = this.#requests.get(specifier);
    if (!request) return nextResolve(specifier, context);
    // `import()` resolves in a later turn than it is called in; a token is used once.
    this.#requests.delete(specifier);
    return nextResolve(request.specifier, { ...context, parentURL: request.parentURL });
  }
}

module.exports = { Bridge };
