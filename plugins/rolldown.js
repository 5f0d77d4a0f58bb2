'use strict';
// For rolldown.config.js; `platform: 'node'` says that Node is to run the output.

const { NAME, Warmer } = require('./core.js');
const { hooksAtEnd, loggerOf } = require('./rollup-output.js');

/** @type {typeof import('./types/rolldown.js')} */
function bmesCache(options) {
  /** @type {{ cwd?: string, platform?: string }} */
  let input = {};
  return {
    name: NAME,
    buildStart(normalized) {
      input = normalized;
    },
    ...hooksAtEnd(new Warmer(options), (context) => ({
      root: input.cwd ?? process.cwd(),
      isForNode: input.platform === 'node',
      logger: loggerOf(context),
    })),
  };
}

module.exports = bmesCache;
