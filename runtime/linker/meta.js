'use strict';
// `import.meta` of linked modules: what this Node's own has, in its order.

const { fileURLToPath } = require('node:url');
const path = require('node:path');

/**
 * @param {string | undefined} mainURL of the main module, if it is ours
 * @param {import('../types.d.ts').Bridge} bridge
 */
function makeMeta(mainURL, bridge) {
  /**
   * @param {any} meta
   * @param {{ identifier: string }} module
   */
  return (meta, { identifier: url }) => {
    const filename = fileURLToPath(url);
    meta.dirname = path.dirname(filename);
    meta.filename = filename;
    for (const key of Object.keys(bridge.meta)) {
      meta[key] = property(key, url, mainURL, bridge);
    }
  };
}

/**
 * @param {string} key
 * @param {string} url
 * @param {string | undefined} mainURL
 * @param {import('../types.d.ts').Bridge} bridge
 */
function property(key, url, mainURL, bridge) {
  switch (key) {
    case 'main':
      return url === mainURL;
    case 'resolve':
      return makeResolve(url, bridge);
    case 'url':
      return url;
    default:
      return bridge.meta[key];
  }
}

/**
 * @param {string} url
 * @param {import('../types.d.ts').Bridge} bridge
 */
function makeResolve(url, bridge) {
  function resolve(/** @type {string} */ specifier) {
    return bridge.resolveURL(specifier, url);
  }
  const { length } = bridge.meta.resolve;
  const native = { __proto__: null, value: length, configurable: true };
  return Object.defineProperty(resolve, 'length', native);
}

module.exports = { makeMeta };
