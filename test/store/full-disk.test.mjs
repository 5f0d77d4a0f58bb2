/**
 * Disks that are full or read-only, limits on file size, homes that cannot be used: a save says no and
 * why, what is there is loaded, nothing is left behind, and apps run as they do natively.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { assertSameAnswer, assertStage, runDebugged } from '../support/compare.mjs';
import { modes, runNative } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { storeProcess } from '../support/store-process.mjs';
import { namesIn, temporariesIn } from '../support/stored.mjs';
import { give, giveAll, ordinaryUser, withoutOtherUsers } from '../support/users.mjs';

const noShell = process.platform === 'win32' && 'there is no ulimit on Windows';

/**
 * Why no file system can be mounted here; `false` if one can.
 *
 * @returns {string | false}
 */
function withoutMounts() {
  if (process.platform !== 'linux') return 'tmpfs is a file system of Linux';
  if (process.getuid?.() !== 0) return 'only root can mount';
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bmes-mount-'));
  const { status, stderr } = mount(['-t', 'tmpfs', 'none', folder]);
  if (status === 0) spawnSync('umount', [folder]);
  fs.rmdirSync(folder);
  return status === 0 ? false : `mount says: ${stderr.trim()}`;
}

/** @param {string[]} words */
function mount(words) {
  return spawnSync('mount', words, { encoding: 'utf8' });
}

const noMounts = withoutMounts();

/**
 * A home on a file system of its own, of one megabyte.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} [fixture]
 */
function smallDisk(t, fixture) {
  // Unmounted before the sandbox is removed: what was added first is done first.
  const mounted = /** @type {string[]} */ ([]);
  t.after(() => mounted.forEach((folder) => spawnSync('umount', ['-l', folder])));
  const box = sandbox(t, fixture);
  const { status, stderr } = mount(['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'none', box.home]);
  assert.equal(status, 0, stderr);
  mounted.push(box.home);
  return { box, directory: path.join(box.home, 'esm') };
}

/**
 * Leaves at most this much free.
 *
 * @param {string} folder
 * @param {number} free In bytes.
 */
function fill(folder, free) {
  const file = path.join(folder, 'filling');
  const { bavail, bsize } = fs.statfsSync(folder);
  fs.writeFileSync(file, Buffer.alloc(Math.max(0, bavail * bsize - free)));
  return file;
}

describe('a full disk', { skip: noMounts, concurrency: 2 }, () => {
  test('saves say no until there is room, loads go on', async (t) => {
    const { directory } = smallDisk(t);
    const cache = storeProcess(t, { cache: { directory }, length: 30_000 });
    await cache.assertSaves(0);
    let [saved, refused] = [0, 0];
    for (let number = 1; number < 60; number += 1) {
      const { value, reason } = await cache.save(number);
      if (value) saved += 1;
      else {
        refused += 1;
        assert.equal(reason?.code, 'BMES_STORE_IO', reason?.message ?? 'no reason');
        assert.match(reason?.message ?? '', /No space left/);
        await cache.assertMisses('BMES_STORE_MISSING', number);
      }
      await cache.assertLoads(0);
    }
    assert.ok(saved > 10 && refused > 10, `${saved} saved, ${refused} refused`);
    assert.deepEqual(temporariesIn(directory), []);
    const verified = (await cache.ask('verify')).value;
    assert.deepEqual([verified.damaged, verified.checked], [[], saved + 1]);
    const { run, reason } = (await cache.ask('stats')).value;
    assert.equal(run.refusals.BMES_STORE_IO, refused);
    assert.equal(reason?.code, 'BMES_STORE_IO');
    assert.ok((await cache.ask('prune')).value.size > 0);
    assert.ok((await cache.ask('clear')).value.removed > 0);
    await cache.assertSaves(1);
    await cache.assertLoads(1);
  });

  test('not a byte is free, not even for a folder', async (t) => {
    const { box, directory } = smallDisk(t);
    const filling = fill(box.home, 0);
    const cache = storeProcess(t, { cache: { directory } });
    for (let number = 0; number < 5; number += 1) {
      const { value, reason } = await cache.save(number);
      assert.ok(!value && reason?.code === 'BMES_STORE_IO', reason?.message ?? 'no reason');
    }
    assert.deepEqual(temporariesIn(directory), []);
    assert.equal((await cache.ask('stats')).value.reason?.code, 'BMES_STORE_IO');
    fs.rmSync(filling);
    assert.equal((await cache.ask('stats')).value.reason?.code, 'BMES_STORE_IO');
    await cache.assertSaves();
    assert.equal((await cache.ask('stats')).value.reason, null);
    await cache.assertLoads();
  });

  for (const mode of modes) {
    test(`an app runs natively and learns when there is room, ${mode}`, async (t) => {
      const { box, directory } = smallDisk(t, 'guarded');
      for (const free of [0, 4096, 12 * 1024, 40 * 1024]) {
        const filling = fill(box.home, free);
        const run = { mode, cwd: box.project, home: box.home, cache: directory };
        const native = await runNative('main.js', run);
        for (let each = 1; each <= 3; each += 1) {
          const what = `run ${each} with ${free} bytes free`;
          assertSameAnswer(await runDebugged('main.js', run), native, what);
        }
        assert.deepEqual(temporariesIn(directory), []);
        fs.rmSync(filling);
        if (free > 0) continue;
        await runDebugged('main.js', run);
        const linked = await runDebugged('main.js', run);
        assertSameAnswer(linked, native, 'with room');
        assertStage(linked, mode === 'hooks' ? null : 'linked', mode, 'with room');
        fs.rmSync(directory, { recursive: true });
      }
    });
  }
});

describe('a file system that becomes read-only', { skip: noMounts, concurrency: 2 }, () => {
  test('loads go on, saves say no', async (t) => {
    const { box, directory } = smallDisk(t);
    const cache = storeProcess(t, { cache: { directory } });
    await cache.assertSaves();
    assert.equal(mount(['-o', 'remount,ro', box.home]).status, 0);
    for (const each of [cache, storeProcess(t, { cache: { directory } })]) {
      await each.assertLoads();
      await each.assertRefuses('BMES_STORE_IO', 2);
      assert.deepEqual((await each.ask('verify')).value.damaged, []);
      assert.equal((await each.ask('prune')).value, null);
      assert.equal((await each.ask('clear')).value, null);
      const { value } = await each.ask('stats');
      assert.deepEqual([value.run.hits, value.reason?.code], [1, 'BMES_STORE_IO']);
      await each.end();
    }
  });

  for (const mode of modes) {
    test(`an app starts from what is there, ${mode}`, async (t) => {
      const { box, directory } = smallDisk(t, 'guarded');
      const run = { mode, cwd: box.project, home: box.home, cache: directory };
      const native = await runNative('main.js', run);
      for (let each = 0; each < 3; each += 1) await runDebugged('main.js', run);
      assert.equal(mount(['-o', 'remount,ro', box.home]).status, 0);
      const warm = await runDebugged('main.js', run);
      assertSameAnswer(warm, native, 'on a read-only file system');
      assertStage(warm, 'warm', mode, 'on a read-only file system');
      const empty = { ...run, cache: path.join(box.home, 'other') };
      assertSameAnswer(await runDebugged('main.js', empty), native, 'with nothing there');
    });
  }
});

describe('a limit on the size of files', { skip: noShell, concurrency: 2 }, () => {
  test('what is larger is not kept, and leaves nothing', async (t) => {
    const directory = path.join(sandbox(t).home, 'esm');
    // In POSIX shells the unit is 512 bytes, in others 1024: 8 to 16 KiB.
    const through = ['sh', '-c', 'ulimit -f 16 && exec "$@"', 'sh'];
    const small = storeProcess(t, { cache: { directory }, length: 1000, through });
    const large = storeProcess(t, { cache: { directory }, length: 30_000, through });
    await small.assertSaves(1);
    for (let number = 2; number < 6; number += 1) {
      await large.assertRefuses('BMES_STORE_IO', number);
      await large.assertMisses('BMES_STORE_MISSING', number);
    }
    await small.assertLoads(1);
    assert.deepEqual(temporariesIn(directory), []);
    assert.deepEqual((await small.ask('verify')).value.damaged, []);
  });

  for (const mode of modes) {
    test(`an app whose pack is larger runs natively, ${mode}`, async (t) => {
      const box = sandbox(t, 'guarded');
      const through = ['sh', '-c', 'ulimit -f 4 && exec "$@"', 'sh'];
      const run = { mode, cwd: box.project, home: box.home, cache: box.cache('small'), through };
      const native = await runNative('main.js', run);
      for (let each = 1; each <= 3; each += 1) {
        const limited = await runDebugged('main.js', run);
        assertSameAnswer(limited, native, `run ${each}`);
        assertStage(limited, 'native', undefined, `run ${each}`);
      }
      assert.deepEqual(temporariesIn(run.cache), []);
      assert.deepEqual(
        namesIn(run.cache).filter((name) => name.endsWith('.pack')),
        [],
      );
    });
  }
});

describe('a home that cannot be used', { concurrency: 2 }, () => {
  test('no HOME: nothing is kept, and stats() says why', async (t) => {
    const cache = storeProcess(t, { env: {} });
    await cache.assertRefuses('BMES_STORE_NO_DIRECTORY');
    await cache.assertMisses('BMES_STORE_NO_DIRECTORY');
    const { value } = await cache.ask('stats');
    assert.equal(value.directory, null);
    assert.equal(value.reason.code, 'BMES_STORE_NO_DIRECTORY');
  });

  const user = ordinaryUser();
  const noUser = user !== undefined && withoutOtherUsers();

  test('a home that is not ours to write to', { skip: noShell || noUser }, async (t) => {
    const box = sandbox(t);
    fs.chmodSync(box.root, 0o755);
    give(box.home, user, 0o500);
    const as = user === undefined ? {} : { user };
    const cache = storeProcess(t, { env: { HOME: box.home }, ...as });
    await cache.assertRefuses('BMES_STORE_IO');
    await cache.assertMisses('BMES_STORE_MISSING');
    const { value } = await cache.ask('stats');
    assert.equal(value.directory, path.join(box.home, '.bun-cache', 'esm'));
    assert.equal(value.reason?.code, 'BMES_STORE_IO', 'stats() does not say why');
  });

  test('a home on a read-only file system', { skip: noMounts }, async (t) => {
    const { box } = smallDisk(t);
    assert.equal(mount(['-o', 'remount,ro', box.home]).status, 0);
    const cache = storeProcess(t, { env: { HOME: box.home } });
    await cache.assertRefuses('BMES_STORE_IO');
    const { value } = await cache.ask('stats');
    assert.equal(value.reason?.code, 'BMES_STORE_IO', 'stats() does not say why');
  });

  /** @type {Record<string, { env: Record<string, string>, bits?: number }>} */
  const homes = {
    'HOME is empty': { env: { HOME: '' } },
    'HOME is relative': { env: { HOME: '.' } },
    'HOME is nowhere': { env: { HOME: '/nowhere/at/all' } },
    'HOME is a file': { env: { HOME: '/dev/null' } },
    'HOME cannot be written to': { env: {}, bits: 0o500 },
  };
  for (const [what, { env, bits }] of Object.entries(homes)) {
    test(`an app runs natively: ${what}`, { skip: noShell || noUser }, async (t) => {
      const box = sandbox(t, 'guarded');
      fs.chmodSync(box.root, 0o755);
      if (user !== undefined) giveAll(box.project, user);
      give(box.home, user, bits ?? 0o700);
      const as = user === undefined ? {} : { user };
      for (const mode of modes) {
        const run = { mode, cwd: box.project, home: box.home, cache: '', env, ...as };
        const native = await runNative('main.js', run);
        for (let each = 1; each <= 2; each += 1) {
          const cached = await runDebugged('main.js', run);
          assertSameAnswer(cached, native, `${what}, run ${each}`);
          assertStage(cached, 'native', undefined, `${what}, run ${each}`);
          assert.notEqual(cached.timeline.reasons.length, 0, `${what}: no reason is given`);
        }
      }
    });
  }
});
