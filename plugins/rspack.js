'use strict';
// For rspack.config.js: `target: 'node'` with ES modules as its output (`output.module`).

const { pluginOf } = require('./webpack-output.js');

/** With or without `new`, as plugins of Rspack are written. */
function BmesCache(/** @type {unknown} */ options) {
  return pluginOf(options);
}

module.exports = /** @type {typeof import('./types/rspack.js')} */ (
  /** @type {unknown} */ (BmesCache)
);
