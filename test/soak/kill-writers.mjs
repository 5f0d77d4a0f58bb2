/**
 * Processes that save and load in one directory while they are killed with SIGKILL at random and
 * replaced by others. Nothing that is loaded may be wrong, nothing may hang, the limit must hold at
 * every moment, and what the dead leave behind must go.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { largestEntry } from '../support/records.mjs';
import { StoreProcess } from '../support/store-process.mjs';
import { namesIn, setAge, sizeOf, temporariesIn } from '../support/stored.mjs';

const worker = fileURLToPath(new URL('./worker.mjs', import.meta.url));

/** Who says nothing for so long hangs, however busy the machine is. */
const SILENCE_MS = 60_000;
/** The longest a process works before it is killed. */
const LIFE_MS = 1500;
const SAMPLE_EVERY_MS = 400;
const MODULES = 200;
const MAX_SIZE = 4 * 1024 * 1024;

/**
 * @typedef {object} KillOptions
 * @property {string} directory Of the cache; it is made.
 * @property {string[]} nodes The binaries; processes take turns.
 * @property {number} [writers]
 * @property {number} seconds
 */

/** @param {KillOptions} options */
export async function killWriters({ directory, nodes, writers = 8, seconds }) {
  const until = Date.now() + seconds * 1000;
  const sum = {
    killed: 0,
    loads: 0,
    misses: 0,
    saves: 0,
    refusals: 0,
    sweeps: 0,
    samples: 0,
    largest: 0,
    limit: Math.floor(MAX_SIZE * 1.05) + writers * largestEntry,
    temporariesLeft: 0,
    codes: /** @type {Record<string, number>} */ ({}),
  };
  /** @type {Set<import('node:child_process').ChildProcess>} */
  const living = new Set();
  const lives = Array.from({ length: writers }, async (_, index) => {
    for (let round = 0; Date.now() < until; round += 1) {
      const node = nodes[(index + round) % nodes.length] ?? '';
      const shared = (index + round) % 3 === 0;
      await live(node, index * 1_000_003 + round, shared, directory, living, sum);
    }
  });
  try {
    await Promise.all([...lives, sample(directory, until, living, sum)]);
  } finally {
    for (const child of living) child.kill('SIGKILL');
  }
  await assertClean(directory, nodes, sum);
  return sum;
}

/**
 * One process, from its start to its violent end.
 *
 * @param {string} node
 * @param {number} seed
 * @param {boolean} shared
 * @param {string} directory
 * @param {Set<import('node:child_process').ChildProcess>} living
 * @param {any} sum
 */
async function live(node, seed, shared, directory, living, sum) {
  const settings = { directory, maxSize: MAX_SIZE, modules: MODULES, seed, shared };
  const child = spawn(node, [worker, JSON.stringify(settings)], {
    cwd: '/',
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  living.add(child);
  let problem = '';
  let stderr = '';
  let silence = setTimeout(tooLate, SILENCE_MS);
  function tooLate() {
    problem = `a process hung for ${SILENCE_MS} ms`;
    child.kill('SIGKILL');
  }
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  let isWorking = () => {};
  const working = new Promise((resolve) => (isWorking = () => resolve(undefined)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    isWorking();
    clearTimeout(silence);
    silence = setTimeout(tooLate, SILENCE_MS);
    if (line.startsWith('wrong')) problem ||= line;
    // The last line of a process that was killed may be cut.
    else if (line.endsWith('}}')) add(sum, JSON.parse(line));
  });
  const closed = new Promise((resolve) => child.on('close', (_, signal) => resolve(signal)));
  await Promise.race([working, closed]);
  await Promise.race([sleep(Math.random() * LIFE_MS), closed]);
  child.kill('SIGKILL');
  const signal = await closed;
  clearTimeout(silence);
  living.delete(child);
  assert.equal(problem, '', `${problem} (seed ${seed}, ${node})`);
  assert.equal(signal, 'SIGKILL', `a process ended by itself (seed ${seed}, ${node})\n${stderr}`);
  sum.killed += 1;
}

/**
 * @param {any} sum
 * @param {Record<string, any>} tally
 */
function add(sum, tally) {
  for (const [name, number] of Object.entries(tally)) {
    if (typeof number === 'number') sum[name] = (sum[name] ?? 0) + number;
    else add(sum[name], number);
  }
}

/**
 * Adds up all files while every process is stopped: a sum over files that come and go would be that of
 * no moment there ever was.
 *
 * @param {string} directory
 * @param {number} until
 * @param {Set<import('node:child_process').ChildProcess>} living
 * @param {any} sum
 */
async function sample(directory, until, living, sum) {
  while (Date.now() < until) {
    await sleep(SAMPLE_EVERY_MS);
    const stopped = [...living];
    for (const child of stopped) child.kill('SIGSTOP');
    await sleep(20);
    const size = sizeOf(directory);
    for (const child of stopped) child.kill('SIGCONT');
    sum.samples += 1;
    sum.largest = Math.max(sum.largest, size);
    assert.ok(size <= sum.limit, `${size} bytes are kept, more than ${sum.limit}`);
  }
}

/**
 * @param {string} directory
 * @param {string[]} nodes
 * @param {any} sum
 */
async function assertClean(directory, nodes, sum) {
  sum.temporariesLeft = temporariesIn(directory).length;
  for (const temporary of temporariesIn(directory)) setAge(temporary, 60 * 60 + 60);
  const cache = new StoreProcess({ node: nodes[0] ?? '', cache: { directory, maxSize: MAX_SIZE } });
  try {
    const { value: verified } = await cache.ask('verify');
    assert.deepEqual(verified.damaged, [], 'damage');
    assert.deepEqual(verified.passedOver, [], 'folders that could not be read');
    assert.equal(verified.unknown, 0, 'files that nobody knows');
    assert.ok(verified.checked > 0, 'nothing was kept');
    const { value: pruned } = await cache.ask('prune');
    assert.deepEqual(temporariesIn(directory), [], 'temporaries that outlived their hour');
    assert.ok(pruned.size <= MAX_SIZE);
    assert.equal((await cache.ask('clear')).value.removed > 0, true);
    const left = namesIn(directory).filter((name) => fs.statSync(name).isFile());
    assert.deepEqual(left, [path.join(directory, 'v1', 'lock')], 'after clear()');
  } finally {
    await cache.end();
  }
}
