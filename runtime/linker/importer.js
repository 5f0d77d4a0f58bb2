'use strict';
// `import()` from modules of ours: what the pack knows is linked from it and evaluated through a
// facade of its own; everything else is asked of the runtime in the importing module's name.

const { FORMAT } = require('../tables.js');
const { mark } = require('../timeline.js');
const { facadeSource } = require('./facade.js');
const graft = require('./graft.js');
const { NotLinkable } = require('./linker.js');

class Importer {
  #pack;
  #bridge;
  #linker;

  /**
   * @param {import('../types.d.ts').PackView} pack
   * @param {import('../types.d.ts').Bridge} bridge
   * @param {() => import('../types.d.ts').Linker} linker made after its importer
   */
  constructor(pack, bridge, linker) {
    this.#pack = pack;
    this.#bridge = bridge;
    this.#linker = linker;
  }

  /**
   * @param {string} specifier
   * @param {{ identifier: string }} referrer
   * @param {Record<string, string>} attributes
   * @returns {Promise<object>} a namespace or a module of ours
   */
  import = async (specifier, { identifier: parentURL }, attributes) => {
    const index = this.#find(specifier, parentURL, attributes);
    if (index !== undefined && this.#pack.tables.formats[index] === FORMAT.module) {
      const module = await this.#importOurs(index);
      if (module) return module;
    }
    return this.#bridge.importNatively(specifier, parentURL, attributes);
  };

  /**
   * @param {number} index
   * @returns {Promise<any>} undefined if it must be left to the runtime
   */
  async #importOurs(index) {
    const url = this.#pack.tables.urls[index];
    if (graft.ownerOf(url) && !this.#linker().owned(url)) return undefined;
    let prepared;
    try {
      prepared = this.#linker().prepare(index);
    } catch (error) {
      if (!(error instanceof NotLinkable)) throw error;
      mark('stand-aside', `BMES_NOT_LINKABLE ${error.message}`);
      return undefined;
    }
    const facadeURL = this.#bridge.freshURL();
    this.#bridge.serve(facadeURL, facadeSource(prepared.leaves, false));
    graft.expect(facadeURL, prepared.connect);
    await this.#bridge.importNatively(facadeURL, url);
    return prepared.module;
  }

  /**
   * The row a specifier leads to: an edge of the pack, else where the runtime resolves it to.
   *
   * @param {string} specifier
   * @param {string} parentURL
   * @param {Record<string, string>} attributes
   */
  #find(specifier, parentURL, attributes) {
    const parent = this.#pack.indexOf(parentURL);
    if (parent === undefined) return undefined;
    const target = this.#pack.edges.find(parent, specifier, attributes);
    if (target !== undefined) return target;
    if (Object.keys(attributes).length > 0) return undefined;
    return this.#pack.indexOf(this.#bridge.resolveURL(specifier, parentURL));
  }
}

module.exports = { Importer };
