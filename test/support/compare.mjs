/**
 * The test of principle 1: a run from the cache gives what the run without it gives.
 *
 * The exit code and the signal are compared as they are. Of stdout and stderr three things are taken out on
 * both sides before comparing, because they say where in Node's own code a call came through, or which
 * process it was, and nothing else is:
 *
 * 1. the process id in `(node:1234) Warning: ...`;
 * 2. stack frames inside Node itself: `    at name (node:internal/...)`, and `node:diagnostics_channel`,
 *    through which Node's loader calls itself;
 * 3. the excerpt of Node's own source above an error that Node raised: `node:internal/...:12`, the line
 *    of code, and the caret under it.
 */

import assert from 'node:assert/strict';
import { timeline, withoutTimeline } from './timeline.mjs';
import { runCached, runNative } from './run.mjs';

/** @typedef {import('./run.mjs').Run} Run */

/** @param {string} stderr */
export function scrub(stderr) {
  return (
    stderr
      .replaceAll(/\(node:\d+\)/g, '(node:PID)')
      // A frame may carry the brace that opens the error's own properties: it stays, on the line before.
      .replaceAll(
        /\n {4,}at (?:async )?(?:[^\n]*\()?node:(?:internal\/|diagnostics_channel:)[^\n]*?( \{)?(?=\n|$)/g,
        (_frame, brace) => brace ?? '',
      )
      .replaceAll(/^node:internal\/\S+:\d+\n[^\n]*\n\s*\^+\n/gm, '')
  );
}

/**
 * @param {Run} actual
 * @param {Run} expected
 * @param {string} what
 */
export function assertSameAnswer(actual, expected, what) {
  const pairs = /** @type {const} */ ([
    ['stdout', scrub(actual.stdout), scrub(expected.stdout)],
    ['stderr', scrub(actual.stderr), scrub(expected.stderr)],
    ['exit code', String(actual.exitCode), String(expected.exitCode)],
    ['signal', String(actual.signal), String(expected.signal)],
  ]);
  const differences = pairs.flatMap(([name, found, wanted]) =>
    found === wanted ? [] : [`${name} differs:\n${firstDifference(found, wanted)}`],
  );
  if (differences.length === 0) return;
  assert.fail(
    [
      `${what}: the answer is not the native one`,
      `expected from: ${expected.command}`,
      `actual from:   ${actual.command}`,
      ...differences,
      ...(actual.stderr ? [`stderr of the run:\n${actual.stderr}`] : []),
    ].join('\n'),
  );
}

/**
 * The first line that differs, with what stands around it on both sides.
 *
 * @param {string} actual
 * @param {string} expected
 */
function firstDifference(actual, expected) {
  const found = actual.split('\n');
  const wanted = expected.split('\n');
  const length = Math.max(found.length, wanted.length);
  const at = Array.from({ length }, (_, i) => i).find((i) => found[i] !== wanted[i]) ?? 0;
  const before = wanted.slice(Math.max(0, at - 3), at).map((line) => `    ${line}`);
  const missing = wanted.slice(at, at + 6).map((line) => `  - ${line}`);
  const extra = found.slice(at, at + 6).map((line) => `  + ${line}`);
  return [`  line ${at + 1} (- native, + ours)`, ...before, ...missing, ...extra].join('\n');
}

/**
 * @typedef {object} AnswerOptions
 * @property {string} entry
 * @property {import('./run.mjs').Mode} mode
 * @property {string} cache
 * @property {boolean} [byEnvironment] Turned on by `NODE_OPTIONS` instead of flags.
 * @property {readonly (string | null)[]} [stages] The stage each run must reach; null for any.
 * @property {string | null} [ranBy] The mode each run after the first must report, where it is not
 *   `mode`; null for either.
 */

/** What a run must say it was: watched, then linked, then all from the pack. */
const LIFE = ['native', 'linked', 'warm'];

/**
 * Runs an app natively, then from an empty cache until it is warm, and compares every answer; the last
 * run has no debug output, so that a stray line of ours cannot hide among it.
 *
 * @param {import('./run.mjs').RunOptions & AnswerOptions} options
 */
export async function assertSameAnswerThroughLife(options) {
  const native = await runNative(options.entry, options);
  const stages = options.stages ?? LIFE;
  const ranBy = options.ranBy === undefined ? options.mode : (options.ranBy ?? undefined);
  /** @type {Awaited<ReturnType<typeof runDebugged>>[]} */
  const runs = [];
  for (const [index, stage] of stages.entries()) {
    const run = await runDebugged(options.entry, options);
    const what = `run ${index + 1} in ${options.mode} mode`;
    assertSameAnswer(run, native, what);
    const fromCache = stage === 'linked' || stage === 'warm';
    assertStage(run, stage, fromCache ? ranBy : undefined, what);
    runs.push(run);
  }
  const quiet = await runCached(options.entry, options);
  assertSameAnswer(quiet, native, `a quiet run in ${options.mode} mode`);
  return { native, runs };
}

/**
 * A run whose timeline has been moved out of its stderr.
 *
 * @param {string} entry
 * @param {Parameters<typeof runCached>[1]} options
 * @returns {Promise<Run & { timeline: ReturnType<typeof timeline> }>}
 */
export async function runDebugged(entry, options) {
  const run = await runCached(entry, { ...options, debug: true });
  return { ...run, stderr: withoutTimeline(run.stderr), timeline: timeline(run.stderr) };
}

/**
 * @param {Run & { timeline?: ReturnType<typeof timeline> }} run
 * @param {string | null} stage Null: any, but it must be said.
 * @param {string | undefined} mode Undefined: any.
 * @param {string} what
 */
export function assertStage(run, stage, mode, what) {
  const said = run.timeline?.stage;
  const wanted = `stage ${stage ?? '(any)'} mode ${mode ?? '(any)'}`;
  const right = said && (stage === null || said.stage === stage) && (!mode || said.mode === mode);
  assert.ok(
    right,
    `${what}: wanted ${wanted}, the timeline of ${run.command} says\n  ` +
      (run.timeline?.lines.join('\n  ') || '(nothing)'),
  );
}
