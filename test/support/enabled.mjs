/**
 * Programs that enable the cache themselves. The same program is run natively with a package of the same
 * name whose `enable()` does nothing.
 */

import fs from 'node:fs';
import path from 'node:path';
import { assertSameAnswer, assertStage } from './compare.mjs';
import { modeVariable, packageRoot, runNative } from './run.mjs';
import { timeline, withoutTimeline } from './timeline.mjs';

/**
 * Links this package, or one that does nothing, into a sandbox.
 *
 * @param {import('./sandbox.mjs').Sandbox} box
 * @param {boolean} [isReal]
 */
export function linkPackage(box, isReal = true) {
  const stub = path.join(box.root, 'stub');
  fs.mkdirSync(stub, { recursive: true });
  fs.writeFileSync(path.join(stub, 'index.js'), 'exports.enable = () => ({});');
  const link = box.path('node_modules/bmes-cache');
  fs.mkdirSync(path.dirname(link), { recursive: true });
  fs.rmSync(link, { force: true });
  fs.symlinkSync(isReal ? packageRoot : stub, link, 'dir');
}

/**
 * @typedef {object} Enabled
 * @property {import('./sandbox.mjs').Sandbox} box
 * @property {string} entry
 * @property {import('./run.mjs').Mode} mode
 * @property {Record<string, string>} [env]
 * @property {string[]} [nodeArgs]
 * @property {boolean} [debug] Left out: yes.
 */

/** @param {Enabled} program */
function optionsOf({ box, mode, env, nodeArgs }) {
  return { cwd: box.project, home: box.home, nodeArgs, env: { ...modeVariable(mode), ...env } };
}

/** @param {Enabled} program */
export function runUnenabled(program) {
  linkPackage(program.box, false);
  return runNative(program.entry, optionsOf(program));
}

/** @param {Enabled} program */
export async function runEnabled(program) {
  linkPackage(program.box);
  const { debug = true } = program;
  const options = optionsOf(program);
  const run = await runNative(program.entry, {
    ...options,
    env: {
      BMES_CACHE_DIR: program.box.cache(program.mode),
      ...(debug ? { BMES_DEBUG: '1' } : {}),
      ...options.env,
    },
  });
  return { ...run, stderr: withoutTimeline(run.stderr), timeline: timeline(run.stderr) };
}

/**
 * @param {Enabled & { stages?: (string | null)[], ranBy?: string }} program
 */
export async function assertSameAnswerEnabled(program) {
  const native = await runUnenabled(program);
  const stages = program.stages ?? ['native', 'linked', 'warm'];
  const runs = [];
  for (const [index, stage] of stages.entries()) {
    const what = `run ${index + 1} in ${program.mode} mode`;
    const run = await runEnabled(program);
    assertSameAnswer(run, native, what);
    const isCached = stage === 'linked' || stage === 'warm';
    assertStage(run, stage, isCached ? (program.ranBy ?? program.mode) : undefined, what);
    runs.push(run);
  }
  assertSameAnswer(await runEnabled({ ...program, debug: false }), native, 'a quiet run');
  return { native, runs };
}
