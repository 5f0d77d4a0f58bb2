/** Runs whose pack is made by a process that goes on after them. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { runDebugged } from './compare.mjs';
import { storedFiles } from './packs.mjs';

/** The environment of a run that leaves what it saw. */
export const background = { BMES_LEARN: 'background' };

const PATIENCE_MS = 60_000;

/**
 * Files of that kind: `.pack`, or `.seen` for what a run has left.
 *
 * @param {string} cache
 * @param {string} kind
 */
export function filesOfKind(cache, kind) {
  return storedFiles(cache).filter((file) => file.endsWith(kind));
}

/**
 * Waits until the learners of all apps in a cache are done: each takes away what it was left when its
 * pack is written, and not before.
 *
 * @param {string} cache
 * @param {number} [packs] How many there are then.
 */
export async function untilLearnt(cache, packs = 1) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const left = filesOfKind(cache, '.seen');
    const made = filesOfKind(cache, '.pack');
    if (left.length === 0 && made.length >= packs) return;
    const reasons = left.map((file) => `${file}\n  ${reasonIn(file)}`);
    assert.ok(Date.now() < end, `not learnt: ${made.length} packs, left:\n${reasons.join('\n')}`);
    await sleep(20);
  }
}

/** @param {string} file */
function reasonIn(file) {
  try {
    return fs.readFileSync(file, 'latin1').slice(104, 400);
  } catch {
    return '(gone)';
  }
}

/**
 * A run that leaves what it saw, and what its learner makes of it.
 *
 * @param {string} entry
 * @param {Parameters<typeof runDebugged>[1]} options
 * @param {number} [packs]
 */
export async function runAndLearn(entry, options, packs) {
  const run = await runDebugged(entry, { ...options, env: { ...background, ...options.env } });
  await untilLearnt(options.cache, packs);
  return run;
}
