'use strict';
// What webpack and Rspack hand to `afterEmit`.

const { NAME, Warmer } = require('./core.js');

/**
 * @param {unknown} options
 */
function pluginOf(options) {
  const warmer = new Warmer(options);
  return {
    /** @param {any} compiler */
    apply(compiler) {
      // Not warnings of the compilation: there are builds that fail by those.
      const logger = compiler.getInfrastructureLogger(NAME);
      compiler.hooks.afterEmit.tapPromise(NAME, (/** @type {any} */ compilation) =>
        warmer.written({ ...outputOf(compiler, compilation), logger }),
      );
    },
  };
}

/**
 * @param {any} compiler
 * @param {any} compilation
 * @returns {Omit<import('./core.js').Output, 'logger'>}
 */
function outputOf({ context, options, outputPath }, compilation) {
  const { entrypoints, outputOptions } = compilation;
  /** @type {Map<string, any>} the chunk of each entry, by the file to start */
  const chunks = new Map();
  for (const entrypoint of outputOptions.module ? entrypoints.values() : []) {
    const chunk = entrypoint.getEntrypointChunk();
    for (const name of scriptsOf(chunk)) chunks.set(name, chunk);
  }
  return {
    // It may name the hash of the build.
    folder: compilation.getPath(outputPath, {}),
    root: context,
    isForNode: options.externalsPresets?.node === true,
    entries: [...chunks.keys()],
    partsOf: (entry) => [...chunks.get(entry).getAllReferencedChunks()].flatMap(scriptsOf),
  };
}

/** @param {any} chunk */
function scriptsOf({ files }) {
  return [...files].filter((name) => /\.[cm]?js$/.test(name));
}

module.exports = { pluginOf };
