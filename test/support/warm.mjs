import assert from 'node:assert/strict';
import { assertStage, runDebugged } from './compare.mjs';
import { onlyPack } from './packs.mjs';
import { runNative } from './run.mjs';

/**
 * Runs an app until everything comes from its pack.
 *
 * @param {import('./sandbox.mjs').Sandbox} box
 * @param {import('./run.mjs').Mode} mode
 * @param {string} [node] Another binary than the tested one; it gets a cache of its own.
 */
export async function warmApp(box, mode, node) {
  const cache = box.cache(node ? `${mode} of another node` : mode);
  /** @type {Parameters<typeof runDebugged>[1]} */
  const run = { mode, cwd: box.project, home: box.home, cache, ...(node ? { node } : {}) };
  for (const stage of ['native', 'linked', 'warm']) {
    assertStage(await runDebugged('main.js', run), stage, undefined, 'while warming up');
  }
  return { box, run, native: await runNative('main.js', run), pack: onlyPack(cache) };
}

/**
 * A run that did not take everything from the cache must name its reason.
 *
 * @param {Awaited<ReturnType<typeof runDebugged>>} run
 * @param {string} what
 */
export function assertSaysWhy(run, what) {
  const lines = run.timeline.lines.join('\n  ') || '(nothing)';
  assert.notEqual(run.timeline.reasons.length, 0, `${what} gives no reason:\n  ${lines}`);
}
