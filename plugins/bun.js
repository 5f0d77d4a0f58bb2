'use strict';
// For `Bun.build`: `target: 'node'`. What is for Bun is started by Bun, without a cache of ours.

const path = require('node:path');

const { NAME, Warmer } = require('./core.js');

/** @type {typeof import('./types/bun.js')} */
function bmesCache(options) {
  const warmer = new Warmer(options);
  return {
    name: NAME,
    setup(build) {
      const { format = 'esm', outdir, target } = build.config;
      // Without a folder the output is not written.
      if (!warmer.isOn || outdir === undefined) return;
      const folder = path.resolve(outdir);
      build.onEnd(async ({ outputs, success }) => {
        if (!success) return;
        const scripts = outputs
          .filter(({ path: file }) => /\.[cm]?js$/.test(file))
          .map(({ kind, path: file }) => ({ kind, name: path.relative(folder, file) }));
        const entries = scripts.filter(({ kind }) => kind === 'entry-point');
        await warmer.written({
          folder,
          root: process.cwd(),
          isForNode: target === 'node',
          entries: format === 'esm' ? entries.map(({ name }) => name) : [],
          partsOf: () => scripts.map(({ name }) => name),
          // Plugins of Bun have no other.
          logger: {
            info: (message) => console.log(`${NAME}: ${message}`),
            warn: (message) => console.warn(`${NAME}: ${message}`),
          },
        });
      });
    },
  };
}

module.exports = bmesCache;
