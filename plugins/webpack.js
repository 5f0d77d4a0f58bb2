'use strict';
// For webpack.config.js: `target: 'node'` with ES modules as its output (`output.module`).

const { pluginOf } = require('./webpack-output.js');

/** With or without `new`, as plugins of webpack are written. */
function BmesCache(/** @type {unknown} */ options) {
  return pluginOf(options);
}

module.exports = /** @type {typeof import('./types/webpack.js')} */ (
  /** @type {unknown} */ (BmesCache)
);
