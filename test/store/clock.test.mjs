/** Clocks that were moved, and times that have not come: on files and for whole processes. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { assertSameAnswer, runDebugged } from '../support/compare.mjs';
import { modes } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { storeProcess } from '../support/store-process.mjs';
import { namesIn, onlyEntry, setAge, sizeOf, temporariesIn } from '../support/stored.mjs';
import { warmApp } from '../support/warm.mjs';

const year = 365 * 24 * 60 * 60;

describe('times of files', { concurrency: 2 }, () => {
  for (const [what, age] of /** @type {const} */ ([
    ['ten years ahead', -10 * year],
    ['at the beginning of time', Date.now() / 1000],
    ['a second ahead', -1],
  ])) {
    test(`everything is ${what}`, async (t) => {
      const directory = path.join(sandbox(t).home, 'esm');
      const settings = { cache: { directory, maxSize: 50_000 }, length: 1000 };
      const cache = storeProcess(t, settings);
      await cache.assertSaves();
      const temporary = path.join(directory, 'v1', 'tmp', '1-0');
      fs.writeFileSync(temporary, 'left by a writer that died', { mode: 0o600 });
      for (const name of namesIn(directory).toReversed()) setAge(name, age);
      for (const each of [cache, storeProcess(t, settings)]) {
        await each.assertLoads();
        assert.deepEqual((await each.ask('verify')).value.damaged, []);
      }
      // A hit is written down as of now, so that it does not look unused to the next sweep.
      const isNow =
        Math.abs(fs.statSync(onlyEntry(directory)).mtimeMs - Date.now()) < 60 * 60 * 1000;
      assert.ok(isNow, 'the time of the entry stays wrong');
      assert.notEqual((await cache.ask('prune')).value, null);
      assert.deepEqual(temporariesIn(directory), age === -1 ? [temporary] : []);
      await cache.assertLoads();
      for (let number = 2; number < 120; number += 1) {
        await cache.assertSaves(number);
        await cache.assertLoads(number);
      }
      assert.ok(sizeOf(directory) <= 50_000 * 1.05);
    });
  }

  for (const mode of modes) {
    test(`an app whose cache is ten years ahead, ${mode}`, async (t) => {
      const app = await warmApp(sandbox(t, 'guarded'), mode);
      for (const name of namesIn(app.run.cache).toReversed()) setAge(name, -10 * year);
      assertSameAnswer(await runDebugged('main.js', app.run), app.native, 'ahead');
      for (const name of namesIn(app.run.cache).toReversed()) setAge(name, 10 * year);
      assertSameAnswer(await runDebugged('main.js', app.run), app.native, 'long ago');
    });
  }
});

const probe = spawnSync('faketime', ['2001-01-01 00:00:00', 'date', '+%Y'], { encoding: 'utf8' });
const noFaketime = probe.stdout?.trim() !== '2001' && 'faketime is not installed';

describe('the clock of whole processes', { skip: noFaketime, concurrency: 2 }, () => {
  test('each one lives in another year', async (t) => {
    const directory = path.join(sandbox(t).home, 'esm');
    const at = (/** @type {number} */ inYear) =>
      storeProcess(t, {
        cache: { directory, maxSize: 50_000 },
        length: 1000,
        through: ['faketime', '-f', `@${inYear}-06-01 00:00:00`],
      });
    for (const inYear of [2026, 2035, 2001, 2026, 1999, 2035]) {
      const cache = at(inYear);
      for (let number = 0; number < 60; number += 1) {
        await cache.assertSaves(number);
        await cache.assertLoads(number);
        assert.ok(sizeOf(directory) <= 50_000 * 1.05, `${sizeOf(directory)} bytes in ${inYear}`);
      }
      assert.notEqual((await cache.ask('prune')).value, null);
      await cache.assertLoads(59);
      assert.deepEqual((await cache.ask('verify')).value.damaged, []);
      await cache.end();
    }
    assert.deepEqual(temporariesIn(directory), []);
  });

  for (const mode of modes) {
    test(`an app that was warm in another year, ${mode}`, async (t) => {
      const app = await warmApp(sandbox(t, 'guarded'), mode);
      for (const time of ['@2040-01-01 00:00:00', '@2001-01-01 00:00:00', '-1h', '+1h']) {
        const through = ['faketime', '-f', time];
        const run = await runDebugged('main.js', { ...app.run, through });
        assertSameAnswer(run, app.native, time);
      }
      assertSameAnswer(await runDebugged('main.js', app.run), app.native, 'now');
    });
  }
});
