/**
 * The ways to start a row that are compared.
 */

import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * @typedef {object} Column
 * @property {string} name
 * @property {(row: import('./rows.mjs').Row) => boolean} [has] Left out where it is not for all rows.
 * @property {'bun' | 'deno'} [runtime] The Node that is measured, if not named.
 * @property {(start: Start) => Promise<void>} [prepare] Once, before the measured runs.
 * @property {(start: Start) => void} [reset] Before each measured run, outside of its time.
 * @property {(start: Start) => Promise<void>} [settle] After each measured run, outside of its time.
 * @property {(start: Start) => { argv: string[], env?: Record<string, string> }} command
 * @property {string} [stage] What its timeline must say.
 */

/**
 * @typedef {object} Start
 * @property {import('./rows.mjs').Row} row
 * @property {string} folder The column's own, for this row.
 * @property {string} register The path of the preload.
 * @property {() => void} run Starts it once, unmeasured.
 */

/** What every ratio is against: bytecode is in Node already, so plain Node would flatter us. */
export const BASELINE = 'compile cache';

const LEARNT_WITHIN_MS = 60_000;

/** How long the self-test of a runtime may take, which runs beside the first app that would be linked. */
const SELF_TEST_MS = 6000;

/**
 * The same small environment for every column.
 *
 * @param {string} home
 * @param {Record<string, string>} own
 * @returns {NodeJS.ProcessEnv}
 */
export function environment(home, own) {
  return { PATH: process.env.PATH, HOME: home, TZ: 'UTC', LANG: 'C.UTF-8', NO_COLOR: '1', ...own };
}

/** @param {Start} start */
const plain = ({ row }) => ({ argv: [row.entry, ...row.args] });

/** @param {Start} start */
const cacheOf = ({ folder }) => path.join(folder, 'cache');

/**
 * @param {Start} start
 * @param {Record<string, string>} [env]
 */
function ours(start, env) {
  return {
    argv: ['--import', start.register, ...plain(start).argv],
    env: { BMES_CACHE_DIR: cacheOf(start), ...env },
  };
}

/** @param {Start} start */
const untilLearnt = (start) => nobodyLearns(cacheOf(start), start.row.name);

/**
 * Waits until nobody learns from what a run has left: it is taken away when its pack is written.
 *
 * @param {string} cache
 * @param {string} what was run
 */
export async function nobodyLearns(cache, what) {
  const end = Date.now() + LEARNT_WITHIN_MS;
  const isLeft = () =>
    fs.existsSync(cache) &&
    fs
      .readdirSync(cache, { recursive: true, encoding: 'utf8' })
      .some((name) => name.endsWith('.seen'));
  while (isLeft()) {
    if (Date.now() > end) throw new Error(`${what} was not learnt`);
    await sleep(5);
  }
}

/**
 * A cache that knows of this runtime that linking works, and of no app: the self-test is made once for a
 * build of the runtime, and would go on beside what is measured next.
 *
 * @param {Start} start
 */
async function untested(start) {
  const end = Date.now() + LEARNT_WITHIN_MS;
  const verdicts = () =>
    fs.existsSync(cacheOf(start))
      ? fs
          .readdirSync(cacheOf(start), { recursive: true, encoding: 'utf8' })
          .filter((name) => path.basename(name) === 'self-test')
      : [];
  start.run();
  await untilLearnt(start);
  start.run();
  await sleep(SELF_TEST_MS);
  while (verdicts().length === 0 && Date.now() < end) await sleep(50);
  const base = `${cacheOf(start)}-empty`;
  fs.mkdirSync(base, { recursive: true, mode: 0o700 });
  for (const name of verdicts()) {
    fs.mkdirSync(path.dirname(path.join(base, name)), { recursive: true, mode: 0o700 });
    fs.copyFileSync(path.join(cacheOf(start), name), path.join(base, name));
    fs.chmodSync(path.join(base, name), 0o600);
  }
  empty(start);
}

/** @param {Start} start */
function empty(start) {
  remove(cacheOf(start));
  fs.cpSync(`${cacheOf(start)}-empty`, cacheOf(start), { recursive: true });
}

/** @param {Start} start */
async function warmUp(start) {
  start.run();
  await untilLearnt(start);
  start.run();
  await sleep(SELF_TEST_MS);
  for (let nth = 0; nth < 4; nth++) {
    start.run();
    await untilLearnt(start);
  }
}

/** @param {string} folder */
function remove(folder) {
  // A learner may be at its last file.
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

/** @type {Column[]} */
export const columns = [
  {
    name: 'native',
    command: plain,
  },
  {
    name: BASELINE,
    async prepare({ run }) {
      run();
      run();
    },
    command: (start) => ({ ...plain(start), env: { NODE_COMPILE_CACHE: cacheOf(start) } }),
  },
  {
    name: 'first',
    prepare: untested,
    reset: empty,
    settle: untilLearnt,
    command: (start) => ours(start),
    stage: 'stage native',
  },
  {
    name: 'second',
    async prepare(start) {
      await untested(start);
      start.run();
      await untilLearnt(start);
      // A program that is not learnt leaves nothing.
      fs.mkdirSync(cacheOf(start), { recursive: true });
      fs.cpSync(cacheOf(start), `${cacheOf(start)}-learnt`, { recursive: true });
    },
    reset(start) {
      remove(cacheOf(start));
      fs.cpSync(`${cacheOf(start)}-learnt`, cacheOf(start), { recursive: true });
    },
    command: (start) => ours(start),
  },
  {
    name: 'bmes-cache',
    prepare: warmUp,
    command: (start) => ours(start),
    stage: 'stage warm',
  },
  {
    name: 'hooks',
    prepare: warmUp,
    command: (start) => ours(start, { BMES_MODE: 'hooks' }),
    stage: 'stage warm mode hooks',
  },
  {
    name: 'bundle',
    has: ({ isBundled }) => isBundled,
    async prepare(start) {
      const { build } = await import('esbuild');
      await build({
        entryPoints: [start.row.entry],
        outfile: path.join(start.folder, 'bundle.mjs'),
        bundle: true,
        minify: true,
        platform: 'node',
        format: 'esm',
        target: 'node22',
        logLevel: 'error',
      });
      start.run();
      start.run();
    },
    command: (start) => ({
      argv: [path.join(start.folder, 'bundle.mjs'), ...start.row.args],
      env: { NODE_COMPILE_CACHE: cacheOf(start) },
    }),
  },
  { name: 'bun', runtime: 'bun', has: ({ kind }) => kind !== 'program', command: plain },
  {
    name: 'deno',
    runtime: 'deno',
    has: ({ kind }) => kind !== 'program',
    command: (start) => ({ argv: ['run', '--quiet', '--allow-all', ...plain(start).argv] }),
  },
  { name: 'node -e 0', command: () => ({ argv: ['-e', '0'] }) },
];
