'use strict';
// What the runtime's loader and we ask of each other.
//
// It asks for facades, which are served here. We ask for its own `import()` and
// `import.meta.resolve` in the name of a module of ours: under a token, from a helper module of
// the loader's own, and our resolve hook turns the token into the real specifier and parent, so
// that Node's default resolution does the rest, errors included.

const path = require('node:path');
const { pathToFileURL } = require('node:url');

const { mark } = require('../timeline.js');
const { facadeSource } = require('./facade.js');
const graft = require('./graft.js');

const SCHEME = 'bmes:';

/** The helper's URL is a file's, because only then `import.meta` has all its properties. */
const HELPER = pathToFileURL(path.join(__dirname, 'helper.mjs')).href;
const HELPER_SOURCE =
  'export const { meta } = { meta: import.meta }; export const load = (s, o) => import(s, o);';

class Bridge {
  /** @type {Map<string, { specifier: string, parentURL: string }>} */
  #requests = new Map();
  /** @type {Map<string, string>} sources by URL */
  #served = new Map();
  #count = 0;
  /** @type {Set<string>} URLs of ours that others have reached */
  #reached = new Set();
  #linker;
  /** @type {(() => void) | undefined} */
  #listen;

  /** @param {() => import('../types.d.ts').Linker} linker made after its bridge */
  constructor(linker) {
    this.#linker = linker;
  }

  /** @param {typeof import('../disguise.js').registerOwnHooks} register */
  install(register) {
    let isListening = false;
    // A load hook makes every CommonJS module slower: it is there only while it is needed.
    this.#listen = () => {
      if (isListening) return;
      isListening = true;
      const hook = register({
        load: (url, context, nextLoad) => {
          const source = this.#served.get(url);
          if (source === undefined) return nextLoad(url, context);
          this.#served.delete(url);
          if (this.#served.size === 0) {
            isListening = false;
            hook.deregister();
          }
          return { format: 'module', source, shortCircuit: true };
        },
      });
    };
    if (this.#served.size > 0) this.#listen();
  }

  /**
   * The loader gets this source when it next loads this URL.
   *
   * @param {string} url
   * @param {string} source
   */
  serve(url, source) {
    this.#served.set(url, source);
    this.#listen?.();
  }

  /** A URL nothing else has. */
  freshURL() {
    return `${SCHEME}facade/${this.#count++}`;
  }

  /**
   * What `import.meta.resolve(specifier)` of a module answers.
   *
   * @param {string} specifier
   * @param {string} parentURL
   * @returns {string}
   */
  resolveURL(specifier, parentURL) {
    return this.#native().meta.resolve(this.#token(specifier, parentURL));
  }

  /**
   * What `import(specifier)` of a module gives, natively.
   *
   * @param {string} specifier
   * @param {string} parentURL
   * @param {Record<string, string>} [attributes]
   * @returns {Promise<object>}
   */
  importNatively(specifier, parentURL, attributes) {
    return this.#native().load(this.#token(specifier, parentURL), { with: attributes });
  }

  /** What `import.meta` has in this Node. */
  get meta() {
    return this.#native().meta;
  }

  /** Makes the helper a leaf of the entry's facade, so that it is evaluated before the app. */
  get helperURL() {
    this.serve(HELPER, HELPER_SOURCE);
    return HELPER;
  }

  /** @returns {{ meta: any, load: Function }} */
  #native() {
    return graft.ownerOf(HELPER).getNamespace();
  }

  /**
   * @param {string} specifier
   * @param {string} parentURL
   */
  #token(specifier, parentURL) {
    const token = `${SCHEME}native/${this.#count++}`;
    this.#requests.set(token, { specifier, parentURL });
    return token;
  }

  /** @type {import('../run.js').ResolveHook} */
  resolve = (specifier, context, nextResolve) => {
    if (this.#served.has(specifier)) {
      return { url: specifier, format: 'module', shortCircuit: true };
    }
    const request = specifier.startsWith(SCHEME) ? this.#requests.get(specifier) : undefined;
    if (!request) return this.#notice(nextResolve(specifier, context));
    this.#requests.delete(specifier);
    const { parentURL } = request;
    return this.#notice(nextResolve(request.specifier, { ...context, parentURL }));
  };

  /**
   * What is outside our graph may reach one of our modules: CommonJS, or a graph no run has shown
   * before. It gets a facade of our instance; only the namespace objects are two.
   *
   * @param {{ url: string }} result
   */
  #notice(result) {
    const { url } = result;
    const owned = this.#reached.has(url) ? undefined : this.#linker().owned(url);
    if (owned) {
      this.#reached.add(url);
      mark('reached', `${url} from outside the linked graph`);
      this.serve(url, facadeSource([], owned.hasDefault));
      graft.expect(url, () => owned.record);
    }
    return result;
  }
}

module.exports = { Bridge };
