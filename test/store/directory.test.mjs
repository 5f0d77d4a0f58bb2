/**
 * The directory is taken away, closed, moved or replaced while a process holds the cache, as a user whom
 * modes stop. The process goes on, with misses, and with the cache again when it is back.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { assertSameAnswer, assertStage, runDebugged } from '../support/compare.mjs';
import { modes, runNative } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { storeProcess } from '../support/store-process.mjs';
import { entriesIn, onlyEntry, sizeOf } from '../support/stored.mjs';
import { give, giveAll, ordinaryUser, withoutOtherUsers } from '../support/users.mjs';

const user = ordinaryUser();
const isRoot = user !== undefined;
const noModes =
  process.platform === 'win32' ? 'Windows has other permissions' : isRoot && withoutOtherUsers();

/**
 * A home of an ordinary user, with a process that holds a cache of two records in it.
 *
 * @param {import('node:test').TestContext} t
 */
async function heldCache(t) {
  const box = sandbox(t);
  fs.chmodSync(box.root, 0o755);
  give(box.home, user);
  const directory = path.join(box.home, 'esm');
  const settings = { cache: { directory }, length: 64, ...(isRoot ? { user } : {}) };
  const holder = storeProcess(t, settings);
  await holder.assertSaves(1);
  const entry = onlyEntry(directory);
  await holder.assertSaves(2);
  const records = path.dirname(path.dirname(entry));
  return {
    box,
    directory,
    holder,
    another: () => storeProcess(t, settings),
    folders: {
      root: directory,
      v1: path.join(directory, 'v1'),
      runtime: path.dirname(records),
      records,
      shard: path.dirname(entry),
    },
  };
}

/**
 * As much of a folder as is there: writers may make parts of it anew meanwhile.
 *
 * @param {string} folder
 */
function removeUnderWriters(folder) {
  try {
    fs.rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code !== 'ENOTEMPTY' && code !== 'ENOENT') throw error;
  }
}

describe(
  'a folder is closed while a process holds the cache',
  {
    skip: noModes,
    concurrency: 2,
  },
  () => {
    for (const level of /** @type {const} */ (['root', 'v1', 'runtime', 'records', 'shard'])) {
      test(level, async (t) => {
        const { folders, holder, another } = await heldCache(t);
        for (const mode of [0o000, 0o500, 0o600]) {
          fs.chmodSync(folders[level], mode);
          const later = another();
          for (const cache of [holder, later]) {
            const { value, reason } = await cache.load(1);
            if (value !== 'right') assert.equal(reason?.code, 'BMES_STORE_IO');
            if (mode === 0o500) await cache.assertLoads(1);
            const saved = await cache.save(1);
            if (!saved.value) assert.equal(saved.reason?.code, 'BMES_STORE_IO');
          }
          for (const what of ['stats', 'verify', 'prune', 'clear']) {
            for (const cache of [holder, later]) {
              const { value: done, reason: why } = await cache.ask(what);
              assert.ok(done !== null || why, `${what} gives no reason`);
            }
          }
          await later.end();
          fs.chmodSync(folders[level], 0o700);
          await holder.assertSaves(1);
          await holder.assertLoads(1);
        }
      });
    }
  },
);

describe(
  'the directory goes away while a process holds the cache',
  {
    skip: noModes,
    concurrency: 2,
  },
  () => {
    test('removed', async (t) => {
      const { directory, holder } = await heldCache(t);
      fs.rmSync(directory, { recursive: true });
      await holder.assertMisses('BMES_STORE_MISSING');
      assert.equal((await holder.ask('verify')).value.checked, 0);
      assert.equal((await holder.ask('prune')).value.removed, 0);
      fs.mkdirSync(path.dirname(directory), { recursive: true });
      await holder.assertSaves(1);
      await holder.assertLoads(1);
      assert.equal(entriesIn(directory).length, 1);
    });

    test('removed, with the home above it', async (t) => {
      const { box, directory, holder } = await heldCache(t);
      fs.rmSync(box.home, { recursive: true });
      await holder.assertMisses('BMES_STORE_MISSING');
      const { value } = await holder.save();
      // A home above it that is not ours to make is not made; the sandbox is root's here.
      assert.equal(value, !isRoot);
      assert.equal(fs.existsSync(directory), !isRoot);
      assert.equal((await holder.ask('stats')).value.size, isRoot ? 0 : 1024);
    });

    for (const level of /** @type {const} */ (['v1', 'runtime', 'records', 'shard'])) {
      test(`only ${level} is removed`, async (t) => {
        const { folders, holder } = await heldCache(t);
        fs.rmSync(folders[level], { recursive: true });
        await holder.assertMisses('BMES_STORE_MISSING');
        await holder.assertSaves(1);
        await holder.assertLoads(1);
      });
    }

    test('replaced by a file', async (t) => {
      const { directory, holder, another } = await heldCache(t);
      fs.rmSync(directory, { recursive: true });
      fs.writeFileSync(directory, 'a file', { mode: 0o600 });
      for (const cache of [holder, another()]) {
        await cache.assertMisses('BMES_STORE_NOT_TRUSTED');
        await cache.assertRefuses('BMES_STORE_NOT_TRUSTED');
        assert.equal((await cache.ask('verify')).value, null);
        const { value } = await cache.ask('stats');
        assert.equal(value.reason?.code, 'BMES_STORE_NOT_TRUSTED');
      }
      assert.equal(fs.readFileSync(directory, 'utf8'), 'a file');
    });

    test('moved away: who holds it still has it, who comes later starts anew', async (t) => {
      const { box, directory, holder, another } = await heldCache(t);
      const moved = path.join(box.home, 'moved');
      fs.renameSync(directory, moved);
      await holder.assertLoads(1);
      const later = another();
      await later.assertMisses('BMES_STORE_MISSING', 1);
      await later.assertSaves(1);
      await later.assertLoads(1);
      await holder.assertLoads(2);
      assert.equal(entriesIn(directory).length, 1);
    });

    test('removed again and again under eight writers', async (t) => {
      const { directory, another } = await heldCache(t);
      const writers = Array.from({ length: 8 }, another);
      for (let round = 0; round < 10; round += 1) {
        const saves = writers.flatMap((writer, index) => [writer.save(index), writer.load(round)]);
        removeUnderWriters(directory);
        for (const { value, reason } of await Promise.all(saves)) {
          assert.ok(value || reason, 'a no without a reason');
        }
      }
      await Promise.all(writers.map((writer, index) => writer.assertSaves(index)));
      await Promise.all(writers.map((writer, index) => writer.assertLoads(index)));
    });
  },
);

describe(
  'an app whose cache is not usable runs natively',
  {
    skip: noModes,
    concurrency: 2,
  },
  () => {
    for (const mode of modes) {
      test(`closed or removed between and during its runs, ${mode}`, async (t) => {
        const box = sandbox(t, 'guarded');
        fs.chmodSync(box.root, 0o755);
        if (isRoot) giveAll(box.project, user);
        give(box.home, user);
        const cache = path.join(box.home, 'esm');
        const run = { mode, cwd: box.project, home: box.home, cache, ...(isRoot ? { user } : {}) };
        const native = await runNative('main.js', run);
        for (const stage of ['native', 'linked', 'warm']) {
          assertStage(await runDebugged('main.js', run), stage, undefined, 'while warming up');
        }
        const size = sizeOf(cache);
        assert.ok(size > 0);
        for (const folder of [cache, path.join(cache, 'v1')]) {
          for (const bits of [0o000, 0o500]) {
            fs.chmodSync(folder, bits);
            const what = `${path.basename(folder)} is ${bits.toString(8)}`;
            assertSameAnswer(await runDebugged('main.js', run), native, what);
            fs.chmodSync(folder, 0o700);
          }
        }
        const removed = runDebugged('main.js', {
          ...run,
          onStdout: () => removeUnderWriters(cache),
        });
        assertSameAnswer(await removed, native, 'removed while it runs');
        assertSameAnswer(await runDebugged('main.js', run), native, 'afterwards');
      });
    }
  },
);
