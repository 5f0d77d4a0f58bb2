/**
 * A small app, how each bundler of `bundlers/` builds it with our plugin, and how what was built starts.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { installOnce } from '../../scripts/install-once.mjs';
import { runtimes } from '../../scripts/runtimes.mjs';
import { assertSameAnswer, assertStage, runDebugged } from './compare.mjs';
import { packageRoot, runNative, testedNode } from './run.mjs';
import { sandbox } from './sandbox.mjs';
import { allowLinking } from './self-test.mjs';

/** @typedef {import('./sandbox.mjs').Sandbox} Sandbox */
/** @typedef {{ level: string, message: string }[]} Said */

export const folder = path.join(packageRoot, 'bundlers');
await installOnce(folder);
// Not by a literal: where they are not installed yet, their types are not there either.
const builds = path.join(folder, 'builds.mjs');
/** @type {{ buildEnvironments: (job: any) => Promise<void>, bundlers: Record<string, any> }} see bundlers/builds.mjs */
export const { buildEnvironments, bundlers } = await import(builds);
const { bun } = await runtimes();

const SOURCES = {
  'package.json': '{ "type": "module", "private": true }',
  'src/main.js': `
    import path from 'node:path';
    import { a } from './a.js';
    console.log(a, path.basename(import.meta.url), (await import('./lazy.js')).default);`,
  'src/a.js': `export const a = 'first';`,
  'src/lazy.js': `export default function lazy() {}`,
  'src/other.js': `export const other = [1, 2, 3].map((n) => n * 2); console.log(other);`,
};

/** @param {{ after: (work: () => void) => void }} t */
export function project(t) {
  const box = sandbox(t);
  for (const [name, text] of Object.entries(SOURCES)) box.write(name, text);
  allowLinking(box.cache('c'), testedNode);
  return box;
}

/**
 * @param {Sandbox} box
 * @param {string} name of the bundler
 * @param {any} [options] of the plugin; left out, the build has none
 * @param {Record<string, unknown>} [more]
 */
export function jobOf(box, name, options, more = {}) {
  /** @type {Said} */
  const said = [];
  const job = {
    root: box.project,
    out: box.path('dist'),
    entries: ['main', 'other'],
    isForNode: true,
    bun,
    log: (/** @type {string} */ level, /** @type {string} */ message) =>
      void said.push({ level, message }),
    ...(options === undefined
      ? {}
      : {
          plugin: path.join(packageRoot, 'plugins', `${bundlers[name].plugin}.js`),
          options: { node: testedNode, cacheDir: box.cache('c'), ...options },
        }),
    ...more,
  };
  return { job, said };
}

/**
 * @param {Sandbox} box
 * @param {string} name
 * @param {any} [options]
 * @param {Record<string, unknown>} [more]
 */
export async function build(box, name, options, more) {
  const { job, said } = jobOf(box, name, options, more);
  await bundlers[name].build(job);
  return said;
}

/**
 * What was warned of, but for how long it takes.
 *
 * @param {Said} said
 */
export const warnings = (said) =>
  said
    .filter(({ level, message }) => level === 'warn' && !message.includes('[PLUGIN_TIMINGS]'))
    .map(({ message }) => message);

/**
 * @param {Sandbox} box
 * @param {Record<string, string>} [env]
 */
export function how(box, env = {}) {
  // Where `require()` looks last depends on the home: it is that of who builds.
  const home = process.env.HOME ?? '';
  const cache = box.cache('c');
  return { mode: /** @type {const} */ ('linker'), cwd: box.project, home, cache, env };
}

/**
 * @param {ReturnType<typeof how>} run
 * @param {string} entry
 * @param {string} stage
 */
export async function assertStarts(run, entry, stage) {
  const first = await runDebugged(entry, run);
  assertStage(first, stage, stage === 'native' ? undefined : 'linker', entry);
  assertSameAnswer(first, await runNative(entry, run), entry);
  assert.notEqual(first.stdout, '');
  return first;
}

/** @param {string} from every file below it, with its bytes */
export function bytesOf(from) {
  const names = fs.readdirSync(from, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => fs.statSync(path.join(from, name)).isFile());
  return files.map((name) => [name, fs.readFileSync(path.join(from, name), 'utf8')]);
}

/** Those that this platform has. */
export const names = Object.keys(bundlers).filter((name) => name !== 'bun' || bun);
