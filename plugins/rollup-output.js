'use strict';
// What Rollup, Rolldown and Vite hand to `writeBundle`.

const path = require('node:path');

/**
 * One file of a bundle, as far as it is of interest here.
 *
 * @typedef {object} BundleFile
 * @property {string} type `chunk` or `asset`
 * @property {string} fileName
 * @property {boolean} [isEntry]
 * @property {string[]} [imports]
 * @property {string[]} [dynamicImports]
 */

/** @typedef {{ dir?: string | undefined, file?: string | undefined, format?: string }} OutputOptions */

/**
 * @param {OutputOptions} options
 * @param {Record<string, any>} bundle
 * @returns {Pick<import('./core.js').Output, 'folder' | 'entries' | 'partsOf'>}
 */
function rollupOutput({ dir, file, format }, bundle) {
  /** @type {BundleFile[]} */
  const files = Object.values(bundle);
  const isModule = format === 'es' || format === 'esm' || format === 'module';
  return {
    folder: path.resolve(dir ?? path.dirname(file ?? '')),
    entries: files.filter(({ isEntry }) => isModule && isEntry).map(({ fileName }) => fileName),
    partsOf: (entry) => {
      const parts = new Set([entry]);
      // A set grows while it is walked.
      for (const name of parts) {
        const { imports = [], dynamicImports = [] } = bundle[name] ?? {};
        for (const next of [...imports, ...dynamicImports]) if (bundle[next]) parts.add(next);
      }
      return parts;
    },
  };
}

/**
 * The logger of a plugin's context.
 *
 * @param {any} context
 * @returns {import('./core.js').Logger}
 */
function loggerOf(context) {
  return {
    // Rollup 3 began without it.
    info: (message) => context.info?.(message),
    warn: (message) => context.warn(message),
  };
}

/**
 * Hooks that compile when the bundler has done all else: Rolldown warns of plugins that make a build long, and what
 * comes after it is not part of it. While it watches it does not close.
 *
 * @param {{ written: (output: import('./core.js').Output) => Promise<void> }} warmer
 * @param {(context: any) => Pick<import('./core.js').Output, 'root' | 'isForNode' | 'logger'>} describe
 */
function hooksAtEnd(warmer, describe) {
  /** @type {import('./core.js').Output[]} */
  const written = [];
  const compileAll = async () => {
    for (const output of written.splice(0)) await warmer.written(output);
  };
  const when = { order: /** @type {const} */ ('post'), sequential: /** @type {const} */ (true) };
  return {
    writeBundle: {
      ...when,
      /** @type {(this: any, options: OutputOptions, bundle: Record<string, any>) => Promise<void>} */
      async handler(options, bundle) {
        written.push({ ...rollupOutput(options, bundle), ...describe(this) });
        if (this.meta?.watchMode) await compileAll();
      },
    },
    closeBundle: { ...when, handler: compileAll },
  };
}

module.exports = {
  hooksAtEnd,
  loggerOf,
  rollupOutput,
};
