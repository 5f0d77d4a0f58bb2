'use strict';
// A pack as the linker sees it: tables, sources, bytecode, and what bytecode was taken in this run.

const { EdgeFinder } = require('../tables.js');

class PackView {
  #session;
  /** @type {ArrayBuffer | undefined} never written to, never handed to the app */
  #bytes;
  /** @type {(Uint8Array | undefined)[]} */
  #taken = [];
  /** @type {import('../tables.js').EdgeFinder | undefined} */
  #edges;
  /** @type {Map<string, number> | undefined} */
  #indices;

  /**
   * @param {import('../addon.js').Session} session
   * @param {import('../tables.js').Tables} tables
   */
  constructor(session, tables) {
    this.#session = session;
    this.tables = tables;
  }

  /**
   * @param {string} url
   * @returns {number | undefined} its row
   */
  indexOf(url) {
    this.#indices ??= new Map(this.tables.urls.map((each, index) => [each, index]));
    return this.#indices.get(url);
  }

  get edges() {
    this.#edges ??= new EdgeFinder(this.tables, this.#session.specifiers());
    return this.#edges;
  }

  /** @param {number} index */
  source(index) {
    return this.#session.source(index);
  }

  /**
   * @param {number} index
   * @returns {Uint8Array | undefined}
   */
  bytecode(index) {
    const [offset, length] = this.#session.bytecode(index);
    if (length === 0) return undefined;
    this.#bytes ??= this.#session.bytes();
    return new Uint8Array(this.#bytes, offset, length);
  }

  /**
   * @param {number} index
   * @param {Uint8Array} bytecode
   */
  keepBytecode(index, bytecode) {
    this.#taken[index] = bytecode;
  }

  /** Whether every module linked so far came with its bytecode. */
  get isWarm() {
    return this.#taken.length === 0;
  }

  /** Saves the bytecode taken so far, on another thread. */
  save() {
    if (this.#taken.length === 0) return;
    this.#session.save(Array.from(this.tables.urls, (_, index) => this.#taken[index] ?? null));
  }
}

module.exports = { PackView };
