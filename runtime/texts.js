'use strict';
// CommonJS and JSON of a frozen pack: their texts come from there, and no file of theirs is opened.
//
// The runtime reads such a text in one place, asks load hooks there, and compiles and runs it once they have
// answered. So `Module._extensions`, `_compile`, `require.cache`, errors and stacks stay its own. Each text is
// given once: what is loaded again was taken out of `require.cache`, because something has changed.

const { isDiskOurs, registerOwnHooks } = require('./disguise.js');
const { atExit } = require('./exit.js');
const { ATTRIBUTES, FORMAT, TRAIT, attributesOf } = require('./tables.js');
const { has, indexOf } = require('./safe.js');
const { mark } = require('./timeline.js');

class Texts {
  #session;
  #tables;
  #indices;
  /** By row. */
  #isLoaded;
  #given = 0;

  /**
   * @param {import('./types.d.ts').Session} session of a frozen pack
   * @param {import('./types.d.ts').Tables} tables
   */
  constructor(session, tables) {
    this.#session = session;
    this.#tables = tables;
    this.#indices = indexOf(tables.urls);
    this.#isLoaded = new Uint8Array(tables.urls.length);
    atExit(() => mark('texts', `${this.#given} of CommonJS and JSON from the pack`));
  }

  /**
   * Whether the pack has the text of what is about to be loaded.
   *
   * @param {number | undefined} index
   * @returns {index is number}
   */
  has(index) {
    if (index === undefined || this.#isLoaded[index] !== 0) return false;
    const { formats, traits } = this.#tables;
    // Where TypeScript is required the runtime has another text of it.
    if (traits[index] & TRAIT.typescript) return false;
    return formats[index] === FORMAT.commonjs || formats[index] === FORMAT.json;
  }

  /** @param {string} url */
  indexOf(url) {
    return this.#indices.get(url);
  }

  /**
   * What a load hook says of a module, in the runtime's own words.
   *
   * @param {string} url
   * @param {any} context
   * @returns {any} undefined if it is for the runtime to load
   */
  load(url, context) {
    const index = this.#indices.get(url);
    if (!this.has(index)) return undefined;
    this.#isLoaded[index] = 1;
    const isImport = !has(context.conditions, 'require');
    const isJSON = this.#tables.formats[index] === FORMAT.json;
    const { format } = context;
    if (isJSON ? format !== 'json' : (format ?? 'commonjs') !== 'commonjs') return undefined;
    // What attributes are allowed is for the runtime to say.
    const allowed = isImport && isJSON ? ATTRIBUTES.json : ATTRIBUTES.none;
    if (attributesOf(context.importAttributes) !== allowed || !isDiskOurs()) return undefined;
    const source = this.#source(index);
    // There is none of it, or none of what an empty file says.
    if (source === '') return undefined;
    this.#given++;
    // `require()` has looked at the package by itself, and says so.
    if (!isImport) return { __proto__: null, format, source, shortCircuit: true };
    return {
      __proto__: null,
      format: isJSON ? format : 'commonjs',
      responseURL: url,
      source,
      // Node 22: as it has its default loader say.
      shouldBeReloadedByCJSLoader: !isJSON,
      shortCircuit: true,
    };
  }

  /** @param {number} index */
  #source(index) {
    try {
      return this.#session.source(index);
    } catch (error) {
      mark('miss', String(error));
      return '';
    }
  }
}

/**
 * The same for the linker, which has no load hook: while there is one the runtime does not explain a missing
 * export of CommonJS (see hooks.js). So this one is there only while a text of the pack is about to be read.
 */
class PassingTexts {
  #texts;
  /** @type {ReturnType<typeof registerOwnHooks> | undefined} */
  #hook;
  /** How many modules the linker has asked the runtime to import, which it has not loaded yet. */
  #imported = 0;
  #isImported;
  /** Whether what `require()` was just led to is about to be loaded. */
  #isRequired = false;
  #isOver = false;

  /**
   * @param {import('./types.d.ts').Session} session of a frozen pack
   * @param {import('./types.d.ts').Tables} tables
   */
  constructor(session, tables) {
    this.#texts = new Texts(session, tables);
    this.#isImported = new Uint8Array(tables.urls.length);
  }

  /**
   * The linker has the runtime import a module now.
   *
   * @param {number} index
   */
  expectImport(index) {
    if (!this.#texts.has(index) || this.#isImported[index] !== 0) return;
    this.#isImported[index] = 1;
    this.#imported++;
    this.#adapt();
  }

  /** Something is asked for: what came of the last question has been loaded, or never will be. */
  beginResolve() {
    if (!this.#isRequired) return;
    this.#isRequired = false;
    this.#adapt();
  }

  /**
   * `require()` was led here. It loads that at once, unless it has it or was asked by `require.resolve`.
   *
   * @param {string} url
   */
  expectRequire(url) {
    if (!this.#texts.has(this.#texts.indexOf(url))) return;
    this.#isRequired = true;
    this.#adapt();
  }

  /** Others may have other texts from now on. */
  end() {
    this.#isOver = true;
    this.#adapt();
  }

  #adapt() {
    const isWanted = !this.#isOver && (this.#isRequired || this.#imported > 0);
    if (isWanted) this.#hook ??= registerOwnHooks({ load: this.#load });
    else {
      this.#hook?.deregister();
      this.#hook = undefined;
    }
  }

  /** @type {import('./run.js').LoadHook} */
  #load = (url, context, nextLoad) => {
    const index = this.#texts.indexOf(url);
    if (index !== undefined && this.#isImported[index] === 1) {
      this.#isImported[index] = 2;
      this.#imported--;
    }
    const text = this.#texts.load(url, context);
    this.#isRequired = false;
    this.#adapt();
    return text ?? nextLoad(url, context);
  };
}

module.exports = { PassingTexts, Texts };
