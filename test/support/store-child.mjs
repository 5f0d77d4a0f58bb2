/**
 * A process that holds one `ModuleBytecodeCache` and does what it is told, a line of JSON at a time:
 * see store-process.mjs. An answer says whether a record is the right one, so that no bytes need to
 * travel, and `threw` if the cache did what it must never do.
 */

import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { moduleOf, recordOf } from './records.mjs';

const require = createRequire(import.meta.url);
const { ModuleBytecodeCache } = /** @type {typeof import('../../index.js')} */ (
  require('../../index.js')
);

const { word, length, ...options } = JSON.parse(process.argv[2] ?? '{}');
const cache = new ModuleBytecodeCache(options);

/** @type {Record<string, (request: any) => unknown>} */
const operations = {
  save({ number }) {
    const { url, source } = moduleOf(number);
    return cache.saveCache(url, recordOf(number, word, length), { source });
  },
  load({ number }) {
    const { url, source } = moduleOf(number);
    const found = cache.loadCache(url, { source });
    return found && (found.equals(recordOf(number, word, length)) ? 'right' : 'wrong');
  },
  has({ number }) {
    const { url, source } = moduleOf(number);
    return cache.hasCache(url, { source });
  },
  digests({ files }) {
    return files.map((/** @type {string} */ file) => {
      const found = cache.loadCache(file);
      return found ? createHash('sha256').update(found).digest('hex') : cache.lastReason?.code;
    });
  },
  stats: () => cache.stats(),
  verify: () => cache.verify(),
  prune: () => cache.prune(),
  clear: () => cache.clear(),
};

createInterface({ input: process.stdin }).on('line', (line) => {
  const request = JSON.parse(line);
  /** @type {object} */
  let answer;
  try {
    const value = operations[request.do]?.(request);
    answer = { value, reason: cache.lastReason };
  } catch (error) {
    answer = { threw: String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
