'use strict';
// What the runtime's loader and we ask of each other.
//
// It asks for facades, which are served here. We ask for its own `import()` and
// `import.meta.resolve` in the name of a module of ours: under a token, from a helper module of
// the loader's own, and our resolve hook turns the token into the real specifier and parent, so
// that Node's default resolution does the rest, errors included.

const { ATTRIBUTES, FORMAT, TRAIT, attributesOf } = require('../tables.js');
const { isDiskOurs } = require('../disguise.js');
const { mark } = require('../timeline.js');
const { facadeSource } = require('./facade.js');
const graft = require('./graft.js');
const { Waiting } = require('./importer.js');

const { queueMicrotask } = globalThis;

const SCHEME = 'bmes:';

/** The helper is on the stack of every `import()`: stacks and profiles take it for the runtime's own. */
const HELPER = 'node:internal/bmes/import';
const HELPER_SOURCE =
  'export const { meta } = { meta: import.meta }; export const load = (s, o) => import(s, o);';

class Bridge {
  /** @type {Map<string, import('./importer.js').Request>} by token */
  #requests = new Map();
  /** @type {Map<string, string>} sources by URL */
  #served = new Map();
  #count = 0;
  /** Imports of ours that the runtime is at work on. */
  waiting = new Waiting();
  /** @type {Set<string>} URLs of ours that the runtime has, or is about to have, a facade of */
  #reached = new Set();
  /** Others decide from now on what modules are: no more of them become ours. */
  #isAside = false;
  #pack;
  #linker;
  /** @type {(() => void) | undefined} */
  #listen;

  /**
   * @param {import('../types.d.ts').PackView} pack
   * @param {() => import('../types.d.ts').Linker} linker made after its bridge
   */
  constructor(pack, linker) {
    this.#pack = pack;
    this.#linker = linker;
  }

  standAside() {
    this.#isAside = true;
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
          if (source === undefined || !isPlain(context)) return nextLoad(url, context);
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
    graft.onNamespace(this.waiting.take);
  }

  /**
   * The loader gets this source when it next loads this URL.
   *
   * @param {string} url
   * @param {string} source
   */
  serve(url, source) {
    this.#reached.add(url);
    this.#served.set(url, source);
    this.#listen?.();
  }

  /**
   * What `import.meta.resolve(specifier)` of a module answers.
   *
   * @param {string} specifier
   * @param {string} parentURL
   * @returns {string}
   */
  resolveURL(specifier, parentURL) {
    return this.#native().meta.resolve(
      this.#token({ specifier: `${specifier}`, parentURL, resolve: undefined, reject: undefined }),
    );
  }

  /**
   * The runtime's own `import()`, in the name of a module of ours.
   *
   * @param {import('./importer.js').Request} request
   * @param {Record<string, string>} attributes
   * @returns {Promise<object>}
   */
  import(request, attributes) {
    return this.#native().load(this.#token(request), { with: attributes });
  }

  /** What `import.meta` has in this Node, but for what only files have. */
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
   * What the runtime is asked for instead of a specifier of one of our modules.
   *
   * @param {import('./importer.js').Request} request
   */
  #token(request) {
    const token = `${SCHEME}native/${this.#count++}`;
    this.#requests.set(token, request);
    return token;
  }

  /** @type {import('../run.js').ResolveHook} */
  resolve = (specifier, context, nextResolve) => {
    if (this.#served.has(specifier) && isPlain(context)) {
      return { url: specifier, format: 'module', shortCircuit: true };
    }
    const request = this.#requests.get(specifier);
    if (!request) return this.#standIn(nextResolve(specifier, context), context, false, false);
    this.#requests.delete(specifier);
    const { parentURL, reject } = request;
    if (!reject) return nextResolve(request.specifier, { ...context, parentURL });
    try {
      return this.#resolveImport(request, context, nextResolve);
    } catch (error) {
      // One microtask later, as natively.
      queueMicrotask(() => reject(error));
      throw error;
    }
  };

  /**
   * @param {import('./importer.js').Request} request
   * @param {any} context
   * @param {Function} nextResolve
   */
  #resolveImport(request, context, nextResolve) {
    const { specifier, parentURL } = request;
    const mayMake = !this.#isAside && !process.sourceMapsEnabled && isDiskOurs();
    const known = mayMake && isPlain(context) ? this.#knownTarget(request) : undefined;
    const result = known ?? nextResolve(specifier, { ...context, parentURL });
    // What is evaluated needs no facade: the runtime is asked for something it has, to take as long.
    if (!this.#reached.has(result.url) && isPlain(context)) {
      request.module = this.#linker().evaluated(result.url);
    }
    request.url = request.module ? HELPER : result.url;
    this.waiting.add(/** @type {any} */ (request));
    if (request.module) return { url: HELPER, format: 'module', shortCircuit: true };
    return this.#standIn(result, context, mayMake, known !== undefined);
  }

  /**
   * Where an `import()` leads, if the pack has it and it is an ES module. The app may have moved what
   * it leads to.
   *
   * @param {import('./importer.js').Request} request
   */
  #knownTarget({ specifier, parentURL }) {
    const { edges, tables } = this.#pack;
    const parent = this.#pack.indexOf(parentURL);
    const edge = parent === undefined ? undefined : edges.find(parent, specifier, undefined);
    const target = edge === undefined ? -1 : tables.targets[edge];
    if (tables.formats[target] !== FORMAT.module) return undefined;
    // The runtime warns of these while it finds out what they are.
    if (tables.traits[target] & TRAIT.formatDetected) return undefined;
    const url = tables.urls[target];
    // The runtime remembers how it came to what it has.
    if (!graft.ownerOf(url) && !this.#pack.isLayoutCurrent()) return undefined;
    return { url, format: 'module', shortCircuit: true };
  }

  /**
   * Whoever asks the runtime for a module of ours gets a facade under the module's own URL.
   *
   * @param {{ url: string }} result
   * @param {{ importAttributes?: Record<string, string> }} context
   * @param {boolean} mayMake whether it may become ours only now
   * @param {boolean} isLaidOut whether where specifiers lead has just been looked at
   */
  #standIn(result, context, mayMake, isLaidOut) {
    const { url } = result;
    const isCandidate = url.startsWith('file:') && isPlain(context);
    if (!isCandidate || this.#reached.has(url)) return result;
    const prepared = this.#linker().prepared(url, mayMake, isLaidOut);
    if (!prepared) return result;
    if (!mayMake) mark('reached', `${url} from outside the linked graph`);
    this.serve(url, facadeSource(prepared.leaves));
    graft.expect(url, prepared.connect);
    return result;
  }
}

/** @param {{ importAttributes?: Partial<Record<string, string>> }} context */
function isPlain({ importAttributes }) {
  return attributesOf(importAttributes) === ATTRIBUTES.none;
}

module.exports = { Bridge };
