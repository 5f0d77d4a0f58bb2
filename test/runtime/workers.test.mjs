// Worker threads run from packs of their own, and nobody can tell.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertSameAnswer, runDebugged } from '../support/compare.mjs';
import { linkPackage, runEnabled, runUnenabled } from '../support/enabled.mjs';
import { storedFiles } from '../support/packs.mjs';
import { modes, runCached, runNative } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';

/** @param {Awaited<ReturnType<typeof runDebugged>>} run */
function stages(run) {
  return run.timeline.lines.flatMap((line) => /^stage (\S+ mode \S+)/.exec(line)?.[1] ?? []);
}

/**
 * @param {Awaited<ReturnType<typeof runDebugged>>} run
 * @param {string} stage
 */
function count(run, stage) {
  return stages(run).filter((each) => each === stage).length;
}

for (const mode of modes) {
  describe(`workers, ${mode}`, { concurrency: 2 }, () => {
    /** @param {import('node:test').TestContext} t */
    function fixture(t) {
      const box = sandbox(t, 'workers');
      return { box, run: { mode, cwd: box.project, home: box.home, cache: box.cache(mode) } };
    }

    test('every kind of worker gives the same answer in each stage', async (t) => {
      const { run } = fixture(t);
      // Node itself takes another way to a worker's file once there is any `--import`.
      const nodeArgs = ['--import', 'data:text/javascript,'];
      const native = await runNative('main.js', { ...run, nodeArgs });
      assert.equal(native.exitCode, 0, native.stderr);
      const runs = [];
      for (const nth of [1, 2, 3]) {
        const debugged = await runDebugged('main.js', run);
        assertSameAnswer(debugged, native, `run ${nth}`);
        runs.push(debugged);
      }
      assertSameAnswer(await runCached('main.js', run), native, 'a quiet run');
      const [first, second, third] = runs;
      assert.ok(first && second && third);
      // Native to the end: the data URL, the CommonJS file itself (its task is not), the two that miss
      // something, and the worker that is ended too soon to be learnt.
      for (const each of [first, second, third]) assert.equal(stages(each).length, 18);
      const cached = count(second, `linked mode ${mode}`) + count(second, `warm mode ${mode}`);
      assert.ok(cached >= 13, second.timeline.lines.join('\n'));
      assert.ok(count(third, `warm mode ${mode}`) >= 13, third.timeline.lines.join('\n'));
      assert.equal(count(third, `linked mode ${mode}`), 0, third.timeline.lines.join('\n'));
    });

    test('one of a pool learns', async (t) => {
      const { run } = fixture(t);
      const native = await runNative('pool.js', run);
      const first = await runDebugged('pool.js', run);
      assertSameAnswer(first, native, 'the first run');
      const learning = first.timeline.reasons.filter((line) => line.includes('BMES_LEARNING'));
      // The main thread, the one that learns, and those that come before it has learnt.
      assert.equal(stages(first).length, 4, first.timeline.lines.join('\n'));
      const natively = count(first, 'native mode native');
      assert.equal(natively, 2 + learning.length, first.timeline.lines.join('\n'));
      for (const stage of ['linked', 'warm']) {
        const next = await runDebugged('pool.js', run);
        assertSameAnswer(next, native, stage);
        assert.equal(stages(next).length, 4);
        assert.equal(count(next, 'native mode native'), 0, next.timeline.lines.join('\n'));
      }
      assert.equal(storedFiles(run.cache).length, 2);
    });

    test('a worker that is ended from outside is learnt while it runs', async (t) => {
      const { run } = fixture(t);
      const native = await runNative('ends-workers.js', run);
      assertSameAnswer(await runDebugged('ends-workers.js', run), native, 'the first run');
      assert.equal(storedFiles(run.cache).length, 2);
      const second = await runDebugged('ends-workers.js', run);
      assertSameAnswer(second, native, 'the second run');
      assert.equal(count(second, 'native mode native'), 0, second.timeline.lines.join('\n'));
    });

    test('workers that are ended at any moment leave nothing behind', async (t) => {
      const { box, run } = fixture(t);
      box.write(
        'ends.js',
        `import { once } from 'node:events';
         import { setTimeout } from 'node:timers/promises';
         import { Worker } from 'node:worker_threads';
         for (let ms = 0; ms < 180; ms += 12) {
           const worker = new Worker(new URL('./waits.js', import.meta.url));
           worker.once('message', () => {});
           await setTimeout(ms);
           await worker.terminate();
         }
         console.log('done');`,
      );
      const native = await runNative('ends.js', run);
      for (const nth of [1, 2, 3]) {
        assertSameAnswer(await runDebugged('ends.js', run), native, `run ${nth}`);
      }
      const left = storedFiles(run.cache).filter((file) => !file.endsWith('.pack'));
      assert.deepEqual(left, []);
    });

    test('an environment without a home has no cache, and the switches of its own', async (t) => {
      const { box, run } = fixture(t);
      box.write(
        'envs.js',
        `import { here, run } from './run.js';
         const { HOME, BMES_CACHE_DIR, ...env } = process.env;
         await run('no home', here('./job.js'), { env });
         await run('off', here('./job.js'), { env: { ...process.env, BMES_DISABLE: '1' } });
         await run('read only', here('./job.js'), { env: { ...process.env, BMES_READONLY: '1' } });`,
      );
      const native = await runNative('envs.js', run);
      const cached = await runDebugged('envs.js', run);
      assertSameAnswer(cached, native, 'the first run');
      const codes = new Set(cached.timeline.reasons.map((line) => line.split(' ')[1]));
      assert.ok(codes.has('BMES_STORE_NO_DIRECTORY'), cached.timeline.lines.join('\n'));
      assert.ok(codes.has('BMES_DISABLED'), cached.timeline.lines.join('\n'));
      assert.equal(storedFiles(run.cache).length, 1, 'the pack of the main thread');
    });

    test('enable() in a worker', async (t) => {
      const box = sandbox(t, 'workers');
      box.write(
        'bin.cjs',
        `const { Worker, isMainThread } = require('node:worker_threads');
         if (isMainThread) new Worker(__filename).on('exit', (code) => console.log(code));
         else { require('bmes-cache').enable(); import('./task.js').then((ns) => console.log(ns.answer(1))); }`,
      );
      const program = { box, entry: 'bin.cjs', mode };
      const native = await runUnenabled(program);
      for (const stage of ['native mode native', 'linked mode hooks', 'warm mode hooks']) {
        const run = await runEnabled(program);
        assertSameAnswer(run, native, stage);
        assert.deepEqual(stages(run), [stage]);
      }
    });

    test('enable() reaches no worker by itself', async (t) => {
      const box = sandbox(t, 'workers');
      linkPackage(box);
      box.write('bin.cjs', `require('bmes-cache').enable(); import('./pool.js');`);
      const program = { box, entry: 'bin.cjs', mode };
      const native = await runUnenabled(program);
      for (const stage of ['native mode native', `linked mode ${mode}`, `warm mode ${mode}`]) {
        const run = await runEnabled(program);
        assertSameAnswer(run, native, stage);
        assert.deepEqual(stages(run), [stage]);
      }
    });
  });
}
