'use strict';
// The source of a facade: it makes Node load the leaves of our graph, and stands where our record
// will be grafted in. Every request of it is linked to that record, so the leaves are evaluated at
// their own place in the order. It exports nothing: asked for its namespace, it gives our record's.

const { asInternal } = require('../disguise.js');

/** Always loaded; a facade has at least this request. */
const ANCHOR = 'node:module';

/** @param {{ url: string, isJSON: boolean }[]} leaves */
function facadeSource(leaves) {
  const imports = leaves.map(
    ({ url, isJSON }) => `import ${JSON.stringify(url)}${isJSON ? ` with { type: 'json' }` : ''};`,
  );
  return asInternal(`${imports.join('')}import '${ANCHOR}';`, 'facade');
}

module.exports = { facadeSource };
