import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { build } from 'esbuild';
import { appsDirectory, installedApps } from '../../scripts/apps.mjs';
import { assertStage, runDebugged } from '../support/compare.mjs';
import { registerPath, runNative, start } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { timeline } from '../support/timeline.mjs';
import { programs } from './programs.mjs';
import { apps } from './transformed.mjs';

const env = { BMES_TRANSFORM_TYPES: '1' };

/** What a run says that has asked for a text which no pack has. */
const isTransform = (/** @type {string} */ line) => line.startsWith('transform ');

/**
 * A CommonJS main module is preloaded for by `--require`: where anything is by `--import`, Node 22 loads it as an
 * ES module would be, and no hook hears what it requires.
 *
 * @param {string} entry
 * @param {Parameters<typeof runDebugged>[1]} options
 */
async function runTransformed(entry, options) {
  if (!entry.endsWith('.cts')) return runDebugged(entry, options);
  const run = await start(['--require', registerPath, entry], {
    ...options,
    env: { ...env, BMES_CACHE_DIR: options.cache, BMES_DEBUG: '1' },
  });
  return { ...run, timeline: timeline(run.stderr) };
}

/**
 * Asserts that an app prints what esbuild's bundle of it prints, in every stage, and that no text is asked for
 * once there is a pack.
 *
 * @param {import('../support/sandbox.mjs').Sandbox} box
 * @param {string} entry
 * @param {'hooks' | 'native'} [ranBy]
 */
async function assertAsEsbuild(box, entry, ranBy = 'hooks') {
  const bundle = entry.endsWith('.cts') ? 'bundle.cjs' : 'bundle.mjs';
  await build({
    absWorkingDir: box.project,
    entryPoints: [entry],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: bundle.endsWith('.cjs') ? 'cjs' : 'esm',
    target: 'node22',
    logLevel: 'silent',
  });
  const bare = { cwd: box.project, home: box.home, mode: /** @type {const} */ ('linker') };
  const expected = await runNative(bundle, bare);
  assert.equal(expected.exitCode, 0, expected.stderr);
  const options = { ...bare, env, cache: box.cache('a') };
  // A small CommonJS program is the runtime's own, but for its texts.
  const stages = ['native', null, ranBy === 'native' ? 'native' : 'warm'];
  for (const [nth, stage] of stages.entries()) {
    const run = await runTransformed(entry, options);
    assert.equal(run.stdout, expected.stdout, run.stderr);
    assert.equal(run.exitCode, 0, run.stderr);
    const isFirst = nth === 0;
    assertStage(run, stage, isFirst ? undefined : ranBy, entry);
    assert.equal(run.timeline.lines.some(isTransform), isFirst, run.timeline.lines.join('\n'));
  }
}

describe('types are transformed where that is asked for', { concurrency: true }, () => {
  for (const { name, files, entry = 'main.ts', ranBy } of apps) {
    test(`as esbuild does: ${name}`, async (t) => {
      const box = sandbox(t);
      for (const [file, text] of Object.entries(files)) box.write(file, text);
      await assertAsEsbuild(box, entry, ranBy);
    });
  }
});

const packages = path.join(appsDirectory, 'node_modules');
await installedApps([]);

describe('programs run from their sources as they were written', { concurrency: true }, () => {
  for (const { name, main } of programs) {
    test(name, async (t) => {
      const box = sandbox(t);
      fs.cpSync(path.join(packages, name, 'src'), box.path('src'), { recursive: true });
      box.write('package.json', '{ "type": "module" }');
      box.write('main.ts', main.replaceAll(/(from '.*)\.ts'/g, "$1.js'"));
      fs.symlinkSync(packages, box.path('node_modules'), 'dir');
      await assertAsEsbuild(box, 'main.ts');
    });
  }
});
