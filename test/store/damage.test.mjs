/**
 * Damage to entries and packs, seen through `ModuleBytecodeCache`: the right bytes or a miss with its
 * reason, never an exception, never a wait. What damage does to the start of an app is in
 * test/runtime/damage.test.mjs.
 */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, test } from 'node:test';
import { assertSameAnswer, assertStage, runDebugged } from '../support/compare.mjs';
import { flipEntry, flipPack, truncateEntry } from '../support/damage.mjs';
import { modes } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { storeProcess } from '../support/store-process.mjs';
import { namesIn, onlyEntry, temporariesIn } from '../support/stored.mjs';
import { attacker, withoutOtherUsers } from '../support/users.mjs';
import { assertSaysWhy, warmApp } from '../support/warm.mjs';

const isWindows = process.platform === 'win32' && 'there are no such files on Windows';

/** @param {import('node:test').TestContext} t */
async function oneEntry(t) {
  const box = sandbox(t);
  const directory = path.join(box.home, 'esm');
  const cache = storeProcess(t, { cache: { directory }, length: 64 });
  await cache.assertSaves();
  return { box, directory, cache, entry: onlyEntry(directory) };
}

describe('a damaged entry is a miss and the next save replaces it', { concurrency: 2 }, () => {
  test('every byte flipped', async (t) => {
    const { cache, entry } = await oneEntry(t);
    const { length } = fs.readFileSync(entry);
    assert.equal(await flipEntry(cache, entry), length);
  });

  test('every truncation', async (t) => {
    const { cache, entry } = await oneEntry(t);
    const { length } = fs.readFileSync(entry);
    assert.equal(await truncateEntry(cache, entry), length);
  });

  test('the entry of another module', async (t) => {
    const { cache, entry, directory } = await oneEntry(t);
    await cache.assertSaves(2);
    const other = namesIn(directory).find((name) => name.endsWith('.bmes') && name !== entry);
    fs.copyFileSync(other ?? '', entry);
    await cache.assertMisses('BMES_STORE_FOREIGN');
    await cache.assertSaves();
    await cache.assertLoads();
  });
});

/** @type {Record<string, { put: (entry: string, valid: Buffer) => unknown, code: string | null, skip?: string | false }>} */
const replacements = {
  'nothing at all': { put: () => {}, code: 'BMES_STORE_MISSING' },
  'an empty file': {
    put: (entry) => fs.writeFileSync(entry, '', { mode: 0o600 }),
    code: 'BMES_STORE_DAMAGED',
  },
  'a FIFO': {
    put: (entry) => execFileSync('mkfifo', ['-m', '600', entry]),
    code: 'BMES_STORE_NOT_TRUSTED',
    skip: isWindows,
  },
  'a link to the valid entry': {
    put(entry, valid) {
      fs.writeFileSync(`${entry}.elsewhere`, valid, { mode: 0o600 });
      fs.symlinkSync(`${entry}.elsewhere`, entry);
    },
    code: 'BMES_STORE_NOT_TRUSTED',
  },
  'a link to nothing': {
    put: (entry) => fs.symlinkSync('nowhere', entry),
    code: 'BMES_STORE_NOT_TRUSTED',
  },
  'a link to itself': {
    put: (entry) => fs.symlinkSync(entry, entry),
    code: 'BMES_STORE_NOT_TRUSTED',
  },
  'a link to a device that never ends': {
    put: (entry) => fs.symlinkSync('/dev/zero', entry),
    code: 'BMES_STORE_NOT_TRUSTED',
    skip: isWindows,
  },
  'the valid entry by a hard link': {
    put(entry, valid) {
      fs.writeFileSync(`${entry}.elsewhere`, valid, { mode: 0o600 });
      fs.linkSync(`${entry}.elsewhere`, entry);
    },
    code: null,
  },
  'a file all may write to': {
    put(entry, valid) {
      fs.writeFileSync(entry, valid);
      fs.chmodSync(entry, 0o666);
    },
    code: 'BMES_STORE_NOT_TRUSTED',
    skip: isWindows,
  },
  'a file its group may write to': {
    put(entry, valid) {
      fs.writeFileSync(entry, valid);
      fs.chmodSync(entry, 0o620);
    },
    code: 'BMES_STORE_NOT_TRUSTED',
    skip: isWindows,
  },
  'a file of another user': {
    put(entry, valid) {
      fs.writeFileSync(entry, valid, { mode: 0o600 });
      fs.chownSync(entry, attacker, attacker);
    },
    code: 'BMES_STORE_NOT_TRUSTED',
    skip: withoutOtherUsers(),
  },
  'a file of many gigabytes': {
    put(entry, valid) {
      fs.writeFileSync(entry, valid, { mode: 0o600 });
      fs.truncateSync(entry, 2 ** 42);
    },
    code: 'BMES_STORE_DAMAGED',
  },
};

describe('what is in the place of an entry', { concurrency: 2 }, () => {
  for (const [what, { put, code, skip }] of Object.entries(replacements)) {
    test(what, { skip: skip ?? false }, async (t) => {
      const { cache, entry, directory } = await oneEntry(t);
      const valid = fs.readFileSync(entry);
      fs.rmSync(entry);
      put(entry, valid);
      if (code === null) await cache.assertLoads();
      else await cache.assertMisses(code);
      assert.notEqual((await cache.ask('verify')).value, null);
      await cache.assertSaves();
      await cache.assertLoads();
      assert.ok(fs.lstatSync(entry).isFile());
      assert.deepEqual(temporariesIn(directory), []);
    });
  }

  test('a socket', { skip: isWindows }, async (t) => {
    const { box, cache, entry } = await oneEntry(t);
    fs.rmSync(entry);
    // The name of a socket may not be long: it is made elsewhere and moved.
    const server = net.createServer().listen(path.join(box.home, 'socket'));
    t.after(() => server.close());
    await new Promise((resolve) => server.on('listening', resolve));
    fs.renameSync(path.join(box.home, 'socket'), entry);
    await cache.assertMisses('BMES_STORE_NOT_TRUSTED');
    await cache.assertSaves();
    await cache.assertLoads();
  });

  for (const isEmpty of [true, false]) {
    test(`a directory ${isEmpty ? 'that is empty' : 'with the valid entry in it'}`, async (t) => {
      const { cache, entry, directory } = await oneEntry(t);
      const valid = fs.readFileSync(entry);
      fs.rmSync(entry);
      fs.mkdirSync(entry, { mode: 0o700 });
      if (!isEmpty) fs.writeFileSync(path.join(entry, path.basename(entry)), valid);
      await cache.assertMisses('BMES_STORE_NOT_TRUSTED');
      await cache.assertRefuses('BMES_STORE_IO');
      assert.deepEqual(temporariesIn(directory), []);
      fs.rmSync(entry, { recursive: true });
      await cache.assertSaves();
      await cache.assertLoads();
    });
  }
});

describe('what is in the place of a folder', { concurrency: 2 }, () => {
  for (const level of [
    'the root',
    'v1',
    'the folder of the runtime',
    'records',
    'a shard',
    'tmp',
  ]) {
    for (const what of ['a file', 'a link to the folder itself']) {
      test(`${level} is ${what}`, async (t) => {
        const { cache, directory, entry } = await oneEntry(t);
        await cache.end();
        const folder = folderOf(level, directory, entry);
        const moved = path.join(path.dirname(directory), 'moved');
        fs.renameSync(folder, moved);
        if (what === 'a file') fs.writeFileSync(folder, 'not a folder', { mode: 0o600 });
        else fs.symlinkSync(moved, folder);
        const later = storeProcess(t, { cache: { directory }, length: 64 });
        // Nothing that is read is beside the temporaries.
        if (level === 'tmp') await later.assertLoads();
        else await later.assertMisses('BMES_STORE_NOT_TRUSTED');
        await later.assertRefuses('BMES_STORE_NOT_TRUSTED');
        fs.rmSync(folder);
        await later.assertSaves();
        await later.assertLoads();
      });
    }
  }
});

/**
 * @param {string} level
 * @param {string} directory
 * @param {string} entry
 */
function folderOf(level, directory, entry) {
  const shard = path.dirname(entry);
  const records = path.dirname(shard);
  const folders = /** @type {Record<string, string>} */ ({
    'the root': directory,
    v1: path.join(directory, 'v1'),
    'the folder of the runtime': path.dirname(records),
    records,
    'a shard': shard,
    tmp: path.join(directory, 'v1', 'tmp'),
  });
  return folders[level] ?? '';
}

/** In a file that a link leads to, which must stay as it is. */
const ELSEWHERE = 'of another program';

describe('the files by which the store keeps count', { concurrency: 2 }, () => {
  /** @type {Record<string, (file: string) => unknown>} */
  const damages = {
    'is gone': (file) => fs.rmSync(file),
    'is empty': (file) => fs.truncateSync(file),
    'is garbage': (file) => fs.writeFileSync(file, Buffer.alloc(5000, 0xa5)),
    'is cut': (file) => fs.truncateSync(file, 17),
    'is many gigabytes long': (file) => fs.truncateSync(file, 2 ** 42),
    'is a link to another file': (file) => {
      fs.rmSync(file);
      fs.writeFileSync(`${file}-elsewhere`, ELSEWHERE, { mode: 0o600 });
      fs.symlinkSync(`${file}-elsewhere`, file);
    },
    'is a FIFO': (file) => {
      fs.rmSync(file);
      execFileSync('mkfifo', ['-m', '600', file]);
    },
    'may be written to by all': (file) => fs.chmodSync(file, 0o666),
    'is a folder': (file) => {
      fs.rmSync(file);
      fs.mkdirSync(file, { mode: 0o700 });
    },
  };
  for (const name of ['usage', 'counters', 'lock']) {
    test(name, { skip: isWindows }, async (t) => {
      for (const [what, damage] of Object.entries(damages)) {
        const { cache, directory } = await oneEntry(t);
        await cache.ask('stats'); // It writes down what was counted.
        damage(path.join(directory, 'v1', name));
        await cache.assertLoads();
        let saved = false;
        for (let number = 1; number <= 4; number += 1) {
          const { value, reason } = await cache.save(number);
          saved = value;
          assert.ok(value || reason, `${name} ${what}: a no without a reason`);
        }
        // A folder is nobody's to replace, and nothing is written that is not counted. Only who
        // sweeps needs the lock.
        const isStuck = name === 'usage' && what === 'is a folder';
        assert.equal(saved, !isStuck, `${name} ${what}: the store does not recover`);
        if (saved) await cache.assertLoads(4);
        for (const each of ['stats', 'prune', 'verify', 'clear']) {
          const { value, reason } = await cache.ask(each);
          assert.ok(value || reason, `${each}() with ${name} that ${what}`);
        }
        await cache.end();
        const elsewhere = path.join(directory, 'v1', `${name}-elsewhere`);
        if (fs.existsSync(elsewhere)) assert.equal(fs.readFileSync(elsewhere, 'utf8'), ELSEWHERE);
        assert.deepEqual(temporariesIn(directory), []);
      }
    });
  }
});

describe('what is in the place of a pack', { skip: isWindows, concurrency: 2 }, () => {
  const repaired = new Set(['an empty file', 'a FIFO', 'a file of another user']);
  for (const mode of modes) {
    test(mode, async (t) => {
      const app = await warmApp(sandbox(t, 'guarded'), mode);
      const { bytes, file } = app.pack;
      for (const [what, { put, code, skip }] of Object.entries(replacements)) {
        if (skip) continue;
        fs.rmSync(file, { force: true });
        put(file, bytes);
        const run = await runDebugged('main.js', app.run);
        assertSameAnswer(run, app.native, what);
        assertStage(run, code === null ? 'warm' : 'native', undefined, what);
        if (code === null) continue;
        assertSaysWhy(run, what);
        // The native run has put a pack in its place.
        assert.ok(fs.lstatSync(file).isFile(), `${what} is still there`);
        if (!repaired.has(what)) continue;
        await runDebugged('main.js', app.run);
        const warm = await runDebugged('main.js', app.run);
        assertSameAnswer(warm, app.native, `two runs after ${what}`);
        assertStage(warm, 'warm', mode, `two runs after ${what}`);
      }
    });
  }
});

test('a record of a damaged pack is the right one or none', async (t) => {
  const app = await warmApp(sandbox(t, 'guarded'), 'linker');
  const cache = storeProcess(t, { cache: { directory: app.run.cache } });
  const { places, refused } = await flipPack(cache, app, 150);
  assert.ok(places >= 150);
  // Bytes of guards and sources are no part of any record.
  assert.ok(refused >= places / 8, `only ${refused} of ${places} flips were noticed`);
});
