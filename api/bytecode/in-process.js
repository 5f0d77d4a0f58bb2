'use strict';

// This thread's own engine, through `vm.SourceTextModule`. The module is compiled, never linked or
// evaluated.

/** @typedef {{ createCachedData(): Buffer, moduleRequests?: readonly unknown[] }} Compiled */
/** @typedef {new (source: string, options: { identifier: string }) => Compiled} Compiler */

const { SourceTextModule } = /** @type {{ SourceTextModule: Compiler }} */ (
  /** @type {unknown} */ (require('node:vm'))
);

/**
 * Node warns about VM Modules at their first use. Whoever runs us has the flag or did not ask.
 *
 * @template T
 * @param {() => T} act
 */
function withoutVmModulesWarning(act) {
  const { emitWarning } = process;
  process.emitWarning = (/** @type {any} */ warning, /** @type {any[]} */ ...rest) => {
    if (!String(warning).startsWith('VM Modules ')) emitWarning.call(process, warning, ...rest);
  };
  try {
    return act();
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** @type {import('./index.js').Compile} */
function compile(sourceURL, source) {
  try {
    return withoutVmModulesWarning(() => {
      const module = new SourceTextModule(source, { identifier: sourceURL });
      return { bytecode: module.createCachedData(), requests: module.moduleRequests?.length };
    });
  } catch (error) {
    // Not `instanceof`: under test runners the error can come from another realm.
    if (/** @type {Error} */ (error)?.name === 'SyntaxError') return null;
    return { bytecode: Buffer.alloc(0) }; // such as a source nested too deeply for this stack
  }
}

module.exports = { compile };
