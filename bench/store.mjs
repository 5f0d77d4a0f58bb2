/**
 * What the store costs when it is full, and whether it keeps its limit.
 *
 *     node bench/store.mjs cost [--entries 100000]
 *     node bench/store.mjs limit [--saves 100000] [--writers 4]
 *
 * `cost` compares a save and a load in a store of that many entries with one of 100, batch by batch in
 * turn, and prints the medians and their ratio. `limit` saves from several processes at once while
 * this one adds up the sizes of all files, and prints the most it saw against the limit.
 */

import { fork, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { ModuleBytecodeCache, analyzeModule, serializeModuleMetadata } = createRequire(
  import.meta.url,
)('../index.js');

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    entries: { type: 'string', default: '100000' },
    saves: { type: 'string', default: '100000' },
    writers: { type: 'string', default: '4' },
  },
});

const metadata = analyzeModule('import a from "a"; export const b = a;');
const url = (/** @type {number | string} */ number) => `file:///app/${number}.mjs`;
const source = 'the content';

/** @param {number} length of the bytecode */
const record = (length) => serializeModuleMetadata(metadata, Buffer.alloc(length, 7));

/** @param {number[]} numbers */
const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? NaN;

/**
 * @param {number} times
 * @param {(at: number) => void} act
 * @returns {number} microseconds for one
 */
function time(times, act) {
  const started = process.hrtime.bigint();
  for (let at = 0; at < times; at++) act(at);
  return Number(process.hrtime.bigint() - started) / 1000 / times;
}

/** @param {string} home */
function cost(home) {
  const [batches, size] = [2001, 5];
  const entry = record(500);
  const stores = [100, Number(values.entries)].map((count) => {
    const cache = new ModuleBytecodeCache({
      directory: path.join(home, `${count}`),
      maxSize: 2 ** 32,
    });
    for (let at = 0; at < count; at++) cache.saveCache(url(at), entry, { source });
    return {
      count,
      cache,
      saves: /** @type {number[]} */ ([]),
      loads: /** @type {number[]} */ ([]),
    };
  });
  // What was just written is on its way to the disk, and would be measured with what is saved now.
  spawnSync('sync');
  for (let batch = 0; batch < batches; batch++) {
    for (const { count, cache, saves, loads } of stores) {
      saves.push(time(size, (at) => cache.saveCache(url(`new/${batch}/${at}`), entry, { source })));
      const random = () => url(Math.floor(Math.random() * count));
      loads.push(time(size, () => cache.loadCache(random(), { source })));
    }
  }
  for (const { count, saves, loads, cache } of stores) {
    const { hits, saves: saved } = cache.stats().run;
    if (hits !== batches * size || saved !== count + batches * size) throw new Error('a miss');
    console.log(
      `${count} entries: save ${median(saves).toFixed(0)} us, load ${median(loads).toFixed(1)} us`,
    );
  }
  const [few, many] = stores;
  const ratio = (/** @type {'saves' | 'loads'} */ what) =>
    (median(many?.[what] ?? []) / median(few?.[what] ?? [])).toFixed(2);
  console.log(`ratio: save ${ratio('saves')}, load ${ratio('loads')}`);
}

/** @param {string} home */
async function limit(home) {
  const maxSize = 100 * 2 ** 20;
  const writers = Number(values.writers);
  const children = Array.from({ length: writers }, (_, at) =>
    fork(fileURLToPath(import.meta.url), ['writer', '--saves', `${values.saves}`], {
      env: { ...process.env, BENCH_HOME: home, BENCH_WRITER: `${at}`, BENCH_WRITERS: `${writers}` },
    }),
  );
  /** @type {{ saves: number, refusals: Record<string, number>, evictions: number }[]} */
  const told = [];
  const ends = children.map(
    (child) =>
      new Promise((resolve) => {
        child.on('message', (/** @type {any} */ tally) => told.push(tally));
        child.on('exit', resolve);
      }),
  );
  const isRunning = (/** @type {import('node:child_process').ChildProcess} */ { exitCode }) =>
    exitCode === null;
  let [most, samples] = [0, 0];
  while (children.some(isRunning)) {
    most = Math.max(most, sizeOf(home));
    samples++;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const codes = await Promise.all(ends);
  if (codes.some((code) => code !== 0)) throw new Error(`a writer ended with ${codes}`);
  const sum = (/** @type {'saves' | 'evictions'} */ what) =>
    told.reduce((total, tally) => total + tally[what], 0);
  console.log(`${sum('saves')} saves, ${sum('evictions')} evictions, ${samples} samples`);
  console.log('refusals:', JSON.stringify(told.map(({ refusals }) => refusals)));
  const percent = ((100 * most) / maxSize).toFixed(1);
  console.log(`limit ${maxSize}, most seen ${most}: ${percent} %, now ${sizeOf(home)}`);
}

/** @param {string} folder */
function sizeOf(folder) {
  let size = 0;
  for (const name of fs.readdirSync(folder, { recursive: true })) {
    const found = fs.statSync(path.join(folder, String(name)), { throwIfNoEntry: false });
    if (found?.isFile()) size += found.size;
  }
  return size;
}

function writer() {
  const { BENCH_HOME, BENCH_WRITER, BENCH_WRITERS } = process.env;
  const cache = new ModuleBytecodeCache({ directory: path.join(`${BENCH_HOME}`, 'esm') });
  const records = [500, 1000, 2000, 4000, 8000].map(record);
  const count = Number(values.saves) / Number(BENCH_WRITERS);
  for (let at = 0; at < count; at++) {
    const one = records[at % records.length];
    cache.saveCache(url(`${BENCH_WRITER}/${at}`), one, { source });
  }
  process.send?.(cache.stats().run);
}

if (positionals[0] === 'writer') {
  writer();
} else {
  const home = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'bmes-store-'));
  try {
    if (positionals[0] === 'cost') cost(home);
    else if (positionals[0] === 'limit') await limit(home);
    else throw new Error('which one: cost or limit?');
  } finally {
    fs.rmSync(home, { recursive: true });
  }
}
