import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import { assertSameAnswer, assertStage, runDebugged } from '../support/compare.mjs';
import { otherNode } from '../support/other-node.mjs';
import { putPack, storedFiles, withFlippedBit } from '../support/packs.mjs';
import { modes } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { assertSaysWhy, warmApp } from '../support/warm.mjs';

/** Longer than any pack's header needs to be. */
const HEADER = 64;
/** One flip in each such part of the file. */
const PARTS = 64;

for (const mode of modes) {
  describe(`a bad pack is a miss, ${mode}`, { concurrency: 2 }, () => {
    test('cut short anywhere', async (t) => {
      const app = await warmApp(sandbox(t, 'guarded'), mode);
      const { length } = app.pack.bytes;
      for (const at of [0, 1, 7, 32, HEADER, length >> 2, length >> 1, length - 8, length - 1]) {
        await assertMiss(app, app.pack.bytes.subarray(0, at), `${at} of ${length} bytes`);
      }
    });

    test('longer than it should be', async (t) => {
      const app = await warmApp(sandbox(t, 'guarded'), mode);
      await assertMiss(app, Buffer.concat([app.pack.bytes, app.pack.bytes]), 'twice itself');
    });

    test('not a pack at all', async (t) => {
      const app = await warmApp(sandbox(t, 'guarded'), mode);
      const { length } = app.pack.bytes;
      await assertMiss(app, Buffer.alloc(length), 'zeroes');
      await assertMiss(app, Buffer.alloc(length, 0xff), 'ones');
      await assertMiss(app, Buffer.from('not a pack'), 'text');
    });

    test('a flipped bit in the header', async (t) => {
      const app = await warmApp(sandbox(t, 'guarded'), mode);
      for (let at = 0; at < HEADER; at += 3) {
        await assertMiss(app, withFlippedBit(app.pack.bytes, at), `bit flipped in byte ${at}`);
      }
    });

    test('a flipped bit anywhere', async (t) => {
      const app = await warmApp(sandbox(t, 'guarded'), mode);
      const step = Math.floor(app.pack.bytes.length / PARTS);
      let noticed = 0;
      for (let part = 0; part < PARTS; part += 1) {
        // Another place within each part, the same in every run of the test.
        const at = part * step + ((part * 2654435761) % step);
        putPack(app.pack.file, withFlippedBit(app.pack.bytes, at));
        const run = await runDebugged('main.js', app.run);
        assertSameAnswer(run, app.native, `bit flipped in byte ${at}`);
        noticed += Number(run.timeline.reasons.length > 0);
      }
      // Bytes that this mode never reads (bytecode, in hooks mode) may be damaged without notice.
      assert.ok(noticed >= PARTS / 8, `only ${noticed} of ${PARTS} flips were noticed`);
    });

    test('source text that was tampered with', async (t) => {
      const app = await warmApp(sandbox(t, 'guarded'), mode);
      const at = app.pack.bytes.indexOf('inner 1');
      assert.notEqual(at, -1, 'the pack holds no source text');
      const tampered = Buffer.from(app.pack.bytes);
      tampered.write('inner X', at);
      await assertMiss(app, tampered, 'tampered source');
    });

    test('the pack of another app', async (t) => {
      const app = await warmApp(sandbox(t, 'guarded'), mode);
      const foreign = sandbox(t, 'guarded');
      foreign.edit('lib/inner.js', 'inner 1', 'foreign');
      const other = await warmApp(foreign, mode);
      await assertMiss(app, other.pack.bytes, 'a pack of another app');
    });

    test('the pack of another version of Node', async (t) => {
      const node = await otherNode();
      if (!node) return t.skip('there is only one version of Node here');
      const box = sandbox(t, 'guarded');
      const app = await warmApp(box, mode);
      const other = await warmApp(box, mode, node);
      await assertMiss(app, other.pack.bytes, 'a pack of another runtime');
    });

    test('a folder where the pack should be', async (t) => {
      const app = await warmApp(sandbox(t, 'guarded'), mode);
      fs.rmSync(app.pack.file);
      fs.mkdirSync(app.pack.file);
      const run = await runDebugged('main.js', app.run);
      assertSameAnswer(run, app.native, 'a folder instead of a pack');
      assertSaysWhy(run, 'a folder instead of a pack');
    });

    test('every stored file damaged at once', async (t) => {
      const app = await warmApp(sandbox(t, 'guarded'), mode);
      for (const file of storedFiles(app.run.cache)) {
        fs.writeFileSync(
          file,
          fs.readFileSync(file).map((byte) => byte ^ 0x55),
        );
      }
      const run = await runDebugged('main.js', app.run);
      assertSameAnswer(run, app.native, 'after the damage');
    });

    test('damage is repaired by the runs that follow', async (t) => {
      const app = await warmApp(sandbox(t, 'guarded'), mode);
      await assertMiss(app, Buffer.from('damaged'), 'damaged');
      await runDebugged('main.js', app.run);
      await runDebugged('main.js', app.run);
      const run = await runDebugged('main.js', app.run);
      assertSameAnswer(run, app.native, 'after the repair');
      assertStage(run, 'warm', mode, 'after the repair');
    });
  });
}

/**
 * @param {Awaited<ReturnType<typeof warmApp>>} app
 * @param {Uint8Array} bytes What stands where its pack was.
 * @param {string} what
 */
async function assertMiss(app, bytes, what) {
  putPack(app.pack.file, bytes);
  const run = await runDebugged('main.js', app.run);
  assertSameAnswer(run, app.native, what);
  assertSaysWhy(run, what);
}
