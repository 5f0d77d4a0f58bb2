'use strict';
// `import()` from linked modules, by the linker's rules: an already linked URL is the same
// instance, what the pack knows is linked from it, and what must be the runtime's own is asked of
// the runtime in the importing module's name.

const { FORMAT } = require('../tables.js');
const { mark } = require('../timeline.js');
const { NotLinkable } = require('./linker.js');
const synthetic = require('./synthetic.js');

class Importer {
  #pack;
  #bridge;
  /** @type {Map<string, number>} */
  #indices;
  /** @type {import('./linker.js').Linker} */
  linker;

  /**
   * @param {import('./pack.js').PackView} pack
   * @param {import('./bridge.js').Bridge} bridge
   */
  constructor(pack, bridge) {
    this.#pack = pack;
    this.#bridge = bridge;
  }

  /**
   * @param {string} specifier
   * @param {{ identifier: string }} referrer
   * @param {Record<string, string>} attributes
   */
  import = async (specifier, { identifier: parentURL }, attributes) => {
    const index = this.#find(specifier, parentURL, attributes);
    if (index === undefined) {
      return this.#bridge.importNatively(specifier, parentURL, attributes);
    }
    let record;
    try {
      record = this.linker.link(this.#pack, index);
    } catch (error) {
      if (!(error instanceof NotLinkable)) throw error;
      mark('stand-aside', `BMES_NOT_LINKABLE ${error.message}`);
      return this.#bridge.importNatively(specifier, parentURL, attributes);
    }
    await this.#provideBuiltins();
    await record.evaluate();
    return record;
  };

  /**
   * The row a specifier leads to: an edge of the pack, else where the runtime resolves it to.
   *
   * @param {string} specifier
   * @param {string} parentURL
   * @param {Record<string, string>} attributes
   */
  #find(specifier, parentURL, attributes) {
    const { tables, edges } = this.#pack;
    this.#indices ??= new Map(tables.urls.map((url, index) => [url, index]));
    const parent = this.#indices.get(parentURL);
    if (parent === undefined) return undefined;
    const target = edges.find(parent, specifier, attributes);
    if (target !== undefined) return target;
    const url = this.#bridge.resolveURL(specifier, parentURL);
    const index = this.#indices.get(url);
    if (index === undefined) return undefined;
    const isJSON = tables.formats[index] === FORMAT.json;
    return isJSON === (attributes.type === 'json') ? index : undefined;
  }

  /** Native namespaces of builtins that were linked just now. */
  async #provideBuiltins() {
    for (const url of synthetic.missingNamespaces()) {
      const namespace = await this.#bridge.importNatively(url, this.#bridge.entryURL, {});
      synthetic.provideNamespace(url, namespace);
    }
  }
}

module.exports = { Importer };
