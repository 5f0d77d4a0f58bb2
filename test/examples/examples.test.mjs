/**
 * The examples that show how to ship an app: what their READMEs say is done here, by their own scripts, and the
 * first start is warm.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { assertSameAnswer, assertStage } from '../support/compare.mjs';
import { example, npmRun, serve } from '../support/examples.mjs';
import { enabling, start } from '../support/run.mjs';
import { timeline, withoutTimeline } from '../support/timeline.mjs';
import { attacker, withoutOtherUsers } from '../support/users.mjs';

/**
 * A run whose timeline has been moved out of its stderr.
 *
 * @template {import('../support/run.mjs').Run} R
 * @param {R} run
 */
function debugged(run) {
  return { ...run, stderr: withoutTimeline(run.stderr), timeline: timeline(run.stderr) };
}

describe('examples', { concurrency: 4 }, () => {
  test('cli: warm after its install, in each of its commands', async (t) => {
    const box = example(t, 'cli');
    assert.equal(await npmRun(box, 'postinstall'), '', 'it is quiet');
    const env = { BMES_CACHE_DIR: box.cache('c'), BMES_DEBUG: '1' };
    const how = { cwd: box.project, home: box.home };
    for (const words of [['until', '2030-01-01', '2029-12-01'], ['week', '2030-01-01'], []]) {
      const argv = ['bin/days.cjs', ...words];
      const run = debugged(await start(argv, { ...how, env }));
      const native = await start(argv, { ...how, env: { BMES_DISABLE: '1' } });
      assertSameAnswer(run, native, words.join(' '));
      assertStage(run, 'warm', 'linker', words.join(' '));
      assert.equal(native.exitCode, words.length > 0 ? 0 : 2);
    }
  });

  test('container: its first start is warm, read-only, as another user, without a home', async (t) => {
    const box = example(t, 'container', { isCopied: true });
    await npmRun(box, 'build');
    const image = path.join(box.root, 'image', 'srv', 'app');
    fs.cpSync(box.project, image, { recursive: true, verbatimSymlinks: true });
    // What it was built from is not there.
    fs.renameSync(box.project, path.join(box.root, 'gone'));
    readOnly(image);
    fs.chmodSync(box.root, 0o755);
    const user = withoutOtherUsers() ? {} : { user: attacker };
    const how = { cwd: image, home: '', ...user };
    const listed = () => fs.readdirSync(image, { recursive: true }).sort();
    const before = listed();
    const env = { BMES_PACK: path.join(image, 'app.bmes'), BMES_DEBUG: '1', HOME: '' };
    const flags = ['--import', 'bmes-cache/register'];
    try {
      for (const nth of [1, 2]) {
        const run = debugged(
          await serve([...flags, 'src/server.js'], { ...how, env }, '/add/1/41'),
        );
        assertStage(run, 'warm', 'linker', `start ${nth}`);
        assert.deepEqual([run.status, run.text], [200, '{"sum":42}']);
        assert.deepEqual([run.exitCode, run.stderr], [0, '']);
      }
      const native = await serve(['src/server.js'], how, '/add/1/41');
      assert.deepEqual([native.status, native.text], [200, '{"sum":42}']);
      assert.deepEqual(listed(), before);
    } finally {
      writable(image);
    }
  });

  test('vite-ssr: the first start of what was built is warm', async (t) => {
    const box = example(t, 'vite-ssr');
    const built = await npmRun(box, 'build');
    assert.match(built, /\[bmes-cache\] server\.js: \d+ modules in the cache for node-/);
    assert.equal(built.match(/\[bmes-cache\]/g)?.length, 1, 'the build for browsers is left alone');
    const page = '/?from=2029-12-01&until=2030-01-01';
    const how = { cwd: box.project, home: box.home };
    const entry = 'dist/server/server.js';
    const native = await serve([entry], { ...how, env: { NODE_ENV: 'production' } }, page);
    assert.equal(native.status, 200);
    assert.match(native.text, /<h1>Tuesday, 1 January 2030<\/h1><button>31 days<\/button>/);
    const env = { NODE_ENV: 'production', BMES_CACHE_DIR: box.cache('c'), BMES_DEBUG: '1' };
    const run = debugged(await serve([...enabling(), entry], { ...how, env }, page));
    assertStage(run, 'warm', 'linker', 'the first start');
    assert.deepEqual([run.status, run.text, run.stderr], [200, native.text, '']);
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(native.text)?.[1];
    assert.ok(script, native.text);
    const asset = debugged(await serve([...enabling(), entry], { ...how, env }, script));
    assert.equal(asset.status, 200);
  });
});

/** @param {string} file and all below */
function readOnly(file) {
  const stat = fs.lstatSync(file);
  if (stat.isSymbolicLink()) return;
  if (stat.isDirectory()) for (const name of fs.readdirSync(file)) readOnly(path.join(file, name));
  fs.chmodSync(file, (stat.mode & 0o555) | (stat.isDirectory() ? 0o555 : 0o444));
}

/** @param {string} folder so that it can be removed */
function writable(folder) {
  const stat = fs.lstatSync(folder);
  if (!stat.isDirectory()) return;
  fs.chmodSync(folder, 0o755);
  for (const name of fs.readdirSync(folder)) writable(path.join(folder, name));
}
