/**
 * `bmes why`, held against what the next start really is.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { modeVariable, runCli } from './run.mjs';

/** @typedef {import('../../learn/verdict.js').Verdict} Why */

/** @typedef {Parameters<typeof runCli>[1] & import('./run.mjs').CacheOptions} Options */

/**
 * What it says of an app that has one start. Nothing may be written for that.
 *
 * @param {string} entry
 * @param {Options} options of the start that it is asked about
 * @returns {Promise<Why>}
 */
export async function askWhy(entry, options) {
  const { starts } = await askWhyAll(entry, options);
  assert.equal(starts.length, 1, 'one start');
  return /** @type {Why} */ (starts[0]);
}

/**
 * @param {string} entry
 * @param {Options} options
 * @returns {Promise<{ version: number, entry: string, isCommonJS: boolean, served: boolean, starts: Why[] }>}
 */
export async function askWhyAll(entry, { nodeArgs = [], ...options }) {
  const before = contents(options.cache);
  const env = { ...modeVariable(options.mode), ...options.env };
  const run = await runCli(['why', '--json', ...nodeArgs, entry], { ...options, env });
  assert.equal(run.stderr, '', run.command);
  const answer = JSON.parse(run.stdout);
  assert.equal(run.exitCode, answer.served ? 0 : 1, run.command);
  assert.deepEqual(contents(options.cache), before, 'it has written to the cache');
  return answer;
}

/**
 * Every file of a cache with what would show that it was written to. The tests themselves put the verdict
 * of the self-test there.
 *
 * @param {string} cache
 */
function contents(cache) {
  if (!fs.existsSync(cache)) return [];
  const entries = fs.readdirSync(cache, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory() && entry.name !== 'self-test');
  return files
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
    .map((name) => {
      const { ino, mode, mtimeMs, size } = fs.statSync(name);
      return { name, ino, mode, mtimeMs, size };
    });
}

/**
 * @param {Why} why
 * @param {{ timeline: ReturnType<typeof import('./timeline.mjs').timeline> }} next the start that came after it
 * @param {string} what
 */
export function assertSameVerdict(why, next, what) {
  const { stage, mode } = why;
  assert.deepEqual({ stage, mode }, next.timeline.stage, `${what}: another verdict`);
  const said = why.reasons
    .filter(({ phase }) => /^(miss|guard|stand-aside)$/.test(phase))
    .map(({ phase, code, message }) => `${phase} ${code} ${message}`);
  const wanted = linesBeforeStage(next.timeline.lines)
    .filter((line) => next.timeline.reasons.includes(line))
    .map((line) => line.replace(/ \+[\d.]+ms$/, ''));
  assert.deepEqual(said, wanted, `${what}: other reasons`);
}

/**
 * What was said on the way to what the run is; a CommonJS main module is itself something before.
 *
 * @param {string[]} lines
 */
function linesBeforeStage(lines) {
  const isStage = (/** @type {string} */ line) => line.startsWith('stage ');
  const last = lines.findLastIndex(isStage);
  return lines.slice(lines.slice(0, last).findLastIndex(isStage) + 1, last);
}

/**
 * @param {Why} why
 * @param {string} changed
 */
export function assertNamesPath({ guards }, changed) {
  const isNamed = (/** @type {string | undefined} */ name) =>
    name === changed || name?.startsWith(`${changed}/`);
  const found = guards.changed.find(
    (guard) => isNamed(guard.path) || (guard.is.kind === 'belowLink' && isNamed(guard.is.link)),
  );
  assert.ok(
    found,
    `${changed} is not among ${guards.changed.map(({ path: name }) => name).join(', ')}`,
  );
  assert.notDeepEqual(found.was, found.is, `${changed} has one value`);
}
