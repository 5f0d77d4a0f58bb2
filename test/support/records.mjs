/**
 * Modules and records that any process can make again from a number: whoever loads one can tell whether
 * every byte of it is that of the module it asked for.
 */

import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { serializeModuleMetadata } = /** @type {typeof import('../../index.js')} */ (
  require('../../index.js')
);

/**
 * @typedef {object} Subject A module, as a cache is asked for it.
 * @property {string} url
 * @property {string} source
 */

/**
 * @param {number} number
 * @returns {Subject}
 */
export function moduleOf(number) {
  return { url: `file:///soak/${number}.mjs`, source: `export const number = ${number};\n` };
}

/**
 * A record that belongs to one module, one runtime and one word, and to no other.
 *
 * @param {number} number
 * @param {string} word
 * @param {number} [length] Of the bytecode; without it between nothing and `longest`, by the number.
 */
export function recordOf(number, word, length) {
  const exportName = `of_${number}_${word}_${process.version}`;
  const bytes = Buffer.from(exportName);
  const wanted = length ?? createHash('sha256').update(bytes).digest().readUInt16LE(0) % longest;
  return serializeModuleMetadata(
    {
      requestedModules: [{ specifier: `./${number}`, attributes: null }],
      importEntries: [],
      exportEntries: [
        { type: 'Local', exportName, moduleName: null, importName: null, localName: 'number' },
      ],
      starExports: [],
    },
    wanted > 0
      ? createHash('shake256', { outputLength: wanted }).update(bytes).digest()
      : Buffer.alloc(0),
  );
}

/** No bytecode of {@link recordOf} is longer than this, unless it is asked for. */
export const longest = 40_000;

/** No entry is larger than this: the bytecode, the metadata and two headers. */
export const largestEntry = longest + 1024;
