'use strict';
// A pack as the linker sees it: tables, sources, bytecode, and what bytecode was taken in this run.

const { indexOf, map } = require('../safe.js');
const { EdgeFinder, TRAIT } = require('../tables.js');

class PackView {
  #session;
  /** @type {ArrayBuffer | undefined} never written to, never handed to the app */
  #bytes;
  /** @type {(Uint8Array | undefined)[]} */
  #taken = [];
  /** Whether all that was taken is saved, or being saved. */
  #isSaved = true;
  /** @type {import('../types.d.ts').EdgeFinder | undefined} */
  #edges;
  /** @type {Map<string, number> | undefined} */
  #indices;

  /**
   * @param {import('../types.d.ts').Session} session
   * @param {import('../types.d.ts').Tables} tables
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
    this.#indices ??= indexOf(this.tables.urls);
    return this.#indices.get(url);
  }

  /**
   * Whether a module's record must be of the loader's own making.
   *
   * @param {number} index
   */
  isNative(index) {
    return (this.tables.traits[index] & TRAIT.asksRuntime) !== 0;
  }

  get edges() {
    this.#edges ??= new EdgeFinder(this.tables, this.#session.specifiers());
    return this.#edges;
  }

  /**
   * Whether a module's file is still what the pack says.
   *
   * @param {number} index
   */
  isCurrent(index) {
    return this.#session.isCurrent(index);
  }

  /** Whether specifiers still lead where the pack says. */
  isLayoutCurrent() {
    return this.#session.isLayoutCurrent();
  }

  /**
   * A module's text; it and the module's bytecode are verified now.
   *
   * @param {number} index
   */
  source(index) {
    return this.#session.source(index);
  }

  /**
   * A module's bytecode, to be asked for after its source.
   *
   * @param {number} index
   * @returns {Uint8Array | undefined}
   */
  bytecode(index) {
    const { bytecode } = this.tables;
    const length = bytecode[2 * index + 1];
    if (length === 0) return undefined;
    const bytes = (this.#bytes ??= this.#session.bytes());
    return new Uint8Array(bytes, bytecode[2 * index], length);
  }

  /**
   * @param {number} index
   * @param {Uint8Array} bytecode
   */
  keepBytecode(index, bytecode) {
    this.#taken[index] = bytecode;
    this.#isSaved = false;
  }

  /** Whether every module linked so far came with its bytecode. */
  get isWarm() {
    return this.#taken.length === 0;
  }

  /** Whether any module has bytecode here. */
  get hasBytecode() {
    return this.tables.bytecode.some((length, at) => at % 2 === 1 && length > 0);
  }

  /** Saves the bytecode taken so far, on another thread. */
  save() {
    if (this.#isSaved) return;
    this.#isSaved = true;
    this.#session.save(map(this.tables.urls, (_, index) => this.#taken[index] ?? null));
  }
}

module.exports = { PackView };
