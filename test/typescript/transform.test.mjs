import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { build } from 'esbuild';
import { assertStage, runDebugged } from '../support/compare.mjs';
import { registerPath, runNative, start } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { timeline } from '../support/timeline.mjs';
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

describe('types are transformed where that is asked for', { concurrency: true }, () => {
  for (const { name, files, entry = 'main.ts', ranBy = 'hooks' } of apps) {
    test(`as esbuild does: ${name}`, async (t) => {
      const box = sandbox(t);
      for (const [file, text] of Object.entries(files)) box.write(file, text);
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
      const bare = { cwd: box.project, home: box.home };
      const expected = await runNative(bundle, bare);
      assert.equal(expected.exitCode, 0, expected.stderr);
      const options = {
        ...bare,
        env,
        mode: /** @type {const} */ ('linker'),
        cache: box.cache('a'),
      };
      // A small CommonJS program is the runtime's own, but for its texts.
      for (const [nth, stage] of [
        'native',
        null,
        ranBy === 'native' ? 'native' : 'warm',
      ].entries()) {
        const run = await runTransformed(entry, options);
        assert.equal(run.stdout, expected.stdout, run.stderr);
        assert.equal(run.exitCode, 0, run.stderr);
        const isFirst = nth === 0;
        assertStage(run, stage, isFirst ? undefined : ranBy, name);
        assert.equal(run.timeline.lines.some(isTransform), isFirst, run.timeline.lines.join('\n'));
      }
    });
  }
});
