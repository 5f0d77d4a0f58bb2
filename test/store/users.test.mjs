/**
 * Somebody else on the same machine, who plants, replaces and makes in advance what a cache is made of;
 * root with another's home; and stores that came with the system.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertSameAnswer, assertStage, runDebugged } from '../support/compare.mjs';
import { modes, runNative, testedNode } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { allowLinking } from '../support/self-test.mjs';
import { storeProcess } from '../support/store-process.mjs';
import { entriesIn, listing, namesIn, onlyEntry } from '../support/stored.mjs';
import { attacker, give, giveAll, victim, withoutOtherUsers } from '../support/users.mjs';

const skip = withoutOtherUsers();
const length = 64;

/**
 * A folder that all may write to and in which names are safe, as `/tmp` is.
 *
 * @param {import('node:test').TestContext} t
 */
function sharedFolder(t) {
  const box = sandbox(t);
  fs.chmodSync(box.root, 0o755);
  const folder = path.join(box.root, 'tmp');
  fs.mkdirSync(folder);
  fs.chmodSync(folder, 0o1777);
  return folder;
}

/**
 * A store with a record for the module the victim asks for, with other bytes: `evil`.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} directory
 * @param {number} user
 */
async function evilStore(t, directory, user) {
  const cache = storeProcess(t, { cache: { directory }, word: 'evil', length, user });
  await cache.assertSaves();
  await cache.assertLoads();
  await cache.end();
  makeReadable(directory);
}

/**
 * What cannot be opened would not be asked who owns it.
 *
 * @param {string} directory
 */
function makeReadable(directory) {
  for (const name of [directory, ...namesIn(directory)]) {
    fs.chmodSync(name, fs.statSync(name).isDirectory() ? 0o755 : 0o644);
  }
}

describe('somebody else comes first', { skip, concurrency: 2 }, () => {
  test('with a whole store of theirs where the cache will be', async (t) => {
    const directory = path.join(sharedFolder(t), 'esm');
    await evilStore(t, directory, attacker);
    for (const mode of [0o755, 0o777, 0o1777]) {
      fs.chmodSync(directory, mode);
      const cache = storeProcess(t, { cache: { directory }, length, user: victim });
      await cache.assertMisses('BMES_STORE_NOT_TRUSTED');
      await cache.assertRefuses('BMES_STORE_NOT_TRUSTED');
      assert.equal((await cache.ask('verify')).value, null);
      assert.equal((await cache.ask('clear')).value, null);
      const { value } = await cache.ask('stats');
      assert.equal(value.reason.code, 'BMES_STORE_NOT_TRUSTED');
      await cache.end();
    }
    assert.equal(entriesIn(directory).length, 1);
  });

  test('with an empty folder, open to all', async (t) => {
    const directory = path.join(sharedFolder(t), 'esm');
    give(directory, attacker, 0o777);
    const cache = storeProcess(t, { cache: { directory }, length, user: victim });
    await cache.assertRefuses('BMES_STORE_NOT_TRUSTED');
    assert.deepEqual(namesIn(directory), []);
  });

  test('with a link to a folder of theirs, or of the victim', async (t) => {
    const shared = sharedFolder(t);
    const directory = path.join(shared, 'esm');
    const evil = path.join(shared, 'evil');
    await evilStore(t, evil, attacker);
    await evilStore(t, path.join(shared, 'own'), victim);
    for (const target of [evil, path.join(shared, 'own'), 'nowhere']) {
      fs.symlinkSync(target, directory);
      fs.lchownSync(directory, attacker, attacker);
      const cache = storeProcess(t, { cache: { directory }, length, user: victim });
      const { value, reason } = await cache.load();
      assert.ok(!value && reason, `${target}: loaded`);
      const saved = await cache.save();
      assert.ok(!saved.value && saved.reason, `${target}: saved through a link of another user`);
      assert.ok(!fs.existsSync(path.join(shared, 'nowhere')));
      await cache.end();
      fs.rmSync(directory);
    }
  });

  test('with the folder above it', async (t) => {
    const above = path.join(sharedFolder(t), '.bun-cache');
    give(above, attacker, 0o755);
    const directory = path.join(above, 'esm');
    // The victim's own: whoever owns the folder above could have put it there.
    await evilStore(t, path.join(above, 'other'), attacker);
    fs.renameSync(path.join(above, 'other'), directory);
    giveAll(directory, victim);
    const cache = storeProcess(t, { cache: { directory }, length, user: victim });
    await cache.assertMisses('BMES_STORE_NOT_TRUSTED');
    await cache.assertRefuses('BMES_STORE_NOT_TRUSTED');
  });
});

describe('somebody else replaces a part of the store', { skip, concurrency: 2 }, () => {
  for (const level of ['v1', 'the runtime', 'records', 'a shard', 'the entry']) {
    test(level, async (t) => {
      const directory = path.join(sharedFolder(t), 'esm');
      await evilStore(t, directory, attacker);
      giveAll(directory, victim);
      const parts = path.relative(directory, onlyEntry(directory)).split(path.sep);
      const depth = { v1: 1, 'the runtime': 2, records: 3, 'a shard': 4, 'the entry': 5 }[level];
      giveAll(path.join(directory, ...parts.slice(0, depth)), attacker);
      const cache = storeProcess(t, { cache: { directory }, length, user: victim });
      await cache.assertMisses('BMES_STORE_NOT_TRUSTED');
      const { value, reason } = await cache.save();
      if (level === 'the entry') await cache.assertLoads();
      else assert.deepEqual([value, reason?.code], [false, 'BMES_STORE_NOT_TRUSTED']);
    });

    test(`${level} is open to others`, async (t) => {
      const directory = path.join(sharedFolder(t), 'esm');
      await evilStore(t, directory, victim);
      const parts = path.relative(directory, onlyEntry(directory)).split(path.sep);
      const depth = { v1: 1, 'the runtime': 2, records: 3, 'a shard': 4, 'the entry': 5 }[level];
      for (const bits of [0o720, 0o702, 0o1777]) {
        fs.chmodSync(path.join(directory, ...parts.slice(0, depth)), bits);
        const cache = storeProcess(t, { cache: { directory }, length, user: victim });
        await cache.assertMisses('BMES_STORE_NOT_TRUSTED');
        await cache.end();
      }
    });
  }

  test('a folder is opened to others while the victim holds the cache', async (t) => {
    const directory = path.join(sharedFolder(t), 'esm');
    const holder = storeProcess(t, { cache: { directory }, length, user: victim });
    await holder.assertSaves(1);
    const runtime = path.resolve(onlyEntry(directory), '../../..');
    for (const folder of [directory, path.join(directory, 'v1'), runtime]) {
      fs.chmodSync(folder, 0o777);
      const { value, reason } = await holder.load(1);
      // The names above the runtime's folder are not used again while that is open.
      const isHeld = folder === directory;
      assert.equal(value, isHeld ? 'right' : null);
      assert.equal(reason?.code, isHeld ? undefined : 'BMES_STORE_NOT_TRUSTED');
      fs.chmodSync(folder, 0o700);
    }
    await holder.assertLoads(1);
  });

  for (const mode of modes) {
    test(`the pack of an app, ${mode}`, async (t) => {
      const box = sandbox(t, 'guarded');
      fs.chmodSync(box.root, 0o755);
      give(box.home, victim);
      const run = { mode, cwd: box.project, home: box.home, cache: '', user: victim };
      // An app that finds no verdict of the linker's self-test starts it, and is not linked meanwhile.
      const parent = path.join(box.home, '.bun-cache');
      fs.mkdirSync(parent, { mode: 0o700 });
      give(parent, victim);
      if (mode === 'linker') allowLinking(path.join(parent, 'esm'), testedNode, victim);
      for (let each = 0; each < 3; each += 1) await runDebugged('main.js', run);
      const native = await runNative('main.js', run);
      const warm = await runDebugged('main.js', run);
      assertStage(warm, 'warm', mode, 'the own pack');
      const pack = namesIn(box.home).find((name) => name.endsWith('.pack')) ?? '';
      fs.chownSync(pack, attacker, attacker);
      fs.chmodSync(pack, 0o644);
      const planted = await runDebugged('main.js', run);
      assertSameAnswer(planted, native, 'a pack of somebody else');
      assertStage(planted, 'native', undefined, 'a pack of somebody else');
      assert.match(planted.timeline.reasons.join('\n'), /BMES_STORE_NOT_TRUSTED/);
      assertSameAnswer(await runDebugged('main.js', run), native, 'the run after it');
      assert.equal(fs.statSync(pack).uid, victim, 'the planted pack was not replaced');
    });
  }
});

describe("root with the user's home", { skip }, () => {
  test('neither reads nor writes the store, nor makes one', async (t) => {
    const box = sandbox(t, 'guarded');
    fs.chmodSync(box.root, 0o755);
    give(box.home, victim);
    const own = storeProcess(t, { env: { HOME: box.home }, length, user: victim });
    await own.assertSaves();
    await own.end();
    const as = { cwd: box.project, home: box.home, cache: '' };
    for (const mode of modes) {
      for (let each = 0; each < 2; each += 1) {
        await runDebugged('main.js', { ...as, mode, user: victim });
      }
    }
    for (const hasStore of [true, false]) {
      if (!hasStore) fs.rmSync(path.join(box.home, '.bun-cache'), { recursive: true });
      await ageAccess(box.home);
      const before = listing(box.home);
      const cache = storeProcess(t, { env: { HOME: box.home }, length });
      await cache.assertMisses(hasStore ? 'BMES_STORE_NOT_TRUSTED' : 'BMES_STORE_MISSING');
      await cache.assertRefuses('BMES_STORE_NOT_TRUSTED');
      for (const what of ['verify', 'prune', 'clear']) {
        const { value, reason } = await cache.ask(what);
        if (hasStore) assert.equal(reason?.code, 'BMES_STORE_NOT_TRUSTED', what);
        else assert.equal(value.checked ?? value.removed, 0, what);
      }
      assert.equal((await cache.ask('stats')).value.reason.code, 'BMES_STORE_NOT_TRUSTED');
      await cache.end();
      for (const mode of modes) {
        const native = await runNative('main.js', as);
        for (let each = 0; each < 2; each += 1) {
          const run = await runDebugged('main.js', { ...as, mode });
          assertSameAnswer(run, native, `root, ${mode}`);
          assertStage(run, 'native', undefined, `root, ${mode}`);
        }
      }
      assert.equal(listing(box.home), before);
    }
  });
});

/**
 * Access times that any access would change: a file system writes them down where they are older than
 * the time of the last change. The listing that follows is the first access, and must come a tick of
 * the clock later than this: otherwise the listing after it would be written down as well.
 *
 * @param {string} folder
 */
async function ageAccess(folder) {
  for (const name of [...namesIn(folder), folder]) {
    const { mtimeMs } = fs.lstatSync(name);
    fs.lutimesSync(name, new Date(0), new Date(mtimeMs - 1000));
  }
  await sleep(50);
}

describe('a store that came with the system', { skip, concurrency: 2 }, () => {
  test("is read, and the user's own is written", async (t) => {
    const { layer, home } = await shipped(t);
    const directory = path.join(home, 'esm');
    const before = listing(layer);
    const layered = { cache: { directory, layers: [layer] }, length, user: attacker };
    const cache = storeProcess(t, layered);
    await cache.assertLoads(1);
    await cache.assertMisses('BMES_STORE_MISSING', 2);
    await cache.assertSaves(2);
    await cache.assertLoads(2);
    assert.deepEqual((await cache.ask('verify')).value.checked, 1);
    assert.equal((await cache.ask('clear')).value.removed > 0, true);
    await cache.assertLoads(1);
    await cache.assertMisses('BMES_STORE_MISSING', 2);
    await cache.end();
    assert.equal(withoutAccess(listing(layer)), withoutAccess(before));
  });

  test('is not read where others could have written', async (t) => {
    const { layer, home } = await shipped(t);
    const entry = onlyEntry(layer);
    const settings = {
      cache: { directory: path.join(home, 'esm'), layers: [layer] },
      length,
      user: attacker,
    };
    for (const [name, bits] of /** @type {const} */ ([
      [layer, 0o777],
      [path.join(layer, 'v1'), 0o775],
      [path.dirname(entry), 0o757],
      [entry, 0o664],
    ])) {
      const { mode } = fs.statSync(name);
      fs.chmodSync(name, bits);
      const cache = storeProcess(t, settings);
      const { value } = await cache.load(1);
      assert.equal(value, null, `${name} was read`);
      const { misses } = (await cache.ask('stats')).value.run;
      assert.ok(misses.BMES_STORE_NOT_TRUSTED >= 1, JSON.stringify(misses));
      await cache.end();
      fs.chmodSync(name, mode);
    }
    giveAll(layer, victim);
    const cache = storeProcess(t, settings);
    assert.equal((await cache.load(1)).value, null, "another user's layer was read");
  });

  test('a damaged entry in it is a miss, and the own record takes its place', async (t) => {
    const { layer, home } = await shipped(t);
    const entry = onlyEntry(layer);
    const bytes = fs.readFileSync(entry);
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    fs.writeFileSync(entry, bytes);
    const directory = path.join(home, 'esm');
    const layered = { cache: { directory, layers: [layer] }, length, user: attacker };
    const cache = storeProcess(t, layered);
    await cache.assertMisses('BMES_STORE_DAMAGED');
    await cache.assertSaves();
    await cache.assertLoads();
    assert.ok(fs.readFileSync(entry).equals(bytes), 'the layer was written to');
  });
});

/**
 * A store of root's that all may read, with record 1, and the home of a user.
 *
 * @param {import('node:test').TestContext} t
 */
async function shipped(t) {
  const box = sandbox(t);
  fs.chmodSync(box.root, 0o755);
  give(box.home, attacker);
  const layer = path.join(box.root, 'shipped');
  const maker = storeProcess(t, { cache: { directory: layer }, length });
  await maker.assertSaves(1);
  await maker.end();
  makeReadable(layer);
  return { layer, home: box.home };
}

/** @param {string} lines Of `listing`. */
function withoutAccess(lines) {
  return lines.replaceAll(/ \d+ (?=\d+ \d+$)/gm, ' ');
}
