/**
 * `npm run demo`: real apps, started natively, with Node's own compile cache, and by us from the first start
 * on; the answers compared, the times in a small table. Installs what it needs by itself.
 *
 * What is done once per runtime, and beside the first app that would be linked, is done before: the self-test of
 * the linker. What is done between the first start and the second is waited for: a process that learns.
 */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { environment, nobodyLearns } from '../bench/columns.mjs';
import { median } from '../bench/statistics.mjs';
import { installedApps } from './apps.mjs';
import { nodeBinary, runtimes } from './runtimes.mjs';

const RUNS = 7;

/** As it is by itself, and the way that is left where apps cannot be linked. */
const MODES = /** @type {const} */ (['linker', 'hooks']);

const registerPath = fileURLToPath(new URL('../runtime/register.js', import.meta.url));
const selfTestPath = fileURLToPath(new URL('../learn/self-test/main.js', import.meta.url));

const { values } = parseArgs({
  options: {
    apps: { type: 'string', default: 'lodash-es,effect,date-fns' },
    node: { type: 'string' },
  },
});

const apps = await installedApps(values.apps.split(','));
const node = values.node
  ? await nodeBinary(values.node)
  : ((await runtimes()).node24 ?? process.execPath);
const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'bmes-demo-'));

try {
  console.log(
    `Node ${version}, whole processes, medians of ${RUNS} starts (the first two of ours: 1)\n`,
  );
  for (const mode of MODES) {
    const tested = spawnSync(node, [selfTestPath, cacheOf(mode)], { encoding: 'utf8' });
    if (tested.status !== 0) console.log(`${tested.stdout}${tested.stderr}`);
  }
  for (const app of apps) await demonstrate(app);
} finally {
  fs.rmSync(scratch, { recursive: true, force: true });
}

/** @param {typeof MODES[number]} mode */
function cacheOf(mode) {
  return path.join(scratch, mode);
}

/** @param {import('./apps.mjs').App} app */
async function demonstrate(app) {
  const folder = path.join(scratch, app.name);
  const start = [app.entry, ...app.args];
  const compile = { NODE_COMPILE_CACHE: path.join(folder, 'compile') };
  const run = (/** @type {string[]} */ argv, /** @type {Record<string, string>} */ env = {}) =>
    timed([...argv, ...start], env, app.cwd);
  const ours = (/** @type {typeof MODES[number]} */ mode) =>
    run(['--import', registerPath], {
      ...(mode === 'hooks' ? { BMES_MODE: 'hooks' } : {}),
      BMES_CACHE_DIR: cacheOf(mode),
      BMES_DEBUG: '1',
    });

  run([]); // fills the file cache
  const native = several(() => run([]));
  run([], compile);
  const cached = several(() => run([], compile));
  const rows = [
    { what: 'natively', ...native },
    { what: "with Node's compile cache", ...cached },
  ];
  for (const mode of MODES) {
    const how = mode === 'hooks' ? 'bmes-cache, on hooks' : 'bmes-cache';
    rows.push({ what: `${how}, 1st start`, ...several(() => ours(mode), 1) });
    await nobodyLearns(cacheOf(mode), app.name);
    rows.push({ what: `${how}, 2nd start`, ...several(() => ours(mode), 1) });
    rows.push({ what: `${how}, from then on`, ...several(() => ours(mode)) });
  }

  console.log(app.name);
  for (const { what, ms, answer, stage } of rows) {
    const same = answer === native.answer;
    if (!same) process.exitCode = 1;
    console.log(
      [
        `  ${what.padEnd(36)}`,
        `${ms.toFixed(0).padStart(5)} ms`,
        `${(cached.ms / ms).toFixed(1).padStart(6)}x`,
        `  ${same ? 'same answer' : 'ANOTHER ANSWER'}`,
        stage ? `  (${stage})` : '',
      ].join(''),
    );
  }
  console.log();
}

/**
 * @param {() => ReturnType<typeof timed>} run
 * @param {number} [times]
 */
function several(run, times = RUNS) {
  const runs = Array.from({ length: times }, run);
  const last = /** @type {ReturnType<typeof timed>} */ (runs.at(-1));
  const different = runs.find((one) => one.answer !== last.answer);
  return {
    ms: median(runs.map((one) => one.ms)),
    answer: different ? `${different.answer} and ${last.answer}` : last.answer,
    stage: last.stage,
  };
}

/**
 * @param {string[]} argv
 * @param {Record<string, string>} env
 * @param {string} cwd
 */
function timed(argv, env, cwd) {
  const started = process.hrtime.bigint();
  const run = spawnSync(node, argv, { cwd, env: environment(scratch, env), encoding: 'utf8' });
  const ms = Number(process.hrtime.bigint() - started) / 1e6;
  if (run.error) throw run.error;
  const stderr = run.stderr.replaceAll(/^bmes: .*\n?/gm, '');
  return {
    ms,
    answer: JSON.stringify([run.stdout, stderr, run.status, run.signal]),
    stage: /^bmes: (stage \w+ mode \w+)/m.exec(run.stderr)?.[1],
  };
}
