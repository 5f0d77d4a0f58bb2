/**
 * Apps that are killed with SIGKILL at a random moment of each stage of their life, while they may be
 * writing their pack. Every run that follows must give the native answer.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertSameAnswer, runDebugged } from '../support/compare.mjs';
import { modes, runCached, runNative } from '../support/run.mjs';
import { setAge, temporariesIn } from '../support/stored.mjs';
import { StoreProcess } from '../support/store-process.mjs';

/** The longest a run that has begun to write lives on. */
const WRITING_MS = 4;

/**
 * @param {import('../support/sandbox.mjs').Sandbox} box A project with an entry `main.js`.
 * @param {{ nodes: string[], seconds: number }} options
 */
export async function killApps(box, { nodes, seconds }) {
  const until = Date.now() + seconds * 1000;
  const sum = { killed: 0, ended: 0, compared: 0, stages: {}, temporariesLeft: 0 };
  for (let round = 0; Date.now() < until; round += 1) {
    // Two processes at once in one directory: two runtimes, or the two modes of one.
    await Promise.all(
      modes.map(async (mode, index) => {
        const node = nodes[(round + index) % nodes.length] ?? '';
        await killThroughLife(box, mode, node, `${round}`, sum);
      }),
    );
    const cache = box.cache(`${round}`);
    sum.temporariesLeft += temporariesIn(cache).length;
    for (const temporary of temporariesIn(cache)) setAge(temporary, 60 * 60 + 60);
    await assertWhole(cache, nodes[0] ?? '');
    fs.rmSync(cache, { recursive: true });
  }
  return sum;
}

/**
 * Each stage is killed and then runs to its end, so that the next one is reached.
 *
 * @param {import('../support/sandbox.mjs').Sandbox} box
 * @param {import('../support/run.mjs').Mode} mode
 * @param {string} node
 * @param {string} cache
 * @param {any} sum
 */
async function killThroughLife(box, mode, node, cache, sum) {
  const run = { mode, node, cwd: box.project, home: box.home, cache: box.cache(cache) };
  const started = process.hrtime.bigint();
  const native = await runNative('main.js', run);
  // A run that writes takes longer than a native one.
  const length = (Number(process.hrtime.bigint() - started) / 1e6) * 1.5;
  for (let stage = 0; stage < 3; stage += 1) {
    const isAtWrite = Math.random() < 0.5;
    const killed = await runAndKill(run, Math.random() * length, isAtWrite);
    if (killed) sum.killed += 1;
    else sum.ended += 1;
    const after = await runDebugged('main.js', run);
    assertSameAnswer(after, native, `${mode}, after the death of run ${stage + 1}`);
    const said = after.timeline.stage?.stage ?? 'none';
    sum.stages[said] = (sum.stages[said] ?? 0) + 1;
    sum.compared += 1;
  }
}

/**
 * @param {Parameters<typeof runCached>[1]} run
 * @param {number} after Milliseconds.
 * @param {boolean} isAtWrite Rather when something is being written, if that can be seen.
 */
async function runAndKill(run, after, isAtWrite) {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child;
  const running = runCached('main.js', { ...run, onStart: (started) => (child = started) });
  const writing = isAtWrite ? firstWrite(run.cache) : null;
  await Promise.race([running, writing?.seen ?? sleep(after)]);
  writing?.end();
  child?.kill('SIGKILL');
  return (await running).signal === 'SIGKILL';
}

/**
 * When a temporary is made, by this run or the one beside it.
 *
 * @param {string} cache
 */
function firstWrite(cache) {
  const folder = path.join(cache, 'v1', 'tmp');
  if (!fs.existsSync(folder)) return null;
  const watcher = fs.watch(folder, { persistent: false, recursive: true });
  const changed = new Promise((resolve) => watcher.once('change', resolve));
  const seen = changed.then(() => sleep(Math.random() * WRITING_MS));
  return { seen, end: () => watcher.close() };
}

/**
 * @param {string} directory
 * @param {string} node
 */
async function assertWhole(directory, node) {
  if (!fs.existsSync(directory)) return;
  const cache = new StoreProcess({ node, cache: { directory } });
  try {
    const { value } = await cache.ask('verify');
    assert.deepEqual(value.damaged, [], 'damage');
    assert.deepEqual(value.passedOver, [], 'folders that could not be read');
    await cache.ask('prune');
    assert.deepEqual(temporariesIn(directory), [], 'temporaries that outlived their hour');
  } finally {
    await cache.end();
  }
}
