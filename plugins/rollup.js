'use strict';
// For rollup.config.js. Rollup does not know who will run its output: ES modules are taken to be Node's.

const { NAME, Warmer } = require('./core.js');
const { loggerOf, rollupOutput } = require('./rollup-output.js');

/** @type {typeof import('./types/rollup.js')} */
function bmesCache(options) {
  const warmer = new Warmer(options);
  return {
    name: NAME,
    writeBundle: {
      order: 'post',
      sequential: true,
      async handler(output, bundle) {
        await warmer.written({
          ...rollupOutput(output, bundle),
          root: process.cwd(),
          isForNode: true,
          logger: loggerOf(this),
        });
      },
    },
  };
}

module.exports = bmesCache;
