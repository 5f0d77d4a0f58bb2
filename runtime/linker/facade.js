'use strict';
// The source of a facade: it makes Node load the leaves of our graph, and stands where our record
// will be grafted in. Every request of it is linked to that record, so the leaves are evaluated at
// their own place in the order, and the `export` passes our record's exports on.

/** Always loaded; a facade has at least this request. */
const ANCHOR = 'node:module';

/**
 * @param {{ url: string, isJSON: boolean }[]} leaves
 * @param {boolean} hasDefault whether our record exports `default`, which `*` does not pass on
 */
function facadeSource(leaves, hasDefault) {
  const imports = leaves.map(
    ({ url, isJSON }) => `import ${JSON.stringify(url)}${isJSON ? ` with { type: 'json' }` : ''};`,
  );
  const passed = hasDefault ? `export { default } from '${ANCHOR}';` : '';
  return `${imports.join('')}export * from '${ANCHOR}';${passed}`;
}

module.exports = { facadeSource };
