// `bmes list`, `stats`, `verify` and `clean`: what they say of a cache is what is there, whatever has been put
// into it, and nothing that is not the cache's is ever removed.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { assertStage, runDebugged } from '../support/compare.mjs';
import { filesOfKind } from '../support/learner.mjs';
import { putPack, withFlippedBit } from '../support/packs.mjs';
import { runCli, testedNode } from '../support/run.mjs';
import { otherNode } from '../support/other-node.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { namesIn } from '../support/stored.mjs';

const isWindows = process.platform === 'win32' && 'links need rights there';

/**
 * A cache with the packs of two apps, one of which is warm.
 *
 * @param {import('node:test').TestContext} t
 */
async function twoApps(t) {
  const box = sandbox(t);
  box.write('one.mjs', `import './shared.mjs'; console.log('one');`);
  box.write('two.mjs', `import './shared.mjs'; console.log('two');`);
  box.write('shared.mjs', 'export {};');
  /** @type {Parameters<typeof runDebugged>[1]} */
  const run = { mode: 'linker', cwd: box.project, home: box.home, cache: box.cache('esm') };
  for (const stage of ['native', 'linked', 'warm']) {
    assertStage(await runDebugged('one.mjs', run), stage, undefined, stage);
  }
  assertStage(await runDebugged('two.mjs', run), 'native', undefined, 'two');
  return { box, run, cache: run.cache };
}

/**
 * @param {string[]} words
 * @param {Parameters<typeof runCli>[1]} run
 * @param {number} exitCode
 */
async function json(words, run, exitCode = 0) {
  const said = await runCli([...words, '--json'], run);
  assert.deepEqual([said.stderr, said.exitCode], ['', exitCode], said.command);
  const answer = JSON.parse(said.stdout);
  assert.equal(answer.schema, 1);
  return answer;
}

describe('bmes list', { concurrency: 2 }, () => {
  test('names each pack, whose it is and what is in it', async (t) => {
    const { box, run, cache } = await twoApps(t);
    const { apps, directory, damaged } = await json(['list'], run);
    assert.deepEqual([directory, damaged], [cache, []]);
    const found = Object.fromEntries(
      apps.map((/** @type {any} */ { entry, pack, isGone, runtime }) => [
        path.basename(entry),
        [pack.modules, pack.esModules, pack.withBytecode, isGone, runtime.startsWith('node-')],
      ]),
    );
    assert.deepEqual(found, {
      'one.mjs': [2, 2, 2, false, true],
      // What both import had its bytecode already.
      'two.mjs': [2, 2, 1, false, true],
    });
    assert.deepEqual(
      apps.map((/** @type {any} */ { pack }) => pack.file).sort(),
      filesOfKind(cache, '.pack').sort(),
    );
    for (const { pack } of apps) assert.equal(pack.bytes, fs.statSync(pack.file).size);
    box.remove('two.mjs');
    const text = (await runCli(['list'], run)).stdout;
    assert.match(text, /^.*: 2 packs, /);
    assert.match(text, /two\.mjs \(no longer there\)\n/);
    assert.match(text, /2 modules, 2 of 2 ES modules with bytecode\n/);
    assert.ok(!text.includes('\u001b'), 'colours off a terminal');
  });

  test('of a runtime that has none', async (t) => {
    const { run } = await twoApps(t);
    assert.deepEqual((await json(['list', '--runtime', 'node-1.'], run)).apps, []);
  });

  test('a cache that was never made is an empty one', async (t) => {
    const box = sandbox(t);
    const run = { cwd: box.project, home: box.home, cache: box.cache('none') };
    fs.rmSync(run.cache, { recursive: true, force: true });
    // An untested runtime: nothing is put there by the test.
    const none = { ...run, isUntested: true };
    assert.deepEqual((await json(['list'], none)).apps, []);
    assert.equal((await json(['verify'], none)).checked, 0);
    assert.equal((await json(['clean', '--all'], none)).removed.files, 0);
    assert.equal((await json(['stats'], none)).bytes, 0);
    assert.equal(fs.existsSync(run.cache), false, 'something was made');
  });

  test('damaged packs are named, and the others listed', async (t) => {
    const { run, cache } = await twoApps(t);
    const [pack = ''] = filesOfKind(cache, '.pack');
    const bytes = fs.readFileSync(pack);
    for (const [damaged, code] of [
      [withFlippedBit(bytes, 40), 'BMES_PACK_DAMAGED'],
      [bytes.subarray(0, 300), 'BMES_PACK_LENGTH'],
      [Buffer.from('no pack'), 'BMES_PACK_NOT_A_PACK'],
      [Buffer.alloc(0), 'BMES_PACK_NOT_A_PACK'],
    ]) {
      putPack(pack, /** @type {Uint8Array} */ (damaged));
      const answer = await json(['list'], run, 1);
      assert.deepEqual(
        answer.damaged.map((/** @type {any} */ it) => [it.path, it.code, it.removed]),
        [[pack, code, false]],
      );
      assert.equal(answer.apps.length, 1);
    }
  });
});

describe('bmes stats', { concurrency: 2 }, () => {
  test('adds up files by kind, and starts by reason', async (t) => {
    const { run, cache } = await twoApps(t);
    const answer = await json(['stats'], run);
    const packs = filesOfKind(cache, '.pack').map((file) => fs.statSync(file).size);
    assert.deepEqual(answer.kinds.pack, { files: 2, bytes: packs[0] + packs[1] });
    assert.equal(answer.kinds.foreign, undefined);
    const sizes = namesIn(cache).map((name) => fs.statSync(name));
    const files = sizes.filter((stat) => stat.isFile());
    assert.equal(
      answer.bytes,
      files.reduce((sum, { size }) => sum + size, 0),
    );
    assert.deepEqual(answer.starts, {
      served: 2,
      missed: 2,
      rate: 0.5,
      misses: { BMES_STORE_MISSING: 2 },
    });
    const text = (await runCli(['stats'], run)).stdout;
    assert.match(text, /packs of apps +2 files/);
    assert.match(
      text,
      /starts of apps: 2 from the cache \(50 %\), 2 not\n {2}BMES_STORE_MISSING {2}2\n/,
    );
    await runCli(['stats', '--reset'], run);
    assert.equal((await json(['stats'], run)).starts.served, 0);
  });

  test('a cache that cannot be believed says so', { skip: isWindows }, async (t) => {
    const { run, cache } = await twoApps(t);
    fs.chmodSync(path.join(cache, 'v1'), 0o777);
    const answer = await json(['stats'], run, 1);
    assert.equal(answer.reason.code, 'BMES_STORE_NOT_TRUSTED');
    for (const words of [['list'], ['verify'], ['clean', '--all']]) {
      assert.equal((await json(words, run, 1)).error.code, 'BMES_STORE_NOT_TRUSTED');
    }
    assert.equal(filesOfKind(cache, '.pack').length, 2);
  });
});

describe('bmes verify', { concurrency: 2 }, () => {
  test('names what is damaged and removes it only if it is told to', async (t) => {
    const { run, cache } = await twoApps(t);
    assert.deepEqual((await json(['verify'], run)).damaged, []);
    const [pack = ''] = filesOfKind(cache, '.pack');
    const bytes = fs.readFileSync(pack);
    for (const at of [10, 60, 300, bytes.length - 1]) {
      putPack(pack, withFlippedBit(bytes, at));
      const { damaged, checked } = await json(['verify'], run, 1);
      assert.deepEqual(
        damaged.map((/** @type {any} */ it) => [it.path, it.removed]),
        [[pack, false]],
        `byte ${at}`,
      );
      assert.equal(checked, 2);
    }
    const text = await runCli(['verify'], run);
    assert.equal(text.exitCode, 1);
    assert.match(text.stdout, /1 file damaged\n {2}BMES_PACK_\w+ .*\.pack: /);
    const removed = await json(['verify', '--remove'], run, 1);
    assert.equal(removed.damaged[0].removed, true);
    assert.equal(fs.existsSync(pack), false);
    assert.equal((await json(['verify'], run)).checked, 1);
  });
});

describe('bmes clean', { concurrency: 2 }, () => {
  test('one app goes, the others stay', async (t) => {
    const { box, run, cache } = await twoApps(t);
    const before = filesOfKind(cache, '.pack');
    const rehearsal = await json(['clean', '--app', 'one.mjs', '--dry-run'], run);
    assert.deepEqual([rehearsal.isRehearsal, rehearsal.kinds.pack.files], [true, 1]);
    assert.deepEqual(filesOfKind(cache, '.pack'), before);
    const { removed, kinds, left } = await json(['clean', '--app', 'one.mjs'], run);
    assert.deepEqual([kinds, left], [rehearsal.kinds, []]);
    assert.equal(removed.bytes, rehearsal.removed.bytes);
    const { apps } = await json(['list'], run);
    assert.deepEqual(
      apps.map((/** @type {any} */ it) => path.basename(it.entry)),
      ['two.mjs'],
    );
    assertStage(await runDebugged('one.mjs', run), 'native', undefined, 'after it was removed');
    // An entry that is gone is named as it was.
    box.remove('two.mjs');
    assert.equal((await json(['clean', '--app', 'two.mjs'], run)).kinds.pack.files, 1);
  });

  test('a runtime goes, and another stays', async (t) => {
    const node = await otherNode();
    if (!node) return t.skip('there is only one version of Node here');
    const { run, cache } = await twoApps(t);
    await runDebugged('one.mjs', { ...run, node });
    assert.equal(filesOfKind(cache, '.pack').length, 3);
    const { runtimes } = await json(['stats'], run);
    const version = process.versions.node;
    const own = Object.keys(runtimes).find((name) => name.startsWith(`node-${version}-`)) ?? '';
    assert.ok(own, testedNode);
    assert.equal((await json(['clean', '--runtime', 'node-2'], run)).removed.files, 0);
    await json(['clean', '--runtime', 'other'], run);
    assert.deepEqual(Object.keys((await json(['stats'], run)).runtimes), [own]);
    assert.equal(filesOfKind(cache, '.pack').length, 2);
    await json(['clean', '--runtime', `node-${version.split('.')[0]}`], run);
    assert.equal(filesOfKind(cache, '.pack').length, 0);
  });

  test('everything goes, and apps are learnt anew', async (t) => {
    const { run, cache } = await twoApps(t);
    const { removed } = await json(['clean', '--all'], run);
    assert.ok(removed.files > 2);
    const left = namesIn(cache).filter((name) => fs.statSync(name).isFile());
    // The test itself puts the verdict back.
    assert.deepEqual(
      left.map((name) => path.basename(name)).filter((name) => name !== 'self-test'),
      ['lock'],
    );
    for (const stage of ['native', 'linked']) {
      assertStage(await runDebugged('one.mjs', run), stage, undefined, stage);
    }
  });

  test(
    'what others have put there stays, links are not followed',
    { skip: isWindows },
    async (t) => {
      const { box, run, cache } = await twoApps(t);
      const outside = path.join(box.root, 'outside');
      fs.mkdirSync(outside, { mode: 0o700 });
      const key = 'ab'.repeat(32);
      fs.writeFileSync(path.join(outside, `${key}.pack`), 'precious', { mode: 0o600 });
      const runtime = path.dirname(filesOfKind(cache, '.pack')[0] ?? '');
      fs.symlinkSync(outside, path.join(cache, 'v1', 'node-1.0.0-linked'));
      fs.symlinkSync(outside, path.join(runtime, 'records'));
      fs.symlinkSync(path.join(outside, `${key}.pack`), path.join(runtime, `${key}.pack`));
      fs.writeFileSync(path.join(runtime, 'notes.txt'), 'mine');
      fs.mkdirSync(path.join(runtime, `${'cd'.repeat(32)}.pack`));
      fs.writeFileSync(path.join(cache, 'v1', 'README'), 'mine');
      fs.writeFileSync(path.join(cache, 'README'), 'mine');
      const { left, kinds } = await json(['clean', '--all'], run, 1);
      assert.equal(kinds.pack.files, 2);
      assert.equal(fs.readFileSync(path.join(outside, `${key}.pack`), 'utf8'), 'precious');
      for (const name of [
        path.join(cache, 'README'),
        path.join(cache, 'v1', 'README'),
        path.join(runtime, 'notes.txt'),
        path.join(runtime, `${key}.pack`),
        path.join(runtime, `${'cd'.repeat(32)}.pack`),
      ]) {
        assert.ok(fs.lstatSync(name, { throwIfNoEntry: false }), `${name} is gone`);
      }
      const reasons = Object.fromEntries(
        left.map((/** @type {any} */ it) => [path.basename(it.path), it.reason]),
      );
      assert.equal(reasons['notes.txt'], "is not the cache's");
      assert.equal(reasons.README, "is not the cache's");
      assert.equal(reasons[`${key}.pack`], 'is a link, or no file');
      assert.equal(reasons[`${'cd'.repeat(32)}.pack`], 'is a folder where the cache has none');
      // One app of another name finds nothing, and no link is its pack.
      assert.equal((await json(['clean', '--app', 'none.mjs'], run)).removed.files, 0);
    },
  );

  test('one choice, and a whole one', async (t) => {
    const { run, cache } = await twoApps(t);
    for (const words of [[], ['--all', '--runtime', 'other'], ['--al'], ['one.mjs', '--all']]) {
      const said = await runCli(['clean', ...words], run);
      assert.deepEqual([said.exitCode, said.stdout], [2, ''], words.join(' '));
    }
    assert.equal(filesOfKind(cache, '.pack').length, 2);
  });
});
