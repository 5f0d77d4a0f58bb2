/**
 * One of many processes that share a cache: saves, loads and looks at random until it is killed, and
 * checks every byte it is given. What is right follows from a module's number alone, so that it does not
 * matter who saved it. A line for every batch of work says that it lives.
 */

import { createRequire } from 'node:module';
import { moduleOf, recordOf } from '../support/records.mjs';

const require = createRequire(import.meta.url);
const { ModuleBytecodeCache } = /** @type {typeof import('../../index.js')} */ (
  require('../../index.js')
);

/** @type {{ directory: string, maxSize: number, modules: number, seed: number, shared: boolean }} */
const { directory, maxSize, modules, seed, shared } = JSON.parse(process.argv[2] ?? '');

/** Records of a module that takes the place of another's are as right as it. */
const words = shared ? ['shared', 'again'] : ['one', 'two'];
const cache = new ModuleBytecodeCache({ directory, maxSize, shared });
const random = generator(seed);
const tally = { loads: 0, misses: 0, saves: 0, refusals: 0, sweeps: 0, codes: {} };

for (;;) {
  for (let step = 0; step < 20; step += 1) work();
  process.stdout.write(`${JSON.stringify(tally)}\n`);
  Object.assign(tally, { loads: 0, misses: 0, saves: 0, refusals: 0, sweeps: 0, codes: {} });
  // Without a turn of the event loop nothing of this would be written to a pipe that is full.
  await new Promise((resolve) => setImmediate(resolve));
}

function work() {
  const what = random();
  const number = Math.floor(random() ** 3 * modules);
  const { url, source } = moduleOf(number);
  if (what < 0.45) {
    const saved = cache.saveCache(url, recordOf(number, word()), { source });
    if (saved) tally.saves += 1;
    else count('refusals');
  } else if (what < 0.96) {
    const found = cache.loadCache(url, { source });
    if (!found) return count('misses');
    tally.loads += 1;
    if (!words.some((each) => found.equals(recordOf(number, each)))) {
      process.stdout.write(`wrong: record ${number}, ${found.length} bytes\n`);
    }
  } else if (what < 0.98) {
    cache.stats();
  } else if (what < 0.9895) {
    sweep(cache.prune());
  } else if (what < 0.99) {
    sweep(cache.clear());
  } else {
    const verified = cache.verify();
    sweep(verified);
    for (const damage of verified?.damaged ?? []) {
      process.stdout.write(`wrong: ${JSON.stringify(damage)}\n`);
    }
  }
}

function word() {
  return words[random() < 0.5 ? 0 : 1] ?? '';
}

/** @param {unknown} done */
function sweep(done) {
  if (done) tally.sweeps += 1;
  else count('refusals');
}

/** @param {'misses' | 'refusals'} kind */
function count(kind) {
  const codes = /** @type {Record<string, number>} */ (tally.codes);
  const code = cache.lastReason?.code ?? 'no reason';
  tally[kind] += 1;
  codes[code] = (codes[code] ?? 0) + 1;
}

/**
 * Numbers from 0 to 1, the same for the same seed.
 *
 * @param {number} state
 */
function generator(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
