'use strict';
// For vite.config.js: what `vite build --ssr` and the server environments of a build write.

const { NAME, Warmer } = require('./core.js');
const { hooksAtEnd } = require('./rollup-output.js');

/** @type {typeof import('./types/vite.js')} */
function bmesCache(options) {
  /** @type {any} */
  let config;
  return {
    name: NAME,
    apply: 'build',
    enforce: 'post',
    configResolved(resolved) {
      config = resolved;
    },
    ...hooksAtEnd(new Warmer(options), ({ environment }) => {
      const { build, logger, root, ssr } = config;
      // Vite 5 has no environments.
      const consumer = environment?.config.consumer ?? (build.ssr ? 'server' : 'client');
      return {
        root,
        isForNode: consumer === 'server' && ssr?.target !== 'webworker',
        logger: {
          info: (message) => logger.info(`[${NAME}] ${message}`),
          warn: (message) => logger.warn(`[${NAME}] ${message}`),
        },
      };
    }),
  };
}

module.exports = bmesCache;
