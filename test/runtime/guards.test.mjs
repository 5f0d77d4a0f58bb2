import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { assertSameAnswer, assertStage, runDebugged } from '../support/compare.mjs';
import { addPackage, changesOnDisk, changesToNearerPackages } from '../support/disk-changes.mjs';
import { otherNode } from '../support/other-node.mjs';
import { modes, runNative } from '../support/run.mjs';
import { sandbox } from '../support/sandbox.mjs';
import { assertSaysWhy, warmApp } from '../support/warm.mjs';
import { assertNamesPath, assertSameVerdict, askWhy } from '../support/why.mjs';

for (const mode of modes) {
  describe(`the next run sees what changed, ${mode}`, { concurrency: 2 }, () => {
    for (const [what, { path: changed, says, change }] of Object.entries(changesOnDisk)) {
      test(what, async (t) => {
        const app = await warmApp(sandbox(t, 'guarded'), mode);
        assert.ok(!everything(app.native).includes(says), `already there: ${says}`);
        change(app.box);
        const native = await assertNextRunIsRight(app, (why) =>
          assertNamesPath(why, app.box.path(changed)),
        );
        assert.ok(everything(native).includes(says), `natively it does not say ${says}`);
      });
    }

    for (const [what, removed] of Object.entries(changesToNearerPackages)) {
      test(what, async (t) => {
        const box = sandbox(t, 'guarded');
        addPackage(box, 'lib/node_modules/pkg', 'nearer pkg');
        addPackage(box, 'lib/node_modules/@scope/tool', 'nearer tool');
        fs.renameSync(box.path('lib/deep/kind.js'), box.path('lib/deep/nested.js'));
        box.write(
          'lib/deep/package.json',
          '{ "type": "module", "imports": { "#own": "./own.js" } }',
        );
        box.write('lib/deep/kind.js', "import './nested.js';\nimport '#own';\n");
        box.write('lib/deep/own.js', '');
        const app = await warmApp(box, mode);
        box.remove(removed);
        const native = await assertNextRunIsRight(app, (why) =>
          assertNamesPath(why, box.path(removed)),
        );
        assert.notEqual(everything(native), everything(app.native));
      });
    }

    test('other conditions', async (t) => {
      const app = await warmApp(sandbox(t, 'guarded'), mode);
      app.run.nodeArgs = ['--conditions=fixture'];
      const native = await assertNextRunIsRight(app, namesOther('options'));
      assert.match(native.stdout, /setting fixture/);
    });

    test('other conditions, from NODE_OPTIONS', async (t) => {
      const app = await warmApp(sandbox(t, 'guarded'), mode);
      app.run.env = { NODE_OPTIONS: '-C fixture' };
      const native = await assertNextRunIsRight(app, namesOther('options'));
      assert.match(native.stdout, /setting fixture/);
    });

    test('links kept as they are named', async (t) => {
      const box = sandbox(t, 'guarded');
      box.write('linked/linked/index.js', 'export const name = import.meta.url;\n');
      const app = await warmApp(box, mode);
      app.run.nodeArgs = ['--preserve-symlinks'];
      const native = await assertNextRunIsRight(app, namesOther('options'));
      assert.match(native.stdout, /node_modules\/linked\/index\.js/);
    });

    test('another version of Node', async (t) => {
      const node = await otherNode();
      if (!node) return t.skip('there is only one version of Node here');
      const app = await warmApp(sandbox(t, 'guarded'), mode);
      app.run.node = node;
      await assertNextRunIsRight(app, namesOther('runtime'));
    });

    test('the app in another folder', async (t) => {
      const app = await warmApp(sandbox(t, 'guarded'), mode);
      const moved = path.join(app.box.root, 'moved');
      app.box.edit('lib/inner.js', "'inner 1'", "import.meta.dirname.split('/').at(-2)");
      fs.renameSync(app.box.project, moved);
      app.run.cwd = moved;
      const native = await assertNextRunIsRight(app, namesOther('place'));
      assert.match(native.stdout, /first moved/);
    });
  });
}

describe('a change that changes nothing', { concurrency: 2 }, () => {
  for (const mode of modes) {
    test(`a touched file costs no stage, ${mode}`, async (t) => {
      const app = await warmApp(sandbox(t, 'guarded'), mode);
      const later = new Date(Date.now() + 5000);
      fs.utimesSync(app.box.path('lib/inner.js'), later, later);
      const why = await askWhy('main.js', app.run);
      assert.deepEqual([why.stage, why.mode], ['warm', mode]);
      // Folders that are as young as the test say nothing, and the disk is crawled again.
      const changed = why.guards.changed.filter(({ was }) => !('isYoung' in was && was.isYoung));
      assert.deepEqual(changed, []);
      const touched = why.guards.touched.map((guard) => guard.path);
      assert.ok(touched.includes(app.box.path('lib/inner.js')), `${touched}`);
      for (const what of ['after the touch', 'once more']) {
        const run = await runDebugged('main.js', app.run);
        assertSameAnswer(run, app.native, what);
        assertStage(run, 'warm', mode, what);
      }
    });
  }
});

/** @param {import('../support/run.mjs').Run} run */
function everything(run) {
  return run.stdout + run.stderr;
}

/**
 * There is a pack of the same entry, but not for this start.
 *
 * @param {string} differs
 */
function namesOther(differs) {
  return (/** @type {import('../support/why.mjs').Why} */ why) =>
    assert.deepEqual(
      why.others.map((other) => other.differs),
      [differs],
    );
}

/**
 * The very next run must be right and say why it did not trust the pack, and \`bmes why\` must have told both
 * before; those after it, whatever they made of the pack, must be right too.
 *
 * @param {Awaited<ReturnType<typeof warmApp>>} app
 * @param {(why: import('../support/why.mjs').Why) => void} assertNames what changed
 */
async function assertNextRunIsRight({ run }, assertNames) {
  const why = await askWhy('main.js', run);
  const next = await runDebugged('main.js', run);
  const native = await runNative('main.js', run);
  assertSameAnswer(next, native, 'the next run');
  assertSaysWhy(next, 'the next run');
  assertSameVerdict(why, next, 'the next run');
  assertNames(why);
  for (const what of ['the second run', 'the third run']) {
    assertSameAnswer(await runDebugged('main.js', run), native, `${what} after the change`);
  }
  return native;
}
